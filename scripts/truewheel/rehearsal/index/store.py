"""The files on the index. pypiserver keeps and serves them; here is what PyPI knows of a file beyond its bytes."""

from __future__ import annotations

import hashlib
import io
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import UnreadableWheel, read_wheel


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the index.

    Attributes:
        name: its file name.
        project: the project that it is of, normalized.
        version: the version that it is of.
        size: in bytes.
        sha256: in hexadecimal.
        uploaded: when, in seconds since the epoch.
        metadata: a wheel's METADATA; None when there is none that could be read.
    """

    name: str
    project: NormalizedName
    version: Version
    size: int
    sha256: str
    uploaded: float
    metadata: HeaderFile | None = None

    @property
    def requires_python(self) -> str | None:
        return self.metadata.one("Requires-Python") if self.metadata is not None else None


class Store:
    """The files on the index, and the names that no file can have any more."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._files: dict[str, StoredFile] = {}
        self._burned: set[str] = set()
        self._lock = threading.RLock()
        self.app, self._backend = _pypiserver(folder)
        self.folder = folder

    def files(self) -> tuple[StoredFile, ...]:
        """All files, by version and name."""
        with self._lock:
            return tuple(sorted(self._files.values(), key=lambda file: (file.version, file.name)))

    def find(self, name: str) -> StoredFile | None:
        with self._lock:
            return self._files.get(name)

    def is_burned(self, name: str) -> bool:
        """Whether a file of this name was there and was deleted."""
        with self._lock:
            return name in self._burned

    def release_created(self, version: Version) -> float | None:
        """When the first file of a version was uploaded; None when there is none."""
        with self._lock:
            return min((file.uploaded for file in self._files.values() if file.version == version), default=None)

    def add(self, name: str, content: bytes, *, uploaded: float | None = None) -> StoredFile | None:
        """Keep a file; None when there is one of this name already.

        Raises:
            ValueError: the name is that of no distribution.
        """
        project, version = project_and_version(name)
        with self._lock:
            if name in self._files:
                return None
            self._backend.add_package(name, io.BytesIO(content))
            digest = hashlib.sha256(content).hexdigest()
            when = self._clock() if uploaded is None else uploaded
            metadata = _metadata(self.folder / name)
            file = StoredFile(name, project, version, len(content), digest, when, metadata)
            self._files[name] = file
            return file

    def delete(self, name: str) -> None:
        """Take a file away, as an owner may; its name is burned."""
        with self._lock:
            del self._files[name]
            self._burned.add(name)
            for package in list(self._backend.get_all_packages()):
                if package.relfn == name:
                    self._backend.remove_package(package)


def project_and_version(name: str) -> tuple[NormalizedName, Version]:
    """What the file name of a wheel or of a source distribution says.

    Raises:
        ValueError: it is neither's.
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


def _pypiserver(folder: Path) -> tuple[Any, Any]:
    """pypiserver over a folder: its application, and what keeps its files."""
    finders = list(sys.meta_path)
    with warnings.catch_warnings():
        # It imports a module that Python 3.11 and 3.12 warn of, and that it has a substitute for in later ones.
        warnings.simplefilter("ignore")
        import pypiserver  # type: ignore[import-untyped]  # noqa: PLC0415

        # Its web framework would look for plugins of its own at every import that follows, in a way that Python 3.10
        # warns of.
        sys.meta_path[:] = finders
        folder.mkdir(parents=True, exist_ok=True)
        config = pypiserver.Config.default_with_overrides(
            roots=[folder.resolve()],
            # The front decides who may upload what; nobody else reaches this application.
            authenticate=[],
            password_file=".",  # noqa: S106  which stands for none
            disable_fallback=True,
            hash_algo="sha256",
            backend_arg="simple-dir",
        )
        return pypiserver.app_from_config(config), config.backend
