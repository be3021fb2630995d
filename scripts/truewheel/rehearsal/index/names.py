"""Addresses and PyPI's fixed words on which several parts of the index must agree."""

from __future__ import annotations

from urllib.parse import urlsplit

from pip._internal.models.index import PyPI
from twine.repository import LEGACY_PYPI
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

LOOPBACK = "127.0.0.1"
# Its name in URLs for pip: pip 24.2 to 25 cannot verify the certificate of an address (truststore with urllib3 1.26).
LOCALHOST = "localhost"
# For NO_PROXY.
DIRECT = f"{LOOPBACK},{LOCALHOST}"
# Where an unmodified client uploads to. It is twine's constant: no host name is written here.
UPLOAD_URL = DEFAULT_REPOSITORY
UPLOAD_HOST = urlsplit(UPLOAD_URL).hostname or ""
TEST_HOST = urlsplit(TEST_REPOSITORY).hostname or ""
# Where twine asks which files there are, for --skip-existing.
LEGACY_HOST = urlsplit(LEGACY_PYPI).hostname or ""
# The audience that an identity token must be made for.
AUDIENCE = "pypi"
# An empty folder next to the authority's file.
NO_CERTIFICATES = "no-other-certificates"
# Variables that name the certificates a user's programs trust: pip, requests, curl, OpenSSL and Node.js.
TRUST_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
# The user name that goes with every token.
TOKEN_USER = "__token__"  # noqa: S105  a name, not a secret


def help_url(anchor: str) -> str:
    """The URL of a section of PyPI's help page."""
    return f"{PyPI.url}help/#{anchor}"
