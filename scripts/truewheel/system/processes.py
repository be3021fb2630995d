"""Work on all cores: one process each, which gets its next task as soon as it has finished the last.

Not concurrent.futures: there an interrupt can leave the workers waiting forever, and the program with them. Here the
processes end with the work, whether it ends by its last result, an exception or Ctrl-C.
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

# A fork has all modules already. Where a fork is not safe, each process imports them again.
if sys.platform == "linux":
    _CONTEXT = multiprocessing.get_context("fork")
else:
    _CONTEXT = multiprocessing.get_context("spawn")


class ProcessDied(Exception):
    """A process ended in the middle of a task: killed by the kernel for its memory, or by somebody."""


class _RemoteTraceback(Exception):
    """The cause of an exception that was raised in a process: its traceback there."""


def cores() -> int:
    """Return the number of cores that this process may use: in a container often fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def on_all_cores(
    function: Callable[[Task], Result], tasks: Sequence[Task], processes: int
) -> Iterator[tuple[Task, Result]]:
    """Yield each task with the result of `function`, as they finish; they are started in order.

    An exception in `function` is raised here, with the traceback from there as its cause. ProcessDied if a process was
    killed.
    """
    waiting = iter(tasks)
    workers = [_Worker(function) for _ in range(min(processes, len(tasks)))]
    try:
        busy = {worker.connection: worker for worker in workers if worker.begin(waiting)}
        while busy:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]  # wait returns some of the keys
                yield worker.task, worker.result()
                if not worker.begin(waiting):
                    del busy[worker.connection]
    finally:
        for worker in workers:
            worker.end()


class _Worker(Generic[Task, Result]):
    """A process and our end of the pipe to it."""

    task: Task

    def __init__(self, function: Callable[[Task], Result]) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_work, args=(function, theirs), daemon=True)
        self._process.start()
        # Only the process holds it now, so it closes when that dies.
        theirs.close()

    def begin(self, waiting: Iterator[Task]) -> bool:
        """Start the next task; return False if there is none left."""
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
        # It has nothing to clean up.
        self._process.terminate()
        self._process.join()
        self.connection.close()


def _work(function: Callable[[Any], Any], connection: Connection) -> None:
    """Work in a process until it is terminated or the other end of the pipe is closed."""
    # Ctrl-C reaches every process of a terminal, but only the parent knows what to do then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        answer: tuple[Any, Exception | None, str]
        try:
            answer = (function(task), None, "")
        except Exception as error:  # noqa: BLE001  sent to the parent, which raises it
            answer = (None, error, traceback.format_exc())
        connection.send(answer)
