"""Servers on loopback that leave nothing behind: when they end, so do their connections, threads and ports."""

from __future__ import annotations

import contextlib
import io
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any, NoReturn
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.names import LOOPBACK

# Seconds after which a silent client counts as gone.
PATIENCE = 60

Application = Callable[[Request], Response]


class _Request(Request):
    # PyPI's limit for a file is 100 MiB: a larger one must still arrive, to be refused for its size.
    max_content_length = 2**30
    max_form_memory_size = None

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        # Not a temporary file, which stays open when the rest of the form is damaged.
        return io.BytesIO()


class _Handler(WSGIRequestHandler):
    # One request per connection.
    protocol_version = "HTTP/1.0"
    timeout = PATIENCE

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(self.timeout)
            self.request.do_handshake()
        super().setup()

    def run_wsgi(self) -> None:
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400)
            return
        super().run_wsgi()

    def log(self, *_: object) -> None:
        """Print nothing in the middle of a report."""

    def log_request(self, *_: object, **__: object) -> None:
        """Print nothing here either; the base class would parse the request's path for it."""


class _Server(ThreadedWSGIServer):
    """Serves each connection to a free port in a thread of its own."""

    # Threads are joined at the end. None can hang, because the connections are cut first.
    daemon_threads = False

    def __init__(self, application: Application, bugs: list[BaseException], tls: ssl.SSLContext | None) -> None:
        self._bugs = bugs
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(LOOPBACK, 0, _Request.application(self._answer), _Handler, passthrough_errors=True)
        # Not given to the base class, which would shake hands with one client while all others wait.
        self.ssl_context = tls
        self._application = application

    def server_bind(self) -> None:
        # The base class looks up the name of the host, which takes seconds where no name server answers.
        socketserver.TCPServer.server_bind(self)

    def _answer(self, request: Request) -> Response:
        try:
            return self._application(request)
        except (HTTPException, ConnectionError):
            raise
        except Exception as bug:  # noqa: BLE001  kept and raised by `serve_index`; a thread's own end shows nothing
            self._bugs.append(bug)
            raise InternalServerError from None

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.ssl_context is not None:
            connection = self.ssl_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        error = sys.exc_info()[1]
        # A broken connection is the client's business, e.g. when it does not trust the certificate.
        if error is not None and not isinstance(error, OSError):
            self._bugs.append(error)

    def cut_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                _shut_down(connection)


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Not the method of the TLS socket, which would take its state away from the thread that is reading.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def hang_up(request: Request, last: bytes = b"") -> NoReturn:
    """Send `last` and end the connection of a request, which gets no other answer.

    Raises:
        ConnectionAbortedError: always; the server takes it for a client that went away.
    """
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.sendall(last)
    _shut_down(connection)
    raise ConnectionAbortedError


@contextlib.contextmanager
def serve(application: Application, bugs: list[BaseException], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve `application` on a free port of loopback until the block is left; yields the port.

    Args:
        application: answers requests; refuses one by an HTTPException.
        bugs: receives every other exception that it raises, which its client sees as status 500.
        tls: for the server's side of TLS; None serves plain HTTP.
    """
    server = _Server(application, bugs, tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"loopback-{server.port}")
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        server.cut_connections()
        thread.join()
