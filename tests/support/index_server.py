"""A package index on loopback for pip and every other client."""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.loopback import serve

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Served:
    """A file on the index, with further `fields` of its entry as PEP 691, 700 and 740 name them."""

    data: bytes
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class LoopbackIndex:
    """What the index holds and how it behaves; a test may change all of it while the index runs.

    Attributes:
        url: its index URL for pip.
        files: the files by their names.
        versions: versions that each project lists in addition to those of its files.
        status: the project status marker of every project.
        as_html: whether it only knows HTML.
        failing: the status of answers that fail; 0 for none.
        failures: how many answers fail before the index works.
        body: replaces the project pages.
        texts: further answers, by path.
        asked: the paths that were asked for.
        before: called with each path before it is answered, after it was added to `asked`.
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
        """Put a file on the index; write `-` in the name of a field as `_`."""
        served = Served(path.read_bytes(), {name.replace("_", "-"): value for name, value in fields.items()})
        self.files[path.name] = served
        return served

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make pip install only from this index."""
        for name in os.environ:
            if name.upper().startswith("PIP_"):
                monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", self.url)
        # Bypass a proxy of the machine.
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def answer(self, request: Request) -> Response:
        path = request.path
        self.asked.append(path)
        self.before(path)
        if self.failing and self.failures > 0:
            self.failures -= 1
            return Response("out of order", f"{self.failing} {HTTPStatus(self.failing).phrase}")
        if path in self.texts:
            return Response(self.texts[path], mimetype="application/json")
        if path.startswith("/files/"):
            served = self.files.get(path.removeprefix("/files/"))
            return (
                Response(served.data, mimetype="application/octet-stream")
                if served
                else Response(status="404 Not Found")
            )
        return self._page(path.removeprefix("/simple/").strip("/"))

    def _page(self, project: str) -> Response:
        files = {
            name: served for name, served in self.files.items() if canonicalize_name(name.split("-")[0]) == project
        }
        if self.body is not None:
            return Response(self.body, mimetype=JSON)
        if not files and project not in self.versions:
            return Response(status="404 Not Found")
        if self.as_html:
            links = [self._link(name, served) for name, served in files.items()]
            return Response(f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>", mimetype="text/html")
        own = {name.split("-")[1].removesuffix(".tar.gz") for name in files}
        page = {
            "meta": {"api-version": "1.4"},
            "name": project,
            "versions": sorted(own | set(self.versions.get(project, ()))),
            "files": [self._entry(name, served) for name, served in files.items()],
        }
        if self.status:
            page["project-status"] = {"status": self.status}
        return Response(json.dumps(page), mimetype=JSON)

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


@contextlib.contextmanager
def serving(index: LoopbackIndex | None = None, *, tls: ssl.SSLContext | None = None) -> Iterator[LoopbackIndex]:
    """Run an index, empty by default, until the block is left."""
    served = index or LoopbackIndex()
    bugs: list[BaseException] = []
    with serve(served.answer, bugs, tls) as port:
        served.url = f"http{'s' if tls else ''}://127.0.0.1:{port}/simple/"
        yield served
    assert bugs == []
