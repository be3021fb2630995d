"""Answers in the forms that clients of PyPI read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

_LONGEST_REASON = 1000


class Refused(HTTPException):
    """A request is refused as PyPI's upload endpoint does it: clients show the reason phrase of the status line.

    Args:
        status: the HTTP status.
        reason: why, in one sentence.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason, Response(f"{status} {reason}\n", f"{status} {_reason_phrase(reason)}"))
        self.reason = reason


def _reason_phrase(text: str) -> str:
    """The text as part of a status line, which is one line of Latin-1."""
    line = re.sub(r"[\x00-\x1f\x7f]+", " ", text)[:_LONGEST_REASON]
    return line.encode("latin-1", "replace").decode("latin-1")


def json_answer(data: Mapping[str, Any], status: int = 200, mimetype: str = "application/json") -> Response:
    """An answer in JSON."""
    return Response(json.dumps(data), status, mimetype=mimetype)
