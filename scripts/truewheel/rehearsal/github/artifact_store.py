"""The artifacts of a run, and their loss and corruption, for who wants to see what comes of them.

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

from truewheel.errors import ReleaseError
from truewheel.rehearsal.result import ArtifactFacts, FileFacts
from truewheel.system.files import scratch_folder, sha256_of, write_atomically

# Jobs run side by side in one process; which names are taken is asked and answered in one go.
_STORE = threading.RLock()


class NameTaken(Exception):
    """An artifact of that name was uploaded in this attempt already."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact, as recorded when it was uploaded.

    Attributes:
        id: its number, never used again.
        name: what it is called.
        job: the job that uploaded it.
        attempt: in which attempt of the run. A later attempt may upload the same name again; the newest counts.
        is_archive: False for a single file that was uploaded as it is.
        files: its files, named by their paths inside of it.
        digest: the SHA-256 of what was uploaded, in hexadecimal.
        folder: where its files are.
    """

    id: int
    name: str
    job: str
    attempt: int
    is_archive: bool
    files: tuple[FileFacts, ...]
    digest: str
    folder: Path

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def is_intact(self) -> bool:
        """Whether the files are still those that were uploaded."""
        return _digest(_facts(self.folder)) == self.digest


@dataclass(frozen=True, slots=True)
class Upload:
    """What is to become an artifact: see `Artifact`; `files` are paths inside of it, and where to copy each from."""

    name: str
    job: str
    attempt: int
    files: Mapping[str, Path]
    is_archive: bool = True


@dataclass(frozen=True, slots=True)
class ArtifactStore:
    """The artifacts in a folder."""

    folder: Path

    def artifacts(self) -> list[Artifact]:
        """The newest artifact of each name, the newest first, as GitHub lists them."""
        newest: dict[str, Artifact] = {}
        for artifact in self._all():
            newest.setdefault(artifact.name, artifact)
        return list(newest.values())

    def find(self, name: str) -> Artifact | None:
        """The newest artifact called `name`."""
        return next((artifact for artifact in self.artifacts() if artifact.name == name), None)

    def upload(self, upload: Upload) -> Artifact:
        """Keep copies of the files; the artifact appears whole or not at all.

        Raises:
            NameTaken: this attempt has an artifact of that name.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with scratch_folder(inside=self.folder, prefix=".upload-") as beside:
            fresh = beside / "artifact"
            _copy(upload.files, fresh / "files")
            facts = _facts(fresh / "files")
            with _STORE:
                if any((one.name, one.attempt) == (upload.name, upload.attempt) for one in self._all()):
                    raise NameTaken(upload.name)
                number = self._next_number()
                home = self.folder / f"{number}-{upload.name}"
                artifact = Artifact(
                    *(number, upload.name, upload.job, upload.attempt, upload.is_archive, facts, _digest(facts)),
                    home / "files",
                )
                _record(artifact, fresh / "artifact.json")
                fresh.rename(home)
        return artifact

    def delete(self, name: str) -> Artifact | None:
        """Delete the newest artifact called `name`, and give what it was."""
        with _STORE:
            artifact = self.find(name)
            if artifact is not None:
                shutil.rmtree(artifact.folder.parent)
        return artifact

    def facts(self) -> tuple[ArtifactFacts, ...]:
        """What a report shows of them, the oldest first."""
        oldest_first = reversed(self.artifacts())
        return tuple(ArtifactFacts(artifact.name, artifact.job, artifact.files) for artifact in oldest_first)

    def _all(self) -> list[Artifact]:
        with _STORE:
            records = [_read(record) for record in self.folder.glob("[0-9]*-*/artifact.json")]
        return sorted(records, key=lambda artifact: artifact.id, reverse=True)

    def _next_number(self) -> int:
        counter = self.folder / ".last-number"
        number = int(counter.read_text(encoding="ascii")) + 1 if counter.exists() else 1
        write_atomically(counter, str(number))
        return number


def lose(store: ArtifactStore, name: str) -> None:
    """Take an artifact away, as if it had never arrived.

    Raises:
        ReleaseError: there is none of that name.
    """
    if store.delete(name) is None:
        raise _nothing_to("lose", store, name)


def corrupt(store: ArtifactStore, name: str, *, noticed: bool, file: str = "") -> str:
    """Change a byte in the middle of one file of an artifact (`file`, else the first), and give the file's path.

    With `noticed` the artifact no longer has the digest that was recorded at its upload, so that downloading it
    fails. Without, the digest is that of the changed file, as if it had been changed before the upload.

    Raises:
        ReleaseError: there is no such artifact, or no such file in it.
    """
    artifact = store.find(name)
    if artifact is None:
        raise _nothing_to("corrupt", store, name)
    names = [facts.name for facts in artifact.files]
    if file and file not in names:
        raise ReleaseError(f"the artifact {name} holds no {file}; it holds {', '.join(names)}")
    path = artifact.folder / (file or names[0])
    data = bytearray(path.read_bytes()) or bytearray(b"\0")
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    if not noticed:
        facts = _facts(artifact.folder)
        _record(replace(artifact, files=facts, digest=_digest(facts)), artifact.folder.parent / "artifact.json")
    return file or names[0]


def _nothing_to(deed: str, store: ArtifactStore, name: str) -> ReleaseError:
    names = ", ".join(artifact.name for artifact in store.artifacts()) or "none"
    return ReleaseError(f"there is no artifact {name} to {deed}; the run has {names}")


def _copy(files: Mapping[str, Path], folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, source in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Without permissions: GitHub does not keep them, either.
        shutil.copyfile(source, target)


def _facts(folder: Path) -> tuple[FileFacts, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(FileFacts(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path)) for path in paths)


def _digest(files: tuple[FileFacts, ...]) -> str:
    listing = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()


def _record(artifact: Artifact, file: Path) -> None:
    facts = asdict(artifact)
    del facts["folder"]
    write_atomically(file, json.dumps(facts, indent=2) + "\n")


def _read(record: Path) -> Artifact:
    facts = json.loads(record.read_text(encoding="utf-8"))
    files = tuple(FileFacts(**file) for file in facts.pop("files"))
    return Artifact(**facts, files=files, folder=record.parent / "files")
