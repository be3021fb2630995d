"""An answer to a request, and how it goes out through WSGI."""

from __future__ import annotations

import http
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_JSON = "application/json"
# A status line ends at a line break, and its words are Latin-1.
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered.

    Attributes:
        status: the HTTP status.
        body: the content.
        content_type: of the content.
        reason: the words behind the status; by default those of HTTP.
        location: where to go instead; empty when the answer is here.
    """

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    reason: str = ""
    location: str = ""

    def send(self, start_response: Any) -> Iterable[bytes]:
        headers = [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]
        if self.location:
            headers.append(("Location", self.location))
        start_response(f"{self.status} {_one_line(self.reason) or http.HTTPStatus(self.status).phrase}", headers)
        return [self.body]


def _one_line(text: str) -> str:
    plain = re.sub(r"[\x00-\x1f\x7f]+", " ", text)[:_LONGEST_REASON]
    return plain.encode("latin-1", "replace").decode("latin-1").strip()


def json_answer(data: Mapping[str, Any], status: int = 200, content_type: str = _JSON) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(data).encode("utf-8"), content_type)


def said(status: int, words: str) -> Answer:
    """An answer as PyPI's upload endpoint gives it: what went wrong stands behind the status, where clients look."""
    return Answer(status, f"{status} {words}\n".encode(), reason=words)


def read_body(environ: Mapping[str, Any]) -> bytes:
    """The body of a request, whole; what is not read would break the connection before the answer arrives."""
    length = environ.get("CONTENT_LENGTH") or "0"
    return environ["wsgi.input"].read(int(length)) if length.isdecimal() else b""
