"""The environments by which unmodified clients reach the rehearsal's index."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from truewheel.rehearsal.index.names import LOOPBACK
from truewheel.rehearsal.index.tls import NO_CERTIFICATES

_BOTH_CASES = (str.upper, str.lower)
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
# What may hold a user's own credentials or settings, by how the variables' names begin.
_PERSONAL = ("TWINE_", "PIP_", "UV_", "POETRY_", "FLIT_", "HATCH_", "PYPI_", "NETRC", "PYTHON")
# Where programs look for their users' files.
_HOMES = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA")


def publish_environ(proxy_port: int, authority: Path) -> dict[str, str]:
    """What a client that publishes is given: a way to the index alone, and trust in the index alone."""
    proxy = f"http://{LOOPBACK}:{proxy_port}"
    proxies = {case(name): proxy for name in _PROXIES for case in _BOTH_CASES}
    # Nothing goes past the proxy, which leads to the issuer too.
    direct = {case("NO_PROXY"): "" for case in _BOTH_CASES}
    trust = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), str(authority))
    # The system's certificates would be trusted beside the authority: a folder without any takes their place.
    trust["SSL_CERT_DIR"] = str(authority.parent / NO_CERTIFICATES)
    return {**proxies, **direct, **trust, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def client_environ(base: Mapping[str, str], publish: Mapping[str, str], home: Path) -> dict[str, str]:
    """The whole environment of a client that publishes: that of its step, without anything of the user's own.

    Args:
        base: the environment of the step.
        publish: what `publish_environ` gave.
        home: an empty folder, which is the client's home.
    """
    kept = {name: value for name, value in base.items() if not name.upper().startswith(_PERSONAL)}
    # On Windows names have no case: what is given below replaces what is kept, however it is spelled.
    given = {**dict.fromkeys(_HOMES, str(home)), **publish}
    names = {name.upper() for name in given}
    return {name: value for name, value in kept.items() if name.upper() not in names} | given


def pip_environ(
    simple_url: str, bundle: Path, upstream: str, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """What pip is given to install from the index, over the user's own settings."""
    settings = {
        "PIP_INDEX_URL": simple_url,
        "PIP_CERT": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
        "SSL_CERT_FILE": str(bundle),
    }
    if upstream.startswith("file:"):
        # There is no redirect to a folder, so pip looks there itself.
        settings["PIP_EXTRA_INDEX_URL"] = f"{environ.get('PIP_EXTRA_INDEX_URL', '')} {upstream}".strip()
    for case in _BOTH_CASES:
        past = environ.get(case("NO_PROXY"), "")
        settings[case("NO_PROXY")] = f"{past},{LOOPBACK}" if past else LOOPBACK
    return settings
