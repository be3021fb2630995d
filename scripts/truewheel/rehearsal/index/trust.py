"""Whether an identity token comes from the trusted publisher: judged as PyPI judges it, refused in PyPI's words.

Source: PyPI's code, August 2026: its demands, their order, its messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from truewheel.publishing.trusted_publisher import Registration
from truewheel.rehearsal.index.answers import TokenRefused
from truewheel.rehearsal.index.claims import number_of
from truewheel.rehearsal.index.issuer import ALGORITHM
from truewheel.rehearsal.index.names import AUDIENCE

Claims = Mapping[str, Any]

# How far clocks may differ, in seconds.
_LEEWAY = 30


def verified_claims(token: str, keys: KeySet, issuer: str, now: float) -> Claims:
    """The claims of an identity token.

    Raises:
        TokenRefused: `issuer` did not sign it, it is not for PyPI, or it is not valid now.
    """
    invalid = TokenRefused("invalid-token", "malformed or invalid token")
    present: ClaimsOption = {"essential": True}
    by_issuer: ClaimsOption = {"essential": True, "value": issuer}
    registry = JWTClaimsRegistry(now=int(now), leeway=_LEEWAY, iss=by_issuer, aud=present, iat=present, exp=present)
    try:
        claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
        registry.validate(claims)
    # The library does not check the types of the header's values.
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise invalid from None
    # A list is refused, even if this is its only item.
    if claims["aud"] != AUDIENCE:
        raise invalid
    return claims


def require_publisher(claims: Claims, publisher: Registration) -> None:
    """Check that the claims describe a job of the publisher.

    Raises:
        TokenRefused: they do not.
    """
    if any(differences(claims, publisher)):
        why = "Publisher with matching claims was not found"
        raise TokenRefused("invalid-publisher", f"valid token, but no corresponding publisher ({why})")


def differences(claims: Claims, publisher: Registration) -> Iterator[str]:
    """How the claims differ from the publisher, one sentence each. PyPI does not report this."""
    owner, repository = publisher.owner or "", publisher.repository_name or ""
    found_owner, _, found_repository = claims["repository"].partition("/")
    found_path, _, found_ref = claims["job_workflow_ref"].partition("@")
    found_folder, _, found_file = found_path.rpartition("/")
    # PyPI registers an owner as GitHub spells it, so its case does not matter. The names of the repository and of the
    # workflow are registered as they were typed.
    compared = [
        ("owner in the claim repository", found_owner, owner, True),
        ("claim repository_owner", claims["repository_owner"], owner, True),
        ("claim repository_owner_id", claims["repository_owner_id"], number_of(owner), False),
        ("name in the claim repository", found_repository, repository, False),
        ("workflow in the claim job_workflow_ref", found_file, publisher.workflow, False),
    ]
    # A publisher without an environment accepts any.
    if publisher.environment:
        compared.append(("claim environment", claims.get("environment", ""), publisher.environment, True))
    different = [
        f"the {what} is {repr(found) if found else 'missing'}, but the trusted publisher has {expected!r}"
        for what, found, expected, ignores_case in compared
        if found != expected and not (ignores_case and found.lower() == expected.lower())
    ]
    yield from different
    # A reusable workflow of another repository may have a file of the same name.
    folder = f"{claims['repository_owner']}/{publisher.repository_name}/.github/workflows"
    if not different and (found_folder != folder or found_ref not in (claims["ref"], claims["sha"])):
        where = f"{folder}/{publisher.workflow}@{claims['ref']}"
        yield f"the claim job_workflow_ref is {claims['job_workflow_ref']!r}, expected {where}"
