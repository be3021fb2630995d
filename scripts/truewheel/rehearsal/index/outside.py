"""Connections to hosts outside of a rehearsal, as the maintainer's own programs make them."""

from __future__ import annotations

import base64
import socket
import urllib.request
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from truewheel.rehearsal.index.loopback import PATIENCE

_LONGEST_ANSWER = 2**16


def connect(target: str, environ: Mapping[str, str]) -> socket.socket:
    """Connect to `host:port`: by the proxy that the maintainer's environment names, else directly.

    Raises:
        OSError: neither answers, or the proxy refuses.
    """
    host, _, port = target.rpartition(":")
    proxy = _variable(environ, "https_proxy") or _variable(environ, "all_proxy")
    if not proxy or is_direct(host, environ):
        return socket.create_connection((host.strip("[]"), int(port)), PATIENCE)
    parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    connection = socket.create_connection((parts.hostname or "", parts.port or 8080), PATIENCE)
    user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    login = f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}\r\n" if parts.username else ""
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n".encode())
    answer = b""
    # Not a byte more: what follows is the client's.
    while not answer.endswith(b"\r\n\r\n") and len(answer) < _LONGEST_ANSWER:
        byte = connection.recv(1)
        if not byte:
            break
        answer += byte
    if answer.split(maxsplit=2)[1:2] != [b"200"]:
        connection.close()
        raise OSError(f"the proxy answers {answer.splitlines()[:1]}")
    return connection


def is_direct(host: str, environ: Mapping[str, str]) -> bool:
    """Whether programs reach a host without a proxy, because NO_PROXY names it."""
    # Programs differ in which of the two they read.
    bypass = {"no": ",".join(environ[name] for name in ("no_proxy", "NO_PROXY") if environ.get(name))}
    return bool(urllib.request.proxy_bypass_environment(host, bypass))  # type: ignore[attr-defined]


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper(), "")
