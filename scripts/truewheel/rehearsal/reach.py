"""The jobs that may run in the run that is rehearsed, found without running anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.known import UNKNOWN, Known
from truewheel.rehearsal.runner.environment import github_context, system_of
from truewheel.rehearsal.runner.labels import labels
from truewheel.rehearsal.runner.run import Leg
from truewheel.rehearsal.runner.schedule import legs_of
from truewheel.workflow import Job, Step, Workflow, WorkflowError
from truewheel.workflow.parts import Parts, path_in_repository


@dataclass(frozen=True, slots=True)
class Reached:
    """A job in one row of its matrix."""

    workflow: Workflow  # the workflow that has the job: the one that is rehearsed, or one that it calls
    leg: Leg  # the job and its row
    known: Known  # what is known before it starts
    above: tuple[str, ...] = ()  # the ids of the jobs that call its workflow
    needs: tuple[str, ...] = ()  # the ids of the jobs that it waits for, as `id` is
    # Its steps that may run, those of an action of the repository after the step that uses it.
    steps: tuple[Step, ...] = ()
    note: str = ""  # why its matrix is known only when it runs; empty if it is known
    runs: bool = True  # whether it may run
    away: str = ""  # why it does not run on this machine; empty if it does

    @property
    def job(self) -> Job:
        """The job."""
        return self.leg.job

    @property
    def id(self) -> str:
        """Its id after those of the jobs that call its workflow: `build/linux`."""
        return "/".join([*self.above, self.job.id])

    @property
    def runner(self) -> str:
        """The labels of its runner, as far as they are known."""
        return _runner(self.job, self.known)


def reached(workflow: Workflow, parts: Parts, identity: RunIdentity, inputs: Mapping[str, Any]) -> list[Reached]:
    """Return every job of a workflow and of those that it calls, each after those that it needs."""
    contexts = {"github": github_context(identity, ""), "vars": {}, "inputs": inputs}
    return list(_Walk(workflow, parts, Known(contexts)).jobs())


@dataclass(frozen=True, slots=True)
class _Walk:
    workflow: Workflow
    parts: Parts
    known: Known
    prefix: str = ""
    above: tuple[str, ...] = ()
    caller_needs: tuple[str, ...] = ()

    def jobs(self) -> Iterator[Reached]:
        for job in self.workflow.jobs.values():
            asks = job.condition is not None and job.condition.asks_for_status
            before = [self.workflow.jobs[name].condition for name in self.workflow.ancestors(job.id)]
            if all(map(self.known.may_hold, [job.condition, *([] if asks else before)])):
                yield from self._legs(job)
            else:
                name = self.known.text(job.name) if job.name else job.id
                leg = Leg(job, {}, {}, self.prefix + name)
                yield Reached(self.workflow, leg, self.known, self.above, self._needs(job), runs=False)

    def _needs(self, job: Job) -> tuple[str, ...]:
        return tuple("/".join([*self.above, need]) for need in job.needs) or self.caller_needs

    def _legs(self, job: Job) -> Iterator[Reached]:
        rows, note = [Leg(job, {}, {}, self.prefix + job.id)], ""
        try:
            rows = legs_of(job, self.known.scope, self.prefix)
            if job.name and self.known.plus(matrix={}, strategy={}).value(job.name) is UNKNOWN:
                # What is not known yet is shown as written.
                rows = [replace(leg, name=self.prefix + self.known.text(job.name)) for leg in rows]
        except WorkflowError as error:
            # The rows may be an output of another job.
            note = f"its matrix is known only at run time: {error.message}"
        for leg in rows:
            known = self.known if note else self.known.plus(matrix=leg.row, strategy=leg.strategy)
            path, needs = path_in_repository(job.uses or ""), self._needs(job)
            if path in self.parts.workflows:
                called = self.parts.workflows[path]
                inputs = known.inputs(called.call, job.inputs) if called.call else {}
                inner = self.known.plus(inputs=inputs)
                walk = _Walk(called, self.parts, inner, f"{leg.name} / ", (*self.above, job.id), needs)
                yield from walk.jobs()
                needs = (*needs, *("/".join([*walk.above, name]) for name in called.jobs))
            elif job.uses is None:
                known = known.plus(runner={"os": system_of(_runner(job, known))})
            yield Reached(
                self.workflow, leg, known, self.above, needs, tuple(steps_of(job.steps, known, self.parts)), note
            )


def steps_of(steps: Iterable[Step], known: Known, parts: Parts) -> Iterator[Step]:
    """Yield the steps that may run, those of an action of the repository after the step that uses it."""
    for step in steps:
        if not known.may_hold(step.condition):
            continue
        yield step
        action = parts.actions.get(path_in_repository(step.action)) if step.is_local else None
        if action is not None:
            inner = known.plus(inputs=known.inputs(action.interface, step.inputs))
            yield from steps_of(action.steps, inner, parts)


def _runner(job: Job, known: Known) -> str:
    try:
        return ", ".join(labels(job.runs_on, known.scope))
    except WorkflowError:
        return ""
