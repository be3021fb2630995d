"""Does nothing but a judged release reach what publishes?"""

from __future__ import annotations

from collections.abc import Iterator

from scripts.checks.registers import workflow_check
from scripts.checks.sentences import listed
from scripts.findings import Problem
from scripts.release import Release
from scripts.release_gates import SESSIONS, flaw, gates, judging_steps, mentions, needs_success
from scripts.release_workflow import GITHUB_RELEASE, PYPI_PUBLISH, publishers, using
from scripts.workflow import Condition, Job, Place, Step, Workflow


@workflow_check(
    "publish-waits-for-gates",
    "what publishes waits for `nox -s validate` and `nox -s check-dist` on the wheels",
    source="decision D12",
    hint="name the job that runs them in `needs`; a gate is `run: nox -s validate check-dist` and nothing more",
)
def publish_waits_for_gates(release: Release) -> Iterator[Problem]:
    workflow = release.workflow
    for session in SESSIONS:
        there = {job.id for job in gates(workflow, session)}
        found = f"; {listed(sorted(there))} would be one" if there else _near(workflow, session)
        for job in publishers(workflow):
            if not there & workflow.ancestors(job.id):
                yield _problem(
                    job.place, f"the job {job.id} waits for no job that runs nox -s {session} on the wheels{found}"
                )


def _near(workflow: Workflow, session: str) -> str:
    """What looks like a gate, and why it is none."""
    reasons = [
        f"the one in the job {job.id} does not count: {flaw(step, job, workflow)}"
        for job in workflow.jobs.values()
        for step in job.steps
        if mentions(step, session)
    ]
    return "".join(f"; {reason}" for reason in reasons)


@workflow_check(
    "gates-binding",
    "nothing is published when a gate has failed",
    source="decision D12",
    hint="take `continue-on-error` from the gates, and always(), failure() and !cancelled() from what publishes",
)
def gates_binding(release: Release) -> Iterator[Problem]:
    workflow = release.workflow
    for job in publishers(workflow):
        public = [step for name in (PYPI_PUBLISH, GITHUB_RELEASE) for step in using(job, name)]
        for condition in (job.condition, *(step.condition for step in public)):
            if condition is not None and not needs_success(condition):
                yield _whatever_failed(job, condition)
    for job in workflow.jobs.values():
        judging = [step for session in SESSIONS for step in judging_steps(job, session, workflow)]
        for place in _ignored_failures(job, [step for step in job.steps if step in judging]):
            yield _problem(place, f"the job {job.id} goes on although a gate in it failed (continue-on-error)")


def _whatever_failed(job: Job, condition: Condition) -> Problem:
    return _problem(
        condition.place, f"the job {job.id} may publish although what it waits for failed: {condition.source.strip()}"
    )


def _ignored_failures(job: Job, judging: list[Step]) -> Iterator[Place]:
    for template in (job.continue_on_error if judging else None, *(step.continue_on_error for step in judging)):
        if template is not None and template.source != "false":
            yield template.place


def _problem(place: Place, message: str) -> Problem:
    return Problem(message, where=str(place))
