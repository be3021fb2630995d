"""The copy of the package's sources that wheels are built from: the same for every clone of one commit.

Only files that git tracks, or would track, are copied, so leftovers of an earlier build cannot get into a wheel.
Permissions are normalized, so the umask of a checkout does not matter.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.system import git
from truewheel.system.files import scratch_folder

LOCK = Path("requirements/package.txt")
# In the copy. Without spaces, because installers split lists of constraint files at spaces.
HASHED_CONSTRAINTS = "constraints-with-hashes.txt"
CONSTRAINTS = "constraints.txt"


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A copy of the package, laid out as in the repository.

    Attributes:
        root: the copy of the repository's top folder, with the package and the two constraint files.
        package: the package's folder, relative to `root`.
        epoch: SOURCE_DATE_EPOCH for the build, in seconds since 1970.
    """

    root: Path
    package: Path
    epoch: int


@contextlib.contextmanager
def staged_sources(config: Config, environ: Mapping[str, str]) -> Iterator[SourceTree]:
    """Copy the package and the constraints of its build to a scratch folder that is removed afterwards.

    Raises:
        ReleaseError: this is not a git clone, git knows no file of the package, or the lock file is missing.
    """
    directory = config.package.directory
    sources = git.files(config.root, directory)
    if not sources:
        raise ReleaseError(f"git tracks no file in {directory.as_posix()}", hint=f"git add {directory.as_posix()}")
    with scratch_folder() as root:
        for source in sources:
            _copy(config.root / source, root / source)
        _write_constraints(config.root / LOCK, root)
        yield SourceTree(root, directory, _epoch(config.root, environ))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _write_constraints(lock: Path, root: Path) -> None:
    try:
        text = lock.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReleaseError(f"{LOCK.as_posix()} cannot be read: {reason}", hint="run nox -s lock") from None
    (root / HASHED_CONSTRAINTS).write_text(text, encoding="utf-8")
    # pip before 25 refuses requirements without hashes as soon as one constraint has a hash, and build containers
    # bring their own pip: there only the versions are constrained.
    pins = [line.split("\\")[0].strip() for line in text.splitlines() if line and line[0] not in " #"]
    try:
        constraints = [f"{Requirement(pin)}\n" for pin in pins]
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ReleaseError(f"{LOCK.as_posix()} is broken: {reason}", hint="run nox -s lock") from None
    (root / CONSTRAINTS).write_text("".join(constraints), encoding="utf-8")


def _epoch(root: Path, environ: Mapping[str, str]) -> int:
    given = environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return git.commit_time(root)
    if not given.isascii() or not given.isdigit():
        raise ReleaseError(f"SOURCE_DATE_EPOCH is {given!r}, expected seconds since 1970", hint="unset it, or fix it")
    return int(given)
