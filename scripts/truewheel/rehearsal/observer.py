"""The interface through which a rehearsal reports its progress."""

from __future__ import annotations

from typing import Protocol

from truewheel.rehearsal.result import JobResult, StepResult


class Observer(Protocol):
    """Is notified of what happens, from several threads. Jobs are named as on GitHub."""

    def job_started(self, job: str) -> None:
        """A job started."""

    def step_started(self, job: str, step: str) -> None:
        """A step of the job started."""

    def step_said(self, job: str, line: str) -> None:
        """The running step printed a line."""

    def step_finished(self, job: str, result: StepResult) -> None:
        """A step ended or was skipped."""

    def job_finished(self, result: JobResult) -> None:
        """A job ended, or was skipped without starting."""
