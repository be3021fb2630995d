"""Run the jobs of a workflow in the order of their `needs`, in parallel where they are independent."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from truewheel.rehearsal.result import CANCELLED, FAILURE, SKIPPED, SUCCESS, JobResult
from truewheel.rehearsal.runner.called import called_outcome, called_run
from truewheel.rehearsal.runner.children import Children
from truewheel.rehearsal.runner.environment import github_context
from truewheel.rehearsal.runner.jobs import run_leg
from truewheel.rehearsal.runner.run import Leg, LegOutcome, Run
from truewheel.system.processes import cores
from truewheel.workflow.model import Job
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.scope import Scope

# Seconds until Ctrl-C is noticed: on Windows an endless wait cannot be interrupted.
_GLANCE = 0.2
# More legs than any workflow has at once. Those that wait for a free core take a thread as well.
_MOST_LEGS = 256


@dataclass(frozen=True, slots=True)
class JobState:
    """A job that has ended; its legs are in the order of its matrix."""

    legs: tuple[LegOutcome, ...]

    @property
    def conclusion(self) -> str:
        """The value of `needs.JOB.result`."""
        conclusions = {SUCCESS if leg.result.tolerated else leg.result.conclusion for leg in self.legs}
        return next((one for one in (FAILURE, CANCELLED, SKIPPED) if one in conclusions), SUCCESS)

    @property
    def not_built(self) -> bool:
        """Whether its wheels, or some of them, cannot be had on this machine."""
        return any(result.not_built for leg in self.legs for result in leg.results)

    @property
    def outputs(self) -> dict[str, str]:
        """The job's outputs. Of several legs the last one that sets an output counts, as on GitHub."""
        merged: dict[str, str] = {}
        for leg in self.legs:
            merged |= {name: value for name, value in leg.outputs.items() if value or name not in merged}
        return merged


def run_jobs(run: Run, earlier: Mapping[str, JobState] | None = None) -> dict[str, JobState]:
    """Run all jobs; or, given an earlier attempt, the jobs that did not succeed in it and those that need them."""
    return _Schedule(run, dict(earlier or {})).execute()


@dataclass
class _Schedule:
    run: Run
    earlier: dict[str, JobState]
    states: dict[str, JobState] = field(default_factory=dict)
    legs: dict[str, list[Leg]] = field(default_factory=dict)
    outcomes: dict[Leg, LegOutcome] = field(default_factory=dict)
    children: dict[Leg, Children] = field(default_factory=dict)
    futures: dict[Future[LegOutcome], Leg] = field(default_factory=dict)
    # A job that runs programs has a core to itself: otherwise all of them would be slow at once.
    free_cores: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(cores()))
    caller: Children = field(default_factory=Children)

    def execute(self) -> dict[str, JobState]:
        self._again = self._jobs_to_run()
        with ThreadPoolExecutor(_MOST_LEGS) as threads:
            try:
                self._begin_ready(threads)
                while self.futures:
                    done, _ = wait(self.futures, _GLANCE, FIRST_COMPLETED)
                    if self.caller.is_stopped:
                        self._stop(self.children)
                    for future in done:
                        self._leg_ended(self.futures.pop(future), future.result())
                    self._begin_ready(threads)
            finally:
                # After an interrupt or a bug as well: otherwise the program would wait for the threads forever.
                self._stop(self.children)
        return {job: self.states[job] for job in self.run.workflow.jobs}

    def _stop(self, legs: Iterable[Leg]) -> None:
        with ThreadPoolExecutor(_MOST_LEGS) as stoppers:
            list(stoppers.map(lambda leg: self.children[leg].stop(), legs))

    def _jobs_to_run(self) -> set[str]:
        """All jobs in a first attempt; later those that did not succeed, and those that need them."""
        jobs = self.run.workflow.jobs
        again = {job for job in jobs if job not in self.earlier or self.earlier[job].conclusion != SUCCESS}
        return again | {job for job in jobs if self.run.workflow.ancestors(job) & again}

    def _begin_ready(self, threads: ThreadPoolExecutor) -> None:
        """Begin, keep or skip every job whose needs have ended, until no other job is ready."""
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
        # Without the wheels it is skipped, whatever its condition says: on GitHub they would be there.
        is_wanted = not any(self.states[name].not_built for name in self.run.workflow.ancestors(job.id))
        try:
            if not (is_wanted and (job.condition.holds(scope) if job.condition else scope.succeeded)):
                self._end_at_once(job, SKIPPED, "")
                return
            self.legs[job.id] = legs_of(job, scope, self.run.prefix)
        except WorkflowError as error:
            self._end_at_once(job, FAILURE, error.message)
            return
        gate = threading.Semaphore(int(self.legs[job.id][0].strategy["max-parallel"]))
        for leg in self.legs[job.id]:
            if kept := self._kept(leg):
                self.outcomes[leg] = kept
                continue
            self.children[leg] = Children()
            self.futures[threads.submit(self._run_leg, leg, gate, scope)] = leg
        self._end_if_all_legs_did(job)

    def _kept(self, leg: Leg) -> LegOutcome | None:
        """The outcome of a leg in an earlier attempt, if it succeeded and no job that it needs runs again."""
        before = self.earlier.get(leg.job.id)
        if before is None or self.run.workflow.ancestors(leg.job.id) & self._again:
            return None
        outcome = next((one for one in before.legs if one.result.name == leg.name), None)
        return outcome if outcome and outcome.result.conclusion == SUCCESS else None

    def _run_leg(self, leg: Leg, gate: threading.Semaphore, scope: Scope) -> LegOutcome:
        with gate:
            if outcome := self.run.away(self.run, leg, scope, self.children[leg]):
                return outcome
            if leg.job.uses is not None:
                return self._call(leg, scope)
            runs_programs = any(step.run is not None for step in leg.job.steps)
            with self.free_cores if runs_programs else contextlib.nullcontext():
                return run_leg(self.run, leg, scope.contexts["needs"], self.children[leg])

    def _call(self, leg: Leg, scope: Scope) -> LegOutcome:
        """Run the workflow that a leg calls."""
        started = self.run.clock()
        try:
            run = called_run(self.run, leg, scope)
            inner = _Schedule(run, {}, free_cores=self.free_cores, caller=self.children[leg])
            states = inner.execute()
            results = [result for state in states.values() for one in state.legs for result in one.results]
            return called_outcome(run, leg, _contexts(states), results, started)
        except WorkflowError as error:
            return LegOutcome(self._unstarted(leg.job, leg.name, FAILURE, error.message))

    def _leg_ended(self, leg: Leg, outcome: LegOutcome) -> None:
        self.outcomes[leg] = outcome
        self.run.hooks.after_leg(leg, outcome)
        is_failure = outcome.result.conclusion == FAILURE and not outcome.result.tolerated
        if is_failure and leg.strategy["fail-fast"]:
            self._stop(other for other in self.legs[leg.job.id] if other not in self.outcomes)
        self._end_if_all_legs_did(leg.job)

    def _end_if_all_legs_did(self, job: Job) -> None:
        legs = self.legs[job.id]
        if all(leg in self.outcomes for leg in legs):
            self.states[job.id] = JobState(tuple(self.outcomes[leg] for leg in legs))

    def _end_at_once(self, job: Job, conclusion: str, error: str) -> None:
        name = job.name.source if job.name and job.name.is_constant else job.id
        result = self._unstarted(job, self.run.prefix + name, conclusion, error)
        self.states[job.id] = JobState((LegOutcome(result),))

    def _unstarted(self, job: Job, name: str, conclusion: str, error: str) -> JobResult:
        attempt, now = self.run.identity.attempt, self.run.clock()
        result = JobResult(job.id, name, conclusion, job.needs, attempt=attempt, started=now, error=error)
        self.run.observer.job_finished(result)
        return result

    def _scope(self, job: Job) -> Scope:
        """The contexts for the job's own keys, before it has a runner."""
        github = github_context(self.run.identity, job.id)
        needs = _contexts({name: self.states[name] for name in job.needs})
        # Of all jobs that it needs, directly or not: a job after a skipped one is skipped as well.
        before = {self.states[name].conclusion for name in self.run.workflow.ancestors(job.id)}
        return Scope(
            {"github": github, "needs": needs, "inputs": self.run.inputs},
            succeeded=before <= {SUCCESS},
            failed=FAILURE in before,
            cancelled=False,
        )


def _contexts(states: Mapping[str, JobState]) -> dict[str, dict[str, Any]]:
    """The contexts `needs` or `jobs`."""
    return {name: {"result": state.conclusion, "outputs": state.outputs} for name, state in states.items()}


def legs_of(job: Job, scope: Scope, prefix: str = "") -> list[Leg]:
    """The legs of a job, one for each row of its matrix; a WorkflowError if the strategy cannot be evaluated."""
    strategy = job.strategy
    rows: Sequence[Mapping[str, Any]] = strategy.rows(scope) if strategy else [{}]
    fail_fast, parallel = (strategy.fail_fast, strategy.max_parallel) if strategy else (None, None)
    shared = {
        "fail-fast": fail_fast is None or fail_fast.flag(scope),
        "job-total": len(rows),
        "max-parallel": max(1, int(parallel.number(scope))) if parallel else len(rows),
    }
    return [
        Leg(job, row, {**shared, "job-index": index}, prefix + _leg_name(job, row, scope))
        for index, row in enumerate(rows)
    ]


def _leg_name(job: Job, row: Mapping[str, Any], scope: Scope) -> str:
    values = f" ({', '.join(str(value) for value in row.values())})" if row else ""
    if job.name is None:
        return job.id + values
    name = job.name.text(Scope({**scope.contexts, "matrix": dict(row)}))
    return name + values if job.name.is_constant else name
