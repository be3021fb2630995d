"""The jobs of a run in the order of their `needs`, side by side where nothing holds them apart."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from truewheel.rehearsal.result import CANCELLED, FAILURE, SKIPPED, SUCCESS, JobResult
from truewheel.rehearsal.runner.children import Children
from truewheel.rehearsal.runner.environment import github_context
from truewheel.rehearsal.runner.jobs import run_leg
from truewheel.rehearsal.runner.run import Leg, LegOutcome, Run
from truewheel.system.processes import cores
from truewheel.workflow.model import Job
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.scope import Scope

# Seconds between two looks at whether somebody pressed Ctrl-C: on Windows a wait without end cannot be interrupted.
_GLANCE = 0.2
# More than any workflow has at once; those that wait for a free core take a thread, too.
_MOST_LEGS = 256


class Interrupted(Exception):
    """The rehearsal was interrupted; everything that ran has ended."""


@dataclass(frozen=True, slots=True)
class JobState:
    """A job that has ended: its legs, in the order of its matrix."""

    legs: tuple[LegOutcome, ...]

    @property
    def conclusion(self) -> str:
        """What `needs.JOB.result` is."""
        conclusions = {SUCCESS if leg.result.tolerated else leg.result.conclusion for leg in self.legs}
        return next((one for one in (FAILURE, CANCELLED, SKIPPED) if one in conclusions), SUCCESS)

    @property
    def outputs(self) -> dict[str, str]:
        """Of a matrix, the last leg that says something is heard, as on GitHub."""
        merged: dict[str, str] = {}
        for leg in self.legs:
            merged |= {name: value for name, value in leg.outputs.items() if value or name not in merged}
        return merged


def run_jobs(run: Run, earlier: Mapping[str, JobState] | None = None) -> dict[str, JobState]:
    """Run all jobs; or, when an earlier attempt is given, what did not succeed in it and what waits for that.

    Raises:
        Interrupted: Ctrl-C was pressed; every program has ended by then.
    """
    return _Schedule(run, dict(earlier or {})).execute()


@dataclass
class _Schedule:
    run: Run
    earlier: dict[str, JobState]
    states: dict[str, JobState] = field(default_factory=dict)
    legs: dict[str, list[Leg]] = field(default_factory=dict)
    outcomes: dict[tuple[str, int], LegOutcome] = field(default_factory=dict)
    children: dict[tuple[str, int], Children] = field(default_factory=dict)
    futures: dict[Future[LegOutcome], Leg] = field(default_factory=dict)

    def execute(self) -> dict[str, JobState]:
        self._again = self._jobs_to_run()
        # A job that runs programs takes a core for itself, or all of them would be slow at once.
        self._cores = threading.Semaphore(cores())
        with ThreadPoolExecutor(_MOST_LEGS) as threads:
            try:
                self._begin_ready(threads)
                while self.futures:
                    done, _ = wait(self.futures, _GLANCE, FIRST_COMPLETED)
                    for future in done:
                        self._leg_ended(self.futures.pop(future), future.result())
                    self._begin_ready(threads)
            except KeyboardInterrupt:
                raise Interrupted from None
            finally:
                # Whatever ended this, an interrupt or a bug: no thread is waited for that nothing will end.
                self._stop(list(self.children))
        return {job: self.states[job] for job in self.run.workflow.jobs}

    def _stop(self, keys: Sequence[tuple[str, int]]) -> None:
        stoppers = [threading.Thread(target=self.children[key].stop) for key in keys]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()

    def _jobs_to_run(self) -> set[str]:
        """In a first attempt all; later those that did not succeed, and those that wait for them."""
        jobs = self.run.workflow.jobs
        again = {job for job in jobs if job not in self.earlier or self.earlier[job].conclusion != SUCCESS}
        return again | {job for job in jobs if self.run.workflow.ancestors(job) & again}

    def _begin_ready(self, threads: ThreadPoolExecutor) -> None:
        """Begin, keep or skip every job whose needs have ended, until that leads to no other."""
        jobs = self.run.workflow.jobs
        while ready := [
            job
            for job in jobs.values()
            if job.id not in self.legs and job.id not in self.states and set(job.needs) <= set(self.states)
        ]:
            for job in ready:
                self._begin(job, threads)

    def _begin(self, job: Job, threads: ThreadPoolExecutor) -> None:
        if job.id not in self._again:
            self.states[job.id] = self.earlier[job.id]
            return
        scope = self._scope(job)
        try:
            is_wanted = job.condition.holds(scope) if job.condition else scope.succeeded
            if not is_wanted:
                self._end_at_once(job, SKIPPED, "")
                return
            self.legs[job.id] = legs_of(job, scope)
        except WorkflowError as error:
            self._end_at_once(job, FAILURE, error.message)
            return
        gate = threading.Semaphore(_parallel(job, scope, len(self.legs[job.id])))
        for leg in self.legs[job.id]:
            if kept := self._kept(leg):
                self.outcomes[leg.key] = kept
                continue
            self.children[leg.key] = Children()
            self.futures[threads.submit(self._run_leg, leg, gate, scope.contexts["needs"])] = leg
        self._end_if_all_legs_did(job)

    def _kept(self, leg: Leg) -> LegOutcome | None:
        """The outcome of a leg in an earlier attempt, when it succeeded then and nothing before it runs again."""
        before = self.earlier.get(leg.job.id)
        if before is None or self.run.workflow.ancestors(leg.job.id) & self._again:
            return None
        outcome = next((one for one in before.legs if one.result.name == leg.name), None)
        return outcome if outcome and outcome.result.conclusion == SUCCESS else None

    def _run_leg(self, leg: Leg, gate: threading.Semaphore, needs: Mapping[str, Any]) -> LegOutcome:
        with gate:
            if all(step.run is None for step in leg.job.steps):
                return run_leg(self.run, leg, needs, self.children[leg.key])
            with self._cores:
                return run_leg(self.run, leg, needs, self.children[leg.key])

    def _leg_ended(self, leg: Leg, outcome: LegOutcome) -> None:
        self.outcomes[leg.key] = outcome
        self.run.hooks.after_leg(leg, outcome)
        if outcome.is_failure and _fails_fast(leg.job, self._scope(leg.job)):
            self._stop([other.key for other in self.legs[leg.job.id] if other.key not in self.outcomes])
        self._end_if_all_legs_did(leg.job)

    def _end_if_all_legs_did(self, job: Job) -> None:
        keys = [leg.key for leg in self.legs[job.id]]
        if all(key in self.outcomes for key in keys):
            self.states[job.id] = JobState(tuple(self.outcomes[key] for key in keys))

    def _end_at_once(self, job: Job, conclusion: str, error: str) -> None:
        result = JobResult(
            id=job.id,
            name=job.name.source if job.name and job.name.is_constant else job.id,
            conclusion=conclusion,
            needs=job.needs,
            attempt=self.run.identity.attempt,
            started=self.run.clock(),
            error=error,
        )
        self.run.observer.job_finished(result)
        self.states[job.id] = JobState((LegOutcome(result),))

    def _scope(self, job: Job) -> Scope:
        """What a job's own keys are evaluated in, before it has a runner."""
        github = github_context(self.run.identity, job.id)
        needs = {
            name: {"result": self.states[name].conclusion, "outputs": self.states[name].outputs} for name in job.needs
        }
        # Of all that were waited for, directly or not: a job behind a skipped one is skipped, too.
        before = {self.states[name].conclusion for name in self.run.workflow.ancestors(job.id)}
        return Scope(
            {"github": github, "needs": needs, "inputs": {}},
            succeeded=before <= {SUCCESS},
            failed=FAILURE in before,
            cancelled=False,
        )


def legs_of(job: Job, scope: Scope) -> list[Leg]:
    """A job's legs, one for each row of its matrix.

    Raises:
        WorkflowError: the matrix has no rows.
    """
    rows: Sequence[Mapping[str, Any]] = [{}]
    if job.strategy is not None:
        rows = job.strategy.rows(scope)
    return [Leg(job, row, index, len(rows), _leg_name(job, row, scope)) for index, row in enumerate(rows)]


def _leg_name(job: Job, row: Mapping[str, Any], scope: Scope) -> str:
    values = f" ({', '.join(str(value) for value in row.values())})" if row else ""
    if job.name is None:
        return job.id + values
    name = job.name.text(Scope({**scope.contexts, "matrix": dict(row)}))
    return name + values if job.name.is_constant else name


def _parallel(job: Job, scope: Scope, total: int) -> int:
    wanted = job.strategy.max_parallel if job.strategy else None
    return max(1, total if wanted is None else int(wanted.number(scope)))


def _fails_fast(job: Job, scope: Scope) -> bool:
    wanted = job.strategy.fail_fast if job.strategy else None
    return wanted is None or wanted.flag(scope)
