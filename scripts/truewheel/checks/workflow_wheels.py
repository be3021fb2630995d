"""Do the wheels of all platforms reach the jobs that publish them?"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from truewheel.checks.gates import about
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.patterns.names import selects
from truewheel.workflow import Job, Step, Workflow
from truewheel.workflow import release_jobs as flow
from truewheel.workflow.action_names import DOWNLOAD, MERGE, QEMU, UPLOAD
from truewheel.workflow.harmless import ACTIONS
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import Artifact, JobRow, Made, builds, publishers, release_jobs, rows, using


@workflow_check(
    By.DECISION,
    source="decision D8",
    hint="give the matrix one row for each table of [tool.release.platforms], with its runner",
)
def platforms_built(release: TaggedRelease) -> Iterator[Problem]:
    """the workflow builds the wheel of every configured platform once, on its runner"""
    workflow = release.workflow
    verifying = [row.job for row, *_ in flow.calls(workflow, "verify")]
    unknown = {job.id: flow.open_matrix(job) for job in (*release_jobs(workflow), *verifying)}
    for name, error in unknown.items():
        if error:
            what = f"the rows of the job {name} are known only when it runs: {error.problem}"
            yield Problem.at(error.place, what, name)
    # A platform whose name is misspelt has a finding already.
    if any(unknown.values()) or any(misspelt(workflow, job) for job in workflow.jobs.values()):
        return
    platforms = {platform.name: platform.runner for platform in release.config.platforms}
    found = list(builds(workflow, tuple(platforms)))
    # So has a command with a variable that nothing sets.
    if any("$" in build.name for build in found):
        return
    counts = Counter(build.name for build in found)
    for platform in platforms:
        if counts[platform] != 1:
            times = "no job builds" if not counts[platform] else f"{counts[platform]} jobs or rows build"
            yield Problem(f'{times} {platform}: nox -s "wheels({platform})"', subject=platform)
    for build in found:
        yield from _wrong_row(build, platforms.get(build.name))


def _wrong_row(build: Made, runner: str | None) -> Iterator[Problem]:
    job = build.job
    if runner is None:
        what, place = f"builds {build.name}, which is not configured", build.step.place
        yield about(job, what, place, build.name)
    elif build.row.runner != runner:
        what = f"builds {build.name} on {build.row.runner}, expected {runner}"
        yield about(job, what, subject=build.name)


@workflow_check(
    By.CARE,
    source="cibuildwheel's documentation: GitHub's runners run containers of other processors only with qemu",
    hint=f"add the step `uses: {QEMU}` before the build, with a commit; on other rows it does no harm",
)
def emulator_set_up(release: TaggedRelease) -> Iterator[Problem]:
    """a job that builds for a processor that its runner does not have sets up an emulator"""
    workflow, config = release.workflow, release.config
    emulated = {one.name for one in config.platforms if one.needs_emulator}
    lacking: dict[str, list[Made]] = {}
    for build in builds(workflow, tuple(one.name for one in config.platforms)):
        steps = build.job.steps
        before = {step.action for step in steps[: steps.index(build.step)]}
        if build.name in emulated and QEMU not in before:
            lacking.setdefault(build.job.id, []).append(build)
    for found in lacking.values():
        names = join_names(dict.fromkeys(build.name for build in found))
        yield about(found[0].row.job, f"builds {names} without an emulator", found[0].step.place, QEMU)


@workflow_check(
    By.DECISION,
    source="decision D9",
    hint="compare `name` and `pattern` with the `name` of the uploads, in all rows of the matrix",
)
def artifact_names_match(release: TaggedRelease) -> Iterator[Problem]:
    """every artifact that a job takes was uploaded by a job that it waits for"""
    workflow = release.workflow
    missing: dict[str, list[tuple[str, Step]]] = {}
    for job in workflow.jobs.values():
        # One that a job uploads for which it does not wait has a finding of its own.
        others = flow.uploads(*(one for one in workflow.jobs.values() if one is not job))
        there = [*flow.artifacts_before(workflow, job), *(Artifact(one.name, one.job.id) for one in others)]
        earlier = [workflow.jobs[name] for name in workflow.ancestors(job.id)]
        # Nobody knows what these upload; they have findings of their own.
        if any(one.uses or any(step.uses and step.action not in ACTIONS for step in one.steps) for one in earlier):
            continue
        for row in rows(job):
            for step in using(job, MERGE, DOWNLOAD):
                if what := _missing(step, row, there):
                    missing.setdefault(what, []).append((job.id, step))
    for what, taking in missing.items():
        jobs = dict.fromkeys(job for job, _ in taking)
        wanted, _, available = what.partition("\n")
        message = f"{join_names(jobs)} would {wanted}, which no job uploads; uploaded: {available}"
        yield Problem.of(jobs, message, taking[0][1].place)


def _missing(step: Step, row: JobRow, there: list[Artifact]) -> str:
    """What a step takes, if no job uploads it, and what jobs upload; empty if it may be there, or be of another run."""
    names = sorted({artifact.name for artifact in there})
    is_late = any(map(flow.is_late, (*names, row.input(step, "name"))))
    if is_late or step.inputs.keys() & {"run-id", "artifact-ids"} or flow.taken_by(step, row, there):
        return ""
    name, pattern = row.input(step, "name"), row.input(step, "pattern", "*")
    wanted = f"merge {pattern}" if step.action == MERGE else f"download {name or pattern}"
    return f"{wanted}\n{join_names(names) or 'nothing'}"


@workflow_check(
    By.DECISION,
    source="decisions D9 and D14; a second upload would replace the artifact or add to it",
    hint="give each upload its own name, with the platform of the row in it",
)
def artifact_once(release: TaggedRelease) -> Iterator[Problem]:
    """every artifact is uploaded by one job or one row of its matrix"""
    makers: dict[str, str] = {}
    for one in flow.uploads(*release.workflow.jobs.values()):
        if one.name in makers and not flow.is_late(one.name):
            also = " again" if makers[one.name] == one.job.id else f", as does the job {makers[one.name]}"
            yield about(one.job, f"uploads the artifact {one.name}{also}", one.step.place, f"{one.step.action}.name")
        makers.setdefault(one.name, one.job.id)
        pattern = one.row.input(one.step, "pattern", "*")
        if one.step.action == MERGE and selects(pattern, one.name):
            what = f"merges {pattern}, which includes {one.name} of an earlier attempt"
            yield about(one.job, what, one.step.place, f"{one.step.action}.pattern")


@workflow_check(
    By.DECISION,
    source="decisions D8 and D9",
    hint="make the merge's `pattern` match every upload, and download the merged artifact in jobs that publish",
)
def wheels_reach_publishers(release: TaggedRelease) -> Iterator[Problem]:
    """the wheel of every platform reaches every job that publishes"""
    workflow = release.workflow
    made = list(builds(workflow, tuple(platform.name for platform in release.config.platforms)))
    problems: dict[str, list[str]] = {}
    for job in publishers(workflow):
        reached = {part for artifact in flow.downloaded(workflow, job) for part in artifact.uploads}
        # That nothing at all reaches it has a finding of its own.
        uploaded = {one: {one.row.artifact(step) for step in using(one.job, UPLOAD)} for one in made}
        lost = [one.name for one in made if reached and not reached & uploaded[one]]
        if lost:
            problems.setdefault(f"the wheel of {join_names(lost)} does not reach", []).append(job.id)
    for stray, jobs in _strays(workflow).items() if made else ():
        problems[f"the artifact {stray}, which no job with nox -s wheels uploads, may reach"] = jobs
    for problem, jobs in problems.items():
        yield Problem.of(jobs, f"{problem} {join_names(jobs)}")


def _takes(workflow: Workflow) -> Iterator[tuple[Job, Made, bool]]:
    """Yield what the jobs of the release may take of other jobs, and whether it is, or may be, wheels."""
    made = flow.uploads(*workflow.jobs.values())
    # Two jobs that make the same artifact have a finding of their own.
    counts = Counter(one.name for one in made)
    for job, one in itertools.product(release_jobs(workflow), made):
        artifact = [Artifact(one.name, one.job.id)] if counts[one.name] == 1 else []
        if any(flow.taken_by(step, row, artifact) for row in rows(job) for step in job.steps):
            yield job, one, one.step.action == MERGE or flow.has_wheels(one.job, workflow)


def _strays(workflow: Workflow) -> dict[str, list[str]]:
    """What jobs upload that neither build wheels nor pass them on, and which jobs may publish it.

    Later jobs are among them: a re-run finds their artifacts.
    """
    published, public = flow.published_names(workflow), publishers(workflow)
    found: dict[str, list[str]] = {}
    for job, one, has_wheels in _takes(workflow):
        if not has_wheels and (job in public or any(made.name in published for made in flow.uploads(job))):
            found.setdefault(one.name, []).append(job.id)
    return found


@workflow_check(
    By.DECISION,
    source="decision D8: a build must not silently produce fewer wheels",
    hint="name the job in `needs`, or name one that waits for it",
)
def publish_waits_for_builds(release: TaggedRelease) -> Iterator[Problem]:
    """every job that publishes waits for every job whose artifact it may take"""
    workflow = release.workflow
    late: dict[str, dict[str, Job]] = {}
    for job, one, has_wheels in _takes(workflow):
        is_before = one.job.id in {job.id, *workflow.ancestors(job.id)} or job.id in workflow.ancestors(one.job.id)
        # An artifact that no build makes has a finding of its own.
        if has_wheels and not is_before:
            late.setdefault(one.job.id, {})[job.id] = job
    for maker, jobs in late.items():
        message = f"{join_names(jobs)} may take an artifact of the job {maker} without waiting for it"
        yield Problem.of((f"{name}/needs" for name in jobs), message, next(iter(jobs.values())).place)
