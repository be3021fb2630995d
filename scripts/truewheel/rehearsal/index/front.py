"""What stands before pypiserver: the addresses of PyPI, and who answers at each."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from packaging.utils import NormalizedName, canonicalize_name

from truewheel.rehearsal.index.answers import Answer, BodyRefused, json_answer, said
from truewheel.rehearsal.index.events import EventLog
from truewheel.rehearsal.index.exchange import Exchange
from truewheel.rehearsal.index.names import UPLOAD_URL
from truewheel.rehearsal.index.simple_pages import JSON_TYPE, project_list, project_page, wants_json
from truewheel.rehearsal.index.store import Store
from truewheel.rehearsal.index.uploads import Uploads

_UPLOAD_PATH = urlsplit(UPLOAD_URL).path
# A client is not sent from the network to a folder.
_REDIRECTED = ("http", "https")
_PROJECT = re.compile(r"/simple/(?P<project>[^/]+)/?")
_METADATA = re.compile(r"/packages/(?P<name>[^/]+)\.metadata")


@dataclass(frozen=True, slots=True)
class Front:
    """The index as a WSGI application.

    Attributes:
        project: the one that is on it.
        store: its files.
        exchange: mints tokens.
        uploads: takes files.
        events: gets what happens.
        upstream: the simple API of the index that has all other projects; empty for none.
    """

    project: NormalizedName
    store: Store
    exchange: Exchange
    uploads: Uploads
    events: EventLog
    upstream: str

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            answer = self._answer(environ)
        except ConnectionError:
            raise  # the client went away, or was to think that the index did
        except BodyRefused as refusal:
            self.events.add("refused", environ.get("PATH_INFO", ""), refusal.status, refusal.words)
            answer = said(refusal.status, refusal.words)
        except Exception:  # noqa: BLE001  a thread would swallow it, and the report is to say it
            self.events.add("bug", environ.get("PATH_INFO", ""), 500, traceback.format_exc())
            answer = said(500, "Internal Server Error")
        if answer is None:
            return self.store.app(environ, start_response)  # type: ignore[no-any-return]
        return answer.send(start_response)

    def _answer(self, environ: Mapping[str, Any]) -> Answer | None:
        """The answer to a request; None when it is pypiserver's to give."""
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] == "POST":
            return self._post(path, environ)
        if path == "/_/oidc/audience":
            return self.exchange.audience()
        if path.startswith("/simple"):
            return self._simple(path, environ.get("HTTP_ACCEPT", ""))
        if path.startswith("/packages/"):
            return self._package(path)
        return said(404, "Not Found")

    def _post(self, path: str, environ: Mapping[str, Any]) -> Answer:
        if path == "/_/oidc/mint-token":
            return self.exchange.mint(environ)
        if path == "/_/oidc/burn-token":
            return self.exchange.burn(environ)
        if path == _UPLOAD_PATH:
            return self.uploads.answer(environ)
        return said(404, "Not Found")

    def _simple(self, path: str, accept: str) -> Answer | None:
        match = _PROJECT.fullmatch(path)
        if match is None:
            if path != "/simple/" or not wants_json(accept):
                return None
            return json_answer(project_list({file.project for file in self.store.files()}), 200, JSON_TYPE)
        project = canonicalize_name(match["project"])
        if project != self.project:
            return self._elsewhere(project)
        files = self.store.files()
        self.events.add("simple", project, 200 if files else 404)
        if not files:
            return said(404, "Not Found")
        if path != f"/simple/{project}/":
            return Answer(301, reason="Moved Permanently", location=f"/simple/{project}/")
        return json_answer(project_page(project, files), 200, JSON_TYPE) if wants_json(accept) else None

    def _elsewhere(self, project: NormalizedName) -> Answer:
        """Other projects are on the index that pip is configured for."""
        if urlsplit(self.upstream).scheme not in _REDIRECTED:
            self.events.add("simple", project, 404, "no other index to ask")
            return said(404, "Not Found")
        self.events.add("simple", project, 302, "to the index that pip is configured for")
        return Answer(302, reason="Found", location=f"{self.upstream.rstrip('/')}/{project}/")

    def _package(self, path: str) -> Answer | None:
        match = _METADATA.fullmatch(path)
        file = self.store.find(match["name"] if match else path.rpartition("/")[2])
        status = 404 if file is None else 200
        self.events.add("file", path.rpartition("/")[2], status)
        if match is None:
            return None
        if file is None or file.metadata is None:
            return said(404, "Not Found")
        return Answer(200, file.metadata.content)
