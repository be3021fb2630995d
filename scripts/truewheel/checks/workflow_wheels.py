"""Do the wheels of all platforms reach the jobs that publish them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.patterns.names import selects
from truewheel.workflow import Job, Scope, Step, Workflow, WorkflowError
from truewheel.workflow.action_names import DOWNLOAD, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.gates import judging_steps
from truewheel.workflow.release_jobs import (
    Artifact,
    Build,
    JobRow,
    artifacts_before,
    builds,
    downloaded,
    is_open,
    jobs_using,
    publishers,
    release_jobs,
    rows,
    taken_by,
    using,
)

# Where gh-action-pypi-publish and the gates look by default.
_DIST = "dist"


@workflow_check(
    "platforms-built",
    "the workflow builds the wheel of every configured platform once, on its runner",
    by=By.DECISION,
    source="decision D8",
    hint="give the matrix one row for each table of [tool.release.platforms], with its runner",
)
def platforms_built(release: TaggedRelease) -> Iterator[Problem]:
    platforms = {platform.name: platform.runner for platform in release.config.platforms}
    try:
        found = list(builds(release.workflow, tuple(platforms)))
    except WorkflowError as error:
        yield Problem.at(error.place, f"what is built is known only at run time: {error.complaint}")
        return
    counts = Counter(build.platform for build in found)
    for platform in platforms:
        if counts[platform] != 1:
            times = "no job builds" if not counts[platform] else f"{counts[platform]} jobs or rows build"
            yield Problem(f'{times} {platform}: nox -s "wheels({platform})"')
    for build in found:
        yield from _wrong_row(build, platforms.get(build.platform))


def _wrong_row(build: Build, runner: str | None) -> Iterator[Problem]:
    job = build.row.job
    if runner is None:
        yield Problem.at(build.place, f"the job {job.id} builds {build.platform}, which is not configured")
    elif build.row.runner != runner:
        yield Problem.at(
            job.place, f"the job {job.id} builds {build.platform} on {build.row.runner}, expected {runner}"
        )


@workflow_check(
    "artifact-names-match",
    "every artifact that a job takes was uploaded by a job that it waits for",
    by=By.DECISION,
    source="decision D9",
    hint="compare `name` and `pattern` with the `name` of the uploads, in all rows of the matrix",
)
def artifact_names_match(release: TaggedRelease) -> Iterator[Problem]:
    if is_open(release.workflow):
        return
    for job in jobs_using(release.workflow, DOWNLOAD, MERGE):
        # The rows of a matrix may all lack the same one.
        yield from dict.fromkeys(_missing(job, artifacts_before(release.workflow, job)))


def _missing(job: Job, there: list[Artifact]) -> Iterator[Problem]:
    names = sorted({artifact.name for artifact in there})
    found = f"available: {join_names(names) or 'none'}"
    for row in rows(job):
        for step in _takers(job):
            if taken_by(step, row, there):
                continue
            pattern = row.input(step, "pattern", "*")
            taken = f"merges {pattern}" if step.action == MERGE else f"downloads {row.input(step, 'name') or pattern}"
            yield Problem.at(step.place, f"the job {job.id} {taken}, which no job that it waits for uploads; {found}")


@workflow_check(
    "artifact-once",
    "every artifact is uploaded only once, by one job or one row of its matrix",
    by=By.DECISION,
    source="decision D9; a second upload would replace the artifact or add to it",
    hint="give each upload its own name, with the platform of the row in it",
)
def artifact_once(release: TaggedRelease) -> Iterator[Problem]:
    if is_open(release.workflow):
        return
    makers: dict[str, Job] = {}
    for job in jobs_using(release.workflow, UPLOAD, MERGE):
        for row in rows(job):
            for step in (*using(job, UPLOAD), *using(job, MERGE)):
                name, given = row.artifact(step), step.inputs.get("name")
                # A name that is known only at run time may differ from row to row.
                if name in makers and (given is None or all(read[0] == "matrix" for read in given.references)):
                    also = " again" if makers[name] is job else f", as does the job {makers[name].id}"
                    yield Problem.at(step.place, f"the job {job.id} uploads the artifact {name}{also}")
                makers.setdefault(name, job)
                pattern = row.input(step, "pattern", "*")
                if step.action == MERGE and selects(pattern, name):
                    message = f"the job {job.id} merges {pattern}, which includes {name} of an earlier attempt"
                    yield Problem.at(step.place, message)


@workflow_check(
    "uploads-complete",
    "an upload of wheels fails if there is no wheel, and replaces what an earlier attempt uploaded",
    by=By.DECISION,
    source="decisions D8 and D14; upload-artifact only warns by default, and refuses a name that is taken",
    hint="write `if-no-files-found: error` and `overwrite: true` under `with`",
)
def uploads_complete(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    taken = frozenset[Artifact]().union(*(downloaded(workflow, job, job.steps) for job in publishers(workflow)))
    published = {name for artifact in taken for name in artifact.uploads}
    for job in release_jobs(workflow):
        row = JobRow(job, Scope({}))
        for step in using(job, UPLOAD):
            names = {one.artifact(step) for one in rows(job)}
            if not names & published and not _looks_like_wheels(row.input(step, "path")):
                continue
            for name, expected, default in (("if-no-files-found", "error", "warn"), ("overwrite", "true", "false")):
                found = row.input(step, name, default)
                if found.lower() != expected:
                    yield Problem.at(step.place, f"the job {job.id} uploads with {name}: {found}, expected {expected}")


def _looks_like_wheels(path: str) -> bool:
    return any(line.strip().endswith(".whl") or _folder(line.strip()) == _DIST for line in path.splitlines())


@workflow_check(
    "wheels-reach-publishers",
    "the wheel of every platform reaches every job that publishes",
    by=By.DECISION,
    source="decisions D8 and D9",
    hint="make the merge's `pattern` match every upload, and download the merged artifact in jobs that publish",
)
def wheels_reach_publishers(release: TaggedRelease) -> Iterator[Problem]:
    if is_open(release.workflow):
        return
    platforms = tuple(platform.name for platform in release.config.platforms)
    for job in publishers(release.workflow):
        taken = downloaded(release.workflow, job, job.steps)
        reached = {upload for artifact in taken for upload in artifact.uploads}
        for build in builds(release.workflow, platforms):
            if not reached & set(build.row.uploads()):
                yield Problem.at(job.place, f"the wheel of {build.platform} does not reach the job {job.id}")


@workflow_check(
    "artifacts-unconditional",
    "wheels are uploaded, merged and downloaded without a condition",
    by=By.DECISION,
    source="decision D8: a build must not silently produce fewer wheels",
    hint="remove the `if` from the step; the matrix and [tool.release.platforms] decide what is released",
)
def artifacts_unconditional(release: TaggedRelease) -> Iterator[Problem]:
    for job in release_jobs(release.workflow):
        for step in job.steps:
            if step.action in (UPLOAD, MERGE, DOWNLOAD) and step.condition is not None and step.condition.source:
                message = f"the job {job.id} uses {step.action} only if {step.condition.source.strip()}"
                yield Problem.at(step.condition.place, message)


@workflow_check(
    "published-folder",
    "the folder that is judged and published is the one that the download fills",
    by=By.CARE,
    source="the publish action's `packages-dir`; download-artifact's `path`",
    hint=f"set `path` of the download to {_DIST}/; several artifacts need `merge-multiple: true`",
)
def published_folder(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    for job in workflow.jobs.values():
        yield from dict.fromkeys(problem for row in rows(job) for problem in _misplaced(row, workflow))


def _misplaced(row: JobRow, workflow: Workflow) -> Iterator[Problem]:
    for step in using(row.job, MERGE):
        if row.input(step, "separate-directories").lower() == "true":
            yield Problem.at(step.place, f"the job {row.job.id} merges each artifact into its own folder")
    looked_at = _looked_at(workflow, row.job, row)
    for step in using(row.job, DOWNLOAD) if looked_at else ():
        yield from _elsewhere(step, row, looked_at)


def _looked_at(workflow: Workflow, job: Job, row: JobRow) -> str:
    """The folder that a job judges or publishes; empty if it does neither."""
    for step in using(job, PYPI_PUBLISH):
        return _folder(row.input(step, "packages-dir") or row.input(step, "packages_dir", _DIST))
    return _DIST if judging_steps(job, "check-dist", workflow) else ""


def _elsewhere(step: Step, row: JobRow, looked_at: str) -> Iterator[Problem]:
    folder = _folder(row.input(step, "path", "."))
    if folder != looked_at:
        message = f"the job {row.job.id} downloads into {folder}, but looks for the wheels in {looked_at}"
        yield Problem.at(step.place, message)
    elif not row.input(step, "name") and row.input(step, "merge-multiple") != "true":
        yield Problem.at(step.place, f"the job {row.job.id} downloads each artifact into its own folder in {folder}")


def _folder(path: str) -> str:
    return path.removeprefix("./").rstrip("/") or "."


def _takers(job: Job) -> Iterator[Step]:
    """The steps that take artifacts of this run."""
    yield from using(job, MERGE)
    yield from (step for step in using(job, DOWNLOAD) if not step.inputs.keys() & {"run-id", "artifact-ids"})
