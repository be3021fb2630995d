"""The exchange of an identity token for an upload token, at PyPI's addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from werkzeug.wrappers import Request, Response

from truewheel.publishing.trusted_publisher import Registration
from truewheel.rehearsal.index.answers import json_answer
from truewheel.rehearsal.index.issuer import Issuer
from truewheel.rehearsal.index.names import AUDIENCE
from truewheel.rehearsal.index.tokens import Tokens, UploadToken
from truewheel.rehearsal.index.trust import Claims, TokenRefused, differences, require_publisher, verified_claims


@dataclass(slots=True)
class Exchange:
    """Mints upload tokens for the jobs that the publisher describes."""

    publisher: Registration  # the trusted publisher of the project
    issuer: Issuer  # the issuer whose identity tokens are accepted
    tokens: Tokens  # receives the minted tokens
    problems: list[str]  # receives a sentence for each reason why a token was not minted
    clock: Callable[[], float]  # the time, in seconds since the epoch

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
        token = self.tokens.mint(canonicalize_name(self.publisher.project), str(claims["jti"]))
        if token is None:
            raise TokenRefused("invalid-reuse-token", "invalid token: already used")
        return token

    def burn(self, request: Request) -> Response:
        """Revoke an upload token that its client no longer needs."""
        burned = self.tokens.burn(_token_in(request))
        return json_answer({"success": burned}, 200 if burned else 404)


def _token_in(request: Request) -> str:
    """The token in the JSON of a request.

    Raises:
        TokenRefused: there is none.
    """
    try:
        token = json.loads(request.get_data())["token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TokenRefused("invalid-payload", "the request is not a JSON object with a token") from None
    if not isinstance(token, str):
        raise TokenRefused("invalid-payload", "the token is not a string")
    return token
