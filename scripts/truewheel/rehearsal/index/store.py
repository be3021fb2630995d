"""The files on the index."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from truewheel.rehearsal.result import FileFacts
from truewheel.wheel.header_file import HeaderFile
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
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def files(self) -> tuple[StoredFile, ...]:
        """All files, by version and name."""
        with self._lock:
            return tuple(sorted(self._files.values(), key=lambda file: (file.version, file.facts.name)))

    def find(self, name: str) -> StoredFile | None:
        with self._lock:
            return self._files.get(name)

    def add(self, name: str, content: bytes) -> bool:
        """Keep a file; False when there is already one of this name.

        Raises:
            ValueError: the name is not that of a distribution.
        """
        _, version = project_and_version(name)
        path = self._folder / name
        facts = FileFacts(name, len(content), hashlib.sha256(content).hexdigest())
        with self._lock:
            if name in self._files:
                return False
            path.write_bytes(content)
            self._files[name] = StoredFile(path, facts, version, self._clock(), _metadata(path))
            return True


def project_and_version(name: str) -> tuple[NormalizedName, Version]:
    """The project and the version in the file name of a wheel or of a source distribution.

    Raises:
        ValueError: the name is not that of a distribution.
    """
    try:
        if name.endswith(".whl"):
            return parse_wheel_filename(name)[:2]
        return parse_sdist_filename(name)
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise ValueError(str(error)) from None


def _metadata(path: Path) -> HeaderFile | None:
    if path.suffix != ".whl":
        return None
    try:
        metadata = read_wheel(path).metadata
    except UnreadableWheel:
        return None
    return metadata if isinstance(metadata, HeaderFile) else None
