"""What is shown of a rehearsal while it runs."""

from __future__ import annotations

import io
import threading

import pytest

from tests.support.rehearsal_samples import BROKEN_PYPI, BROKEN_UPLOAD, NO_VERIFY, PREFLIGHT, PYPI
from tests.support.terminal import Terminal
from truewheel.rehearsal.observer import Observer
from truewheel.rehearsal.result import CANCELLED, FAILURE, SKIPPED, JobResult, StepResult
from truewheel.report.rehearsal.progress import Progress, shown_rehearsal

DEVICE = {"TERM": "xterm-256color", "COLUMNS": "100"}


class Flushed(io.StringIO):
    """A stream that knows what was flushed."""

    seen = ""

    def flush(self) -> None:
        self.seen = self.getvalue()


def play(observer: Observer) -> None:
    """A job that succeeds next to one that fails, and one that is skipped because of it."""
    observer.job_started("Preflight")
    observer.step_started("Preflight", "Run nox")
    observer.job_started("PyPI")
    observer.step_started("PyPI", "Upload")
    observer.step_said("PyPI", "\x1b[31mERROR\x1b[0m\t503\x07")
    observer.step_finished("Preflight", PREFLIGHT.steps[0])
    observer.job_finished(PREFLIGHT)
    observer.step_finished("PyPI", BROKEN_UPLOAD)
    observer.job_finished(BROKEN_PYPI)
    observer.job_finished(NO_VERIFY)


def shown(stream: io.StringIO, *, verbose: bool = False, **environ: str) -> str:
    with shown_rehearsal(stream, environ, verbose=verbose) as observer:
        play(observer)
    return stream.getvalue()


ENDED = [
    "success   Preflight  2.0 s",
    "failure   PyPI, step Run pypa/gh-action-pypi-publish: 503 Service Unavailable after 1 of 2 files",
    "failure   PyPI  2.3 s",
    "skipped   Verify manylinux_x86_64",
]


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["file", "dumb terminal"])
def test_a_line_for_each_job_that_began_or_ended_and_each_step_that_failed(stream: io.StringIO) -> None:
    assert shown(stream, TERM="dumb").splitlines() == ["started   Preflight", "started   PyPI", *ENDED]


def test_verbose_shows_what_the_steps_print_after_the_name_of_their_job() -> None:
    assert shown(io.StringIO(), verbose=True).splitlines() == [
        "started   Preflight",
        "Preflight | Run nox",
        "started   PyPI",
        "PyPI | Upload",
        r"PyPI | ERROR   503\x07",
        *ENDED,
    ]


def test_every_line_is_shown_at_once() -> None:
    stream = Flushed()
    with shown_rehearsal(stream, {}) as observer:
        observer.job_started("Preflight")
        assert stream.seen == "started   Preflight\n"


def test_control_characters_never_reach_a_terminal() -> None:
    evil = "a\x1b[2J\r\n\u202e"
    stream = io.StringIO()
    with shown_rehearsal(stream, {}, verbose=True) as observer:
        observer.job_started(evil)
        observer.step_started(evil, evil)
        observer.step_said(evil, evil)
        observer.step_finished(evil, StepResult(evil, FAILURE, error=evil))
        observer.job_finished(JobResult("a", evil, CANCELLED))
    assert all(character.isprintable() or character == "\n" for character in stream.getvalue())
    assert len(stream.getvalue().splitlines()) == 5


def test_at_a_terminal_running_jobs_are_below_the_others_and_vanish_at_the_end() -> None:
    stream = Terminal()
    with shown_rehearsal(stream, DEVICE) as observer:
        observer.job_started("Build [red]odd")
        observer.step_started("Build [red]odd", "Run :smile:")
        observer.job_finished(PREFLIGHT)
    text = stream.getvalue()
    assert "Build [red]odd" in text
    assert "Run :smile:" in text
    assert "Preflight" in text
    # The last thing drawn is nothing: the lines are erased, and the cursor is shown again.
    assert text.rstrip().endswith("\x1b[2K")
    assert "\x1b[?25h" in text


def test_it_knows_what_is_running() -> None:
    progress = Progress(lambda _line: None)
    progress.job_started("PyPI")
    progress.step_started("PyPI", "Upload")
    ((job, step, seconds),) = progress.running()
    assert (job, step) == ("PyPI", "Upload")
    assert 0 <= seconds < 60
    progress.job_finished(PYPI)
    assert progress.running() == []


def test_lines_of_parallel_jobs_do_not_mix() -> None:
    stream = io.StringIO()
    with shown_rehearsal(stream, {}, verbose=True) as observer:

        def job(name: str) -> None:
            for number in range(200):
                observer.step_said(name, f"line {number}")
            observer.job_finished(JobResult(name, name, SKIPPED))

        threads = [threading.Thread(target=job, args=(name,)) for name in ("one", "two", "three")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 603
    for name in ("one", "two", "three"):
        assert [line for line in lines if line.startswith(name)] == [f"{name} | line {number}" for number in range(200)]
