"""Run programs: their output arrives as it is printed, their time is limited, and they end with the rehearsal."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from truewheel.system.process_tree import KILL, ProcessTree

# Seconds between the signals by which GitHub cancels: first an interrupt, so that a program can clean up (cibuildwheel
# removes its container), then SIGTERM, then SIGKILL.
_PATIENCE = (7.5, 2.5)
# Seconds to read what a program that has ended left in the pipe of its output.
_LAST_WORDS = 2.0


class TimedOut(Exception):
    """A program exceeded its time limit, and was ended."""


class Cancelled(Exception):
    """The rehearsal was interrupted, and the program with it."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run."""

    command: Sequence[str]  # the program and its arguments
    cwd: Path  # its working folder
    environ: Mapping[str, str]  # its whole environment
    deadline: float | None = None  # when it is ended, by `time.monotonic`; None for never
    killed_at_first_line: bool = False  # whether it is killed when it prints its first line, as if the machine failed


class Children:
    """The running programs of a leg; several threads may run one each."""

    def __init__(self) -> None:
        self._running: set[ProcessTree] = set()
        self._lock = threading.Lock()
        self.is_stopped = False

    def run(self, program: Program, say: Callable[[str], None]) -> int:
        """Run a program to its end, end what it started, and return its exit status.

        `say` gets every line that it prints. An OSError if it cannot be started, TimedOut after the deadline, Cancelled
        after `stop`.
        """
        child = self._start(program)

        def listen() -> None:
            assert child.stdout is not None  # noqa: S101  it was asked for
            with child.stdout as output:
                for line in output:
                    say(line.rstrip("\r\n"))
                    if program.killed_at_first_line:
                        child.signal_all(KILL)

        ears = threading.Thread(target=listen, daemon=True)
        ears.start()
        try:
            left = None if program.deadline is None else max(0.0, program.deadline - time.monotonic())
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(left)
            is_late = child.poll() is None
            if is_late:
                _end(child)
            # A program that it left in the background may hold the pipe open.
            ears.join(_LAST_WORDS)
        finally:
            child.signal_all(KILL)
            ears.join(_LAST_WORDS)
            with self._lock:
                self._running.discard(child)
        if self.is_stopped:
            raise Cancelled
        if is_late:
            raise TimedOut
        return child.returncode

    def stop(self) -> None:
        """End all programs, and let none start any more."""
        with self._lock:
            self.is_stopped = True
            running = list(self._running)
        with ThreadPoolExecutor(len(running) or 1) as enders:
            list(enders.map(_end, running))

    def _start(self, program: Program) -> ProcessTree:
        with self._lock:
            if self.is_stopped:
                raise Cancelled
            child = ProcessTree(
                list(program.command),
                cwd=program.cwd,
                env=dict(program.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
            self._running.add(child)
            return child


def mark_of(folder: Path) -> tuple[str, str]:
    """Return the variable that all processes of a job inherit, and its value for the job in `folder`.

    GitHub's runner recognizes the programs of a job by this variable, even those that left its process group.
    """
    return "RUNNER_TRACKING_ID", f"{folder}/"


def end_strays_of(folder: Path) -> None:
    """End all processes of the jobs in or below `folder`, as GitHub's runner does when a job has ended.

    A program that started a session of its own has left its parent's group. Only Linux shows the environments.
    """
    needle = "=".join(mark_of(folder)).encode()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        # Those of other users cannot be read, and a process may end meanwhile.
        with contextlib.suppress(OSError):
            if any(variable.startswith(needle) for variable in environ.read_bytes().split(b"\0")):
                os.kill(int(environ.parent.name), KILL)


def _end(child: ProcessTree) -> None:
    for sign, patience in zip((signal.SIGINT, signal.SIGTERM), _PATIENCE, strict=True):
        child.signal_all(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
            return
    child.signal_all(KILL)
    child.wait()
