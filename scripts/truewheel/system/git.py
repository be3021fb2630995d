"""One way to run git, and the questions that the machinery asks it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.system.commands import last_line


def tags_at_head(root: Path) -> list[str]:
    """List the tags that point at the checked-out commit."""
    return run(root, "tag", "--points-at", "HEAD").splitlines()


def commit_time(root: Path) -> int:
    """Return the time of the checked-out commit, in seconds since 1970."""
    return int(run(root, "log", "-1", "--format=%ct", "HEAD"))


def files(root: Path, directory: Path) -> list[Path]:
    """List the files below `directory` that are tracked, or new and not ignored; relative to `root`, sorted.

    Tracked files that were deleted from the working tree are left out.

    Raises:
        ReleaseError: git lists a folder as one entry: a submodule that is not checked out, or a link.
    """
    where = ["-z", "--", directory.as_posix()]
    listing = run(root, "ls-files", "--cached", "--recurse-submodules", *where)
    listing += run(root, "ls-files", "--others", "--exclude-standard", *where)
    paths = {Path(name) for name in listing.split("\0") if name}
    folders = sorted(path.as_posix() for path in paths if (root / path).is_dir())
    if folders:
        raise ReleaseError(
            f"{', '.join(folders)} cannot be copied: it is a submodule that is not checked out, or a link to a folder",
            hint="git submodule update --init --recursive; replace links with files",
        )
    return sorted(path for path in paths if (root / path).is_file())


def uncommitted(root: Path, directory: Path) -> list[str]:
    """List the files below `directory` that are new or changed since the checked-out commit, sorted."""
    options = ["--porcelain", "-z", "--no-renames", "--untracked-files=all"]
    listing = run(root, "status", *options, "--", directory.as_posix())
    return sorted({line[3:] for line in listing.split("\0") if line})


def origin(root: Path) -> str | None:
    """Return the URL of the remote `origin`; None if there is none, or no git repository."""
    try:
        return run(root, "remote", "get-url", "origin").strip()
    except ReleaseError:
        return None


def listing(root: Path) -> list[str]:
    """List all files that are tracked, or new and not ignored; relative to `root`, sorted."""
    names = run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    return sorted(name for name in names.split("\0") if name)


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


def run_isolated(folder: Path, *arguments: str) -> str:
    """Run git as `run` does, in a repository of the rehearsal's own: without anybody's configuration.

    Raises:
        ReleaseError: as from `run`.
    """
    return run(folder, *arguments, isolated=True)


def run(
    folder: Path, *arguments: str, isolated: bool = False, environ: Mapping[str, str] | None = None, given: str = ""
) -> str:
    """Run `git ARGUMENTS` in `folder` and return its standard output.

    The caller's GIT_* variables are dropped: in a git hook, GIT_DIR would lead every command to another repository.

    Args:
        isolated: ignore the configuration of the user and of the system, and who owns the folder.
        environ: more variables.
        given: git's standard input.

    Raises:
        ReleaseError: git is not installed, or it failed; the message quotes its reason.
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


def _reason(output: str) -> str:
    # Advice may follow the error.
    errors = [line for line in output.splitlines() if line.startswith(("fatal: ", "error: "))]
    return errors[0] if errors else last_line(output)
