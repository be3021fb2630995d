"""git as a rehearsal runs it: by nobody's configuration, and speaking English."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class GitFailed(Exception):
    """git refused; the message is its own complaint, in one line."""


def git(folder: Path, *arguments: str) -> str:
    """Run a git command in `folder`, and give what it printed.

    Raises:
        GitFailed: it failed, or there is no git.
    """
    try:
        result = subprocess.run(
            # Whoever owns the folder: it was made for the rehearsal.
            ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments],
            env=_environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError:
        raise GitFailed("git is not installed") from None
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no reason given"]
        complaint = next((line for line in lines if line.startswith(("fatal: ", "error: "))), lines[-1])
        raise GitFailed(f"git {_command(arguments)} failed: {complaint}")
    return result.stdout


def _environ() -> dict[str, str]:
    # A GIT_DIR of who started the rehearsal would lead every command there.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **ours,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def _command(arguments: tuple[str, ...]) -> str:
    """The name of the command, behind the options of git itself."""
    skip = False
    for argument in arguments:
        if not skip and not argument.startswith("-"):
            return argument
        skip = argument == "-c"
    return ""
