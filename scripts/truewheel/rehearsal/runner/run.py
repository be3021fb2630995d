"""What the jobs of a rehearsed run share, and the hooks by which a fault changes the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truewheel.rehearsal.actions.call import Services, StandIn
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.observer import Observer
from truewheel.rehearsal.result import JobResult
from truewheel.rehearsal.runner.children import Children
from truewheel.workflow.model import Job, Step, Workflow
from truewheel.workflow.parts import Parts
from truewheel.workflow.scope import Scope


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One row of a job's matrix; a job without a matrix is one leg with an empty row."""

    job: Job
    row: Mapping[str, Any]  # the context `matrix`
    strategy: Mapping[str, Any]  # the context `strategy`
    name: str  # the name on GitHub, e.g. `Build win_amd64`

    @property
    def index(self) -> int:
        """The number of this leg among those of the job, from 0."""
        return int(self.strategy["job-index"])

    @property
    def label(self) -> str:
        """The job's id and the values of the row, e.g. `build (win_amd64)`; reports of artifacts use it."""
        values = ", ".join(str(value) for value in self.row.values())
        return f"{self.job.id} ({values})" if values else self.job.id


@dataclass(frozen=True, slots=True)
class LegOutcome:
    """A leg that has ended: its result, the outputs that it gives the job, and the jobs of the workflow it called."""

    result: JobResult
    outputs: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[JobResult, ...] = ()

    @property
    def results(self) -> tuple[JobResult, ...]:
        """The results of the jobs of the workflow that it called, and its own."""
        return (*self.inner, self.result)


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks by which a fault changes a run. By default they change nothing."""

    # Called before a step; returns why the step fails without being run, or an empty text.
    fails: Callable[[Leg, Step], str] = lambda _leg, _step: ""
    kills: Callable[[Leg, Step], bool] = lambda _leg, _step: False  # whether the runner dies in the middle of a step
    # Whether somebody cancels the run in the middle of a step, which then fails.
    cancels: Callable[[Leg, Step], bool] = lambda _leg, _step: False
    # Returns the permissions that a job gets in place of its own.
    permissions: Callable[[Job, Mapping[str, str]], Mapping[str, str]] = lambda _job, levels: levels
    # Called when a leg has ended, before the jobs that need it start.
    after_leg: Callable[[Leg, LegOutcome], None] = lambda _leg, _outcome: None


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to run a workflow."""

    workflow: Workflow
    identity: RunIdentity  # the run on GitHub that it simulates
    folder: Path  # an empty folder, in which every job gets its own
    services: Services  # the parts of GitHub and PyPI that jobs use
    stand_ins: Mapping[str, StandIn]  # stand-ins by the names of their actions
    environ: Mapping[str, str]  # the maintainer's environment, of which jobs get little
    index_environ: Mapping[str, str]  # the variables by which pip finds the rehearsal's index
    # Returns the variables by which a job with `id-token: write` gets its identity token, given the name of the job's
    # environment or None, and the workflow `file` of the job if another one calls it.
    token_environ: Callable[..., Mapping[str, str]]
    observer: Observer  # is notified of what happens
    hooks: Hooks  # the fault that was asked for
    began: float  # when the rehearsal began, by `time.monotonic`
    parts: Parts = field(default_factory=Parts)  # the other workflows and the actions of the repository
    inputs: Mapping[str, Any] = field(default_factory=dict)  # the context `inputs`
    prefix: str = ""  # how the names of its jobs begin, if another workflow calls this one
    above: tuple[str, ...] = ()  # the ids of the jobs that call it
    # Ends a leg that cannot run on this machine; returns None if it can.
    away: Callable[[Run, Leg, Scope, Children], LegOutcome | None] = lambda *_: None

    def clock(self) -> float:
        """Seconds since the rehearsal began."""
        return time.monotonic() - self.began
