"""Whom the index trusts to publish, and how a token is judged: as PyPI does it, in PyPI's words.

Source: PyPI's own code, August 2026: what it demands, in which order, and what it says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from joserfc.jwt import JWTClaimsRegistry

from truewheel.publishing.trusted_publisher import Registration
from truewheel.rehearsal.index.claims import number_of
from truewheel.rehearsal.index.issuer import ALGORITHM
from truewheel.rehearsal.index.names import AUDIENCE

Claims = Mapping[str, Any]

# By so many seconds the clocks may differ.
_LEEWAY = 30
_REQUIRED = (
    *("event_name", "job_workflow_ref", "jti", "ref"),
    *("repository", "repository_owner", "repository_owner_id", "sha"),
)
_WORKFLOW_FILE = re.compile(r"[^/]+\.ya?ml(?=@)")


class Refusal(Exception):
    """The index does not mint a token.

    Args:
        code: as clients show it, e.g. `invalid-publisher`.
        description: why, in PyPI's words.
    """

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True)
class TrustedPublisher:
    """A publisher as it is registered on PyPI for a project.

    Attributes:
        project: the project's name.
        owner: the account on GitHub that the repository belongs to.
        repository: the repository's name, without its owner.
        workflow: the workflow's file name, without its folders.
        environment: the job's environment; None accepts any, and none.
    """

    project: str
    owner: str
    repository: str
    workflow: str
    environment: str | None = None

    @property
    def form(self) -> tuple[tuple[str, str], ...]:
        """The fields of PyPI's form for a publisher, and what to type into them."""
        return (
            ("PyPI Project Name", self.project),
            ("Owner", self.owner),
            ("Repository name", self.repository),
            ("Workflow name", self.workflow),
            ("Environment name", self.environment or ""),
        )


def publisher_of(registration: Registration) -> TrustedPublisher:
    """The publisher that is registered when the form is filled in like this."""
    return TrustedPublisher(
        project=registration.project,
        owner=registration.owner or "",
        repository=registration.repository_name or "",
        workflow=registration.workflow,
        environment=registration.environment,
    )


def issuer_of(token: str) -> str:
    """Who says to have issued a token, unverified.

    Raises:
        Refusal: it is no token.
    """
    try:
        claims = json.loads(extract_compact(token.encode("utf-8")).payload)
        return str(claims["iss"])
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal("invalid-payload", "malformed JWT") from None


def verified_claims(token: str, keys: KeySet, issuer: str, now: float) -> Claims:
    """The claims of a token that `issuer` signed, for PyPI, and that holds now.

    Raises:
        Refusal: it did not, or it does not.
    """
    invalid = Refusal("invalid-token", "malformed or invalid token")
    registry = JWTClaimsRegistry(
        now=int(now),
        leeway=_LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
    )
    try:
        token_read = jwt.decode(token, keys, algorithms=[ALGORITHM])
        registry.validate(token_read.claims)
    # The library trusts the header's values to be of the right types.
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise invalid from None
    # Not a list, even of the one.
    if token_read.claims["aud"] != AUDIENCE:
        raise invalid
    return token_read.claims


def demand_publisher(claims: Claims, publisher: TrustedPublisher, used: Callable[[str], bool]) -> None:
    """See whether the publisher is the one that the claims describe; `used` tells whether a token's `jti` was.

    Raises:
        Refusal: it is not, or the token was used already.
    """
    for name in _REQUIRED:
        if claims.get(name) is None:
            raise _no_publisher(f"Missing claim {name!r}")
    file = _WORKFLOW_FILE.search(str(claims["job_workflow_ref"]))
    if file is None:
        raise _no_publisher("Could not job extract workflow filename from OIDC claims")
    if any(True for _ in _lookup_mismatches(claims, publisher, file[0])):
        raise _no_publisher("Publisher with matching claims was not found")
    _demand_workflow(claims, publisher)
    if used(str(claims["jti"])):
        raise Refusal("invalid-reuse-token", "invalid token: already used")
    if claims["event_name"] == "pull_request_target":
        raise _no_publisher("Publishing from a workflow invoked via 'pull_request_target' is not supported.")


def _no_publisher(reason: str) -> Refusal:
    return Refusal("invalid-publisher", f"valid token, but no corresponding publisher ({reason})")


def _lookup_mismatches(claims: Claims, publisher: TrustedPublisher, file: str) -> Iterator[str]:
    """What PyPI looks a publisher up by, and does not find."""
    owner, _, name = str(claims["repository"]).partition("/")
    owners = (
        ("the owner in the claim repository", owner, publisher.owner),
        ("the claim repository_owner", str(claims["repository_owner"]), publisher.owner),
        ("the claim repository_owner_id", str(claims["repository_owner_id"]), number_of(publisher.owner)),
    )
    for what, found, expected in owners:
        # Without case: PyPI registers an owner as GitHub spells it, however it was typed.
        if found.lower() != expected.lower():
            yield f"{what} is {found!r}, the publisher has {expected!r}"
    # With case: the name of a repository and of a workflow is registered as it was typed.
    if name != publisher.repository:
        yield f"the name in the claim repository is {name!r}, the publisher has {publisher.repository!r}"
    if file != publisher.workflow:
        yield f"the workflow in the claim job_workflow_ref is {file!r}, the publisher has {publisher.workflow!r}"
    environment = str(claims.get("environment") or "")
    if publisher.environment and environment.lower() != publisher.environment.lower():
        found = f"is {environment!r}" if environment else "is missing"
        yield f"the claim environment {found}, the publisher has {publisher.environment!r}"


def _expected_workflows(claims: Claims, publisher: TrustedPublisher) -> list[str]:
    """What the claim job_workflow_ref may be: the publisher's workflow in the claims' repository, at their ref."""
    path = f"{claims['repository_owner']}/{publisher.repository}/.github/workflows/{publisher.workflow}"
    return sorted(f"{path}@{end}" for end in {claims["ref"], claims["sha"]} if end)


def _demand_workflow(claims: Claims, publisher: TrustedPublisher) -> None:
    expected, found = _expected_workflows(claims, publisher), claims["job_workflow_ref"]
    if not expected:
        raise _no_publisher("The ref and sha claims are empty")
    if found not in expected:
        raise _no_publisher(f"The job_workflow_ref claim does not match, expecting one of {expected!r}, got {found!r}")


def mismatches(claims: Claims, publisher: TrustedPublisher) -> Iterator[str]:
    """In what the claims are not those of the publisher, one sentence each; PyPI keeps that to itself."""
    missing = [name for name in _REQUIRED if claims.get(name) is None]
    if missing:
        yield f"missing: {', '.join(missing)}"
        return
    found = claims["job_workflow_ref"]
    file = _WORKFLOW_FILE.search(str(found))
    yield from _lookup_mismatches(claims, publisher, file[0] if file else "")
    expected = _expected_workflows(claims, publisher)
    if found not in expected:
        yield f"the claim job_workflow_ref is {found!r}, expected {' or '.join(expected)}"
