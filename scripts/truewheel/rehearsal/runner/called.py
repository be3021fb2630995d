"""Call a reusable workflow: its jobs run inside of the job that calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from truewheel.rehearsal.result import CANCELLED, FAILURE, SKIPPED, SUCCESS, JobResult
from truewheel.rehearsal.runner.environment import github_context
from truewheel.rehearsal.runner.run import Leg, LegOutcome, Run
from truewheel.workflow.parts import path_in_repository
from truewheel.workflow.scope import Scope


def called_run(run: Run, leg: Leg, scope: Scope) -> Run:
    """Return the run of the workflow that a leg calls; a WorkflowError if its inputs do not fit."""
    job = leg.job
    called = run.parts.workflows[path_in_repository(job.uses or "")]
    inside = Scope({**scope.contexts, "matrix": dict(leg.row), "strategy": dict(leg.strategy)})
    given = {name: template.value(inside) for name, template in job.inputs.items()}
    # Without permissions of its own it has those of the job that calls it.
    permissions = called.permissions or run.workflow.permissions_of(job)
    return replace(
        run,
        workflow=replace(called, permissions=permissions),
        inputs=called.call.values(given, inside, job.place) if called.call else {},
        folder=run.folder / f"{job.id}-{leg.index}",
        prefix=f"{leg.name} / ",
        above=(*run.above, job.id),
        token_environ=partial(run.token_environ, file=called.path.as_posix()),
    )


def called_outcome(
    run: Run, leg: Leg, jobs: Mapping[str, Mapping[str, Any]], inner: Sequence[JobResult], started: float
) -> LegOutcome:
    """Return the outcome of a leg that has called the workflow of `run`; a WorkflowError if an output has no value.

    `jobs` is the context of that name, and `inner` how that workflow's jobs ended.
    """
    job, outputs = leg.job, run.workflow.call.outputs if run.workflow.call else {}
    scope = Scope({"github": github_context(run.identity, ""), "inputs": run.inputs, "jobs": jobs})
    ids = {result.id: f"{job.id}/{result.id}" for result in inner}
    conclusions = {each["result"] for each in jobs.values()}
    result = JobResult(
        id=job.id,
        name=leg.name,
        conclusion=next((one for one in (FAILURE, CANCELLED, SUCCESS) if one in conclusions), SKIPPED),
        needs=(*job.needs, *ids.values()),
        attempt=run.identity.attempt,
        started=started,
        seconds=run.clock() - started,
        note=f"calls {run.workflow.path.as_posix()}",
    )
    return LegOutcome(
        result,
        {name: template.text(scope) for name, template in outputs.items()},
        tuple(
            replace(one, id=ids[one.id], needs=tuple(ids.get(need, need) for need in one.needs) or job.needs)
            for one in inner
        ),
    )
