"""Files that are written whole or not at all, their hashes, and scratch folders."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from truewheel.errors import ReleaseError

_CHUNK = 1 << 20


@contextlib.contextmanager
def scratch_folder(*, inside: Path | None = None, prefix: str = "release-") -> Iterator[Path]:
    """Make an empty folder that is removed afterwards; `inside` puts it on the file system of that folder.

    Raises:
        ReleaseError: it cannot be made.
    """
    with _explained(f"no temporary folder can be made{f' in {inside}' if inside else ''}"):
        scratch = tempfile.TemporaryDirectory(prefix=prefix, dir=inside, ignore_cleanup_errors=True)
    with scratch as name:
        # Resolved: on macOS and Windows the temporary folder is named through links and short names.
        yield Path(name).resolve()


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, unless they are there.

    Raises:
        ReleaseError: it cannot be made, as when a file has its name.
    """
    with _explained(f"the folder {folder} cannot be made"):
        folder.mkdir(parents=True, exist_ok=True)


def regular_file(path: Path) -> Path:
    """Return the file that is at `path`, or may be written there: where links lead.

    Raises:
        ReleaseError: a device, a pipe or a folder is there, which a file must not replace.
    """
    with _explained(f"{path} cannot be written"):
        if path.exists() and not path.is_file():
            raise ReleaseError(f"{path} cannot be written: it is not a regular file", hint="name another file")
    return Path(os.path.realpath(path))


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path`, which has either the old content or the new one, never a part of it.

    Raises:
        ReleaseError: it cannot be written.
    """
    make_folder(path.parent)
    file = regular_file(path)
    with _explained(f"{path} cannot be written"), scratch_folder(inside=file.parent, prefix=".release-") as scratch:
        fresh = scratch / file.name
        fresh.write_bytes(text.encode("utf-8"))
        fresh.replace(file)


def place_atomically(file: Path, folder: Path) -> Path:
    """Copy `file` into `folder`, which is made if needed; the copy appears whole or not at all. Returns its path.

    Raises:
        ReleaseError: it cannot be written.
    """
    make_folder(folder)
    placed = folder / file.name
    # Next to the folder, not in it: everything in dist/ would be published.
    outside = folder.resolve().parent
    with _explained(f"{placed} cannot be written"), scratch_folder(inside=outside, prefix=".release-") as scratch:
        fresh = scratch / file.name
        shutil.copyfile(file, fresh)
        fresh.replace(placed)
    return placed


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


_A_FILE = "a file is where the folder should be: move it away, or name another folder"
_NOT_ALLOWED = "make it writable, or close the program that has it open, and run this again"
_HINTS = {
    errno.EEXIST: _A_FILE,
    errno.ENOTDIR: _A_FILE,
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.ENOSPC: "free some disk space and run this again",
}


@contextlib.contextmanager
def _explained(problem: str) -> Iterator[None]:
    """Turn an error of the operating system into one that says what could not be done, and what to do about it."""
    try:
        yield
    except OSError as error:
        raise ReleaseError(f"{problem}: {error.strerror or error}", hint=_HINTS.get(error.errno or 0, "")) from error
