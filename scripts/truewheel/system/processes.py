"""Work on all cores: one process for each, which is given the next task as soon as it is done with the last.

Not concurrent.futures: there an interrupt can leave the workers waiting for ever, and the program with them. Here
whatever ends the work, a last result or an exception or Ctrl-C, ends the processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

# A fork has all modules already. Where there is no safe fork, each process imports them anew.
if sys.platform == "linux":
    _CONTEXT = multiprocessing.get_context("fork")
else:
    _CONTEXT = multiprocessing.get_context("spawn")


class ProcessDied(Exception):
    """A process ended in the middle of a task."""


class _RemoteTraceback(Exception):
    """The cause of an exception that was raised in a process: where in there."""


def cores() -> int:
    """Those that this process may use: a container often has fewer than the machine."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def on_all_cores(
    function: Callable[[Task], Result], tasks: Sequence[Task], processes: int
) -> Iterator[tuple[Task, Result]]:
    """Each task with what `function` makes of it, as they are done; begun in the order given.

    An exception that `function` raises is raised here, with the traceback from there as its cause.

    Raises:
        ProcessDied: a process was killed, by the kernel for its memory or by anybody.
    """
    waiting = iter(tasks)
    workers = [_Worker(function) for _ in range(min(processes, len(tasks)))]
    try:
        busy = {worker.connection: worker for worker in workers if worker.begin(waiting)}
        while busy:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]  # what is waited for is a key
                yield worker.task, worker.result()
                if not worker.begin(waiting):
                    del busy[worker.connection]
    finally:
        for worker in workers:
            worker.end()


def last_line(output: str) -> str:
    """Return the last line that a program printed, which as a rule is why it failed."""
    return (output.strip().splitlines() or ["no reason given"])[-1]


class _Worker(Generic[Task, Result]):
    """A process, and the end of the pipe to it."""

    task: Task

    def __init__(self, function: Callable[[Task], Result]) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_work, args=(function, theirs), daemon=True)
        self._process.start()
        # Held by the process alone, it closes when that dies.
        theirs.close()

    def begin(self, waiting: Iterator[Task]) -> bool:
        """Begin the next task; False when there is none left."""
        for task in waiting:
            self.task = task
            self.connection.send(task)
            return True
        return False

    def result(self) -> Result:
        try:
            result, error, story = self.connection.recv()
        except (EOFError, ConnectionError):
            raise ProcessDied from None
        if error is not None:
            raise error from _RemoteTraceback(f"\n{story}")
        return result  # type: ignore[no-any-return]  # pickled there by _work

    def end(self) -> None:
        # It holds nothing that would have to be put in order.
        self._process.terminate()
        self._process.join()
        self.connection.close()


def _work(function: Callable[[Any], Any], connection: Connection) -> None:
    """What a process does until it is ended, or the other end of the pipe is gone."""
    # Ctrl-C reaches every process of a terminal; the parent alone knows what to do then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        answer: tuple[Any, Exception | None, str]
        try:
            answer = (function(task), None, "")
        except Exception as error:  # noqa: BLE001  handed over, and raised there
            answer = (None, error, traceback.format_exc())
        connection.send(answer)
