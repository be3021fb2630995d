"""Do the wheels of all platforms reach the jobs that publish them?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from truewheel.checks.gates import judging_steps
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.patterns.names import selects
from truewheel.workflow import Job, Scope, Step, Workflow
from truewheel.workflow.action_names import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, QEMU, UPLOAD
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import (
    Artifact,
    Build,
    JobRow,
    artifacts_before,
    builds,
    calls,
    downloaded,
    has_wheels,
    jobs_using,
    open_matrix,
    published_names,
    publishers,
    release_jobs,
    rows,
    taken_by,
    takers,
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
    workflow = release.workflow
    verifying = [row.job for row, *_ in calls(workflow, "verify")]
    unknown = {job.id: open_matrix(job) for job in (*release_jobs(workflow), *verifying)}
    for name, error in unknown.items():
        if error:
            yield Problem.at(
                error.place, f"the rows of the job {name} are known only when it runs: {error.complaint}", name
            )
    # A platform whose name is misspelt has a finding already.
    if any(unknown.values()) or any(any(misspelt(workflow, job)) for job in workflow.jobs.values()):
        return
    platforms = {platform.name: platform.runner for platform in release.config.platforms}
    found = list(builds(workflow, tuple(platforms)))
    # So has a command with a variable that nothing sets.
    if any("$" in build.platform for build in found):
        return
    counts = Counter(build.platform for build in found)
    for platform in platforms:
        if counts[platform] != 1:
            times = "no job builds" if not counts[platform] else f"{counts[platform]} jobs or rows build"
            yield Problem(f'{times} {platform}: nox -s "wheels({platform})"', subject=platform)
    for build in found:
        yield from _wrong_row(build, platforms.get(build.platform))


def _wrong_row(build: Build, runner: str | None) -> Iterator[Problem]:
    job, subject = build.row.job, f"{build.row.job.id}/{build.platform}"
    if runner is None:
        message = f"the job {job.id} builds {build.platform}, which is not configured"
        yield Problem.at(build.place, message, subject)
    elif build.row.runner != runner:
        message = f"the job {job.id} builds {build.platform} on {build.row.runner}, expected {runner}"
        yield Problem.at(job.place, message, subject)


@workflow_check(
    "emulator-set-up",
    "a job that builds for a processor that its runner does not have sets up an emulator",
    by=By.CARE,
    source="cibuildwheel's documentation: GitHub's runners run containers of other processors only with qemu",
    hint=f"add the step `uses: {QEMU}` before the build, with a commit; on other rows it does no harm",
)
def emulator_set_up(release: TaggedRelease) -> Iterator[Problem]:
    workflow, config = release.workflow, release.config
    emulated = {one.name for one in config.platforms if one.needs_emulator}
    lacking: dict[str, list[Build]] = {}
    for build in builds(workflow, tuple(one.name for one in config.platforms)):
        steps = build.row.job.steps
        before = steps[: [step.place for step in steps].index(build.place)]
        if build.platform in emulated and QEMU not in {step.action for step in before}:
            lacking.setdefault(build.row.job.id, []).append(build)
    for job, found in lacking.items():
        names = join_names(dict.fromkeys(build.platform for build in found))
        yield Problem.at(found[0].place, f"the job {job} builds {names} without an emulator", f"{job}/{QEMU}")


@workflow_check(
    "artifact-names-match",
    "every artifact that a job takes was uploaded by a job that it waits for",
    by=By.DECISION,
    source="decision D9",
    hint="compare `name` and `pattern` with the `name` of the uploads, in all rows of the matrix",
)
def artifact_names_match(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    missing: dict[str, list[tuple[Job, Step]]] = {}
    for job in jobs_using(workflow, DOWNLOAD, MERGE):
        # One that a job uploads for which it does not wait has a finding of its own.
        others = [one for one in jobs_using(workflow, UPLOAD, MERGE) if one is not job]
        late = [Artifact(name, one.id, frozenset()) for one in others for row in rows(one) for name in row.makes()]
        for what, step in _missing(job, [*artifacts_before(workflow, job), *late]):
            missing.setdefault(what, []).append((job, step))
    for what, taking in missing.items():
        jobs = dict.fromkeys(job.id for job, _ in taking)
        yield Problem.of(jobs, f"no {UPLOAD} makes what {join_names(jobs)} {what}", taking[0][1].place)


def _missing(job: Job, there: list[Artifact]) -> Iterator[tuple[str, Step]]:
    names = sorted({artifact.name for artifact in there})
    for row in rows(job):
        for step in takers(job):
            if not taken_by(step, row, there) and not any("${{" in one for one in (*names, row.input(step, "name"))):
                name, pattern = row.input(step, "name"), row.input(step, "pattern", "*")
                taken = f"would merge, {pattern}" if step.action == MERGE else f"would download, {name or pattern}"
                yield f"{taken}; available: {join_names(names) or 'none'}", step


@workflow_check(
    "artifact-once",
    "every artifact is uploaded by one job or one row of its matrix, under the same name in every attempt",
    by=By.DECISION,
    source="decisions D9 and D14; a second upload would replace the artifact or add to it",
    hint="give each upload its own name, with the platform of the row in it, and nothing that differs from run to run",
)
def artifact_once(release: TaggedRelease) -> Iterator[Problem]:
    makers: dict[str, Job] = {}
    for job in jobs_using(release.workflow, UPLOAD, MERGE):
        for row in rows(job):
            for step in (*using(job, UPLOAD), *using(job, MERGE)):
                name, subject = row.artifact(step), f"{job.id}/{step.action}.name"
                # A name that is known only at run time may differ from row to row.
                if name in makers and "${{" not in name:
                    also = " again" if makers[name] is job else f", as does the job {makers[name].id}"
                    yield Problem.at(step.place, f"the job {job.id} uploads the artifact {name}{also}", subject)
                makers.setdefault(name, job)
                pattern = row.input(step, "pattern", "*")
                if step.action == MERGE and selects(pattern, name):
                    message = f"the job {job.id} merges {pattern}, which includes {name} of an earlier attempt"
                    yield Problem.at(step.place, message, f"{job.id}/{step.action}.pattern")
    for job in release_jobs(release.workflow):
        for step in (*using(job, UPLOAD), *using(job, MERGE)):
            given = step.inputs.get("name")
            if given is not None and any(map(_differs, given.references)):
                message = f"the job {job.id} uploads {given.source}, whose name may differ in a re-run"
                yield Problem.at(given.place, message, f"{job.id}/{step.action}.name")


def _differs(read: tuple[str, ...]) -> bool:
    """Whether a value may differ from attempt to attempt; what is known only at run time has a finding of its own."""
    return read[0] == "github" and read[1:2] in ((), ("run_attempt",), ("event",))


@workflow_check(
    "wheels-reach-publishers",
    "the wheel of every platform reaches every job that publishes",
    by=By.DECISION,
    source="decisions D8 and D9",
    hint="make the merge's `pattern` match every upload, and download the merged artifact in jobs that publish",
)
def wheels_reach_publishers(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    made = list(builds(workflow, tuple(platform.name for platform in release.config.platforms)))
    problems: dict[str, list[str]] = {}
    for job in publishers(workflow):
        reached = {part for artifact in downloaded(workflow, job, job.steps) for part in artifact.uploads}
        # That nothing at all reaches it has a finding of its own.
        lost = [build.platform for build in made if reached and not reached & {*build.row.uploads()}]
        if lost:
            problems.setdefault(f"the wheel of {join_names(lost)} does not reach", []).append(job.id)
    strays = _strays(workflow) if made else []
    for job in _collectors(workflow):
        for name in sorted(
            {one.name for row in rows(job) for step in takers(job) for one in taken_by(step, row, strays)}
        ):
            stray = f"the artifact {name}, which no job with nox -s wheels uploads, may reach"
            problems.setdefault(stray, []).append(job.id)
    for problem, jobs in problems.items():
        yield Problem.of(jobs, f"{problem} {join_names(jobs)}")


def _strays(workflow: Workflow) -> list[Artifact]:
    """What jobs upload that neither build wheels nor pass them on; later jobs too, whose artifacts a re-run finds."""
    makers = [job for job in jobs_using(workflow, UPLOAD) if not has_wheels(job, workflow)]
    made = [(name, job) for job in makers for row in rows(job) for name in row.uploads()]
    # Two jobs that make the same artifact have a finding of their own.
    counts = Counter(name for job in workflow.jobs.values() for row in rows(job) for name in row.makes())
    return [
        Artifact(name, job.id, frozenset()) for name, job in made if counts[name] == 1 and not has_wheels(job, workflow)
    ]


def _collectors(workflow: Workflow) -> list[Job]:
    """The jobs that publish artifacts, or merge them into those that are published."""
    published = published_names(workflow)
    merging = [job for job in release_jobs(workflow) if using(job, MERGE) or using(job, DOWNLOAD)]
    return [
        job for job in merging if job in publishers(workflow) or any({*row.makes()} & published for row in rows(job))
    ]


@workflow_check(
    "published-folder",
    "what is built, judged and published is in the folder that the upload and the download name, and only wheels are",
    by=By.CARE,
    source="the publish action's `packages-dir`; the `path` of upload-artifact and download-artifact",
    hint=f"upload {_DIST}/*.whl, and download into {_DIST}/; several artifacts need `merge-multiple: true`",
)
def published_folder(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    published = published_names(workflow)
    for job in release_jobs(workflow):
        yield from dict.fromkeys(problem for row in rows(job) for problem in _misplaced(row, workflow, published))


def _misplaced(row: JobRow, workflow: Workflow, published: frozenset[str]) -> Iterator[Problem]:
    downloads = using(row.job, DOWNLOAD)
    source = _folder(row.input(downloads[0], "path", ".")) if downloads else _DIST
    for step in using(row.job, UPLOAD):
        wrong = [line for line in row.input(step, "path").split("\n") if not _is_wheels_of(line.strip(), source)]
        if row.artifact(step) in published and wrong:
            message = f"the job {row.job.id} uploads {wrong[0].strip()}, expected {source}/*.whl"
            yield Problem.at(step.place, message, f"{row.job.id}/{step.action}.path")
    looked_at = _looked_at(workflow, row.job, row)
    for step in downloads if looked_at else ():
        yield from _elsewhere(step, row, looked_at)


def _is_wheels_of(pattern: str, folder: str) -> bool:
    return not pattern or bool(re.fullmatch(rf"(?:\./)?{re.escape(folder)}/[^/!]*\.whl", pattern))


def _looked_at(workflow: Workflow, job: Job, row: JobRow) -> str:
    """The folder that a job judges or publishes; empty if it does neither."""
    for step in using(job, PYPI_PUBLISH):
        return _folder(row.input(step, "packages-dir") or row.input(step, "packages_dir", _DIST))
    return _DIST if judging_steps(job, "check-dist", workflow) else ""


def _elsewhere(step: Step, row: JobRow, looked_at: str) -> Iterator[Problem]:
    folder, subject = _folder(row.input(step, "path", ".")), f"{row.job.id}/{step.action}"
    if folder != looked_at:
        message = f"the job {row.job.id} downloads into {folder}, but looks for the wheels in {looked_at}"
        yield Problem.at(step.place, message, f"{subject}.path")
    elif not row.input(step, "name") and row.input(step, "merge-multiple") != "true":
        message = f"the job {row.job.id} downloads each artifact into its own folder in {folder}"
        yield Problem.at(step.place, message, f"{subject}.merge-multiple")


def _folder(path: str) -> str:
    return path.removeprefix("./").rstrip("/") or "."


@workflow_check(
    "assets-are-wheels",
    "the GitHub Release has the downloaded wheels and nothing else, and notes that a re-run replaces",
    by=By.DECISION,
    source="decisions D7, D10 and D14",
    hint=f"set files: {_DIST}/*.whl and a `body`, which may be a comment",
)
def assets_are_wheels(release: TaggedRelease) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, GITHUB_RELEASE):
        row, downloads = JobRow(job, Scope({})), using(job, DOWNLOAD)
        folder = _folder(row.input(downloads[0], "path", ".")) if downloads else _DIST
        for step in using(job, GITHUB_RELEASE):
            subject = f"{job.id}/{step.action}"
            patterns = [one.strip() for one in re.split("[\n,]", row.input(step, "files")) if one.strip()]
            for pattern in patterns or ["no files"]:
                if not _is_wheels_of(pattern, folder):
                    message = f"the job {job.id} attaches {pattern}, expected {folder}/*.whl"
                    yield Problem.at(step.place, message, f"{subject}.files")
            if row.input(step, "body_path") and not using(job, CHECKOUT):
                message = f"the job {job.id} has a body_path but no checkout, so there is no such file"
                yield Problem.at(step.place, message, f"{subject}.body_path")
            elif not row.input(step, "body") and not row.input(step, "body_path"):
                message = f"the job {job.id} has no body, so a re-run would add the notes again"
                yield Problem.at(step.place, message, f"{subject}.body")
