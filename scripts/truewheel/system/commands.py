"""Commands whose output is captured instead of shown."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def captured(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
    merged: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a command without input, and return its exit status and output; `merged` puts errors in standard output.

    OSError if there is no such program; subprocess.TimeoutExpired if it was stopped after `timeout` seconds.
    """
    return subprocess.run(
        command,
        env=env,
        cwd=cwd,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def last_line(output: str) -> str:
    """Return the last line of a program's output, usually the reason for its failure."""
    return (output.strip().splitlines() or ["no reason given"])[-1].strip()


def pip_errors(output: str) -> str:
    """Return the errors in the output of pip, else its last line."""
    lines = map(str.strip, output.splitlines())
    return "; ".join(line[7:] for line in lines if line.startswith("ERROR: ")) or last_line(output)
