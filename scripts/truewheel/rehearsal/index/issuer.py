"""An issuer of identity tokens like GitHub's: a job that shows its secret gets a token with its claims.

Source: GitHub's OpenID Connect reference.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Mapping

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.answers import json_answer

ALGORITHM = "RS256"
_TOKEN_PATH = "/token"  # noqa: S105  a path, not a secret
# In seconds, as in the example in GitHub's documentation.
_LIFETIME = 300
_VALID_BEFORE = 600


class Issuer:
    """Issues identity tokens to the jobs that were registered.

    Attributes:
        url: its address, which its tokens name as their issuer.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.url = ""
        self._clock = clock
        self._key = RSAKey.generate_key(2048, {"kid": str(uuid.uuid4()), "use": "sig", "alg": ALGORITHM})
        self._jobs: dict[str, Mapping[str, str]] = {}

    @property
    def keys(self) -> KeySet:
        """The public keys that verify its tokens."""
        return KeySet.import_key_set({"keys": [self._key.as_dict(private=False)]})

    def register_job(self, claims: Mapping[str, str]) -> dict[str, str]:
        """The variables with which a job requests its tokens; on GitHub it gets them only with `id-token: write`."""
        secret = secrets.token_urlsafe(32)
        self._jobs[secret] = dict(claims)
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}{_TOKEN_PATH}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secret,
        }

    def issue(self, claims: Mapping[str, str], audience: str) -> str:
        """A signed token with these claims for `audience`."""
        now = int(self._clock())
        times = {"iat": now, "nbf": now - _VALID_BEFORE, "exp": now + _LIFETIME}
        standard = {"iss": self.url, "aud": audience, **times, "jti": str(uuid.uuid4())}
        header = {"alg": ALGORITHM, "kid": self._key.kid}
        return jwt.encode(header, {**claims, **standard}, self._key, algorithms=[ALGORITHM])

    def __call__(self, request: Request) -> Response:
        """Answer a job's request for a token."""
        if request.method != "GET" or request.path != _TOKEN_PATH:
            raise NotFound
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        claims = self._jobs.get(secret) if scheme.lower() == "bearer" else None
        if claims is None:
            return json_answer({"message": "The token is not that of a running job"}, 401)
        audience = request.args.get("audience", f"https://github.com/{claims.get('repository_owner', '')}")
        return json_answer({"count": 1, "value": self.issue(claims, audience)})
