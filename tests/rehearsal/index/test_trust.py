"""Who may publish: claims as GitHub makes them, judged as PyPI judges them, refused in PyPI's words."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.running_index import PUBLISHER, RUN, RunningIndex
from truewheel.publishing.trusted_publisher import Registration
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.index.answers import TokenRefused
from truewheel.rehearsal.index.claims import claims_of, number_of
from truewheel.rehearsal.index.issuer import Issuer
from truewheel.rehearsal.index.trust import differences, require_publisher, verified_claims

NOT_FOUND = "valid token, but no corresponding publisher (Publisher with matching claims was not found)"


def claims_with(**changes: str | None) -> dict[str, str]:
    """The claims of the release's publish job with some of them changed; None leaves one out."""
    claims = {**claims_of(RUN, "pypi"), **changes}
    return {name: value for name, value in claims.items() if value is not None}


def refusal(claims: Mapping[str, str], publisher: Registration = PUBLISHER) -> str:
    """Why PyPI would not mint a token: code and description; empty when it would."""
    try:
        require_publisher(claims, publisher)
    except TokenRefused as refused:
        return f"{refused.error}: {refused.reason}"
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


@pytest.mark.parametrize(
    ("changes", "publisher"),
    [
        ({}, PUBLISHER),
        ({"environment": "PyPI"}, PUBLISHER),
        ({}, replace(PUBLISHER, environment="PYPI")),
        ({}, replace(PUBLISHER, environment="")),
        ({"environment": None}, replace(PUBLISHER, environment="")),
        ({}, replace(PUBLISHER, repository="Example/quiver")),
        # GitHub names the commit where a run has no ref.
        ({"job_workflow_ref": f"example/quiver/.github/workflows/publish.yml@{'ab' * 20}"}, PUBLISHER),
    ],
)
def test_a_job_of_the_publisher_is_accepted(changes: dict[str, str | None], publisher: Registration) -> None:
    assert refusal(claims_with(**changes), publisher) == ""
    assert list(differences(claims_with(**changes), publisher)) == []


WORKFLOW = "example/quiver/.github/workflows/publish.yml@refs/tags/v0.5.0"


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        (
            {"environment": "release"},
            "the claim environment is 'release', but the trusted publisher has 'pypi'",
        ),
        ({"environment": None}, "the claim environment is missing, but the trusted publisher has 'pypi'"),
        (
            {"job_workflow_ref": WORKFLOW.replace("publish.yml", "release.yml")},
            "the workflow in the claim job_workflow_ref is 'release.yml', but the trusted publisher has 'publish.yml'",
        ),
        (
            {"repository": "somebody/quiver", "repository_owner": "somebody"},
            "the owner in the claim repository is 'somebody', but the trusted publisher has 'example'",
        ),
        (
            {"repository": "example/other"},
            "the name in the claim repository is 'other', but the trusted publisher has 'quiver'",
        ),
        (
            {"repository": "example/Quiver"},
            "the name in the claim repository is 'Quiver', but the trusted publisher has 'quiver'",
        ),
        (
            {"repository_owner_id": "5"},
            f"the claim repository_owner_id is '5', but the trusted publisher has '{number_of('example')}'",
        ),
        (
            # A reusable workflow of another repository, with a file of the same name.
            {"job_workflow_ref": "others/shared/.github/workflows/publish.yml@refs/heads/main"},
            (
                "the claim job_workflow_ref is 'others/shared/.github/workflows/publish.yml@refs/heads/main', "
                f"expected {WORKFLOW}"
            ),
        ),
    ],
)
def test_another_publisher_is_refused(changes: dict[str, str | None], difference: str) -> None:
    assert refusal(claims_with(**changes)) == f"invalid-publisher: {NOT_FOUND}"
    assert difference in differences(claims_with(**changes), PUBLISHER)


# The signature.


ISSUER_URL = "https://issuer.invalid"
FORGED_KEY = RSAKey.generate_key(2048)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    issuer = Issuer()
    issuer.url = ISSUER_URL
    return issuer


def verified(issuer: Issuer, token: str, *, now: float | None = None) -> dict[str, Any]:
    return dict(verified_claims(token, issuer.keys, ISSUER_URL, time.time() if now is None else now))


def assert_refused(issuer: Issuer, token: str, *, now: float | None = None) -> None:
    with pytest.raises(TokenRefused) as refused:
        verified(issuer, token, now=now)
    assert (refused.value.error, refused.value.reason) == ("invalid-token", "malformed or invalid token")


def test_a_token_of_the_issuer_is_accepted(issuer: Issuer) -> None:
    claims = verified(issuer, issuer.issue(claims_of(RUN, "pypi"), "pypi"))
    assert claims["environment"] == "pypi"
    assert (claims["iss"], claims["aud"]) == (ISSUER_URL, "pypi")
    assert (claims["exp"] - claims["iat"], claims["iat"] - claims["nbf"]) == (300, 600)
    assert claims["jti"] != verified(issuer, issuer.issue({}, "pypi"))["jti"]


def test_the_issuers_keys_are_public(issuer: Issuer) -> None:
    (key,) = issuer.keys.keys
    assert not key.is_private


def header_of(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return header


def forge_signature(issuer: Issuer) -> str:
    """Signed by another key under the name of the issuer's."""
    token = issuer.issue({}, "pypi")
    return jwt.encode(header_of(token), verified(issuer, token), FORGED_KEY)


def forge_payload(issuer: Issuer) -> str:
    """The issuer's signature under other claims."""
    header, payload, signature = issuer.issue({"environment": "test"}, "pypi").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "environment": "pypi"}).encode()).rstrip(b"=").decode()
    return f"{header}.{changed}.{signature}"


def forge_algorithm(issuer: Issuer) -> str:
    """The public key, which everybody has, used as a shared secret; made by hand because the library refuses to."""
    token = issuer.issue({}, "pypi")
    (key,) = issuer.keys.keys
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
    return jwt.encode(header_of(token), {**verified(issuer, token), "aud": ["pypi"]}, issuer._key)


@pytest.mark.parametrize(
    "make",
    [forge_signature, forge_payload, forge_algorithm, unsigned, for_another_audience, for_two_audiences],
)
def test_a_token_that_the_issuer_did_not_make_for_pypi_is_refused(
    issuer: Issuer, make: Callable[[Issuer], str]
) -> None:
    assert_refused(issuer, make(issuer))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "e30.bm8.e30"])
def test_text_that_is_not_a_token_is_refused(issuer: Issuer, text: str) -> None:
    assert_refused(issuer, text)


def test_a_token_is_valid_until_half_a_minute_after_its_time(issuer: Issuer) -> None:
    token = issuer.issue({}, "pypi")
    now = verified(issuer, token)["iat"]
    assert verified(issuer, token, now=now + 325)
    assert_refused(issuer, token, now=now + 335)
    assert_refused(issuer, token, now=now - 800)


# The exchange, on the wire.


def refused(running: RunningIndex, identity: object) -> tuple[str, str]:
    answer = running.mint(identity)
    assert answer.status_code == 422
    assert answer.json()["message"] == "Token request failed"
    (error,) = answer.json()["errors"]
    return error["code"], error["description"]


def test_the_index_names_the_audience_of_tokens(running: RunningIndex) -> None:
    assert running.get("/_/oidc/audience").json() == {"audience": "pypi"}


def test_an_identity_token_is_exchanged_once(running: RunningIndex) -> None:
    identity = running.identity()
    before = int(time.time())
    minted = running.mint(identity)
    assert minted.status_code == 200
    after = int(time.time())
    answer = minted.json()
    assert answer["success"] is True
    assert answer["token"].startswith("pypi-")
    assert before + 900 <= answer["expires"] <= after + 901
    assert refused(running, identity) == ("invalid-reuse-token", "invalid token: already used")
    assert "the index minted no upload token: invalid token: already used" in running.index.problems


def test_the_maintainer_learns_which_claim_differs(running: RunningIndex) -> None:
    renamed = RunIdentity("example/quiver", ".github/workflows/release.yml", "Publish", "v0.5.0", "ab" * 20)
    for claims in (claims_of(RUN, "release"), claims_of(RUN, "release"), claims_of(RUN), claims_of(renamed, "pypi")):
        assert refused(running, running.identity(claims)) == ("invalid-publisher", NOT_FOUND)
    none = "the index minted no upload token: "
    assert running.index.problems == (
        f"{none}the claim environment is 'release', but the trusted publisher has 'pypi'",
        f"{none}the claim environment is missing, but the trusted publisher has 'pypi'",
        (
            f"{none}the workflow in the claim job_workflow_ref is 'release.yml', "
            "but the trusted publisher has 'publish.yml'"
        ),
    )


def test_a_token_for_another_audience_is_refused(running: RunningIndex) -> None:
    assert refused(running, running.identity(audience="sigstore")) == ("invalid-token", "malformed or invalid token")


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_token_of_another_issuer_is_refused(running: RunningIndex, is_ours: bool) -> None:  # noqa: FBT001
    other = Issuer()
    other.url = running.index.issuer.url if is_ours else "https://elsewhere.invalid"
    token = other.issue(claims_of(RUN, "pypi"), "pypi")
    assert refused(running, token) == ("invalid-token", "malformed or invalid token")


def test_a_request_without_a_token_is_refused(running: RunningIndex) -> None:
    assert refused(running, 5) == ("invalid-token", "malformed or invalid token")
    assert refused(running, "nonsense") == ("invalid-token", "malformed or invalid token")
    answer = running.post("/_/oidc/mint-token", data=b"{")
    assert answer.json()["errors"] == [
        {"code": "invalid-payload", "description": "the request is not a JSON object with a token"}
    ]


def test_a_job_without_its_secret_gets_no_identity(running: RunningIndex) -> None:
    given = running.index.issuer.register_job(claims_of(RUN, "pypi"))
    url = f"{given['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=pypi"
    for header in ({}, {"Authorization": "bearer guess"}, {"Authorization": "Basic \xe9".encode("latin-1")}):
        assert running.request("GET", url, headers=header).status_code == 401
    assert running.request("POST", url).status_code == 404


def test_the_default_audience_is_githubs(running: RunningIndex) -> None:
    given = running.index.issuer.register_job(claims_of(RUN, "pypi"))
    secret = {"Authorization": f"bearer {given['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    answer = running.request("GET", given["ACTIONS_ID_TOKEN_REQUEST_URL"], headers=secret)
    payload = answer.json()["value"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["aud"] == "https://github.com/example"


def test_a_token_is_burned_once(running: RunningIndex) -> None:
    token = running.token()
    statuses = [running.post("/_/oidc/burn-token", json={"token": token}).status_code for _ in range(2)]
    assert statuses == [200, 404]
    assert running.post("/_/oidc/burn-token", data=b"").status_code == 422
