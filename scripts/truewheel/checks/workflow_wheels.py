"""Do the wheels of all platforms reach what publishes them? From the matrix that builds them, by way of artifacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Step, Workflow, WorkflowError
from truewheel.workflow.action_names import DOWNLOAD, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.gates import judging_steps
from truewheel.workflow.release_jobs import (
    Artifact,
    Build,
    JobRow,
    artifacts_before,
    builds,
    inputs,
    is_open,
    jobs_using,
    publishers,
    rows,
    taken_by,
    using,
)

# Where gh-action-pypi-publish and the gates look unless they are told otherwise.
_DIST = "dist"


@workflow_check(
    "matrix-of-platforms",
    "the workflow builds the wheel of every configured platform once, on its runner",
    by=By.DECISION,
    source="decision D8",
    hint="let the matrix have one row for each table of [tool.release.platforms], with its runner",
)
def matrix_of_platforms(release: TaggedRelease) -> Iterator[Problem]:
    platforms = {platform.name: platform.runner for platform in release.config.platforms}
    try:
        found = list(builds(release.workflow, tuple(platforms)))
    except WorkflowError as error:
        yield Problem(f"what is built is known only when it runs: {error.complaint}", where=str(error.place))
        return
    counts = Counter(build.platform for build in found)
    for platform in platforms:
        if counts[platform] != 1:
            times = "no job builds" if not counts[platform] else f"{counts[platform]} jobs or rows build"
            yield Problem(f'{times} {platform}: nox -s "wheels({platform})"', where=release.workflow.path.as_posix())
    for build in found:
        yield from _wrong_row(build, platforms.get(build.platform))


def _wrong_row(build: Build, runner: str | None) -> Iterator[Problem]:
    job = build.row.job
    if runner is None:
        yield Problem(f"the job {job.id} builds {build.platform}, which is not configured", where=str(build.place))
    elif build.row.runner != runner:
        yield Problem(
            f"the job {job.id} builds {build.platform} on {build.row.runner}, expected {runner}", where=str(job.place)
        )


@workflow_check(
    "artifact-names-meet",
    "every artifact that a job takes was uploaded by a job that it waits for",
    by=By.DECISION,
    source="decision D9: artifact names that do not meet",
    hint="compare `name` and `pattern` with the `name` of the uploads, over all rows of the matrix",
)
def artifact_names_meet(release: TaggedRelease) -> Iterator[Problem]:
    if is_open(release.workflow):
        return
    for job in jobs_using(release.workflow, DOWNLOAD, MERGE):
        there = artifacts_before(release.workflow, job)
        for row in rows(job):
            for step in _taking(job):
                if not taken_by(step, row, there):
                    yield Problem(_in_vain(step, row, there), where=str(step.place))


def _in_vain(step: Step, row: JobRow, there: list[Artifact]) -> str:
    is_merge = step.action == MERGE
    name = "" if is_merge else row.input(step, "name")
    wanted = name or row.input(step, "pattern", "*")
    names = sorted({artifact.name for artifact in there})
    found = f"there are {join_names(names)}" if names else "there are none"
    does = "merges" if is_merge else "downloads"
    return f"the job {row.job.id} {does} {wanted}, which no job that it waits for uploads; {found}"


@workflow_check(
    "artifact-once",
    "every artifact is made by one job, or one row of its matrix",
    by=By.DECISION,
    source="decision D9: an artifact that another one replaces or adds to",
    hint="give each upload a name of its own; the row's platform makes it one",
)
def artifact_once(release: TaggedRelease) -> Iterator[Problem]:
    if is_open(release.workflow):
        return
    found: list[tuple[str, Job, Step]] = []
    for job in release.workflow.jobs.values():
        for row in rows(job):
            found += [(row.input(step, "name", "artifact"), job, step) for step in using(job, UPLOAD)]
            found += [(row.input(step, "name", "merged-artifacts"), job, step) for step in using(job, MERGE)]
    makers: dict[str, Job] = {}
    for name, job, step in found:
        given = inputs(step).get("name")
        # What is known only when it runs may well differ from row to row.
        if name in makers and (given is None or all(read[0] == "matrix" for read in given.references)):
            also = "once more" if makers[name] is job else f"as does the job {makers[name].id}"
            yield Problem(f"the job {job.id} makes the artifact {name}, {also}", where=str(step.place))
        makers.setdefault(name, job)


@workflow_check(
    "wheels-reach-publishers",
    "what publishes gets the wheel of every platform",
    by=By.DECISION,
    source="decisions D8 and D9",
    hint="let the merge's `pattern` match every upload, and let what publishes download what was merged",
)
def wheels_reach_publishers(release: TaggedRelease) -> Iterator[Problem]:
    if is_open(release.workflow):
        return
    platforms = tuple(platform.name for platform in release.config.platforms)
    for job in publishers(release.workflow):
        there = artifacts_before(release.workflow, job)
        reached = {
            upload
            for row in rows(job)
            for step in using(job, DOWNLOAD)
            for artifact in taken_by(step, row, there)
            for upload in artifact.uploads
        }
        for build in builds(release.workflow, platforms):
            if not reached & set(build.row.uploads()):
                yield Problem(f"the wheel of {build.platform} does not reach the job {job.id}", where=str(job.place))


@workflow_check(
    "artifact-always",
    "wheels are uploaded, merged and downloaded whatever the case",
    by=By.DECISION,
    source="decision D8: a build silently produced fewer wheels",
    hint="take the `if` from the step; a matrix says what is built, and [tool.release.platforms] what is released",
)
def artifact_always(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    public = publishers(workflow)
    passing = [job for job in workflow.jobs.values() if any(job.id in workflow.ancestors(one.id) for one in public)]
    for job in [*passing, *public]:
        for step in job.steps:
            if step.action in (UPLOAD, MERGE, DOWNLOAD) and step.condition is not None and step.condition.source:
                yield Problem(
                    f"the job {job.id} uses {step.action} only if {step.condition.source.strip()}",
                    where=str(step.condition.place),
                )


@workflow_check(
    "published-folder",
    "the folder that is judged and published is the one that was downloaded into",
    by=By.CARE,
    source="the publish action's `packages-dir`; download-artifact's `path`",
    hint=f"let `path` of the download be {_DIST}/; several artifacts need `merge-multiple: true`",
)
def published_folder(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    for job in workflow.jobs.values():
        for row in rows(job):
            looked_at = _looked_at(workflow, job, row)
            downloads = using(job, DOWNLOAD)
            for step in downloads if looked_at else ():
                yield from _elsewhere(step, row, looked_at)


def _looked_at(workflow: Workflow, job: Job, row: JobRow) -> str:
    """The folder that a job judges or publishes; empty when it does neither."""
    for step in using(job, PYPI_PUBLISH):
        return _folder(row.input(step, "packages-dir") or row.input(step, "packages_dir", _DIST))
    return _DIST if judging_steps(job, "check-dist", workflow) else ""


def _elsewhere(step: Step, row: JobRow, looked_at: str) -> Iterator[Problem]:
    folder = _folder(row.input(step, "path", "."))
    if folder != looked_at:
        yield Problem(
            f"the job {row.job.id} downloads into {folder}, but looks for the wheels in {looked_at}",
            where=str(step.place),
        )
    elif not row.input(step, "name") and row.input(step, "merge-multiple") != "true":
        yield Problem(
            f"the job {row.job.id} downloads each artifact into a folder of its own below {folder}",
            where=str(step.place),
        )


def _folder(path: str) -> str:
    return path.removeprefix("./").rstrip("/") or "."


def _taking(job: Job) -> Iterator[Step]:
    """The steps that take artifacts of this run."""
    yield from using(job, MERGE)
    yield from (step for step in using(job, DOWNLOAD) if not inputs(step).keys() & {"run-id", "artifact-ids"})
