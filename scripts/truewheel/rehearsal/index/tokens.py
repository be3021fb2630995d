"""The upload tokens that the index mints: each is valid for one project and a quarter of an hour."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from packaging.utils import NormalizedName

# In seconds, as on PyPI.
LIFETIME = 900


@dataclass(frozen=True, slots=True)
class UploadToken:
    """A token that was minted."""

    text: str  # what a client sends as its password
    project: NormalizedName  # the only project that it may upload to
    expires: int  # the first second in which it is no longer valid, since the epoch


class Tokens:
    """The upload tokens that were minted and not burned, and the identity tokens that were used for them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tokens: dict[str, UploadToken] = {}
        self._used: set[str] = set()
        self._lock = threading.Lock()

    def mint(self, project: NormalizedName, jti: str) -> UploadToken | None:
        """A new token; None when the identity token with the identifier `jti` was used already."""
        text = f"pypi-{secrets.token_urlsafe(64)}"
        token = UploadToken(text, project, int(self._clock()) + LIFETIME)
        with self._lock:
            if jti in self._used:
                return None
            self._used.add(jti)
            self._tokens[text] = token
        return token

    def find(self, text: str) -> UploadToken | None:
        """The token that a client sent, expired or not; None when it was never minted or was burned."""
        with self._lock:
            return self._tokens.get(text)

    def has_expired(self, token: UploadToken) -> bool:
        return self._clock() >= token.expires

    def burn(self, text: str) -> bool:
        """Revoke a token; False when there is no such token."""
        with self._lock:
            return self._tokens.pop(text, None) is not None
