"""Do the wheels of all platforms reach the jobs that publish them?"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterator

from truewheel.checks.gates import about, judging_steps
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.config import Package
from truewheel.findings import By, Problem
from truewheel.patterns.names import selects
from truewheel.platforms import Platform
from truewheel.workflow import Job, Scope, Step, Workflow
from truewheel.workflow import release_jobs as flow
from truewheel.workflow.action_names import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, QEMU, UPLOAD
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import Artifact, Build, JobRow, builds, publishers, release_jobs, rows, using

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
    verifying = [row.job for row, *_ in flow.calls(workflow, "verify")]
    unknown = {job.id: flow.open_matrix(job) for job in (*release_jobs(workflow), *verifying)}
    for name, error in unknown.items():
        if error:
            what = f"the rows of the job {name} are known only when it runs: {error.complaint}"
            yield Problem.at(error.place, what, name)
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
    job = build.row.job
    if runner is None:
        what, place = f"builds {build.platform}, which is not configured", build.step.place
        yield about(job, what, place, build.platform)
    elif build.row.runner != runner:
        what = f"builds {build.platform} on {build.row.runner}, expected {runner}"
        yield about(job, what, subject=build.platform)


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
        before = {step.action for step in steps[: steps.index(build.step)]}
        if build.platform in emulated and QEMU not in before:
            lacking.setdefault(build.row.job.id, []).append(build)
    for found in lacking.values():
        names = join_names(dict.fromkeys(build.platform for build in found))
        yield about(found[0].row.job, f"builds {names} without an emulator", found[0].step.place, QEMU)


@workflow_check(
    "artifact-names-match",
    "every artifact that a job takes was uploaded by a job that it waits for",
    by=By.DECISION,
    source="decision D9",
    hint="compare `name` and `pattern` with the `name` of the uploads, in all rows of the matrix",
)
def artifact_names_match(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    missing: dict[str, list[tuple[str, Step]]] = {}
    for job in workflow.jobs.values():
        # One that a job uploads for which it does not wait has a finding of its own.
        others = flow.uploads(*(one for one in workflow.jobs.values() if one is not job))
        there = [*flow.artifacts_before(workflow, job), *(Artifact(one.name, one.job.id) for one in others)]
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
    is_late = any("${{" in one for one in (*names, row.input(step, "name")))
    if is_late or step.inputs.keys() & {"run-id", "artifact-ids"} or flow.taken_by(step, row, there):
        return ""
    name, pattern = row.input(step, "name"), row.input(step, "pattern", "*")
    wanted = f"merge {pattern}" if step.action == MERGE else f"download {name or pattern}"
    return f"{wanted}\n{join_names(names) or 'nothing'}"


@workflow_check(
    "artifact-once",
    "every artifact is uploaded by one job or one row of its matrix, under the same name in every attempt",
    by=By.DECISION,
    source="decisions D9 and D14; a second upload would replace the artifact or add to it",
    hint="give each upload its own name, with the platform of the row in it, and nothing that differs from run to run",
)
def artifact_once(release: TaggedRelease) -> Iterator[Problem]:
    yield from dict.fromkeys((*_repeated(release.workflow), *_differing(release.workflow)))


def _differing(workflow: Workflow) -> Iterator[Problem]:
    for one in flow.uploads(*release_jobs(workflow)):
        given = one.step.inputs.get("name")
        if given and any(map(_differs, given.references)):
            what = f"uploads {given.source}, whose name may differ in a re-run"
            yield about(one.job, what, given.place, f"{one.step.action}.name")


def _repeated(workflow: Workflow) -> Iterator[Problem]:
    makers: dict[str, str] = {}
    for one in flow.uploads(*workflow.jobs.values()):
        # A name that is known only at run time may differ from row to row.
        if one.name in makers and "${{" not in one.name:
            also = " again" if makers[one.name] == one.job.id else f", as does the job {makers[one.name]}"
            yield about(one.job, f"uploads the artifact {one.name}{also}", one.step.place, f"{one.step.action}.name")
        makers.setdefault(one.name, one.job.id)
        pattern = one.row.input(one.step, "pattern", "*")
        if one.step.action == MERGE and selects(pattern, one.name):
            what = f"merges {pattern}, which includes {one.name} of an earlier attempt"
            yield about(one.job, what, one.step.place, f"{one.step.action}.pattern")


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
        reached = {part for artifact in flow.downloaded(workflow, job) for part in artifact.uploads}
        # That nothing at all reaches it has a finding of its own.
        lost = [one.platform for one in made if reached and not reached & _uploaded_by(one)]
        if lost:
            problems.setdefault(f"the wheel of {join_names(lost)} does not reach", []).append(job.id)
    strays = _strays(workflow) if made else []
    for job in _collectors(workflow):
        for name in sorted(
            {one.name for row in rows(job) for step in job.steps for one in flow.taken_by(step, row, strays)}
        ):
            stray = f"the artifact {name}, which no job with nox -s wheels uploads, may reach"
            problems.setdefault(stray, []).append(job.id)
    for problem, jobs in problems.items():
        yield Problem.of(jobs, f"{problem} {join_names(jobs)}")


def _uploaded_by(build: Build) -> set[str]:
    return {build.row.artifact(step) for step in using(build.row.job, UPLOAD)}


def _strays(workflow: Workflow) -> list[Artifact]:
    """What jobs upload that neither build wheels nor pass them on; later jobs too, whose artifacts a re-run finds."""
    made = flow.uploads(*workflow.jobs.values())
    # Two jobs that make the same artifact have a finding of their own.
    counts = Counter(one.name for one in made)
    strays = [one for one in made if one.step.action == UPLOAD and not flow.has_wheels(one.job, workflow)]
    return [Artifact(one.name, one.job.id) for one in strays if counts[one.name] == 1]


def _collectors(workflow: Workflow) -> list[Job]:
    """The jobs that publish artifacts, or merge them into those that are published."""
    published, public = flow.published_names(workflow), publishers(workflow)
    return [
        job
        for job in release_jobs(workflow)
        if job in public or any(one.name in published for one in flow.uploads(job) if using(job, MERGE, DOWNLOAD))
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
    published = flow.published_names(workflow)
    for job in release_jobs(workflow):
        yield from dict.fromkeys(problem for row in rows(job) for problem in _misplaced(row, workflow, published))


def _misplaced(row: JobRow, workflow: Workflow, published: frozenset[str]) -> Iterator[Problem]:
    job, downloads = row.job, using(row.job, DOWNLOAD)
    source = _folder(row.input(downloads[0], "path", ".")) if downloads else _DIST
    for step in using(job, UPLOAD):
        wrong = [line for line in row.input(step, "path").split("\n") if not _is_wheels_of(line.strip(), source)]
        if row.artifact(step) in published and wrong:
            what = f"uploads {wrong[0].strip()}, expected {source}/*.whl"
            yield about(job, what, step.place, f"{step.action}.path")
    looked_at = _DIST if judging_steps(job, workflow, "check-dist") else ""
    for step in using(job, PYPI_PUBLISH):
        looked_at = _folder(row.input(step, "packages-dir") or row.input(step, "packages_dir", _DIST))
    for step in downloads if looked_at else ():
        folder = _folder(row.input(step, "path", "."))
        if folder != looked_at:
            what = f"downloads into {folder}, but looks for the wheels in {looked_at}"
            yield about(job, what, step.place, f"{step.action}.path")
        elif not row.input(step, "name") and row.input(step, "merge-multiple") != "true":
            what = f"downloads each artifact into its own folder in {folder}"
            yield about(job, what, step.place, f"{step.action}.merge-multiple")


def _is_wheels_of(pattern: str, folder: str) -> bool:
    return not pattern or bool(re.fullmatch(rf"(?:\./)?{re.escape(folder)}/[^/!]*\.whl", pattern))


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
    for job in flow.jobs_using(release.workflow, GITHUB_RELEASE):
        row, downloads, platforms = JobRow(job, Scope({})), using(job, DOWNLOAD), release.config.platforms
        folder = _folder(row.input(downloads[0], "path", ".")) if downloads else _DIST
        for step in using(job, GITHUB_RELEASE):
            patterns = [one.strip() for one in re.split("[\n,]", row.input(step, "files")) if one.strip()]
            wrong = [one for one in patterns or ["no files"] if not _is_wheels_of(one, folder)]
            for pattern in wrong:
                yield about(job, f"attaches {pattern}, expected {folder}/*.whl", step.place, f"{step.action}.files")
            lost = [one.name for one in platforms if not _is_attached(one, patterns, release.config.package)]
            if lost and not wrong:
                what = f"attaches {', '.join(patterns)}, which may leave out the wheels of {join_names(lost)}"
                yield about(job, what, step.place, f"{step.action}.files")
            if row.input(step, "body_path") and not using(job, CHECKOUT):
                what = "has a body_path but no checkout, so there is no such file"
                yield about(job, what, step.place, f"{step.action}.body_path")
            elif not row.input(step, "body") and not row.input(step, "body_path"):
                what = "has no body, so a re-run would add the notes again"
                yield about(job, what, step.place, f"{step.action}.body")


def _is_attached(platform: Platform, patterns: list[str], package: Package) -> bool:
    """Whether the wheel of every build of a platform is attached, whichever of them serves it."""
    stable = {f"{build.python}-abi3" for build in platform.builds}
    return all(
        any(
            fnmatch.fnmatchcase(f"{package.normalized_name.replace('-', '_')}-{package.version}-{tag}.whl", pattern)
            for pattern in (one.rpartition("/")[2] for one in patterns)
            for tag in (
                f"{python}-{platform.example_tag}" for python in ("py3-none", f"{build.python}-{build.python}", *stable)
            )
        )
        for build in platform.builds
    )
