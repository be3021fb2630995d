"""The files on the index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from truewheel.system.files import FileFacts
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.reader import UnreadableWheel, read_wheel


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the index."""

    path: Path  # where it is kept
    facts: FileFacts  # its name, size and digest
    version: Version  # the version that it belongs to
    uploaded: float  # when, in seconds since the epoch
    metadata: HeaderFile | None = None  # a wheel's METADATA; None when it cannot be read


class Store:
    """The files on the index, in a folder."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._files: dict[str, StoredFile] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def files(self) -> list[StoredFile]:
        """All files, by version and name."""
        return sorted(self._files.copy().values(), key=lambda file: (file.version, file.facts.name))

    def find(self, name: str) -> StoredFile | None:
        return self._files.get(name)

    def add(self, name: str, content: bytes) -> None:
        """Keep a file.

        Raises:
            ValueError: the name is not that of a distribution, or is taken.
        """
        _, version = project_and_version(name)
        if name in self._files:
            raise ValueError(f"{name} is already on the index")
        path = self._folder / name
        path.write_bytes(content)
        facts = FileFacts(name, len(content), hashlib.sha256(content).hexdigest())
        self._files[name] = StoredFile(path, facts, version, self._clock(), _metadata(path))


def project_and_version(name: str) -> tuple[NormalizedName, Version]:
    """The project and the version in the file name of a wheel or of a source distribution.

    Raises:
        ValueError: the name is not that of a distribution.
    """
    return parse_wheel_filename(name)[:2] if name.endswith(".whl") else parse_sdist_filename(name)


def _metadata(path: Path) -> HeaderFile | None:
    if path.suffix != ".whl":
        return None
    try:
        metadata = read_wheel(path).metadata
    except UnreadableWheel:
        return None
    return metadata if isinstance(metadata, HeaderFile) else None
