"""One way to run git, and the questions that the machinery asks it."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.system.commands import last_line


def tags_at_head(root: Path) -> list[str]:
    """List the tags that point at the checked-out commit."""
    return run(root, "tag", "--points-at", "HEAD").splitlines()


def commit_time(root: Path) -> int:
    """Return the time of the checked-out commit, in seconds since 1970."""
    return int(run(root, "log", "-1", "--format=%ct", "HEAD"))


def files(root: Path, folders: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """List the files and links in `folders` that are tracked, or new and not ignored; relative to `root`, sorted.

    Tracked files that were deleted from the working tree are left out. The second list has the submodules that are not
    checked out.
    """
    where = ["-z", "--", *_literal(folders)]
    listing = run(root, "ls-files", "--cached", "--recurse-submodules", *where)
    listing += run(root, "ls-files", "--others", "--exclude-standard", *where)
    found: list[Path] = []
    missing: list[Path] = []
    # A repository in this one that is not its submodule is listed as a folder: with a slash at the end.
    for name in sorted({name for name in listing.split("\0") if not name.endswith("/")} - {""}):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            is_folder = stat.S_ISDIR(os.lstat(root / name).st_mode)
            (missing if is_folder else found).append(Path(name))
    return found, missing


def executable(root: Path) -> Callable[[Path], bool]:
    """Return a function that returns whether a file in the working tree is executable.

    Where git does not believe the file system (core.fileMode is false, as on Windows), the index knows.
    """
    if run(root, "config", "--type=bool", "--default=true", "core.fileMode").strip() == "true":
        return lambda path: os.access(path, os.X_OK)
    staged = run(root, "ls-files", "-z", "--stage", "--recurse-submodules").split("\0")
    found = {(root / line.partition("\t")[2]).resolve() for line in staged if line.startswith("100755 ")}
    return lambda path: path.resolve() in found


def uncommitted(root: Path, folders: Sequence[Path]) -> list[str]:
    """List the files in `folders` that are new or changed since the checked-out commit, sorted."""
    options = ["--porcelain", "-z", "--no-renames", "--untracked-files=all"]
    listing = run(root, "status", *options, "--", *_literal(folders))
    return sorted({line[3:] for line in listing.split("\0") if line})


def _literal(folders: Sequence[Path]) -> list[str]:
    """Return patterns for git that match these folders only, whatever characters are in their names."""
    return [f":(literal){folder.as_posix()}" for folder in folders]


def ignores(root: Path, path: Path) -> bool:
    """Whether git ignores a path, relative to `root`, that need not exist; what is not in a clone is not ignored."""
    try:
        run(root, "check-ignore", "--quiet", path.as_posix())
    except ReleaseError:
        return False
    return True


def default_branch(root: Path) -> str:
    """Return the branch that the remote `origin` shows first; the one that is checked out if that is not known."""
    for question in (("symbolic-ref", "--short", "refs/remotes/origin/HEAD"), ("branch", "--show-current")):
        with contextlib.suppress(ReleaseError):
            if name := run(root, *question).strip().removeprefix("origin/"):
                return name
    return "main"


def origin(root: Path) -> str | None:
    """Return the URL of the remote `origin`; None if there is none, or no git repository."""
    try:
        return run(root, "remote", "get-url", "origin").strip()
    except ReleaseError:
        return None


def untracked(root: Path) -> dict[str, int]:
    """Return the files that are new and not ignored with their sizes in bytes; by their paths, relative to `root`."""
    names = run(root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return {name: os.lstat(root / name).st_size for name in names if name and os.path.lexists(root / name)}


def listing(root: Path) -> list[str]:
    """List all files that are tracked, or new and not ignored; relative to `root`, sorted."""
    names = run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    return sorted(name for name in names.split("\0") if name)


def tracked(root: Path, *patterns: str) -> list[str]:
    """List the tracked files in the working tree that match git's patterns (all without), those of submodules too."""
    names = run(root, "ls-files", "-z", "--recurse-submodules", "--", *patterns).split("\0")
    return [name for name in names if name and os.path.isfile(root / name)]  # noqa: PTH113  a third of the time


# The maintainer's settings must not make git run hooks for a mere question, or refuse to clone a folder.
_SETTINGS = {"core.hooksPath": os.devnull, "protocol.file.allow": "always"}
_ENVIRON = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    # git would refresh its index on disk when asked for the status.
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
    **{f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(_SETTINGS)},
    **{f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(_SETTINGS.values())},
}
_ISOLATED = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def run(
    folder: Path, *arguments: str, isolated: bool = False, environ: Mapping[str, str] | None = None, given: str = ""
) -> str:
    """Run `git ARGUMENTS` in `folder` and return its standard output.

    The caller's GIT_* variables are dropped: in a git hook, GIT_DIR would lead every command to another repository.

    If `isolated`, the configuration of the user and of the system and the owner of the folder do not matter. `environ`
    has more variables, `given` is the standard input. ReleaseError, with git's reason, if git fails or is missing.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        result = subprocess.run(
            ["git", *(["-c", "safe.directory=*"] if isolated else []), "-C", str(folder), *arguments],
            env={**inherited, **_ENVIRON, **(_ISOLATED if isolated else {}), **(environ or {})},
            input=given,
            capture_output=True,
            # A file name need not be UTF-8; decoded like this, it can still be opened.
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError:
        raise ReleaseError("git is not installed", hint="install git and run this in a clone") from None
    if result.returncode:
        hint = "" if isolated else "run this in a git clone of the repository with at least one commit"
        raise ReleaseError(f"git {arguments[0]} failed: {_reason(result.stderr)}", hint=hint)
    return result.stdout


# For the rehearsal's own repositories: nobody's configuration applies.
run_isolated = functools.partial(run, isolated=True)


def _reason(output: str) -> str:
    # Advice may follow the error.
    errors = [line for line in output.splitlines() if line.startswith(("fatal: ", "error: "))]
    return errors[0] if errors else last_line(output)
