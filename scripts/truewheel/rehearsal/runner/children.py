"""The programs that a rehearsal runs: their output as it comes, their time bounded, all of them ended with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# GitHub cancels like this: an interrupt, so that a program can clean up (cibuildwheel removes its container), then
# less polite signals. Seconds.
_PATIENCE = (7.5, 2.5)
# What a program that has ended may have left in the pipe of its output.
_LAST_WORDS = 2.0


class TimedOut(Exception):
    """A program took longer than it may, and was ended."""


class Cancelled(Exception):
    """The rehearsal was interrupted, and the program with it."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run.

    Attributes:
        command: the program and its arguments.
        cwd: its working folder.
        environ: its environment, of which nothing is inherited.
        deadline: when it is ended, as `time.monotonic` counts; None for never.
        killed_at_first_line: whether it is killed as soon as it says something, as on a machine that fails.
    """

    command: Sequence[str]
    cwd: Path
    environ: Mapping[str, str]
    deadline: float | None = None
    killed_at_first_line: bool = False


class Children:
    """The programs that are running. Threads may run several at a time."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._is_stopped = False

    @property
    def is_stopped(self) -> bool:
        return self._is_stopped

    def run(self, program: Program, say: Callable[[str], None]) -> int:
        """Run a program, and everything that it starts, to its end; gives its exit status.

        Args:
            program: what to run.
            say: called with every line of its output, error output included.

        Raises:
            OSError: the program is not there.
            TimedOut: the deadline passed.
            Cancelled: `stop` was called.
        """
        child = self._start(program)

        def listen() -> None:
            assert child.stdout is not None  # noqa: S101  it was asked for
            with child.stdout as output:
                for line in output:
                    say(line.rstrip("\r\n"))
                    if program.killed_at_first_line:
                        _signal_all(child, _KILL)

        ears = threading.Thread(target=listen, daemon=True)
        ears.start()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_seconds_until(program.deadline))
            is_late = child.poll() is None
            if is_late:
                _end(child)
            # Something that it left running in the background may hold the pipe open; GitHub ends that, too.
            ears.join(_LAST_WORDS)
        finally:
            _signal_all(child, _KILL)
            ears.join(_LAST_WORDS)
            with self._lock:
                self._running.discard(child)
        if self._is_stopped:
            raise Cancelled
        if is_late:
            raise TimedOut
        return child.returncode

    def stop(self) -> None:
        """End every program, and start no other."""
        with self._lock:
            self._is_stopped = True
            running = list(self._running)
        enders = [threading.Thread(target=_end, args=(child,)) for child in running]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _start(self, program: Program) -> subprocess.Popen[str]:
        with self._lock:
            if self._is_stopped:
                raise Cancelled
            child = subprocess.Popen(
                list(program.command),
                cwd=program.cwd,
                env=dict(program.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                # A group of its own, so that whatever it starts can be ended with it, and so that Ctrl-C reaches the
                # rehearsal alone, which knows what to do.
                start_new_session=sys.platform != "win32",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
            self._running.add(child)
            return child


def _seconds_until(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def end_strays(mark: str) -> None:
    """End every process that has `mark` in its environment, as GitHub's runner does when a job is over.

    A program that made itself the leader of a session of its own is no longer in its parent's group.
    """
    needle = mark.encode()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        # Those of others cannot be read; one may end while it is looked at.
        with contextlib.suppress(OSError):
            if needle in environ.read_bytes().split(b"\0"):
                os.kill(int(environ.parent.name), _KILL)


_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def _end(child: subprocess.Popen[str]) -> None:
    for sign, patience in zip((signal.SIGINT, signal.SIGTERM), _PATIENCE, strict=True):
        _signal_all(child, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
            return
    _signal_all(child, _KILL)
    child.wait()


def _signal_all(child: subprocess.Popen[str], sign: signal.Signals) -> None:
    """Send a signal to a program and to everything that it started."""
    if sys.platform == "win32":
        # There are no signals; a tree of processes is ended by force.
        if child.poll() is None:
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], capture_output=True, check=False)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, sign)
