"""What git knows about the working tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from truewheel.errors import ReleaseError


def tags_at_head(root: Path) -> list[str]:
    """The tags that point at the commit that is checked out."""
    return run(root, "tag", "--points-at", "HEAD").splitlines()


def commit_time(root: Path) -> int:
    """When the commit that is checked out was made, in seconds since 1970."""
    return int(run(root, "log", "-1", "--format=%ct", "HEAD"))


def files(root: Path, directory: Path) -> list[Path]:
    """The files below `directory` that are tracked, or new and not ignored, relative to `root`, sorted.

    Files that git knows but that were deleted from the working tree are left out.

    Raises:
        ReleaseError: what git lists as one thing is a folder here: a submodule that is not checked out, or a link.
    """
    where = ["-z", "--", directory.as_posix()]
    listing = run(root, "ls-files", "--cached", "--recurse-submodules", *where)
    listing += run(root, "ls-files", "--others", "--exclude-standard", *where)
    paths = {Path(name) for name in listing.split("\0") if name}
    folders = sorted(path.as_posix() for path in paths if (root / path).is_dir())
    if folders:
        raise ReleaseError(
            f"{', '.join(folders)} cannot be copied: it is a submodule that is not checked out, or a link to a folder",
            hint="git submodule update --init --recursive; put files in the place of links",
        )
    return sorted(path for path in paths if (root / path).is_file())


def uncommitted(root: Path, directory: Path) -> list[str]:
    """The files below `directory` that are new or changed since the commit that is checked out, sorted."""
    options = ["--porcelain", "-z", "--no-renames", "--untracked-files=all"]
    listing = run(root, "status", *options, "--", directory.as_posix())
    return sorted({line[3:] for line in listing.split("\0") if line})


def origin(root: Path) -> str | None:
    """Where the remote `origin` is; None when there is none, or no git repository at all."""
    try:
        return run(root, "remote", "get-url", "origin").strip()
    except ReleaseError:
        return None


def listing(root: Path) -> list[str]:
    """The names of all files that are tracked, or new and not ignored, relative to `root`, sorted."""
    names = run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    return sorted(name for name in names.split("\0") if name)


def run(root: Path, *arguments: str) -> str:
    """What `git ARGUMENTS` prints in the repository at `root`.

    Raises:
        ReleaseError: git is not there, or it failed; the message has its complaint.
    """
    try:
        result = subprocess.run(
            ["git", "-C", str(root), *arguments],
            env={**os.environ, **_quiet(os.environ)},
            capture_output=True,
            # A file name need not be UTF-8; so spelled, it still names its file.
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError:
        raise ReleaseError("git is not installed", hint="install git and run this in a clone") from None
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no reason given"]
        # Advice may follow the complaint.
        complaint = next((line for line in lines if line.startswith("fatal: ")), lines[-1])
        raise ReleaseError(
            f"git {arguments[0]} failed: {complaint}",
            hint="run this in a git clone of the repository with at least one commit",
        )
    return result.stdout


# What a maintainer's settings must not do to a program that only asks: run hooks, forbid a copy of a folder, advise.
_SETTINGS = {"core.hooksPath": os.devnull, "protocol.file.allow": "always", "advice.detachedHead": "false"}


def _quiet(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables by which git writes nothing beside what it is asked for (as its index, which it refreshes)."""
    given = environ.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdigit() else 0
    settings = {"GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_COUNT": str(first + len(_SETTINGS))}
    for number, (name, value) in enumerate(_SETTINGS.items(), start=first):
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return settings
