"""Does nothing but a judged release reach what publishes?"""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Condition, Job, Place, Step, Workflow
from truewheel.workflow.action_names import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.gates import SESSIONS, flaw, gates, judging_steps, mentions, needs_success
from truewheel.workflow.release_jobs import (
    Artifact,
    artifacts_before,
    inputs,
    is_open,
    publishers,
    rows,
    taken_by,
    using,
)

# With these, a download takes what another run made.
_ELSEWHERE = {"run-id", "repository", "artifact-ids", "github-token"}
# With these, a checkout takes something else than the commit of the tag, or puts it where nothing looks for it.
_OTHER_SOURCES = {"ref", "repository", "path", "github-server-url"}
_SOURCED = (*SESSIONS, "wheels")


@workflow_check(
    "publish-waits-for-gates",
    "what publishes waits for `nox -s validate` and `nox -s check-dist` on the wheels",
    by=By.DECISION,
    source="decision D12",
    hint="name the job that runs them in `needs`; a gate is `run: nox -s validate check-dist` and nothing more",
)
def publish_waits_for_gates(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for session in SESSIONS:
        there = {job.id for job in gates(workflow, session)}
        found = f"; {join_names(sorted(there))} would be one" if there else _near(workflow, session)
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
    by=By.DECISION,
    source="decision D12",
    hint="take `continue-on-error` from the gates, and always(), failure() and !cancelled() from what publishes",
)
def gates_binding(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for job in publishers(workflow):
        public = [step for name in (PYPI_PUBLISH, GITHUB_RELEASE) for step in using(job, name)]
        for condition in (job.condition, *(step.condition for step in public)):
            if condition is not None and not needs_success(condition):
                yield _whatever_failed(job, condition)
        yield from _bridges(job, workflow)
    for job in workflow.jobs.values():
        judging = [step for session in SESSIONS for step in judging_steps(job, session, workflow)]
        for place in _ignored_failures(job, [step for step in job.steps if step in judging]):
            yield _problem(place, f"the job {job.id} goes on although a gate in it failed (continue-on-error)")


def _whatever_failed(job: Job, condition: Condition) -> Problem:
    return _problem(
        condition.place, f"the job {job.id} may publish although what it waits for failed: {condition.source.strip()}"
    )


def _bridges(public: Job, workflow: Workflow) -> Iterator[Problem]:
    """The jobs between a gate and what publishes that run although the gate failed: they would hide that."""
    judging = {job.id for session in SESSIONS for job in gates(workflow, session)}
    for name in sorted(workflow.ancestors(public.id)):
        job = workflow.jobs[name]
        if job.condition is not None and not needs_success(job.condition) and judging & workflow.ancestors(name):
            yield _problem(
                job.condition.place, f"the job {name}, which {public.id} waits for, runs although a gate failed"
            )


def _ignored_failures(job: Job, judging: list[Step]) -> Iterator[Place]:
    for template in (job.continue_on_error if judging else None, *(step.continue_on_error for step in judging)):
        if template is not None and template.source != "false":
            yield template.place


@workflow_check(
    "published-is-judged",
    "what is published are the artifacts that a gate judged, and nothing else",
    by=By.DECISION,
    source="decision D12",
    hint="let the gate check out, download and judge, and let what publishes download the same artifacts and no others",
)
def published_is_judged(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    judges = [job for job in workflow.jobs.values() if _judging(job, workflow)]
    for job in judges:
        yield from _order(job, _judging(job, workflow))
    public = publishers(workflow)
    for job in [*judges, *(job for job in public if job not in judges)]:
        for step in using(job, DOWNLOAD):
            for name in sorted(inputs(step).keys() & _ELSEWHERE):
                yield _problem(step.place, f"the job {job.id} may download what another run made (`{name}`)")
    for job in public:
        yield from _changed(job)
        for session in SESSIONS:
            yield from _other_artifacts(job, session, workflow)


def _judging(job: Job, workflow: Workflow) -> list[Step]:
    """The gates in a job, in order."""
    found = [step for session in SESSIONS for step in judging_steps(job, session, workflow)]
    return [step for step in job.steps if step in found]


def _order(job: Job, judging: list[Step]) -> Iterator[Problem]:
    actions = [step.action for step in job.steps[: job.steps.index(judging[0])]]
    if DOWNLOAD not in actions:
        yield _problem(job.place, f"the job {job.id} judges before it has downloaded anything")
        return
    start = actions.index(DOWNLOAD)
    if CHECKOUT not in actions[:start] or CHECKOUT in actions[start:]:
        yield _problem(job.place, f"the job {job.id} must check out, then download, then judge, in this order")
    for step in job.steps[start : job.steps.index(judging[-1])]:
        if step.run is not None and step not in judging:
            yield _problem(step.place, f"the job {job.id} may change what it downloaded before a gate has judged it")


def _changed(job: Job) -> Iterator[Problem]:
    """What a job that makes a GitHub Release does between download and release; on PyPI's has its own check."""
    if using(job, PYPI_PUBLISH):
        return
    for step in job.steps[: max(job.steps.index(step) for step in using(job, GITHUB_RELEASE))]:
        before = job.steps[: job.steps.index(step)]
        if DOWNLOAD in [one.action for one in before] and step.action not in (DOWNLOAD, GITHUB_RELEASE):
            yield _problem(step.place, f"the job {job.id} may change what it downloaded before it is published")


def _other_artifacts(job: Job, session: str, workflow: Workflow) -> Iterator[Problem]:
    published = _taken(workflow, job, len(job.steps))
    judged: list[frozenset[Artifact]] = []
    for gate in gates(workflow, session):
        if gate.id in workflow.ancestors(job.id):
            step = judging_steps(gate, session, workflow)[0]
            judged.append(_taken(workflow, gate, gate.steps.index(step)))
    if any(judged) and published not in judged:
        seen = _names(frozenset[Artifact]().union(*judged))
        yield _problem(job.place, f"the job {job.id} publishes {_names(published)}, but nox -s {session} judges {seen}")


def _taken(workflow: Workflow, job: Job, end: int) -> frozenset[Artifact]:
    """The artifacts that the first steps of a job download, up to the one at `end`."""
    there = artifacts_before(workflow, job)
    steps = [step for step in job.steps[:end] if step.action == DOWNLOAD]
    return frozenset(artifact for row in rows(job) for step in steps for artifact in taken_by(step, row, there))


def _names(artifacts: frozenset[Artifact]) -> str:
    return join_names(sorted(f"{artifact.name} of {artifact.job}" for artifact in artifacts)) or "nothing"


@workflow_check(
    "builds-the-tag",
    "what is built and judged is the commit of the tag",
    by=By.DECISION,
    source="decision D4; actions/checkout takes the commit that started the run unless it is told otherwise",
    hint="take `ref`, `repository` and `path` from actions/checkout",
)
def builds_the_tag(release: TaggedRelease) -> Iterator[Problem]:
    for job in release.workflow.jobs.values():
        builds_or_judges = using(job, UPLOAD) or any(mentions(step, name) for step in job.steps for name in _SOURCED)
        for step in using(job, CHECKOUT) if builds_or_judges else ():
            for name in sorted(inputs(step).keys() & _OTHER_SOURCES):
                yield _problem(step.place, f"the job {job.id} may check out something else than the tag (`{name}`)")


def _problem(place: Place, message: str) -> Problem:
    return Problem(message, where=str(place))
