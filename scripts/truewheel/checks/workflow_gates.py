"""Can anything be published that the gates have not judged?"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from fnmatch import fnmatchcase

from truewheel.checks import gates as gate
from truewheel.checks.gates import SESSIONS, about, after_download, gates, judging_steps
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Workflow
from truewheel.workflow import release_jobs as flow
from truewheel.workflow.action_names import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.conditions import succeeded
from truewheel.workflow.release_jobs import Artifact, downloaded, publishers, release_jobs, using


@workflow_check(
    By.DECISION,
    source="decision D3",
    hint="make every job that builds need one with the step `run: nox -s validate -- --tag-only`",
)
def tag_checked_first(release: TaggedRelease) -> Iterator[Problem]:
    """the tag is checked before anything is built"""
    workflow = release.workflow
    # A command that is more than a session has a finding of its own.
    checking = {
        row.job.id
        for row, step, command, _ in flow.calls(workflow, "validate")
        if gate.judges_the_tag(step, row.job, workflow) or ("--tag-only" in command.text and command.problem)
    }
    platforms = tuple(platform.name for platform in release.config.platforms)
    for job in {build.job.id: build.job for build in flow.builds(workflow, platforms)}.values():
        if not checking & {job.id, *workflow.ancestors(job.id)}:
            yield about(job, "builds before the tag has been checked")


@workflow_check(
    By.DECISION,
    source="decision D12",
    hint="name the job that runs them in `needs`; a gate is `run: nox -s validate check-dist` and nothing more",
)
def publish_waits_for_gates(release: TaggedRelease) -> Iterator[Problem]:
    """every job that publishes waits for `nox -s validate` and `nox -s check-dist` on the wheels"""
    workflow = release.workflow
    broken = gate.broken_gates(workflow)
    for sessions, jobs in gate.missing_gates(workflow).items():
        place = broken[0][1].place if broken else jobs[0].place
        there = {job.id for session in sessions for job in gates(workflow, session)}
        found = f"; the job {join_names(sorted(there))} runs it" if there else ""
        found += "".join(f"; the one in the job {job.id} does not count: {why}" for job, _, _, why in broken)
        names, verb = join_names(job.id for job in jobs), "jobs {} do" if len(jobs) > 1 else "job {} does"
        what = " and ".join(f"nox -s {session}" for session in sessions)
        message = f"the {verb.format(names)} not wait for a job that runs {what} on the wheels{found}"
        yield Problem.at(place, message, names)


@workflow_check(
    By.DECISION,
    source="decision D12",
    hint="remove always(), failure() and !cancelled(), or add && needs.JOB.result == 'success' for every such job",
)
def gates_required(release: TaggedRelease) -> Iterator[Problem]:
    """no job of the release runs after a gate, a build or the check of the tag has failed"""
    workflow = release.workflow
    for job in release_jobs(workflow):
        if job.condition and (failing := gate.ignored_failures(job, workflow)):
            what = f"may run after a failure of {join_names(failing)}: {job.condition.source.strip()}"
            yield about(job, what, job.condition.place, "if")
        for step in using(job, PYPI_PUBLISH, GITHUB_RELEASE):
            if step.condition and not succeeded(step.condition, ("a step before it",)):
                what = f"may publish after a failure of a step before it: {step.condition.source.strip()}"
                yield about(job, what, step.condition.place, "if")


@workflow_check(
    By.DECISION,
    source="decisions D5 and D12",
    hint="check out, download and judge in the gate, and download only the same artifacts in jobs that publish",
)
def published_is_judged(release: TaggedRelease) -> Iterator[Problem]:
    """the published artifacts are those that a gate judged, made in the same run"""
    workflow = release.workflow
    for job in release_jobs(workflow):
        if judging := judging_steps(job, workflow, *SESSIONS):
            yield from _order(job, [job.steps.index(step) for step in judging])
    yield from dict.fromkeys(_replaced(workflow))
    differing: dict[str, list[Job]] = {}
    for job in publishers(workflow):
        yield from _changed(job)
        for what in _other_artifacts(job, workflow):
            differing.setdefault(what, []).append(job)
    for what, jobs in differing.items():
        yield Problem.at(jobs[0].place, f"{join_names(job.id for job in jobs)} would publish {what}", jobs[0].id)


def _order(job: Job, judging: list[int]) -> Iterator[Problem]:
    actions = [step.action for step in job.steps[: judging[0]]]
    if DOWNLOAD not in actions:
        yield about(job, "judges before it has downloaded anything")
        return
    start = actions.index(DOWNLOAD)
    if CHECKOUT not in actions[:start] or CHECKOUT in actions[start:]:
        yield about(job, "must check out, then download, then judge, in that order")
    for number, step in enumerate(job.steps[start : judging[-1]], start):
        if step.run and number not in judging:
            yield about(job, "may change what it downloaded before a gate has judged it", step.place)


def _changed(job: Job) -> Iterator[Problem]:
    """What may change the wheels between the download and the publishing step; actions have findings of their own."""
    between = after_download(job)
    if not between and using(job, PYPI_PUBLISH, GITHUB_RELEASE):
        yield about(job, f"publishes files that it has not downloaded by {DOWNLOAD}")
    for step in between:
        if step.action == CHECKOUT or step.run:
            what = "may change what it downloaded before it is published"
            yield about(job, what, step.place, flow.step_name(step))


def _replaced(workflow: Workflow) -> Iterator[Problem]:
    """Uploads that may replace what a gate has judged: those of jobs that a gate does not wait for."""
    public = publishers(workflow)
    published = sorted({artifact.name for job in public for artifact in downloaded(workflow, job)})
    ancestors = {name for job in public for name in workflow.ancestors(job.id)}
    judging = {job.id for name in SESSIONS for job in gates(workflow, name)} & ancestors
    for one in flow.uploads(*workflow.jobs.values()):
        if all(one.job.id in workflow.ancestors(name) for name in judging):
            continue
        # Nobody knows the value of an expression before the run.
        pattern = "*".join(map(glob.escape, gate.EXPRESSION.split(one.name)))
        if hit := next((name for name in published if fnmatchcase(name, pattern)), ""):
            what = f"uploads {one.name}, which may replace {hit} after a gate has judged it"
            yield about(one.job, what, one.step.place, f"{one.step.action}.name")


def _other_artifacts(job: Job, workflow: Workflow) -> Iterator[str]:
    published = downloaded(workflow, job)
    differing: dict[str, list[str]] = {}
    for session in SESSIONS:
        judged = [
            downloaded(workflow, one, judging_steps(one, workflow, session)[0])
            for one in gates(workflow, session)
            if one.id in workflow.ancestors(job.id)
        ]
        if published and any(judged) and published not in judged:
            differing.setdefault(_names(frozenset[Artifact]().union(*judged)), []).append(f"nox -s {session}")
    for seen, sessions in differing.items():
        yield f"{_names(published)}, but {' and '.join(sessions)} judged {seen}"


def _names(artifacts: frozenset[Artifact]) -> str:
    return join_names(sorted(f"{artifact.name} from {artifact.job}" for artifact in artifacts)) or "nothing"
