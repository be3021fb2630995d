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
    """A file on the index; what the index does not publish is empty or None.

    Attributes:
        name: the file's name.
        sha256: in hexadecimal.
        size: in bytes.
        uploaded: the time of the upload.
        yanked: the reason why it was yanked, which may be empty; None if it was not yanked.
        provenance: the URL of its attestations (PEP 740).
        version: as its name spells it; empty for what pip does not install, such as eggs.
        requires_python: as its metadata spells it.
        url: where it is. It may have credentials in it and is never shown.
    """

    name: str
    sha256: str
    size: int | None = None
    uploaded: datetime | None = None
    yanked: str | None = None
    provenance: str = ""
    version: str = ""
    requires_python: str = ""
    url: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IndexedRelease:
    """One version of a project, as an index shows it.

    Attributes:
        index: the URL of the index, without credentials.
        project: the project's normalized name.
        version: the requested version.
        versions: all versions of the project, in the order of the index; empty if it does not have the project.
        files: the files of the version, sorted by name.
        status: the project's status (PEP 792): `active`, `archived`, `quarantined` or `deprecated`.
        others: the files of the other versions.
    """

    index: str
    project: NormalizedName
    version: str
    versions: tuple[str, ...] = ()
    files: tuple[IndexedFile, ...] = ()
    status: str = "active"
    others: tuple[IndexedFile, ...] = ()

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
