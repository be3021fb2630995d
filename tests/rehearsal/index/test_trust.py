"""Who may publish: claims as GitHub makes them, judged as PyPI judges them, in PyPI's words."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.support.factories import ReleaseFolder
from tests.support.index_stage import PUBLISHER, RUN, Stage, stage
from truewheel.config import load_config
from truewheel.publishing.trusted_publisher import registration
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.index.claims import claims_of, number_of
from truewheel.rehearsal.index.events import EventLog
from truewheel.rehearsal.index.issuer import Issuer
from truewheel.rehearsal.index.trust import (
    Refusal,
    TrustedPublisher,
    demand_publisher,
    issuer_of,
    mismatches,
    publisher_of,
    verified_claims,
)

NO_PUBLISHER = "valid token, but no corresponding publisher ({})"
NOT_FOUND = NO_PUBLISHER.format("Publisher with matching claims was not found")


def signed(**changes: Any) -> dict[str, Any]:
    """The claims of a token of the release's publish job, but for those that are changed; None leaves one out."""
    claims: dict[str, Any] = {**claims_of(RUN, "pypi"), "jti": "1", **changes}
    return {name: value for name, value in claims.items() if value is not None}


def judged(claims: Mapping[str, Any], publisher: TrustedPublisher = PUBLISHER, *, used: bool = False) -> str:
    """Why PyPI would not mint a token: code and description; empty when it would."""
    try:
        demand_publisher(claims, publisher, lambda _: used)
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.description}"
    return ""


def test_claims_are_those_that_github_documents() -> None:
    assert claims_of(RUN, "pypi") == {
        "sub": "repo:example/quiver:environment:pypi",
        "repository": "example/quiver",
        "repository_id": number_of("example/quiver"),
        "repository_owner": "example",
        "repository_owner_id": number_of("example"),
        "repository_visibility": "public",
        "workflow": "Publish",
        "workflow_ref": "example/quiver/.github/workflows/publish.yml@refs/tags/v0.5.0",
        "workflow_sha": "ab" * 20,
        "job_workflow_ref": "example/quiver/.github/workflows/publish.yml@refs/tags/v0.5.0",
        "job_workflow_sha": "ab" * 20,
        "ref": "refs/tags/v0.5.0",
        "ref_type": "tag",
        "ref_protected": "false",
        "sha": "ab" * 20,
        "event_name": "push",
        "base_ref": "",
        "head_ref": "",
        "run_id": "1",
        "run_number": "1",
        "run_attempt": "1",
        "actor": "maintainer",
        "actor_id": number_of("maintainer"),
        "runner_environment": "github-hosted",
        "environment": "pypi",
    }


def test_the_subject_of_a_job_without_an_environment_is_the_ref() -> None:
    claims = claims_of(RUN)
    assert claims["sub"] == "repo:example/quiver:ref:refs/tags/v0.5.0"
    assert "environment" not in claims


def test_a_colon_in_an_environment_cannot_forge_a_subject() -> None:
    assert claims_of(RUN, "a:b")["sub"] == "repo:example/quiver:environment:a%3Ab"


def test_numbers_are_stable_and_have_no_case() -> None:
    assert number_of("Example") == number_of("example")
    assert number_of("example") != number_of("another")
    assert number_of("example").isdecimal()


def test_the_publisher_is_what_the_form_registers(release: ReleaseFolder) -> None:
    publisher = publisher_of(registration(load_config(release.root), {"GITHUB_REPOSITORY": "example/quiver"}))
    assert publisher == PUBLISHER
    assert publisher.form == (
        ("PyPI Project Name", "quiverdb"),
        ("Owner", "example"),
        ("Repository name", "quiver"),
        ("Workflow name", "publish.yml"),
        ("Environment name", "pypi"),
    )


@pytest.mark.parametrize(
    ("changes", "publisher"),
    [
        ({}, PUBLISHER),
        ({"environment": "PyPI"}, PUBLISHER),
        ({}, replace(PUBLISHER, environment="PYPI")),
        ({}, replace(PUBLISHER, environment=None)),
        ({"environment": None}, replace(PUBLISHER, environment=None)),
        ({}, replace(PUBLISHER, owner="Example")),
        # GitHub names the commit where a run has no ref.
        ({"ref": "", "job_workflow_ref": f"example/quiver/.github/workflows/publish.yml@{'ab' * 20}"}, PUBLISHER),
    ],
)
def test_the_publisher_that_is_described_is_found(changes: dict[str, Any], publisher: TrustedPublisher) -> None:
    assert judged(signed(**changes), publisher) == ""
    assert list(mismatches(signed(**changes), publisher)) == []


WORKFLOW = "example/quiver/.github/workflows/publish.yml@refs/tags/v0.5.0"


@pytest.mark.parametrize(
    ("changes", "refusal", "mismatch"),
    [
        (
            {"environment": "release"},
            NOT_FOUND,
            "the claim environment is 'release', the publisher has 'pypi'",
        ),
        ({"environment": None}, NOT_FOUND, "the claim environment is missing, the publisher has 'pypi'"),
        (
            {"job_workflow_ref": WORKFLOW.replace("publish.yml", "release.yml")},
            NOT_FOUND,
            "the workflow in the claim job_workflow_ref is 'release.yml', the publisher has 'publish.yml'",
        ),
        (
            {"repository": "somebody/quiver", "repository_owner": "somebody"},
            NOT_FOUND,
            "the owner in the claim repository is 'somebody', the publisher has 'example'",
        ),
        (
            {"repository": "example/other"},
            NOT_FOUND,
            "the name in the claim repository is 'other', the publisher has 'quiver'",
        ),
        (
            {"repository": "example/Quiver"},
            NOT_FOUND,
            "the name in the claim repository is 'Quiver', the publisher has 'quiver'",
        ),
        (
            {"repository_owner_id": "5"},
            NOT_FOUND,
            f"the claim repository_owner_id is '5', the publisher has '{number_of('example')}'",
        ),
        (
            # A reusable workflow of another repository, with a file of the same name.
            {"job_workflow_ref": "others/shared/.github/workflows/publish.yml@refs/heads/main"},
            NO_PUBLISHER.format(
                "The job_workflow_ref claim does not match, expecting one of "
                f"['example/quiver/.github/workflows/publish.yml@{'ab' * 20}', '{WORKFLOW}'], "
                "got 'others/shared/.github/workflows/publish.yml@refs/heads/main'"
            ),
            (
                "the claim job_workflow_ref is 'others/shared/.github/workflows/publish.yml@refs/heads/main', "
                f"expected example/quiver/.github/workflows/publish.yml@{'ab' * 20} or {WORKFLOW}"
            ),
        ),
        (
            {"job_workflow_ref": "example/quiver/.github/workflows/publish@refs/tags/v0.5.0"},
            NO_PUBLISHER.format("Could not job extract workflow filename from OIDC claims"),
            "the workflow in the claim job_workflow_ref is '', the publisher has 'publish.yml'",
        ),
        ({"ref": None}, NO_PUBLISHER.format("Missing claim 'ref'"), "missing: ref"),
        ({"jti": None}, NO_PUBLISHER.format("Missing claim 'jti'"), "missing: jti"),
    ],
)
def test_another_publisher_is_refused(changes: dict[str, Any], refusal: str, mismatch: str) -> None:
    assert judged(signed(**changes)) == f"invalid-publisher: {refusal}"
    assert mismatch in list(mismatches(signed(**changes), PUBLISHER))


def test_claims_without_ref_and_commit_are_refused() -> None:
    expected = NO_PUBLISHER.format("The ref and sha claims are empty")
    assert judged(signed(ref="", sha="")) == f"invalid-publisher: {expected}"


def test_a_pull_request_from_outside_may_not_publish() -> None:
    expected = NO_PUBLISHER.format("Publishing from a workflow invoked via 'pull_request_target' is not supported.")
    assert judged(signed(event_name="pull_request_target")) == f"invalid-publisher: {expected}"


def test_an_identity_token_serves_once() -> None:
    assert judged(signed(), used=True) == "invalid-reuse-token: invalid token: already used"


# The signature.


ISSUER_URL = "https://issuer.invalid"
FORGED_KEY = RSAKey.generate_key(2048)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    issuer = Issuer(EventLog())
    issuer.url = ISSUER_URL
    return issuer


def keys_of(issuer: Issuer) -> KeySet:
    started: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/.well-known/jwks"}
    (body,) = issuer(environ, lambda status, _: started.append(status))
    assert started == ["200 OK"]
    return KeySet.import_key_set(json.loads(body))


def verified(issuer: Issuer, token: str, *, now: float | None = None) -> str:
    """Why a token is refused; empty when it is not."""
    try:
        verified_claims(token, keys_of(issuer), ISSUER_URL, time.time() if now is None else now)
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.description}"
    return ""


def test_a_token_of_the_issuer_is_taken(issuer: Issuer) -> None:
    token = issuer.issue(claims_of(RUN, "pypi"), "pypi")
    claims = verified_claims(token, keys_of(issuer), ISSUER_URL, time.time())
    assert claims["environment"] == "pypi"
    assert (claims["iss"], claims["aud"]) == (ISSUER_URL, "pypi")
    assert (claims["exp"] - claims["iat"], claims["iat"] - claims["nbf"]) == (300, 600)
    assert claims["jti"] != verified_claims(issuer.issue({}, "pypi"), keys_of(issuer), ISSUER_URL, time.time())["jti"]


def test_the_published_keys_are_public(issuer: Issuer) -> None:
    (key,) = keys_of(issuer).keys
    assert not key.is_private


def header_of(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return header


def forge_signature(issuer: Issuer) -> str:
    """Signed by another key that says to be the issuer's."""
    token = issuer.issue({}, "pypi")
    claims = verified_claims(token, keys_of(issuer), ISSUER_URL, time.time())
    return jwt.encode(header_of(token), dict(claims), FORGED_KEY)


def forge_payload(issuer: Issuer) -> str:
    """The issuer's signature under other claims."""
    header, payload, signature = issuer.issue({"environment": "test"}, "pypi").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "environment": "pypi"}).encode()).rstrip(b"=").decode()
    return f"{header}.{changed}.{signature}"


def forge_algorithm(issuer: Issuer) -> str:
    """The public key, which everybody has, used as a shared secret; by hand, for the library would not do it."""
    token = issuer.issue({}, "pypi")
    (key,) = keys_of(issuer).keys
    assert isinstance(key, RSAKey)
    header = base64.urlsafe_b64encode(json.dumps({**header_of(token), "alg": "HS256"}).encode()).rstrip(b"=")
    signed_text = header + b"." + token.split(".")[1].encode()
    signature = hmac.digest(key.as_pem(private=False), signed_text, "sha256")
    return f"{signed_text.decode()}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unsigned(issuer: Issuer) -> str:
    _, payload, _ = issuer.issue({}, "pypi").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{payload}."


def for_another_audience(issuer: Issuer) -> str:
    return issuer.issue({}, "testpypi")


def for_two_audiences(issuer: Issuer) -> str:
    token = issuer.issue({}, "pypi")
    claims = dict(verified_claims(token, keys_of(issuer), ISSUER_URL, time.time()))
    return jwt.encode(header_of(token), {**claims, "aud": ["pypi"]}, issuer._key)


@pytest.mark.parametrize(
    "make",
    [forge_signature, forge_payload, forge_algorithm, unsigned, for_another_audience, for_two_audiences],
)
def test_a_token_that_is_not_the_issuers_is_refused(issuer: Issuer, make: Callable[[Issuer], str]) -> None:
    assert verified(issuer, make(issuer)) == "invalid-token: malformed or invalid token"


def test_a_token_holds_until_half_a_minute_after_its_time(issuer: Issuer) -> None:
    token = issuer.issue({}, "pypi")
    now = int(time.time())
    assert verified(issuer, token, now=now + 325) == ""
    assert verified(issuer, token, now=now + 335) == "invalid-token: malformed or invalid token"
    assert verified(issuer, token, now=now - 800) == "invalid-token: malformed or invalid token"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "e30.bm8.e30"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"^malformed JWT$") as refused:
        issuer_of(text)
    assert refused.value.code == "invalid-payload"


# The exchange, on the wire.


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("trust")) as staged:
        yield staged


def test_the_index_tells_whom_tokens_are_to_be_made_out_to(staged: Stage) -> None:
    assert staged.get("/_/oidc/audience").json() == {"audience": "pypi"}


def test_an_upload_token_is_minted_once_for_an_identity(staged: Stage) -> None:
    identity = staged.identity()
    before = int(time.time())
    minted = staged.mint(identity)
    assert minted.status_code == 200
    answer = minted.json()
    assert answer["success"] is True
    assert answer["token"].startswith("pypi-")
    assert 900 <= answer["expires"] - before <= 905
    assert refused(staged, identity) == ("invalid-reuse-token", "invalid token: already used")


def refused(staged: Stage, identity: Any) -> tuple[str, str]:
    answer = staged.mint(identity)
    assert answer.status_code == 422
    assert answer.json()["message"] == "Token request failed"
    (error,) = answer.json()["errors"]
    return error["code"], error["description"]


def test_the_log_says_which_claim_did_not_match(staged: Stage) -> None:
    assert refused(staged, staged.identity(claims_of(RUN, "release"))) == ("invalid-publisher", NOT_FOUND)
    assert staged.said("claim")[-1] == (
        "quiverdb",
        422,
        "the claim environment is 'release', the publisher has 'pypi'",
    )
    assert staged.said("mint")[-1] == ("quiverdb", 422, f"invalid-publisher: {NOT_FOUND}")


def test_another_workflow_file_mints_nothing(staged: Stage) -> None:
    renamed = RunIdentity("example/quiver", ".github/workflows/release.yml", "Publish", "v0.5.0", "ab" * 20)
    assert refused(staged, staged.identity(claims_of(renamed, "pypi"))) == ("invalid-publisher", NOT_FOUND)


def test_a_token_for_another_audience_mints_nothing(staged: Stage) -> None:
    assert refused(staged, staged.identity(audience="sigstore")) == ("invalid-token", "malformed or invalid token")


def test_another_issuer_mints_nothing(staged: Stage) -> None:
    elsewhere = Issuer(EventLog())
    elsewhere.url = "https://elsewhere.invalid"
    token = elsewhere.issue(claims_of(RUN, "pypi"), "pypi")
    assert refused(staged, token) == ("invalid-payload", "unknown trusted publishing issuer")


def test_a_forged_signature_mints_nothing(staged: Stage) -> None:
    forger = Issuer(EventLog())
    forger.url = staged.index.issuer.url
    token = forger.issue(claims_of(RUN, "pypi"), "pypi")
    assert refused(staged, token) == ("invalid-token", "malformed or invalid token")


def test_what_is_no_request_for_a_token_is_refused(staged: Stage) -> None:
    assert refused(staged, 5) == ("invalid-payload", "the token is no string")
    assert refused(staged, "nonsense") == ("invalid-payload", "malformed JWT")
    answer = staged.request("POST", staged.at("/_/oidc/mint-token"), data=b"{")
    assert answer.json()["errors"] == [
        {"code": "invalid-payload", "description": "the request holds no JSON object with a token"}
    ]


def test_a_job_without_its_secret_gets_no_identity(staged: Stage) -> None:
    given = staged.index.register_job(claims_of(RUN, "pypi"))
    url = f"{given['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=pypi"
    assert staged.request("GET", url).status_code == 401
    assert staged.request("GET", url, headers={"Authorization": "bearer guess"}).status_code == 401
    assert staged.request("POST", url).status_code == 405
    assert staged.said("identity")[-1] == ("", 401, "no job has this token")


def test_the_default_audience_is_githubs(staged: Stage) -> None:
    given = staged.index.register_job(claims_of(RUN, "pypi"))
    secret = {"Authorization": f"bearer {given['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    assert staged.request("GET", given["ACTIONS_ID_TOKEN_REQUEST_URL"], headers=secret).status_code == 200
    assert staged.said("identity")[-1][2] == "for the audience https://github.com/example"


def test_a_burned_token_is_worth_nothing(staged: Stage, tmp_path: Path) -> None:
    token = staged.token()
    burn = staged.at("/_/oidc/burn-token")
    assert staged.request("POST", burn, json={"token": token}).status_code == 200
    assert staged.request("POST", burn, json={"token": token}).status_code == 404
    assert staged.request("POST", burn, data=b"").status_code == 422
