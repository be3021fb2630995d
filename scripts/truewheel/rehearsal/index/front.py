"""The addresses of the index, and what answers at each.

Source of a project's page: the simple repository API specification (PEP 691, 700, 714, 740), as JSON: pip since 22.2
and uv ask for nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.answers import json_answer
from truewheel.rehearsal.index.names import UPLOAD_URL
from truewheel.rehearsal.index.store import Store, StoredFile
from truewheel.rehearsal.index.uploads import Uploads

_JSON_TYPE = "application/vnd.pypi.simple.v1+json"
_METADATA = ".metadata"


@dataclass(frozen=True, slots=True)
class _Pages:
    store: Store
    project: str
    upstream: str

    def project_page(self, _request: Request, name: str) -> Response:
        asked = canonicalize_name(name)
        # A client is not sent from the network to a folder.
        if asked != self.project and urlsplit(self.upstream).scheme in ("http", "https"):
            return redirect(f"{self.upstream.rstrip('/')}/{asked}/")
        files = self.store.files()
        if asked != self.project or not files:
            raise NotFound
        page = {
            "meta": {"api-version": "1.4"},
            "name": self.project,
            "project-status": {"status": "active"},
            "versions": [str(version) for version in sorted({file.version for file in files})],
            "files": [_entry(file) for file in files],
        }
        return json_answer(page, mimetype=_JSON_TYPE)

    def file(self, _request: Request, name: str) -> Response:
        stored = self.store.find(name.removesuffix(_METADATA))
        if stored is not None and name == stored.facts.name:
            return Response(stored.path.read_bytes(), mimetype="application/octet-stream")
        if stored is None or stored.metadata is None:
            raise NotFound
        return Response(stored.metadata.content)

    def releases(self, _request: Request, name: str) -> Response:
        found: dict[str, list[dict[str, str]]] = {}
        for stored in self.store.files() if canonicalize_name(name) == self.project else ():
            found.setdefault(str(stored.version), []).append({"filename": stored.facts.name})
        return json_answer({"releases": found})


def _entry(file: StoredFile) -> dict[str, Any]:
    uploaded = dt.datetime.fromtimestamp(file.uploaded, dt.timezone.utc)
    metadata = file.metadata
    return {
        "filename": file.facts.name,
        "url": f"../../packages/{file.facts.name}",
        "hashes": {"sha256": file.facts.sha256},
        "requires-python": None if metadata is None else metadata.one("Requires-Python"),
        "size": file.facts.size,
        "upload-time": uploaded.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "yanked": False,
        "core-metadata": False if metadata is None else {"sha256": hashlib.sha256(metadata.content).hexdigest()},
        # A rehearsal signs nothing that could be taken for a release's attestation.
        "provenance": None,
    }


def index_application(uploads: Uploads, upstream: str) -> Callable[[Request], Response]:
    """The index as an application.

    Args:
        uploads: accepts files.
        upstream: the simple API of the index that has all other projects; empty for none.
    """
    exchange = uploads.exchange
    pages = _Pages(uploads.store, canonicalize_name(exchange.publisher.project), upstream)
    addresses = Map(
        [
            Rule("/_/oidc/audience", methods=["GET"], endpoint=exchange.audience),
            Rule("/_/oidc/mint-token", methods=["POST"], endpoint=exchange.mint),
            Rule("/_/oidc/burn-token", methods=["POST"], endpoint=exchange.burn),
            Rule(urlsplit(UPLOAD_URL).path, methods=["POST"], endpoint=uploads.answer),
            Rule("/simple/<name>/", methods=["GET"], endpoint=pages.project_page),
            Rule("/pypi/<name>/json", methods=["GET"], endpoint=pages.releases),
            Rule("/packages/<name>", methods=["GET"], endpoint=pages.file),
        ]
    )

    def answer(request: Request) -> Response:
        endpoint, arguments = addresses.bind_to_environ(request.environ).match()
        response: Response = endpoint(request, **arguments)
        return response

    return answer
