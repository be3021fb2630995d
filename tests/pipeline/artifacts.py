"""The way of a wheel from the job that builds it to those that publish it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.pipeline.invariant import invariant
from tests.pipeline.pipeline import Job, NoxCall, Pipeline, Workflow, in_row
from tests.pipeline.trust import DOWNLOAD, PYPI_PUBLISH

UPLOAD = "actions/upload-artifact"
MERGE = "actions/upload-artifact/merge"

WHEELS = "wheels"  # D9


def uploads(job: Job) -> list[str]:
    """The names of the artifacts that the job uploads, over all rows of its matrix."""
    return [in_row(step.inputs.get("name", ""), row) for row in job.rows for step in job.using(UPLOAD)]


def uploads_before(workflow: Workflow, job: Job) -> list[str]:
    """The names of the artifacts that are surely there when the job starts, merges aside."""
    return [name for before in sorted(workflow.before(job)) for name in uploads(workflow.job(before))]


def merges_before(workflow: Workflow, job: Job) -> set[str]:
    """The names of the merged artifacts that are surely there when the job starts."""
    before = [workflow.job(name) for name in workflow.before(job)]
    return {step.inputs.get("name", "") for done in before for step in done.using(MERGE)}


@invariant("D8")
def the_matrix_is_the_configured_platforms(pipeline: Pipeline) -> Iterator[str]:
    expected = [{"platform": platform, "runner": runner} for platform, runner in pipeline.runners.items()]
    for workflow in pipeline.workflows:
        builders = [job for job in workflow.jobs if job.builds]
        if len(builders) != 1:
            yield f"{workflow}: {len(builders)} jobs build wheels, expected one with a matrix"
        for job in builders:
            yield from _off_platforms(workflow, job, expected)


@invariant("the index serves something else than was built")
def every_platform_tries_what_was_published(pipeline: Pipeline) -> Iterator[str]:
    expected = [{"platform": platform, "runner": runner} for platform, runner in pipeline.runners.items()]
    workflow = pipeline.publish
    publishers = {job.name for job in workflow.using(PYPI_PUBLISH)}
    verifiers = [job for job in workflow.jobs if job.nox_calls == [NoxCall(("verify",), ())]]
    if len(verifiers) != 1:
        yield f"{workflow}: {len(verifiers)} jobs run `nox -s verify`, expected one with a matrix"
    for job in verifiers:
        yield from _off_platforms(workflow, job, expected)
        if not publishers <= workflow.before(job):
            yield f"{workflow}, job {job} does not wait for {', '.join(sorted(publishers))}"
        downloads = [step.inputs for step in job.using(DOWNLOAD)]
        if downloads != [{"name": WHEELS, "path": "dist/"}]:
            yield f"{workflow}, job {job} compares with {downloads}, expected {WHEELS} in dist/"


def _off_platforms(workflow: Workflow, job: Job, expected: list[dict[str, str]]) -> Iterator[str]:
    where = f"{workflow}, job {job}"
    matrix = job.settings.get("strategy", {}).get("matrix")
    if matrix != {"include": expected}:
        yield f"{where}: the matrix is {matrix}, [tool.release.platforms] says {expected}"
    if job.settings.get("runs-on") != "${{ matrix.runner }}":
        yield f"{where} runs on {job.settings.get('runs-on')}, expected the matrix's runner"


@invariant("D8: a build silently produced fewer wheels")
def an_upload_without_a_wheel_fails(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        for step in job.using(UPLOAD):
            inputs = {name: value for name, value in step.inputs.items() if name != "name"}
            # One pattern, so that no common ancestor of several moves the files; overwriting is for re-runs.
            expected = {"path": "dist/*.whl", "if-no-files-found": "error", "overwrite": True}
            if inputs != expected:
                yield f"{workflow}, job {job} uploads with {inputs}, expected {expected}"
        if job.builds and [step.action for step in job.steps][-1] != UPLOAD:
            yield f"{workflow}, job {job} does not upload what it built"


@invariant("D9: of equal names the last writer wins, silently")
def every_upload_has_its_own_name(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        counts = Counter(name for job in workflow.jobs for name in uploads(job))
        for name, count in counts.items():
            if count > 1:
                yield f"{workflow}: {count} uploads are called {name}"


@invariant("D9")
def one_merge_makes_one_artifact(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        merges = [step.inputs for job in workflow.using(MERGE) for step in job.using(MERGE)]
        if len(merges) != 1:
            yield f"{workflow} merges {len(merges)} times, expected once"
        for inputs in merges:
            expected = {"name": WHEELS, "pattern": inputs.get("pattern", "*")}
            if inputs != expected:
                yield f"{workflow} merges with {inputs}, expected {expected}"


@invariant("D9")
def the_merge_takes_every_upload_and_nothing_else(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        everything = {name for job in workflow.jobs for name in uploads(job)}
        for job in workflow.using(MERGE):
            there = uploads_before(workflow, job)
            for step in job.using(MERGE):
                pattern = step.inputs.get("pattern", "*")
                for name in sorted(everything - {name for name in there if fnmatchcase(name, pattern)}):
                    yield f"{workflow}, job {job}: the pattern {pattern} does not surely take {name}"
                # An earlier attempt of the run may have left it; merging it would bring old wheels back.
                if fnmatchcase(WHEELS, pattern):
                    yield f"{workflow}, job {job}: the pattern {pattern} also takes {WHEELS} itself"


@invariant("D9")
def every_download_was_merged_before(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        for step in job.using(DOWNLOAD):
            name = step.inputs.get("name")
            if name not in merges_before(workflow, job):
                yield f"{workflow}, job {job}: no job that it waits for has merged {name}"


@invariant("D5")
def artifacts_come_from_this_run_alone(pipeline: Pipeline) -> Iterator[str]:
    for where, step in pipeline.steps:
        if step.action == DOWNLOAD and step.inputs.keys() != {"name", "path"}:
            yield f"{where}: download with {step.inputs}, expected name and path alone"
        if "artifact" in step.action and step.action not in (UPLOAD, MERGE, DOWNLOAD):
            yield f"{where}: {step.action} takes artifacts from elsewhere"
