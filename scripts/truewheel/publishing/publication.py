"""A release on its way to the index, and the files of it that the index already has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from truewheel.builds import Build
from truewheel.publishing.distribution_folder import list_wheels
from truewheel.publishing.indexed_release import IndexedFile, IndexedRelease
from truewheel.publishing.pip_choice import PipChoice, pip_choices
from truewheel.system.files import FileFacts, file_facts
from truewheel.wheel.filename import try_parse


@dataclass(frozen=True, slots=True)
class Publication:
    """A release on its way to the index."""

    indexed: IndexedRelease  # the version as the index shows it
    builds: tuple[Build, ...]  # the builds that its wheels must serve
    built: tuple[FileFacts, ...] | None  # the built wheels; None before the build
    now: datetime  # the current time
    requires_python: str = ""  # what the release promises

    @property
    def age(self) -> timedelta | None:
        """How long ago the version's first file was uploaded; None if there is none, or the index does not say."""
        times = [file.uploaded for file in self.indexed.files if file.uploaded is not None]
        return self.now - min(times) if times else None

    @property
    def added(self) -> tuple[IndexedFile, ...]:
        """The files that the release will add to the index."""
        indexed = self.indexed
        return tuple(
            IndexedFile(file.name, "", file.size, version=indexed.version, requires_python=self.requires_python)
            for file in self.built or ()
            if indexed.file(file.name) is None
            and (wheel := try_parse(file.name))
            and wheel.is_of(indexed.project, indexed.version)
        )

    @property
    def choices(self) -> tuple[PipChoice, ...]:
        """What pip takes after the release; nothing is known before the build."""
        return pip_choices((*self.indexed.others, *self.indexed.files, *self.added)) if self.built else ()


def read_built_files(folder: Path) -> tuple[FileFacts, ...]:
    """Hash the wheels in `folder`, sorted by name; ReleaseError if there is no such folder, or it cannot be read."""
    return tuple(map(file_facts, list_wheels(folder)))
