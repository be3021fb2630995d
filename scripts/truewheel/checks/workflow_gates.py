"""Can anything be published that the gates have not judged?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Place, Step, Workflow
from truewheel.workflow.action_names import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.gates import SESSIONS, gate_problem, gates, judging_steps, mentions, needs_success
from truewheel.workflow.release_jobs import (
    Artifact,
    builds,
    calls,
    downloaded,
    is_off,
    is_open,
    publishers,
    release_jobs,
    using,
)

# With these inputs, a download takes artifacts of another run.
_ELSEWHERE = {"run-id", "repository", "artifact-ids", "github-token"}
# With these inputs, a checkout takes another commit than the tag's, or puts it where nothing looks for it.
_OTHER_SOURCES = {"ref", "repository", "path", "github-server-url"}
_SOURCED = (*SESSIONS, "wheels")


@workflow_check(
    "tag-checked-first",
    "the tag is checked before anything is built",
    by=By.DECISION,
    source="decision D3",
    hint="make every job that builds need one with the step `run: nox -s validate -- --tag-only`",
)
def tag_checked_first(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    checking = {
        row.job.id
        for row, _, command, _ in calls(workflow, "validate")
        if command.is_plain and "--tag-only" in command.options
    }
    platforms = tuple(platform.name for platform in release.config.platforms)
    for job in {build.row.job.id: build.row.job for build in builds(workflow, platforms)}.values():
        if not checking & {job.id, *workflow.ancestors(job.id)}:
            yield Problem.at(job.place, f"the job {job.id} builds before the tag has been checked")


@workflow_check(
    "publish-waits-for-gates",
    "every job that publishes waits for `nox -s validate` and `nox -s check-dist` on the wheels",
    by=By.DECISION,
    source="decision D12",
    hint="name the job that runs them in `needs`; a gate is `run: nox -s validate check-dist` and nothing more",
)
def publish_waits_for_gates(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for session in SESSIONS:
        there = {job.id for job in gates(workflow, session)}
        found = f"; the job {join_names(sorted(there))} does" if there else _near(workflow, session)
        for job in publishers(workflow):
            if not there & workflow.ancestors(job.id):
                message = f"the job {job.id} does not wait for a job that runs nox -s {session} on the wheels{found}"
                yield Problem.at(job.place, message)


def _near(workflow: Workflow, session: str) -> str:
    """Steps that look like gates, and why they are not."""
    return "".join(
        f"; the one in the job {job.id} does not count: {gate_problem(step, job, workflow)}"
        for job in workflow.jobs.values()
        for step in job.steps
        if mentions(step, session)
    )


@workflow_check(
    "gates-required",
    "nothing is published after a gate has failed",
    by=By.DECISION,
    source="decision D12",
    hint="remove `continue-on-error` from gates, and always(), failure() and !cancelled() from jobs that publish",
)
def gates_required(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for job in publishers(workflow):
        public = [step for name in (PYPI_PUBLISH, GITHUB_RELEASE) for step in using(job, name)]
        for condition in (job.condition, *(step.condition for step in public)):
            if condition is not None and not needs_success(condition):
                message = f"the job {job.id} may publish after a job that it needs failed: {condition.source.strip()}"
                yield Problem.at(condition.place, message)
        yield from _bridges(job, workflow)
    for job in workflow.jobs.values():
        for place in _ignored_failures(job, _judging(job, workflow)):
            yield Problem.at(place, f"the job {job.id} continues after a gate in it has failed (continue-on-error)")


def _bridges(public: Job, workflow: Workflow) -> Iterator[Problem]:
    """Jobs between a gate and a publisher that run after the gate has failed: they hide the failure."""
    judging = {job.id for session in SESSIONS for job in gates(workflow, session)}
    for name in sorted(workflow.ancestors(public.id)):
        job = workflow.jobs[name]
        if job.condition is not None and not needs_success(job.condition) and judging & workflow.ancestors(name):
            message = f"the job {name}, which {public.id} waits for, runs after a gate has failed"
            yield Problem.at(job.condition.place, message)


def _ignored_failures(job: Job, judging: list[Step]) -> Iterator[Place]:
    for template in (job.continue_on_error if judging else None, *(step.continue_on_error for step in judging)):
        if template is not None and not is_off(template):
            yield template.place


@workflow_check(
    "published-is-judged",
    "the published artifacts are those that a gate judged, made in the same run",
    by=By.DECISION,
    source="decisions D5 and D12",
    hint="check out, download and judge in the gate, and download only the same artifacts in jobs that publish",
)
def published_is_judged(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    for job in release_jobs(workflow):
        yield from _foreign(job)
        if judging := _judging(job, workflow):
            yield from _order(job, judging)
    for job in publishers(workflow):
        yield from _changed(job)
        for session in SESSIONS:
            yield from _other_artifacts(job, session, workflow)


def _foreign(job: Job) -> Iterator[Problem]:
    for step in job.steps:
        inputs = step.inputs.keys() & _ELSEWHERE if step.action == DOWNLOAD else set()
        is_other = re.search("download.*artifact", step.action) and step.action != DOWNLOAD
        for reason in (*sorted(f"`{name}`" for name in inputs), *([step.action] if is_other else [])):
            yield Problem.at(step.place, f"the job {job.id} may download artifacts of another run ({reason})")


def _judging(job: Job, workflow: Workflow) -> list[Step]:
    """The gates in a job, in order."""
    found = [step for session in SESSIONS for step in judging_steps(job, session, workflow)]
    return [step for step in job.steps if step in found]


def _order(job: Job, judging: list[Step]) -> Iterator[Problem]:
    actions = [step.action for step in job.steps[: job.steps.index(judging[0])]]
    if DOWNLOAD not in actions:
        yield Problem.at(job.place, f"the job {job.id} judges before it has downloaded anything")
        return
    start = actions.index(DOWNLOAD)
    if CHECKOUT not in actions[:start] or CHECKOUT in actions[start:]:
        yield Problem.at(job.place, f"the job {job.id} must check out, then download, then judge, in that order")
    for step in job.steps[start : job.steps.index(judging[-1])]:
        if step.run is not None and step not in judging:
            yield Problem.at(step.place, f"the job {job.id} may change what it downloaded before a gate has judged it")


def _changed(job: Job) -> Iterator[Problem]:
    """Steps between download and GitHub Release; the job that publishes to PyPI has a check of its own."""
    if using(job, PYPI_PUBLISH):
        return
    for step in job.steps[: max(job.steps.index(step) for step in using(job, GITHUB_RELEASE))]:
        before = [one.action for one in job.steps[: job.steps.index(step)]]
        if DOWNLOAD in before and step.action not in (DOWNLOAD, GITHUB_RELEASE):
            yield Problem.at(step.place, f"the job {job.id} may change what it downloaded before it is published")


def _other_artifacts(job: Job, session: str, workflow: Workflow) -> Iterator[Problem]:
    published = downloaded(workflow, job, job.steps)
    judged: list[frozenset[Artifact]] = []
    for gate in gates(workflow, session):
        if gate.id in workflow.ancestors(job.id):
            step = judging_steps(gate, session, workflow)[0]
            judged.append(downloaded(workflow, gate, gate.steps[: gate.steps.index(step)]))
    if any(judged) and published not in judged:
        seen = _names(frozenset[Artifact]().union(*judged))
        message = f"the job {job.id} publishes {_names(published)}, but nox -s {session} judges {seen}"
        yield Problem.at(job.place, message)


def _names(artifacts: frozenset[Artifact]) -> str:
    return join_names(sorted(f"{artifact.name} from {artifact.job}" for artifact in artifacts)) or "nothing"


@workflow_check(
    "builds-the-tag",
    "the tagged commit is what is built and judged",
    by=By.DECISION,
    source="decision D4; by default, actions/checkout checks out the commit that started the run",
    hint="remove `ref`, `repository` and `path` from actions/checkout",
)
def builds_the_tag(release: TaggedRelease) -> Iterator[Problem]:
    for job in release.workflow.jobs.values():
        builds_or_judges = using(job, UPLOAD) or any(mentions(step, name) for step in job.steps for name in _SOURCED)
        for step in using(job, CHECKOUT) if builds_or_judges else ():
            for name in sorted(step.inputs.keys() & _OTHER_SOURCES):
                yield Problem.at(step.place, f"the job {job.id} may check out a commit other than the tag's (`{name}`)")
