"""The exchange of an identity token for an upload token, at PyPI's addresses."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from packaging.utils import NormalizedName, canonicalize_name
from werkzeug.wrappers import Request, Response

from truewheel.publishing.trusted_publisher import Registration
from truewheel.rehearsal.index.answers import TokenRefused, json_answer
from truewheel.rehearsal.index.issuer import Issuer
from truewheel.rehearsal.index.names import AUDIENCE
from truewheel.rehearsal.index.trust import Claims, differences, require_publisher, verified_claims

# In seconds, as on PyPI.
_LIFETIME = 900


@dataclass(frozen=True, slots=True)
class UploadToken:
    """A token that was minted."""

    text: str  # what a client sends as its password
    project: NormalizedName  # the only project that it may upload to
    expires: int  # the first second in which it is no longer valid, since the epoch


@dataclass(slots=True)
class Exchange:
    """Mints upload tokens for the jobs that the publisher describes; each is valid for a quarter of an hour."""

    publisher: Registration  # the trusted publisher of the project
    issuer: Issuer  # the issuer whose identity tokens are accepted
    problems: list[str]  # receives a sentence for each reason why a token was not minted
    clock: Callable[[], float]  # the time, in seconds since the epoch
    tokens: dict[str, UploadToken] = field(default_factory=dict)  # those that were minted and not burned
    _used: dict[str, str] = field(default_factory=dict)  # the identity tokens that were exchanged

    def audience(self, _request: Request) -> Response:
        return json_answer({"audience": AUDIENCE})

    def mint(self, request: Request) -> Response:
        """Answer with an upload token.

        Raises:
            TokenRefused: with PyPI's reason.
        """
        claims: Claims = {}
        try:
            claims = verified_claims(_token_in(request), self.issuer.keys, self.issuer.url, self.clock())
            token = self._mint(claims)
        except TokenRefused as refused:
            reasons = list(differences(claims, self.publisher)) if claims else []
            self.problems += [f"the index minted no upload token: {reason}" for reason in reasons or [refused.reason]]
            raise
        return json_answer({"success": True, "token": token.text, "expires": token.expires})

    def _mint(self, claims: Claims) -> UploadToken:
        require_publisher(claims, self.publisher)
        text = f"pypi-{secrets.token_urlsafe(64)}"
        # In one operation: requests are answered in threads.
        if self._used.setdefault(str(claims["jti"]), text) != text:
            raise TokenRefused("invalid-reuse-token", "invalid token: already used")
        project = canonicalize_name(self.publisher.project)
        self.tokens[text] = UploadToken(text, project, int(self.clock()) + _LIFETIME)
        return self.tokens[text]

    def burn(self, request: Request) -> Response:
        """Revoke an upload token that its client no longer needs."""
        burned = self.tokens.pop(_token_in(request), None) is not None
        return json_answer({"success": burned}, 200 if burned else 404)


def _token_in(request: Request) -> str:
    """The token in the JSON of a request.

    Raises:
        TokenRefused: there is none.
    """
    try:
        return str(json.loads(request.get_data())["token"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TokenRefused("invalid-payload", "the request is not a JSON object with a token") from None
