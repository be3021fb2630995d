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
# PyPI takes files of 100 MiB; a form is a little larger than its file.
_LARGEST_BODY = 110 * 2**20
# Up to here a body that is too large is read nevertheless, or its sender would not see the answer.
_LARGEST_IGNORED = 2**30
_PIECE = 2**20


class BodyRefused(Exception):
    """The body of a request is not read.

    Args:
        status: the HTTP status of the answer.
        words: why.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


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
    """The body of a request, whole; what is not read would break the connection before the answer arrives.

    Raises:
        BodyRefused: its length is no number, or too large, or the client does not send it.
    """
    length = _length_of_body(environ)
    source = environ["wsgi.input"]
    try:
        if length <= _LARGEST_BODY:
            return source.read(length)  # type: ignore[no-any-return]
        if length <= _LARGEST_IGNORED:
            _ignore(source, length)
    except TimeoutError:
        raise BodyRefused(408, "The request was not sent to its end.") from None
    raise BodyRefused(413, f"The request is larger than {_LARGEST_BODY // 2**20} MiB.")


def _length_of_body(environ: Mapping[str, Any]) -> int:
    text = (environ.get("CONTENT_LENGTH") or "0").strip()
    if not (text.isascii() and text.isdecimal()):
        raise BodyRefused(400, "Content-Length is no number.")
    digits = text.lstrip("0") or "0"
    # Python reads no number with thousands of digits.
    return int(digits) if len(digits) <= len(str(_LARGEST_IGNORED)) else _LARGEST_IGNORED + 1


def _ignore(source: Any, length: int) -> None:
    while length > 0:
        piece = source.read(min(length, _PIECE))
        if not piece:
            return
        length -= len(piece)
