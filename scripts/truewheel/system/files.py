"""Files that are written whole or not at all, their hashes, and scratch folders.

What cannot be made, written or replaced is a ReleaseError that says why.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from truewheel.errors import ReleaseError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_CHUNK = 1 << 20
# Seconds in which a folder is made and claimed.
_NEW = 60
# Locked in a folder that a running program has claimed.
_CLAIM = "claimed.lock"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


def file_facts(path: Path, name: str = "") -> FileFacts:
    """Read the size and hash of a file; `name` replaces the name of the file itself."""
    return FileFacts(name or path.name, path.stat().st_size, sha256_of(path))


@contextlib.contextmanager
def scratch_folder(*, inside: Path | None = None, prefix: str = "release-") -> Iterator[Path]:
    """Make an empty folder that is removed afterwards; `inside` puts it on the file system of that folder."""
    with _explained(f"no temporary folder can be made{f' in {inside}' if inside else ''}"):
        scratch = tempfile.TemporaryDirectory(prefix=prefix, dir=inside, ignore_cleanup_errors=True)
    with scratch as name:
        # Resolved: on macOS and Windows the temporary folder is named through links and short names.
        yield Path(name).resolve()


@contextlib.contextmanager
def claimed_folder(prefix: str, clean: Callable[[Path], object]) -> Iterator[Path]:
    """Make a scratch folder that is claimed; before that, `clean` and remove those that killed programs left."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            facts = left.lstat()
            is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == getattr(os, "getuid", int)()
            # A new one may not be claimed yet.
            if is_ours and time.time() - facts.st_mtime > _NEW and not is_claimed(left):
                clean(left.resolve())
                shutil.rmtree(left, ignore_errors=True)
    with scratch_folder(prefix=prefix) as folder, claimed(folder):
        yield folder


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Lock a file in a folder until the block is left, or this program ends."""
    with (folder / _CLAIM).open("wb") as stream:
        _lock(stream)
        yield


def is_claimed(folder: Path) -> bool:
    """Whether a running program, this one or another, has claimed a folder."""
    file = folder / _CLAIM
    try:
        # A link, which a commit can have, may lead to a file that a service of the system has locked.
        if not stat.S_ISREG(file.lstat().st_mode):
            return False
        with file.open("rb") as stream:
            try:
                _lock(stream)
            except OSError as error:
                return isinstance(error, BlockingIOError) or sys.platform == "win32"
    except OSError:
        pass
    return False


def _lock(stream: IO[bytes]) -> None:
    if sys.platform == "win32":
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def cache_folder() -> Path:
    """Return the folder for what is fetched or made once: `TRUEWHEEL_CACHE`, or one in the user's cache folder."""
    xdg = Path.home() / "Library" / "Caches" if sys.platform == "darwin" else Path.home() / ".cache"
    return Path(os.environ.get("TRUEWHEEL_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or xdg) / "truewheel")


def cached_folder(name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of the cache, which appears whole; the first time, `make` makes it at the path that it gets."""
    folder = cache_folder() / name
    if not folder.is_dir():
        make_folder(folder.parent)
        with scratch_folder(inside=folder.parent) as scratch:
            make(scratch / "made")
            # Another program may have made it in the meantime.
            with contextlib.suppress(OSError):
                (scratch / "made").rename(folder)
    return folder


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, unless they are there."""
    with _explained(f"the folder {folder} cannot be made"):
        folder.mkdir(parents=True, exist_ok=True)


def regular_file(path: Path) -> Path:
    """Return the file that is at `path`, or may be written there; ReleaseError if it is a device, pipe or folder."""
    with _explained(f"{path} cannot be written"):
        if path.exists() and not path.is_file():
            raise ReleaseError(f"{path} cannot be written: it is not a regular file", hint="name another file")
    return Path(os.path.realpath(path))


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path`, which has either the old content or the new one, never a part of it."""
    make_folder(path.parent)
    file = regular_file(path)
    with _explained(f"{path} cannot be written"), scratch_folder(inside=file.parent, prefix=".release-") as scratch:
        fresh = scratch / file.name
        fresh.write_bytes(text.encode("utf-8"))
        fresh.replace(file)


def place_together(files: Sequence[Path], folder: Path, *, instead_of: Iterable[Path] = ()) -> None:
    """Copy `files` into `folder`, which is made if needed, and remove the files in `instead_of`, which they replace.

    Each copy appears whole, and all of them or none: if one cannot be written, the folder is what it was.
    """
    make_folder(folder)
    # Next to the folder, not in it: everything in dist/ would be published.
    with scratch_folder(inside=folder.resolve().parent, prefix=".release-") as scratch:
        fresh = {folder / file.name: scratch / file.name for file in files}
        for file, (target, copy) in zip(files, fresh.items(), strict=True):
            with _explained(f"{target} cannot be written"):
                shutil.copyfile(file, copy)
        _replace_together(fresh, instead_of, scratch)


def write_together(root: Path, texts: Mapping[Path, str]) -> None:
    """Write texts to paths in the folder `root`, in place of what is there: all of them, or none."""
    with scratch_folder(inside=root, prefix=".release-") as scratch:
        fresh = {}
        for number, (path, text) in enumerate(texts.items()):
            target = regular_file(root / path)
            if not target.is_relative_to(os.path.realpath(root)):
                raise ReleaseError(f"{path} cannot be written: a link leads out of {root}", hint="remove the link")
            fresh[target] = scratch / f"{number}.new"
            with _explained(f"{path} cannot be written"):
                fresh[target].write_bytes(text.encode("utf-8"))
                if target.exists():
                    shutil.copymode(target, fresh[target])
        _replace_together(fresh, (), scratch)


def _replace_together(fresh: Mapping[Path, Path], others: Iterable[Path], scratch: Path) -> None:
    """Move the new files in `fresh` to their paths, and `others` and what was there out of the way: all or nothing."""
    with contextlib.ExitStack() as undo:
        for number, other in enumerate(dict.fromkeys([*others, *filter(Path.is_file, fresh)])):
            kept = scratch / f"{number}.old"
            with _explained(f"{other} cannot be replaced"):
                other.replace(kept)
            undo.callback(kept.replace, other)
        for target, new in fresh.items():
            with _explained(f"{target} cannot be written"):
                for folder in [each for each in reversed(target.parents) if not each.exists()]:
                    folder.mkdir()
                    undo.callback(folder.rmdir)
                new.replace(target)
            undo.callback(target.unlink)
        undo.pop_all()


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
