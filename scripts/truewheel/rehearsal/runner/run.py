"""What all jobs of a rehearsed run share, and where a fault reaches in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truewheel.rehearsal.actions.call import Services, StandIn
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.observer import Observer
from truewheel.rehearsal.result import FAILURE, JobResult
from truewheel.workflow.model import Job, Step, Workflow


@dataclass(frozen=True, slots=True)
class Leg:
    """A job in one row of its matrix; a job without a matrix is one leg, with an empty row.

    Attributes:
        job: the job.
        row: what `matrix` is.
        index: which of the job's legs it is, from 0.
        total: how many there are.
        name: as GitHub shows it.
    """

    job: Job
    row: Mapping[str, Any]
    index: int
    total: int
    name: str

    @property
    def key(self) -> tuple[str, int]:
        return self.job.id, self.index

    @property
    def label(self) -> str:
        """The job's id, with the values of its row behind it: what faults and artifacts call it."""
        values = ", ".join(str(value) for value in self.row.values())
        return f"{self.job.id} ({values})" if values else self.job.id


@dataclass(frozen=True, slots=True)
class LegOutcome:
    """How a leg ended: its result, and the outputs of the job as it left them."""

    result: JobResult
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_failure(self) -> bool:
        """Whether it failed, and may not."""
        return self.result.conclusion == FAILURE and not self.result.tolerated


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where a fault reaches into a run; by default nothing happens.

    Attributes:
        fails: called before a step; why it fails instead of being run, or an empty text.
        kills: whether the machine dies in the middle of this step.
        permissions: what becomes of the permissions of a job.
        after_leg: called when a leg has ended, before any job that waits for it begins.
    """

    fails: Callable[[Leg, Step], str] = lambda _leg, _step: ""
    kills: Callable[[Leg, Step], bool] = lambda _leg, _step: False
    permissions: Callable[[Job, Mapping[str, str]], Mapping[str, str]] = lambda _job, levels: levels
    after_leg: Callable[[Leg, LegOutcome], None] = lambda _leg, _outcome: None


@dataclass(frozen=True, slots=True)
class Run:
    """An attempt at a run of a workflow.

    Attributes:
        workflow: what is run.
        identity: which run it plays.
        folder: empty; every job gets a folder in it.
        services: what the jobs have beside themselves.
        stand_ins: action → what takes its place.
        environ: the maintainer's environment, of which little is kept.
        index_environ: the variables by which pip finds the rehearsal's index.
        token_environ: called with the name of a job's environment (None for none); gives the variables by which a
            job with `id-token: write` gets its identity token.
        observer: who is told what happens.
        hooks: where a fault reaches in.
        began: when the rehearsal began, as `time.monotonic` counts.
    """

    workflow: Workflow
    identity: RunIdentity
    folder: Path
    services: Services
    stand_ins: Mapping[str, StandIn]
    environ: Mapping[str, str]
    index_environ: Mapping[str, str]
    token_environ: Callable[[str | None], Mapping[str, str]]
    observer: Observer
    hooks: Hooks
    began: float

    def clock(self) -> float:
        """Seconds since the rehearsal began."""
        return time.monotonic() - self.began
