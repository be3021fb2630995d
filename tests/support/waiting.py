"""Waiting for something that another process does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Far more than anything takes on a busy machine: it only ends a test that would never end.
PATIENCE = 120


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as `condition` holds, and fail if it never does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE} seconds"
        time.sleep(0.01)


def text_of(file: Path) -> str:
    """Return the text of a file that another process writes, once there is some."""
    wait_until(lambda: file.exists() and file.read_text(encoding="utf-8").endswith("\n"), f"{file.name} was written")
    return file.read_text(encoding="utf-8")


def output_of(program: subprocess.Popen[str]) -> tuple[str, str]:
    """Return the output and the errors of a program when it has ended; kill it if it does not end."""
    try:
        return program.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        program.kill()
        raise


def wait_for_end(pid: int) -> None:
    """Return when a process has ended, and fail if it does not."""
    wait_until(lambda: _has_ended(pid), f"process {pid} has ended")


def _has_ended(pid: int) -> bool:
    """Return whether a process has ended, even if its parent has not collected it yet (on Linux and Windows)."""
    if sys.platform == "win32":
        import _winapi  # noqa: PLC0415  only Windows has it

        try:
            process = _winapi.OpenProcess(1 << 20, False, pid)  # SYNCHRONIZE
        except OSError:
            return True
        return _winapi.WaitForSingleObject(process, 0) == _winapi.WAIT_OBJECT_0
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return True
    return False
