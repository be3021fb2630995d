"""A package index on loopback, as pip and everybody else may ask it."""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from packaging.utils import canonicalize_name

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Served:
    """A file on the index; `fields` are further ones of its entry, as PEP 691, 700 and 740 name them."""

    data: bytes
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class LoopbackIndex:
    """What the index holds and how it behaves; a test changes it as it likes, while the index runs.

    Attributes:
        files: the files by their names.
        versions: what each project lists as its versions beside those of its files.
        status: the project status marker of every project.
        as_html: whether it knows no JSON.
        failures: so many answers are the status `failing` before it works.
        failing: the status of answers that fail; 0 for none.
        body: what project pages are instead of what they should be.
        texts: whatever else it answers, by path.
        asked: the paths that were asked for.
        before: called with each path before it is answered, when `asked` has it already; it may change all of this.
    """

    url: str = ""
    files: dict[str, Served] = field(default_factory=dict)
    versions: dict[str, list[str]] = field(default_factory=dict)
    status: str = ""
    as_html: bool = False
    failing: int = 0
    failures: float = float("inf")
    body: bytes | None = None
    texts: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    def add(self, path: Path, **fields: Any) -> Served:
        """Put a file on the index; a `-` in the name of a field is a `_` here."""
        served = Served(path.read_bytes(), {name.replace("_", "-"): value for name, value in fields.items()})
        self.files[path.name] = served
        return served

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let pip install from this index, and from nowhere else."""
        for name in os.environ:
            if name.upper().startswith("PIP_"):
                monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", self.url)
        # A proxy of the machine has no business here.
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, type and body."""
        self.asked.append(path)
        self.before(path)
        if self.failing and self.failures > 0:
            self.failures -= 1
            return self.failing, "text/plain", b"out of order"
        if path in self.texts:
            return 200, "application/json", self.texts[path].encode()
        if path.startswith("/files/"):
            served = self.files.get(path.removeprefix("/files/"))
            return (200, "application/octet-stream", served.data) if served else (404, "text/plain", b"")
        return self._page(path.removeprefix("/simple/").strip("/"))

    def _page(self, project: str) -> tuple[int, str, bytes]:
        files = {
            name: served for name, served in self.files.items() if canonicalize_name(name.split("-")[0]) == project
        }
        if self.body is not None:
            return 200, JSON, self.body
        if not files and project not in self.versions:
            return 404, "text/plain", b""
        if self.as_html:
            links = [self._link(name, served) for name, served in files.items()]
            return 200, "text/html", f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()
        own = {name.split("-")[1].removesuffix(".tar.gz") for name in files}
        page = {
            "meta": {"api-version": "1.4"},
            "name": project,
            "versions": sorted(own | set(self.versions.get(project, ()))),
            "files": [self._entry(name, served) for name, served in files.items()],
        }
        if self.status:
            page["project-status"] = {"status": self.status}
        return 200, JSON, json.dumps(page).encode()

    @staticmethod
    def _entry(name: str, served: Served) -> dict[str, Any]:
        digest = hashlib.sha256(served.data).hexdigest()
        size = len(served.data)
        return {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": digest}, "size": size, **served.fields}

    @staticmethod
    def _link(name: str, served: Served) -> str:
        digest = hashlib.sha256(served.data).hexdigest()
        yanked = served.fields.get("yanked")
        mark = f' data-yanked="{html.escape(str(yanked))}"' if yanked else ""
        return f'<a href="/files/{name}#sha256={digest}"{mark}>{name}</a>'


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # pip keeps connections open; the end of a test does not wait for them.
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Nothing: a client that does not believe the certificate hangs up, and that is what a test wants."""


@contextlib.contextmanager
def serving(index: LoopbackIndex | None = None, *, tls: ssl.SSLContext | None = None) -> Iterator[LoopbackIndex]:
    """Run an index, by default an empty one, until the context ends."""
    served = index or LoopbackIndex()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = served.answer(unquote(self.path))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: standard error is for tests to look at."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        served.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/simple/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
