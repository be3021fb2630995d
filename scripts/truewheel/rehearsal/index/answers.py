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
        # A status line is one line of Latin-1.
        phrase = re.sub(r"[\x00-\x1f\x7f]+", " ", reason)[:_LONGEST_REASON].encode("latin-1", "replace")
        super().__init__(reason, Response(f"{status} {reason}\n", f"{status} {phrase.decode('latin-1')}"))
        self.reason = reason


class TokenRefused(HTTPException):
    """The index does not mint an upload token.

    Args:
        error: the kind of error that clients show, e.g. `invalid-publisher`.
        reason: why, in PyPI's words.
    """

    def __init__(self, error: str, reason: str) -> None:
        errors = [{"code": error, "description": reason}]
        super().__init__(reason, json_answer({"message": "Token request failed", "errors": errors}, 422))
        self.error = error
        self.reason = reason


def json_answer(data: Mapping[str, Any], status: int = 200, mimetype: str = "application/json") -> Response:
    """An answer in JSON."""
    return Response(json.dumps(data), status, mimetype=mimetype)
