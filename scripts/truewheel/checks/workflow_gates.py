"""Can anything be published that the gates have not judged?"""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

from truewheel.checks.gates import (
    SESSIONS,
    after_download,
    broken_gates,
    gates,
    ignored_failures,
    judges_the_tag,
    judging_steps,
    missing_gates,
)
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Step, Workflow
from truewheel.workflow.action_names import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.conditions import succeeded
from truewheel.workflow.release_jobs import (
    Artifact,
    builds,
    calls,
    downloaded,
    has_wheels,
    jobs_using,
    publishers,
    release_jobs,
    rows,
    step_name,
    taken_by,
    using,
)

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


@workflow_check(
    "tag-checked-first",
    "the tag is checked before anything is built",
    by=By.DECISION,
    source="decision D3",
    hint="make every job that builds need one with the step `run: nox -s validate -- --tag-only`",
)
def tag_checked_first(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    # A command that is more than a session has a finding of its own.
    checking = {
        row.job.id
        for row, step, command, _ in calls(workflow, "validate")
        if judges_the_tag(step, row.job, workflow) or ("--tag-only" in command.text and not command.is_plain)
    }
    platforms = tuple(platform.name for platform in release.config.platforms)
    for job in {build.row.job.id: build.row.job for build in builds(workflow, platforms)}.values():
        if not checking & {job.id, *workflow.ancestors(job.id)}:
            yield Problem.at(job.place, f"the job {job.id} builds before the tag has been checked", job.id)


@workflow_check(
    "publish-waits-for-gates",
    "every job that publishes waits for `nox -s validate` and `nox -s check-dist` on the wheels",
    by=By.DECISION,
    source="decision D12",
    hint="name the job that runs them in `needs`; a gate is `run: nox -s validate check-dist` and nothing more",
)
def publish_waits_for_gates(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    broken = broken_gates(workflow)
    for sessions, jobs in missing_gates(workflow).items():
        place = broken[0][1].place if broken else jobs[0].place
        there = {job.id for session in sessions for job in gates(workflow, session)}
        found = f"; the job {join_names(sorted(there))} runs it" if there else ""
        found += "".join(f"; the one in the job {job.id} does not count: {why}" for job, _, why in broken)
        names, verb = join_names(job.id for job in jobs), "jobs {} do" if len(jobs) > 1 else "job {} does"
        gate = " and ".join(f"nox -s {session}" for session in sessions)
        message = f"the {verb.format(names)} not wait for a job that runs {gate} on the wheels{found}"
        yield Problem.at(place, message, names)


@workflow_check(
    "gates-required",
    "no job of the release runs after a gate, a build or the check of the tag has failed",
    by=By.DECISION,
    source="decision D12",
    hint="remove always(), failure() and !cancelled(), or add && needs.JOB.result == 'success' for every such job",
)
def gates_required(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for job in release_jobs(workflow):
        if job.condition is not None and (failing := ignored_failures(job, workflow)):
            what = f"may run after a failure of {join_names(failing)}: {job.condition.source.strip()}"
            yield Problem.at(job.condition.place, f"the job {job.id} {what}", f"{job.id}/if")
    for job in publishers(workflow):
        for step in (*using(job, PYPI_PUBLISH), *using(job, GITHUB_RELEASE)):
            if step.condition is not None and not succeeded(step.condition, ("a step before it",)):
                what = f"may publish after a failure of a step before it: {step.condition.source.strip()}"
                yield Problem.at(step.condition.place, f"the job {job.id} {what}", f"{job.id}/if")


@workflow_check(
    "published-is-judged",
    "the published artifacts are those that a gate judged, made in the same run",
    by=By.DECISION,
    source="decisions D5 and D12",
    hint="check out, download and judge in the gate, and download only the same artifacts in jobs that publish",
)
def published_is_judged(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for job in release_jobs(workflow):
        if judging := _judging(job, workflow):
            yield from _order(job, judging)
    yield from _replaced(workflow)
    differing: dict[str, list[Job]] = {}
    for job in publishers(workflow):
        yield from _changed(job)
        for what in _other_artifacts(job, workflow):
            differing.setdefault(what, []).append(job)
    for what, jobs in differing.items():
        yield Problem.at(jobs[0].place, f"{join_names(job.id for job in jobs)} would publish {what}", jobs[0].id)


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
    """What may change the wheels between the download and the publishing step; actions have findings of their own."""
    between = after_download(job)
    if not between and any(step.action in (PYPI_PUBLISH, GITHUB_RELEASE) for step in job.steps):
        yield Problem.at(job.place, f"the job {job.id} publishes before it has downloaded anything", job.id)
    for step in between:
        if step.action == CHECKOUT or step.run:
            message = f"the job {job.id} may change what it downloaded before it is published"
            yield Problem.at(step.place, message, f"{job.id}/{step_name(step)}")


def _replaced(workflow: Workflow) -> Iterator[Problem]:
    """Uploads that may replace what a gate has judged: those of jobs that a gate does not wait for."""
    public = publishers(workflow)
    published = {artifact.name for job in public for artifact in downloaded(workflow, job, job.steps)}
    ancestors = {name for job in public for name in workflow.ancestors(job.id)}
    before = [
        workflow.ancestors(gate.id) for name in SESSIONS for gate in gates(workflow, name) if gate.id in ancestors
    ]
    for job in jobs_using(workflow, UPLOAD, MERGE):
        if all(job.id in names for names in before):
            continue
        for row in rows(job):
            for step in (*using(job, UPLOAD), *using(job, MERGE)):
                name = row.artifact(step)
                # Nobody knows the value of an expression before the run.
                pattern = "*".join(map(glob.escape, _EXPRESSION.split(name)))
                if hit := next((one for one in sorted(published) if fnmatchcase(one, pattern)), ""):
                    message = f"the job {job.id} uploads {name}, which may replace {hit} after a gate has judged it"
                    yield Problem.at(step.place, message, f"{job.id}/{step.action}.name")


def _other_artifacts(job: Job, workflow: Workflow) -> Iterator[str]:
    published = downloaded(workflow, job, job.steps)
    differing: dict[str, list[str]] = {}
    for session in SESSIONS:
        judged = [
            downloaded(workflow, gate, gate.steps[: gate.steps.index(judging_steps(gate, session, workflow)[0])])
            for gate in gates(workflow, session)
            if gate.id in workflow.ancestors(job.id)
        ]
        if published and any(judged) and published not in judged:
            differing.setdefault(_names(frozenset[Artifact]().union(*judged)), []).append(f"nox -s {session}")
    for seen, sessions in differing.items():
        yield f"{_names(published)}, but {' and '.join(sessions)} judged {seen}"


def _names(artifacts: frozenset[Artifact]) -> str:
    return join_names(sorted(f"{artifact.name} from {artifact.job}" for artifact in artifacts)) or "nothing"


@workflow_check(
    "publish-waits-for-builds",
    "every job that publishes waits for every job whose artifact it may take",
    by=By.DECISION,
    source="decision D8: a build must not silently produce fewer wheels",
    hint="name the job in `needs`, or name one that waits for it",
)
def publish_waits_for_builds(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    before = release_jobs(workflow)
    # Two jobs that make the same artifact have a finding of their own.
    made = Counter(name for job in workflow.jobs.values() for row in rows(job) for name in row.makes())
    # So has an artifact that no build makes.
    for maker in (job for job in jobs_using(workflow, UPLOAD, MERGE) if using(job, MERGE) or has_wheels(job, workflow)):
        names = {name for row in rows(maker) for name in row.makes() if made[name] == 1}
        artifacts = [Artifact(name, maker.id, frozenset()) for name in names]
        late = [
            job
            for job in before
            if maker.id not in {job.id, *workflow.ancestors(job.id)} and job.id not in workflow.ancestors(maker.id)
            if any(
                taken_by(step, row, artifacts)
                for row in rows(job)
                for step in (*using(job, DOWNLOAD), *using(job, MERGE))
            )
        ]
        if late:
            who = join_names(job.id for job in late)
            message = f"{who} may take an artifact of the job {maker.id} without waiting for it"
            yield Problem.of((f"{job.id}/needs" for job in late), message, late[0].place)
