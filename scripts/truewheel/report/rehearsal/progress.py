"""A rehearsal while it runs: in a terminal the jobs that are running, elsewhere a line as each begins and ends."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from truewheel.rehearsal.observer import Observer
from truewheel.rehearsal.result import FAILURE, SKIPPED, JobResult, StepResult
from truewheel.report.console import STYLE, Line, console_for, is_live, print_lines, styled
from truewheel.report.rehearsal.model import conclusion_of
from truewheel.report.text import as_displayed, readable_seconds


@dataclass
class Progress:
    """Prints what ended, and remembers what is running. Several threads may call it at once."""

    write: Callable[[Line], None]  # prints a line
    verbose: bool = False  # whether to print what the steps print, too
    shows_starts: bool = True  # whether to print a line when a job begins
    # When each running job began, and its current step.
    _running: dict[str, tuple[float, str]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def job_started(self, job: str) -> None:
        with self._lock:
            self._running[job] = time.monotonic(), ""
            if self.shows_starts:
                self.write([_state("started"), (job, "")])

    def step_started(self, job: str, step: str) -> None:
        with self._lock:
            self._running[job] = self._running[job][0], step
            if self.verbose:
                self.write([(f"{job} | ", "dim"), (step, "bold")])

    def step_said(self, job: str, line: str) -> None:
        if self.verbose:
            with self._lock:
                self.write([(f"{job} | ", "dim"), (as_displayed(line), "")])

    def step_finished(self, job: str, result: StepResult) -> None:
        if result.conclusion == FAILURE:
            with self._lock:
                error = f": {result.error}" if result.error else ""
                self.write([_state(FAILURE), (f"{job}, step {result.name}{error}", "")])

    def job_finished(self, result: JobResult) -> None:
        with self._lock:
            self._running.pop(result.name, None)
            seconds = "" if result.conclusion == SKIPPED else f"  {readable_seconds(result.seconds)}"
            self.write([_state(conclusion_of(result)), (result.name, ""), (seconds, "dim")])

    def running(self) -> list[tuple[str, str, float]]:
        """The running jobs, the current step of each, and for how many seconds it has been running."""
        with self._lock:
            now = time.monotonic()
            return [(job, step, now - since) for job, (since, step) in self._running.items()]


def _state(word: str) -> tuple[str, str]:
    return f"{word:9} ", STYLE.get(word, "dim")


@contextlib.contextmanager
def shown_rehearsal(stream: TextIO, environ: Mapping[str, str], *, verbose: bool = False) -> Iterator[Observer]:
    """Show on `stream` what a rehearsal does; yields the observer to notify.

    Every line is printed at once. With `verbose`, so is every line that a step prints, after the name of its job.
    """
    if is_live(stream, environ):
        with _live(stream, environ, verbose=verbose) as progress:
            yield progress
    else:
        yield Progress(lambda line: print_lines([line], stream, environ), verbose)


@contextlib.contextmanager
def _live(stream: TextIO, environ: Mapping[str, str], *, verbose: bool) -> Iterator[Observer]:
    """Show below the printed lines one for each running job; those vanish when the rehearsal ends."""
    from rich.live import Live  # noqa: PLC0415  see console_for
    from rich.spinner import Spinner  # noqa: PLC0415
    from rich.table import Column, Table  # noqa: PLC0415

    console = console_for(stream, environ)
    progress = Progress(lambda line: console.print(styled(line), soft_wrap=True), verbose, shows_starts=verbose)
    spinner = Spinner("dots")

    def picture() -> Table:
        table = Table.grid(*(Column(no_wrap=True) for _ in range(4)), padding=(0, 1))
        for job, step, seconds in progress.running():
            words = ((job, "bold"), (readable_seconds(seconds), "dim"), (step, ""))
            table.add_row(spinner, *(styled([word]) for word in words))
        return table

    # A thread refreshes it, because jobs may be silent for long. Their processes are started by exec, not by a fork.
    with Live(get_renderable=picture, console=console, transient=True, refresh_per_second=8):
        yield progress
