"""The exchange of an identity token for one that uploads, at the addresses that clients know."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import KeySet
from packaging.utils import canonicalize_name

from truewheel.rehearsal.index.answers import Answer, json_answer, read_body
from truewheel.rehearsal.index.events import EventLog
from truewheel.rehearsal.index.issuer import DISCOVERY_PATH
from truewheel.rehearsal.index.names import AUDIENCE
from truewheel.rehearsal.index.tokens import Tokens
from truewheel.rehearsal.index.trust import (
    Refusal,
    TrustedPublisher,
    demand_publisher,
    issuer_of,
    mismatches,
    verified_claims,
)

_TIMEOUT = 10


@dataclass(eq=False)
class Exchange:
    """Mints tokens for those whom the publisher describes.

    Attributes:
        publisher: who may publish.
        issuer: the address of the issuer whose tokens are taken.
        tls: by which the issuer is known.
        tokens: those that are minted.
        events: gets what happens.
        clock: the time, in seconds since the epoch.
    """

    publisher: TrustedPublisher
    issuer: str
    tls: ssl.SSLContext
    tokens: Tokens
    events: EventLog
    clock: Callable[[], float]
    _keys: KeySet | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def audience(self) -> Answer:
        self.events.add("audience", AUDIENCE, 200)
        return json_answer({"audience": AUDIENCE})

    def mint(self, environ: Mapping[str, Any]) -> Answer:
        """Answer with a token, or with PyPI's reasons why not."""
        try:
            return self._mint(_token_in(read_body(environ)))
        except Refusal as refusal:
            self.events.add("mint", self.publisher.project, 422, f"{refusal.code}: {refusal.description}")
            errors = [{"code": refusal.code, "description": refusal.description}]
            return json_answer({"message": "Token request failed", "errors": errors}, 422)

    def _mint(self, identity: str) -> Answer:
        if issuer_of(identity) != self.issuer:
            raise Refusal("invalid-payload", "unknown trusted publishing issuer")
        claims = verified_claims(identity, self._issuer_keys(), self.issuer, self.clock())
        try:
            demand_publisher(claims, self.publisher, self.tokens.is_used)
        except Refusal:
            for mismatch in mismatches(claims, self.publisher):
                self.events.add("claim", self.publisher.project, 422, mismatch)
            raise
        token = self.tokens.mint(canonicalize_name(self.publisher.project), str(claims["jti"]))
        if token is None:
            raise Refusal("invalid-reuse-token", "invalid token: already used")
        self.events.add("mint", self.publisher.project, 200, f"for {claims.get('sub')}")
        return json_answer({"success": True, "token": token.text, "expires": token.expires})

    def burn(self, environ: Mapping[str, Any]) -> Answer:
        """Take a token back that its client is done with."""
        try:
            burned = self.tokens.burn(_token_in(read_body(environ)))
        except Refusal as refusal:
            return json_answer({"message": refusal.description}, 422)
        self.events.add("burn", self.publisher.project, 200 if burned else 404)
        return json_answer({"success": burned}, 200 if burned else 404)

    def _issuer_keys(self) -> KeySet:
        """The keys of the issuer, fetched from it when they are first needed."""
        with self._lock:
            if self._keys is None:
                configuration = self._fetch(f"{self.issuer}{DISCOVERY_PATH}")
                self._keys = KeySet.import_key_set(self._fetch(configuration["jwks_uri"]))
            return self._keys

    def _fetch(self, url: str) -> Any:
        # No proxy: the issuer is on loopback.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls)
        )
        with opener.open(url, timeout=_TIMEOUT) as response:
            return json.load(response)


def _token_in(body: bytes) -> str:
    try:
        token = json.loads(body)["token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refusal("invalid-payload", "the request holds no JSON object with a token") from None
    if not isinstance(token, str):
        raise Refusal("invalid-payload", "the token is no string")
    return token
