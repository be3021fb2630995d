"""What the parts of the index must agree on: addresses, and the words of PyPI that stand for more than one of them."""

from __future__ import annotations

from urllib.parse import urlsplit

from twine.repository import WAREHOUSE_WEB
from twine.utils import DEFAULT_REPOSITORY

LOOPBACK = "127.0.0.1"
# Where an unmodified client uploads to, as twine has it; no host is named here.
UPLOAD_URL = DEFAULT_REPOSITORY
UPLOAD_HOST = urlsplit(UPLOAD_URL).hostname or ""
UPLOAD_PORT = 443
# What an identity token must be made out to.
AUDIENCE = "pypi"
# The user of every token.
TOKEN_USER = "__token__"  # noqa: S105  a name, and no secret


def help_url(anchor: str) -> str:
    """A place on PyPI's help page, as its refusals name it."""
    return f"{WAREHOUSE_WEB}help/#{anchor}"
