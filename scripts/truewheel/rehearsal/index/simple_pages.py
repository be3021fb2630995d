"""The simple API in JSON, which pypiserver does not speak.

Source: simple repository API specification (PEP 503, 629, 658, 691, 700, 740).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from packaging.utils import NormalizedName

from truewheel.rehearsal.index.store import StoredFile

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
_HTML_TYPES = ("text/html", "application/vnd.pypi.simple.v1+html")
_META = {"api-version": "1.4"}


def wants_json(accept: str) -> bool:
    """Whether a client would rather have JSON than HTML; where it does not care, it gets HTML, as from PyPI."""
    qualities = {media: quality for media, quality in map(_quality, accept.split(",")) if media}
    anything = qualities.get("*/*", 0.0)
    html = max(qualities.get(media, anything) for media in _HTML_TYPES)
    json = max(qualities.get(media, 0.0) for media in (JSON_TYPE, "application/vnd.pypi.simple.latest+json"))
    return json > html


def _quality(offer: str) -> tuple[str, float]:
    media, *parameters = (part.strip() for part in offer.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return media, float(value)
            except ValueError:
                return media, 0.0
    return media, 1.0


def project_list(projects: Iterable[NormalizedName]) -> dict[str, Any]:
    """The page of all projects."""
    return {"meta": _META, "projects": [{"name": project} for project in sorted(projects)]}


def project_page(project: NormalizedName, files: Iterable[StoredFile]) -> dict[str, Any]:
    """The page of a project."""
    ordered = list(files)
    return {
        "meta": _META,
        "name": project,
        "project-status": {"status": "active"},
        "versions": [str(version) for version in sorted({file.version for file in ordered})],
        "files": [_file(file) for file in ordered],
    }


def _file(file: StoredFile) -> dict[str, Any]:
    uploaded = dt.datetime.fromtimestamp(file.uploaded, dt.timezone.utc)
    metadata = False if file.metadata is None else {"sha256": hashlib.sha256(file.metadata.content).hexdigest()}
    return {
        "filename": file.name,
        "url": f"../../packages/{file.name}",
        "hashes": {"sha256": file.sha256},
        "requires-python": file.requires_python,
        "size": file.size,
        "upload-time": uploaded.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "yanked": False,
        "core-metadata": metadata,
        # A rehearsal signs nothing that others could take for a release's attestation.
        "provenance": None,
    }
