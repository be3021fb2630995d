"""The addresses of the index, and what answers at each."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from packaging.utils import NormalizedName, canonicalize_name
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from truewheel.rehearsal.index.answers import json_answer
from truewheel.rehearsal.index.exchange import Exchange
from truewheel.rehearsal.index.names import UPLOAD_URL
from truewheel.rehearsal.index.simple_page import JSON_TYPE, project_page
from truewheel.rehearsal.index.store import Store
from truewheel.rehearsal.index.uploads import Uploads

_METADATA = ".metadata"


def index_application(
    project: NormalizedName, store: Store, exchange: Exchange, uploads: Uploads, upstream: str
) -> Callable[[Request], Response]:
    """The index as an application.

    Args:
        project: the project that is on it.
        store: its files.
        exchange: mints upload tokens.
        uploads: accepts files.
        upstream: the simple API of the index that has all other projects; empty for none.
    """

    def simple_page(_request: Request, name: str) -> Response:
        asked = canonicalize_name(name)
        # A client is not sent from the network to a folder.
        if asked != project and urlsplit(upstream).scheme in ("http", "https"):
            return redirect(f"{upstream.rstrip('/')}/{asked}/")
        files = store.files()
        if asked != project or not files:
            raise NotFound
        return json_answer(project_page(project, files), mimetype=JSON_TYPE)

    def file(_request: Request, name: str) -> Response:
        stored = store.find(name.removesuffix(_METADATA))
        if stored is not None and name == stored.facts.name:
            return Response(stored.path.read_bytes(), mimetype="application/octet-stream")
        if stored is None or stored.metadata is None:
            raise NotFound
        return Response(stored.metadata.content)

    def releases(_request: Request, name: str) -> Response:
        found: dict[str, list[dict[str, str]]] = {}
        for stored in store.files() if canonicalize_name(name) == project else ():
            found.setdefault(str(stored.version), []).append({"filename": stored.facts.name})
        return json_answer({"releases": found})

    addresses = Map(
        [
            Rule("/_/oidc/audience", methods=["GET"], endpoint=exchange.audience),
            Rule("/_/oidc/mint-token", methods=["POST"], endpoint=exchange.mint),
            Rule("/_/oidc/burn-token", methods=["POST"], endpoint=exchange.burn),
            Rule(urlsplit(UPLOAD_URL).path, methods=["POST"], endpoint=uploads.answer),
            Rule("/simple/<name>/", methods=["GET"], endpoint=simple_page),
            Rule("/pypi/<name>/json", methods=["GET"], endpoint=releases),
            Rule("/packages/<name>", methods=["GET"], endpoint=file),
        ]
    )

    def answer(request: Request) -> Response:
        endpoint, arguments = addresses.bind_to_environ(request.environ).match()
        response: Response = endpoint(request, **arguments)
        return response

    return answer
