"""Who is told of a rehearsal while it runs."""

from __future__ import annotations

from typing import Protocol

from truewheel.rehearsal.result import JobResult, StepResult


class Observer(Protocol):
    """Is told of what happens, from whatever thread it happens in. Jobs are named as GitHub shows them."""

    def job_started(self, job: str) -> None:
        """A job begins."""

    def step_started(self, job: str, step: str) -> None:
        """A step of it begins."""

    def step_said(self, job: str, line: str) -> None:
        """The step that runs printed a line."""

    def step_finished(self, job: str, result: StepResult) -> None:
        """A step ended, or was skipped."""

    def job_finished(self, result: JobResult) -> None:
        """A job ended, or was skipped without beginning."""
