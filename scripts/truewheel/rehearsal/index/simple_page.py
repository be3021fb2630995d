"""A project's page in the simple API, as JSON: pip since 22.2 and uv ask for nothing else.

Source: the simple repository API specification (PEP 691, 700, 714, 740).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from packaging.utils import NormalizedName

from truewheel.rehearsal.index.store import StoredFile

JSON_TYPE = "application/vnd.pypi.simple.v1+json"


def project_page(project: NormalizedName, files: Sequence[StoredFile]) -> dict[str, Any]:
    """The page of a project that has these files."""
    return {
        "meta": {"api-version": "1.4"},
        "name": project,
        "project-status": {"status": "active"},
        "versions": [str(version) for version in sorted({file.version for file in files})],
        "files": [_entry(file) for file in files],
    }


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
