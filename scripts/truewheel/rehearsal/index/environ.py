"""The environment variables that lead unmodified clients to the rehearsal's index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from truewheel.rehearsal.index.names import DIRECT, LOOPBACK, NO_CERTIFICATES, TRUST_VARIABLES, UPLOAD_HOST
from truewheel.rehearsal.index.proxy import is_direct

_BOTH_CASES = (str.upper, str.lower)
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
# Prefixes of variables that may hold the user's own credentials or settings.
_PERSONAL = ("TWINE_", "PIP_", "UV_", "POETRY_", "FLIT_", "HATCH_", "PYPI_", "NETRC", "PYTHON")
# Where programs look for the files of their user.
_HOMES = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA")


def publish_environ(proxy_port: int, authority: Path) -> dict[str, str]:
    """The variables for a client that publishes: it can reach and trust only the index."""
    proxy = f"http://{LOOPBACK}:{proxy_port}"
    proxies = {case(name): proxy for name in _PROXIES for case in _BOTH_CASES}
    # Nothing bypasses the proxy, which also leads to the issuer.
    direct = {case("NO_PROXY"): "" for case in _BOTH_CASES}
    trust = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), str(authority))
    # Clients would also trust the system's folder of certificates: an empty one replaces it.
    trust["SSL_CERT_DIR"] = str(authority.parent / NO_CERTIFICATES)
    return {**proxies, **direct, **trust, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def job_environ(proxy_port: int, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables for a job that may publish: what it runs finds the index in PyPI's place, and all other hosts.

    Args:
        proxy_port: the port of a proxy that leads to other hosts too.
        environ: the job's environment, whose NO_PROXY must not lead past the proxy.
    """
    proxy = f"http://{LOOPBACK}:{proxy_port}"
    names = {"HTTPS_PROXY": proxy} | ({"NO_PROXY": DIRECT} if is_direct(UPLOAD_HOST, environ) else {})
    return {case(name): value for name, value in names.items() for case in _BOTH_CASES}


def client_environ(base: Mapping[str, str], publish: Mapping[str, str], home: Path) -> dict[str, str]:
    """The whole environment of a client that publishes: that of its step, without the user's own settings.

    Args:
        base: the environment of the step.
        publish: what `publish_environ` returned.
        home: an empty folder, which becomes the client's home.
    """
    kept = {name: value for name, value in base.items() if not name.upper().startswith(_PERSONAL)}
    # Windows ignores the case of names: a variable set below replaces one of `base` in any spelling.
    given = {**dict.fromkeys(_HOMES, str(home)), **publish}
    names = {name.upper() for name in given}
    return {name: value for name, value in kept.items() if name.upper() not in names} | given


def pip_environ(simple_url: str, bundle: Path, upstream: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables by which pip installs from the index, on top of the user's own settings."""
    settings = {"PIP_INDEX_URL": simple_url, **dict.fromkeys(TRUST_VARIABLES, str(bundle))}
    if upstream.startswith("file:"):
        # An HTTP index cannot redirect to a folder, so pip looks there itself.
        settings["PIP_EXTRA_INDEX_URL"] = f"{environ.get('PIP_EXTRA_INDEX_URL', '')} {upstream}".strip()
    for case in _BOTH_CASES:
        bypass = environ.get(case("NO_PROXY"), "")
        settings[case("NO_PROXY")] = f"{bypass},{DIRECT}" if bypass else DIRECT
    return settings
