"""What is about to be published, beside what the index has of it already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from truewheel.platforms import Platform
from truewheel.publishing.distribution_folder import list_wheels
from truewheel.publishing.package_index import IndexedRelease
from truewheel.system.files import sha256_of


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A file that was built: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A release on its way to the index.

    Attributes:
        indexed: what the index shows of the version.
        platforms: the platforms of which it shall hold one wheel each.
        built: the wheels that were built; None before that.
        now: the present time.
    """

    indexed: IndexedRelease
    platforms: tuple[Platform, ...]
    built: tuple[BuiltFile, ...] | None
    now: datetime

    @property
    def age(self) -> timedelta | None:
        """How long ago the index took its first file of the version; None when it has none, or does not tell."""
        times = [file.uploaded for file in self.indexed.files if file.uploaded is not None]
        return self.now - min(times) if times else None


def read_built_files(folder: Path) -> tuple[BuiltFile, ...]:
    """The wheels in `folder` with their hashes, sorted by name.

    Raises:
        ReleaseError: there is no such folder, or it cannot be read.
    """
    return tuple(BuiltFile(path.name, path.stat().st_size, sha256_of(path)) for path in list_wheels(folder))
