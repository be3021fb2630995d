"""Proxies on loopback that lead to the rehearsal's servers in place of PyPI, with TLS from end to end.

A client behind one believes that it talks to PyPI, and cannot reach it: a rehearsal cannot publish by accident.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import selectors
import socket
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.answers import Refused
from truewheel.rehearsal.index.loopback import PATIENCE, hang_up
from truewheel.rehearsal.index.names import LOOPBACK

_CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy as an application."""

    # The port on loopback for each `host:port` that a client may ask for; None where it must not get.
    routes: Mapping[str, int | None]
    # Connects to any other `host:port`; None if there must be none.
    connect: Callable[[str], socket.socket] | None = None

    def __call__(self, request: Request) -> Response:
        target = str(request.environ["RAW_URI"]).lower()
        # Any other method is a request without TLS, and never meant for the index.
        if request.method != "CONNECT" or self.routes.get(target, self.connect) is None:
            raise Refused(403, "Forbidden: a rehearsal reaches its own index and no other host")
        client: socket.socket = request.environ["werkzeug.socket"]
        with self._upstream(target) as upstream, contextlib.suppress(OSError):
            client.sendall(b"HTTP/1.0 200 Connection established\r\n\r\n")
            _relay(client, upstream)
        hang_up(request)

    def _upstream(self, target: str) -> socket.socket:
        port = self.routes.get(target)
        if port is not None:
            return socket.create_connection((LOOPBACK, port), PATIENCE)
        assert self.connect is not None  # noqa: S101  __call__ has looked
        try:
            return self.connect(target)
        except (OSError, ValueError) as error:
            raise Refused(502, f"Bad Gateway: {target} cannot be reached: {error}") from None


def _relay(client: socket.socket, upstream: socket.socket) -> None:
    """Carry bytes both ways until either end is done."""
    other = {client: upstream, upstream: client}
    with selectors.DefaultSelector() as selector:
        for source in other:
            selector.register(source, selectors.EVENT_READ, source)
        while ready := selector.select(PATIENCE):
            for key, _ in ready:
                chunk = key.data.recv(_CHUNK)
                if not chunk:
                    return
                other[key.data].sendall(chunk)


def connect(target: str, environ: Mapping[str, str]) -> socket.socket:
    """Connect to `host:port`: through the proxy that the maintainer's environment names, or directly.

    Raises:
        OSError: neither answers, or the proxy refuses.
    """
    host, _, port = target.rpartition(":")
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    proxy = next((environ[name] for name in names if environ.get(name)), "")
    if not proxy or is_direct(host, environ):
        return socket.create_connection((host.strip("[]"), int(port)), PATIENCE)
    parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    login = base64.b64encode(f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()).decode()
    tunnel = http.client.HTTPConnection(parts.hostname or "", parts.port or 8080, timeout=PATIENCE)
    tunnel.set_tunnel(host, int(port), {"Proxy-Authorization": f"Basic {login}"} if parts.username else {})
    tunnel.connect()
    connection: socket.socket = tunnel.sock
    return connection


def is_direct(host: str, environ: Mapping[str, str]) -> bool:
    """Whether programs reach a host without a proxy, because NO_PROXY names it."""
    # Programs differ in which of the two they read.
    bypass = {"no": ",".join(environ[name] for name in ("no_proxy", "NO_PROXY") if environ.get(name))}
    return bool(urllib.request.proxy_bypass_environment(host, bypass))  # type: ignore[attr-defined]
