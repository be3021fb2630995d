"""A release as an index shows it; package_index.py asks for it, with libraries that take long to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import NormalizedName

from truewheel.errors import ReleaseError
from truewheel.versions import try_version


class IndexUnreachable(ReleaseError):
    """The index does not answer, or its answer is not that of a package index."""


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file on the index; what the index does not publish is empty or None."""

    name: str  # the file's name
    sha256: str  # in hexadecimal
    size: int | None = None  # in bytes
    uploaded: datetime | None = None  # the time of the upload
    yanked: str | None = None  # the reason why it was yanked, which may be empty; None if it was not yanked
    provenance: str = ""  # the URL of its attestations (PEP 740)
    version: str = ""  # as its name spells it; empty for what pip does not install, such as eggs
    requires_python: str = ""  # as its metadata spells it
    # Where it is. It may have credentials in it and is never shown.
    url: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IndexedRelease:
    """One version of a project, as an index shows it."""

    index: str  # the URL of the index, without credentials
    project: NormalizedName  # the project's normalized name
    version: str  # the requested version
    # All versions of the project, in the order of the index; empty if it does not have the project.
    versions: tuple[str, ...] = ()
    files: tuple[IndexedFile, ...] = ()  # the files of the version, sorted by name
    status: str = "active"  # the project's status (PEP 792): `active`, `archived`, `quarantined` or `deprecated`
    others: tuple[IndexedFile, ...] = ()  # the files of the other versions

    @property
    def is_listed(self) -> bool:
        """Whether the index lists the version, with files or without."""
        return any(is_same_version(listed, self.version) for listed in self.versions)

    def file(self, name: str) -> IndexedFile | None:
        return next((file for file in self.files if file.name == name), None)


def is_same_version(one: str, other: str) -> bool:
    """Whether two spellings mean the same version; strings that are not versions are compared literally."""
    version = try_version(one)
    return version == try_version(other) if version is not None else one == other
