"""The copy of the repository that wheels are built from: the same for every clone of one commit.

It has what git tracks, or would track, as a checkout in CI has, so leftovers of an earlier build cannot get into a
wheel. Permissions are normalized, so the umask of a checkout does not matter. A build backend that makes the version
from git finds the history and the tags.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.system import git
from truewheel.system.files import scratch_folder

LOCK = Path("requirements/package.txt")


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A copy of the repository, or of the part of it that `sources` in `[tool.release]` names."""

    root: Path  # the copy of the repository's top folder
    package: Path  # the package's folder, relative to `root`
    locks: Path  # a folder in `root` with the constraint files, whose name no file of the repository has
    epoch: int  # SOURCE_DATE_EPOCH for the build, in seconds since 1970
    missing: tuple[Path, ...]  # submodules that are not checked out, relative to `root`, where they are empty folders

    @property
    def constraints(self) -> Path:
        """What the lock file pins, without hashes."""
        return self.locks / "constraints.txt"

    @property
    def hashed_constraints(self) -> Path:
        """The lock file."""
        return self.locks / "constraints-with-hashes.txt"


@contextlib.contextmanager
def staged_sources(config: Config, environ: Mapping[str, str]) -> Iterator[SourceTree]:
    """Copy the sources and the constraints of the build to a scratch folder that is removed afterwards.

    ReleaseError if this is not a git clone, git knows no file of the package or of `sources`, or there is no lock file.
    """
    package = config.package.directory
    files, missing = git.files(config.root, config.source_folders)
    for folder in config.source_folders:
        if not any(path.is_relative_to(folder) for path in files):
            raise ReleaseError(f"git tracks no file in {folder.as_posix()}", hint=f"git add {folder.as_posix()}")
    with scratch_folder() as root:
        if config.package.is_dynamic:
            _copy_history(config.root, root)
        _copy(config.root, root, files, git.executable(config.root))
        for submodule in missing:
            (root / submodule).mkdir(parents=True, exist_ok=True)
        # Without spaces, because installers split lists of constraint files at spaces.
        names = (f".truewheel{number}" for number in itertools.count())
        locks = next(root / name for name in names if not os.path.lexists(root / name))
        tree = SourceTree(root, package, locks, _epoch(config.root, environ), tuple(missing))
        _write_constraints(config.root / LOCK, tree)
        if config.package.is_dynamic:
            _match_history(tree, config.source_folders)
        yield tree


def _copy_history(root: Path, target: Path) -> None:
    """Make the empty folder `target` a clone of the repository without files, which shares nothing with it."""
    git.run(root, "clone", "--quiet", "--no-checkout", "--no-hardlinks", "--template=", ".", str(target))
    git.run_isolated(target, "remote", "remove", "origin")


def _match_history(tree: SourceTree, folders: Sequence[Path]) -> None:
    """Let git see as changed in the copy what is changed in the repository, and nothing else."""
    exclude = tree.root / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text(f"/{tree.locks.name}/\n", encoding="utf-8")
    git.run_isolated(tree.root, "reset", "--quiet")
    inside = [f":(exclude,literal){folder.as_posix()}" for folder in folders]
    left_out = git.run_isolated(tree.root, "ls-files", "-z", "--", ".", *inside)
    git.run(tree.root, "update-index", "-z", "--skip-worktree", "--stdin", isolated=True, given=left_out)


def _copy(root: Path, target: Path, files: Sequence[Path], is_executable: Callable[[Path], bool]) -> None:
    for folder in {path.parent for path in files}:
        (target / folder).mkdir(parents=True, exist_ok=True)
    links = []
    for file in files:
        if (root / file).is_symlink():
            links.append(file)
            (target / file).symlink_to((root / file).readlink(), target_is_directory=(root / file).is_dir())
        else:
            _copy_file(root / file, target / file, is_executable)
    for link in links:
        # It leads to a file that is not in `sources`.
        if not (target / link).exists() and (root / link).is_file():
            (target / link).unlink()
            _copy_file(root / link, target / link, is_executable)


def _copy_file(source: Path, target: Path, is_executable: Callable[[Path], bool]) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755 if is_executable(source) else 0o644)


def _write_constraints(lock: Path, tree: SourceTree) -> None:
    try:
        text = lock.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReleaseError(f"{LOCK.as_posix()} cannot be read: {reason}", hint="run nox -s lock") from None
    tree.locks.mkdir()
    tree.hashed_constraints.write_text(text, encoding="utf-8")
    # pip before 25 refuses requirements without hashes as soon as one constraint has a hash, and build containers
    # bring their own pip: there only the versions are constrained.
    pins = [line.split("\\")[0].strip() for line in text.splitlines() if line and line[0] not in " #"]
    try:
        constraints = [f"{Requirement(pin)}\n" for pin in pins]
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ReleaseError(f"{LOCK.as_posix()} is broken: {reason}", hint="run nox -s lock") from None
    tree.constraints.write_text("".join(constraints), encoding="utf-8")


def _epoch(root: Path, environ: Mapping[str, str]) -> int:
    given = environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return git.commit_time(root)
    if not given.isascii() or not given.isdigit():
        raise ReleaseError(f"SOURCE_DATE_EPOCH is {given!r}, expected seconds since 1970", hint="unset it, or fix it")
    return int(given)
