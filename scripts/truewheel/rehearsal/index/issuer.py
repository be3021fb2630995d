"""An issuer of identity tokens like GitHub's: who has a job's secret gets a token with that job's claims.

Source: GitHub's OpenID Connect reference; OpenID Connect Discovery 1.0.
"""

from __future__ import annotations

import contextlib
import secrets
import ssl
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

from truewheel.rehearsal.index.answers import Answer, json_answer
from truewheel.rehearsal.index.events import EventLog
from truewheel.rehearsal.index.loopback import serve_wsgi
from truewheel.rehearsal.index.names import LOOPBACK

ALGORITHM = "RS256"
DISCOVERY_PATH = "/.well-known/openid-configuration"
_KEYS_PATH = "/.well-known/jwks"
_TOKEN_PATH = "/token"  # noqa: S105  a path, and no secret
# As the example in GitHub's documentation has them, in seconds.
_LIFETIME = 300
_VALID_BEFORE = 600


class Issuer:
    """Issues identity tokens to the jobs that were registered.

    Attributes:
        url: its address, which its tokens name as their issuer.
    """

    def __init__(self, events: EventLog, clock: Callable[[], float] = time.time) -> None:
        self.url = ""
        self._events = events
        self._clock = clock
        self._key = RSAKey.generate_key(2048, {"kid": str(uuid.uuid4()), "use": "sig", "alg": ALGORITHM})
        self._jobs: dict[str, Mapping[str, str]] = {}

    def register_job(self, claims: Mapping[str, str]) -> dict[str, str]:
        """The variables by which a job asks for its tokens; on GitHub it has them only with `id-token: write`."""
        secret = secrets.token_urlsafe(32)
        self._jobs[secret] = dict(claims)
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}{_TOKEN_PATH}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secret,
        }

    def issue(self, claims: Mapping[str, str], audience: str) -> str:
        """A signed token with these claims, made out to `audience`."""
        now = int(self._clock())
        standard = {
            "iss": self.url,
            "aud": audience,
            "iat": now,
            "nbf": now - _VALID_BEFORE,
            "exp": now + _LIFETIME,
            "jti": str(uuid.uuid4()),
        }
        header = {"alg": ALGORITHM, "kid": self._key.kid}
        return jwt.encode(header, {**claims, **standard}, self._key, algorithms=[ALGORITHM])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._answer(environ).send(start_response)

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] != "GET":
            return json_answer({"message": "Method not allowed"}, 405)
        if path == DISCOVERY_PATH:
            return json_answer(self._configuration())
        if path == _KEYS_PATH:
            return json_answer({"keys": [self._key.as_dict(private=False)]})
        if path == _TOKEN_PATH:
            return self._token(environ)
        return json_answer({"message": "Not found"}, 404)

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}{_KEYS_PATH}",
            "subject_types_supported": ["public"],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    def _token(self, environ: Mapping[str, Any]) -> Answer:
        scheme, _, secret = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        claims = self._jobs.get(secret) if scheme.lower() == "bearer" else None
        if claims is None:
            self._events.add("identity", "", 401, "no job has this token")
            return json_answer({"message": "The token is not that of a running job"}, 401)
        query = parse_qs(environ.get("QUERY_STRING", ""))
        audience = query.get("audience", [f"https://github.com/{claims.get('repository_owner', '')}"])[0]
        self._events.add("identity", claims.get("sub", ""), 200, f"for the audience {audience}")
        return json_answer({"count": 1, "value": self.issue(claims, audience)})


@contextlib.contextmanager
def serve_issuer(tls: ssl.SSLContext, events: EventLog, *, clock: Callable[[], float] = time.time) -> Iterator[Issuer]:
    """An issuer on loopback, over TLS, until the block is left."""
    issuer = Issuer(events, clock)
    with serve_wsgi(issuer, tls) as port:
        issuer.url = f"https://{LOOPBACK}:{port}"
        yield issuer
