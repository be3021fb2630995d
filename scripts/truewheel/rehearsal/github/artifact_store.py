"""The artifacts of a run.

On disk an artifact is a folder `NUMBER-NAME` with `artifact.json`, as recorded at its upload, and the files in
`files`. GitHub records the digest of a zip archive; here it is that of the list of names and hashes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from truewheel.rehearsal.result import ArtifactFacts
from truewheel.system.files import FileFacts, file_facts, scratch_folder, write_atomically

# Jobs run in threads of one process: no other may take a name between the check and the upload.
_STORE = threading.RLock()


class NameTaken(Exception):
    """An artifact of that name was uploaded in this attempt already; str() is what GitHub answers."""

    def __str__(self) -> str:
        return (
            "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
            "an artifact with this name already exists on the workflow run"
        )


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact, as recorded when it was uploaded."""

    id: int  # its number; later uploads have higher ones
    name: str  # its name
    job: str  # the job that uploaded it
    attempt: int  # the attempt of the run that uploaded it. A later attempt may upload the same name; the newest counts
    files: tuple[FileFacts, ...]  # its files, named by their paths in it
    digest: str  # the SHA-256 of the upload, in hexadecimal
    folder: Path  # the folder with its files

    @property
    def is_intact(self) -> bool:
        """Whether the files are still those that were uploaded."""
        return _digest(_facts(self.folder)) == self.digest


@dataclass(frozen=True, slots=True)
class ArtifactStore:
    """The artifacts in a folder."""

    folder: Path

    def artifacts(self) -> list[Artifact]:
        """Return the newest artifact of each name, newest first, as GitHub lists them."""
        newest: dict[str, Artifact] = {}
        for artifact in self._all():
            newest.setdefault(artifact.name, artifact)
        return list(newest.values())

    def find(self, name: str) -> Artifact | None:
        """Return the newest artifact of that name."""
        return next((artifact for artifact in self.artifacts() if artifact.name == name), None)

    def upload(self, name: str, files: Mapping[str, Path], *, job: str, attempt: int) -> Artifact:
        """Keep copies of files, by their paths in the artifact, all or none; NameTaken if this attempt has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with scratch_folder(inside=self.folder, prefix=".upload-") as scratch:
            fresh = scratch / "artifact"
            _copy(files, fresh / "files")
            facts = _facts(fresh / "files")
            with _STORE:
                there = self._all()
                if any((one.name, one.attempt) == (name, attempt) for one in there):
                    raise NameTaken
                number = there[0].id + 1 if there else 1
                home = self.folder / f"{number}-{name}"
                artifact = Artifact(number, name, job, attempt, facts, _digest(facts), home / "files")
                _record(artifact, fresh)
                fresh.rename(home)
        return artifact

    def delete(self, name: str) -> None:
        """Delete the newest artifact of that name, if there is one."""
        with _STORE:
            artifact = self.find(name)
            if artifact is not None:
                shutil.rmtree(artifact.folder.parent)

    def corrupt(self, name: str) -> None:
        """Change a byte in the first file of the artifact of that name.

        It is recorded as if the file had been uploaded like that, so that no download notices it.
        """
        artifact = next(artifact for artifact in self.artifacts() if artifact.name == name)
        path = artifact.folder / artifact.files[0].name
        data = bytearray(path.read_bytes()) or bytearray(b"\0")
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
        facts = _facts(artifact.folder)
        _record(replace(artifact, files=facts, digest=_digest(facts)), artifact.folder.parent)

    def facts(self) -> tuple[ArtifactFacts, ...]:
        """Return what a report shows of the artifacts, oldest first."""
        oldest_first = reversed(self.artifacts())
        return tuple(ArtifactFacts(artifact.name, artifact.job, artifact.files) for artifact in oldest_first)

    def _all(self) -> list[Artifact]:
        with _STORE:
            records = [_read(record) for record in self.folder.glob("[0-9]*-*/artifact.json")]
        return sorted(records, key=lambda artifact: artifact.id, reverse=True)


def _copy(files: Mapping[str, Path], folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, source in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Without permissions, which GitHub does not keep either.
        shutil.copyfile(source, target)


def _facts(folder: Path) -> tuple[FileFacts, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(file_facts(path, path.relative_to(folder).as_posix()) for path in paths)


def _digest(files: tuple[FileFacts, ...]) -> str:
    listing = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()


def _record(artifact: Artifact, folder: Path) -> None:
    facts = asdict(artifact)
    del facts["folder"]
    write_atomically(folder / "artifact.json", json.dumps(facts, indent=2) + "\n")


def _read(record: Path) -> Artifact:
    facts = json.loads(record.read_text(encoding="utf-8"))
    files = tuple(FileFacts(**file) for file in facts.pop("files"))
    return Artifact(**facts, files=files, folder=record.parent / "files")
