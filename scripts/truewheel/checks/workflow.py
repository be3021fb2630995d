"""Is the workflow still the one that PyPI trusts? And does one job publish, and nothing else?"""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Place, Step
from truewheel.workflow.action_names import DOWNLOAD, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.release_jobs import jobs_using, publishers, using

_FOLDER = ".github/workflows"
_TRUST = "PyPI's trusted publishers: owner, repository, workflow file, environment"


@workflow_check(
    "workflow-file-trusted",
    f"the publishing workflow is a file of {_FOLDER}",
    by=By.PYPI,
    source=_TRUST,
    hint="move it there, and name it in `workflow` of [tool.release]; PyPI knows it by its file name",
)
def workflow_file_trusted(release: TaggedRelease) -> Iterator[str]:
    path = release.workflow.path
    if path.parent.as_posix() != _FOLDER:
        yield f"the workflow is {path.as_posix()}, expected a file in {_FOLDER}"
    elif path.suffix not in (".yml", ".yaml"):
        yield f"the workflow is {path.name}, expected a name that ends with .yml or .yaml"


@workflow_check(
    "publish-job-once",
    f"exactly one job publishes, by one step with {PYPI_PUBLISH}",
    by=By.DECISION,
    source="decisions D11 and D12",
    hint="let one job publish, for all platforms together",
)
def publish_job_once(release: TaggedRelease) -> Iterator[Problem]:
    steps = [(job, step) for job in jobs_using(release.workflow, PYPI_PUBLISH) for step in using(job, PYPI_PUBLISH)]
    if not steps:
        yield Problem(f"no job uses {PYPI_PUBLISH}", where=release.workflow.path.as_posix())
    for job, step in steps[1:]:
        yield _problem(step.place, f"the job {job.id} uses {PYPI_PUBLISH} once more")


@workflow_check(
    "publish-environment",
    "the publish job runs in the environment that PyPI knows",
    by=By.DECISION,
    source=f"decision D11; {_TRUST}",
    hint="give the publish job `environment:` with the name of [tool.release]; PyPI and GitHub know it by that name",
)
def publish_environment(release: TaggedRelease) -> Iterator[Problem]:
    expected = release.config.environment
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        environment = job.environment
        if environment is None:
            yield _problem(job.place, f"the job {job.id} has no environment, expected {expected}")
        elif not environment.name.is_constant:
            yield _problem(
                environment.place,
                f"the environment of the job {job.id} is known only when it runs ({environment.name.source}), "
                f"expected {expected}",
            )
        # PyPI compares without case.
        elif environment.name.source.lower() != expected.lower():
            yield _problem(
                environment.place,
                f"the environment of the job {job.id} is {environment.name.source}, expected {expected}",
            )


@workflow_check(
    "token-with-publish-alone",
    "the publish job may ask for an identity token, and no other job may",
    by=By.DECISION,
    source="decision D11",
    hint="`permissions: id-token: write` belongs on the publish job and nowhere else; `permissions: {}` at the top",
)
def token_with_publish_alone(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    trusted = jobs_using(workflow, PYPI_PUBLISH)
    for job in workflow.jobs.values():
        may = workflow.permissions_of(job).allows("id-token", "write")
        if job in trusted and not may:
            yield _problem(job.place, f"the job {job.id} publishes without `id-token: write`")
        elif job not in trusted and may:
            yield _problem(job.place, f"the job {job.id} has `id-token: write` and does not publish")


@workflow_check(
    "publish-runs-nothing",
    "the publish job downloads and uploads, and does nothing else beside its token",
    by=By.DECISION,
    source="decision D11; PyPI's advice on trusted publishing",
    hint="move it to another job: whatever runs beside the token could publish in the project's name",
)
def publish_runs_nothing(release: TaggedRelease) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        for step in job.steps:
            if step.action not in (DOWNLOAD, PYPI_PUBLISH):
                does = step.uses.owner_and_name if step.uses else _shown(step)
                yield _problem(step.place, f"the job {job.id} also does {does}")
        actions = [step.action for step in job.steps]
        if DOWNLOAD not in actions[: actions.index(PYPI_PUBLISH)]:
            yield _problem(job.place, f"the job {job.id} publishes before it has downloaded anything")


def _shown(step: Step) -> str:
    lines = step.run.source.strip().splitlines() if step.run else []
    return f"`run: {lines[0] if lines else ''}{' …' if len(lines) > 1 else ''}`"


@workflow_check(
    "workflow-not-reusable",
    "the workflow is not called by others and calls no other",
    by=By.PYPI,
    source="PyPI's trusted publishers: reusable workflows are not supported",
    hint="write the jobs into this workflow; what others shall run, too, can be a nox session",
)
def workflow_not_reusable(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if "workflow_call" in workflow.events:
        yield Problem("on.workflow_call lets other workflows call it", where=workflow.path.as_posix())
    for job in workflow.jobs.values():
        if job.uses is not None:
            yield _problem(job.place, f"the job {job.id} calls the workflow {job.uses}")


@workflow_check(
    "publish-waits-for-builds",
    "what publishes waits for every job that uploads an artifact",
    by=By.DECISION,
    source="decision D8: a build silently produced fewer wheels",
    hint="name the job in `needs`, or name one that waits for it",
)
def publish_waits_for_builds(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    public = publishers(workflow)
    for builder in jobs_using(workflow, UPLOAD):
        # What waits for a publisher comes after publication.
        if any(job.id in workflow.ancestors(builder.id) for job in public):
            continue
        for job in public:
            if builder.id not in workflow.ancestors(job.id):
                yield _problem(job.place, f"the job {job.id} does not wait for the job {builder.id}, which uploads")


def _problem(place: Place, message: str) -> Problem:
    return Problem(message, where=str(place))
