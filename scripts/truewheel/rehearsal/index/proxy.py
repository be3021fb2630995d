"""A proxy on loopback that leads to the rehearsal's servers, and nowhere else.

A client that is given it believes that it speaks to PyPI, with TLS from end to end, and could not reach it: a rehearsal
cannot publish by accident.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from truewheel.rehearsal.index.events import EventLog
from truewheel.rehearsal.index.loopback import PATIENCE, LoopbackServer, running
from truewheel.rehearsal.index.names import LOOPBACK

_PIECE = 1 << 16


class _Proxy(LoopbackServer):
    """Knows where each host and port is led."""

    def __init__(self, routes: Mapping[tuple[str, int], int], events: EventLog) -> None:
        super().__init__(_Handler)
        self._routes = routes
        self._events = events

    def port_for(self, host: str, port: int) -> int | None:
        """Where a connection goes, a port on loopback; None for nowhere."""
        target = self._routes.get((host.lower(), port))
        status, why = (
            (403, "refused: a rehearsal reaches no other host") if target is None else (200, "led to loopback")
        )
        self._events.add("connection", f"{host}:{port}", status, why)
        return target


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: _Proxy

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        target = self.server.port_for(host.strip("[]"), int(port) if port.isdecimal() else 0)
        if target is None:
            self._refuse()
            return
        self.close_connection = True
        with socket.create_connection((LOOPBACK, target), PATIENCE) as upstream:
            self.send_response_only(200, "Connection established")
            self.end_headers()
            with contextlib.suppress(OSError):
                _relay(self.connection, upstream)

    def _plain(self) -> None:
        """A request without TLS is for somebody else in any case."""
        parts = urlsplit(self.path)
        self.server.port_for(parts.hostname or "", parts.port or 80)
        self._refuse()

    def __getattr__(self, name: str) -> Callable[[], None]:
        """What answers any other method than CONNECT."""
        if name.startswith("do_"):
            return self._plain
        raise AttributeError(name)

    def _refuse(self) -> None:
        self.close_connection = True
        body = b"This is the proxy of a rehearsal: it leads to the rehearsal's index, and to no other host.\n"
        self.send_response_only(403, "Forbidden by the rehearsal")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  so it is called there
        """Connections are recorded as events."""


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either end is done."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while ready := selector.select(PATIENCE):
            for key, _ in ready:
                source: socket.socket = key.fileobj  # type: ignore[assignment]  # that is what was registered
                piece = source.recv(_PIECE)
                if not piece:
                    return
                key.data.sendall(piece)


@contextlib.contextmanager
def serve_proxy(routes: Mapping[tuple[str, int], int], events: EventLog) -> Iterator[int]:
    """A proxy that leads each (host, port) of `routes` to a port on loopback; gives its own port."""
    with running(_Proxy(routes, events)) as server:
        yield server.port
