"""A release on its way to the index, and the files of it that the index already has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from truewheel.builds import Build
from truewheel.publishing.distribution_folder import list_wheels
from truewheel.publishing.indexed_release import IndexedRelease
from truewheel.system.files import sha256_of


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A built file: its name, size in bytes, and SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A release on its way to the index.

    Attributes:
        indexed: the version as the index shows it.
        builds: the builds that its wheels must serve.
        built: the built wheels; None before the build.
        now: the current time.
    """

    indexed: IndexedRelease
    builds: tuple[Build, ...]
    built: tuple[BuiltFile, ...] | None
    now: datetime

    @property
    def age(self) -> timedelta | None:
        """How long ago the version's first file was uploaded; None if there is none, or the index does not say."""
        times = [file.uploaded for file in self.indexed.files if file.uploaded is not None]
        return self.now - min(times) if times else None


def read_built_files(folder: Path) -> tuple[BuiltFile, ...]:
    """Hash the wheels in `folder`, sorted by name.

    Raises:
        ReleaseError: there is no such folder, or it cannot be read.
    """
    return tuple(BuiltFile(path.name, path.stat().st_size, sha256_of(path)) for path in list_wheels(folder))
