"""Servers on loopback that leave nothing behind: when they end, every connection, thread and port of theirs does."""

from __future__ import annotations

import contextlib
import io
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

from truewheel.rehearsal.index.names import LOOPBACK

# A client that says nothing for so many seconds is gone.
PATIENCE = 60
# The key by which an application finds the connection that its request came through.
CONNECTION = "rehearsal.connection"

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class LoopbackServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Takes connections on a free port, each in a thread of its own."""

    request_queue_size = 32
    # The threads are waited for at the end, and cannot hang then: their connections are cut first.
    daemon_threads = False

    def __init__(self, handler: type[socketserver.BaseRequestHandler], tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((LOOPBACK, 0), handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls is not None:
            # The handshake is for the thread of the connection: a slow client holds up nobody else.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is the client's affair; what goes wrong in an application is recorded by it."""

    def cut_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                hang_up(connection)


def hang_up(connection: socket.socket) -> None:
    """End a connection at once, in whatever thread it is being read."""
    with contextlib.suppress(OSError):
        # Not the method of a TLS socket, which would take its state away from the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextlib.contextmanager
def running(server: LoopbackServer) -> Iterator[LoopbackServer]:
    """Serve until the block is left, however it is left."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"loopback-{server.port}")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.cut_connections()
        server.server_close()
        thread.join()


class _WsgiServer(LoopbackServer):
    """A server for a WSGI application, over TLS."""

    def __init__(self, app: WsgiApp, tls: ssl.SSLContext) -> None:
        super().__init__(_WsgiHandler, tls)
        self._app = app
        self.base_environ = {
            "SERVER_NAME": LOOPBACK,
            "SERVER_PORT": str(self.port),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SCRIPT_NAME": "",
            "HTTPS": "on",
        }

    def get_app(self) -> WsgiApp:
        return self._app


class _WsgiHandler(WSGIRequestHandler):
    timeout = PATIENCE

    def setup(self) -> None:
        self.request.settimeout(PATIENCE)
        self.request.do_handshake()
        super().setup()

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), CONNECTION: self.connection}

    def get_stderr(self) -> io.StringIO:
        # What an application did wrong, it has recorded; nothing is printed in the middle of a report.
        return io.StringIO()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  so it is called there
        """Requests are recorded by the applications."""


@contextlib.contextmanager
def serve_wsgi(app: WsgiApp, tls: ssl.SSLContext) -> Iterator[int]:
    """Serve `app` over TLS until the block is left; gives the port."""
    with running(_WsgiServer(app, tls)) as server:
        yield server.port
