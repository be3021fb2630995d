"""Does PyPI trust the workflow, and does one job publish and do nothing else?"""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import abbreviate
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow.action_names import DOWNLOAD, GITHUB_RELEASE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.release_jobs import jobs_using, publishers, using

_FOLDER = ".github/workflows"
_TRUST = "PyPI's trusted publishers: owner, repository, workflow file, environment"


@workflow_check(
    "workflow-file-trusted",
    f"the publishing workflow is a file in {_FOLDER}",
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
    "published-once",
    f"one step uploads to PyPI ({PYPI_PUBLISH}), and one makes the GitHub Release ({GITHUB_RELEASE})",
    by=By.DECISION,
    source="decisions D10, D11 and D12",
    hint="publish in one job for PyPI and in one for the GitHub Release, each for all platforms together",
)
def published_once(release: TaggedRelease) -> Iterator[Problem]:
    for action in (PYPI_PUBLISH, GITHUB_RELEASE):
        steps = [(job, step) for job in jobs_using(release.workflow, action) for step in using(job, action)]
        if not steps:
            yield Problem(f"no job uses {action}")
        for job, step in steps[1:]:
            yield Problem.at(step.place, f"the job {job.id} uses {action} again")


@workflow_check(
    "publishers-independent",
    "the GitHub Release and the upload to PyPI do not wait for each other",
    by=By.DECISION,
    source="decision D12",
    hint="make both need the gates and neither the other, so that each can be re-run on its own",
)
def publishers_independent(release: TaggedRelease) -> Iterator[Problem]:
    public = publishers(release.workflow)
    for job in public:
        for other in public:
            if other.id in release.workflow.ancestors(job.id):
                yield Problem.at(job.place, f"the job {job.id} waits for the job {other.id}, which publishes as well")


@workflow_check(
    "publish-environment",
    "the publish job runs in the environment that PyPI knows",
    by=By.DECISION,
    source=f"decision D11; {_TRUST}",
    hint="give the publish job the `environment` of [tool.release]; PyPI and GitHub know it by that name",
)
def publish_environment(release: TaggedRelease) -> Iterator[Problem]:
    expected = release.config.environment
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        if job.environment is None:
            yield Problem.at(job.place, f"the job {job.id} has no environment, expected {expected}")
        # PyPI ignores case.
        elif (found := job.environment.name.source).lower() != expected.lower():
            message = f"the environment of the job {job.id} is {found}, expected {expected}"
            yield Problem.at(job.environment.place, message)


@workflow_check(
    "token-only-for-publish",
    "only the publish job may request an identity token",
    by=By.DECISION,
    source="decision D11",
    hint="put `permissions: id-token: write` on the publish job only, and `permissions: {}` at the top",
)
def token_only_for_publish(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    trusted = jobs_using(workflow, PYPI_PUBLISH)
    for job in workflow.jobs.values():
        may = workflow.permissions_of(job).allows("id-token", "write")
        if job in trusted and not may:
            yield Problem.at(job.place, f"the job {job.id} publishes without `id-token: write`")
        elif job not in trusted and may:
            yield Problem.at(job.place, f"the job {job.id} has `id-token: write` and does not publish")


@workflow_check(
    "publish-only-uploads",
    "the publish job downloads and uploads, and does nothing else",
    by=By.DECISION,
    source="decision D11; PyPI's advice on trusted publishing",
    hint="move it to another job: anything that runs next to the token could publish in the project's name",
)
def publish_only_uploads(release: TaggedRelease) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        for step in job.steps:
            if step.action not in (DOWNLOAD, PYPI_PUBLISH):
                first = (step.run.source if step.run else step.action).strip().splitlines()[0]
                does = "runs" if step.run else "uses"
                yield Problem.at(step.place, f"the job {job.id} also {does} `{abbreviate(first)}`")
        actions = [step.action for step in job.steps]
        if DOWNLOAD not in actions[: actions.index(PYPI_PUBLISH)]:
            yield Problem.at(job.place, f"the job {job.id} publishes before it has downloaded anything")


@workflow_check(
    "workflow-not-reusable",
    "the workflow is not called by other workflows and does not call any",
    by=By.PYPI,
    source="PyPI's trusted publishers: reusable workflows are not supported",
    hint="write the jobs into this workflow; put steps that workflows share into a nox session",
)
def workflow_not_reusable(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if "workflow_call" in workflow.events:
        yield Problem("on.workflow_call lets other workflows call it")
    for job in workflow.jobs.values():
        if job.uses is not None:
            yield Problem.at(job.place, f"the job {job.id} calls the workflow {job.uses}")


@workflow_check(
    "publish-waits-for-builds",
    "every job that publishes waits for every job that uploads an artifact",
    by=By.DECISION,
    source="decision D8: a build must not silently produce fewer wheels",
    hint="name the job in `needs`, or name one that waits for it",
)
def publish_waits_for_builds(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    public = publishers(workflow)
    for builder in jobs_using(workflow, UPLOAD):
        before = workflow.ancestors(builder.id)
        for job in public:
            # A job that waits for a publisher runs after publication.
            if builder.id not in workflow.ancestors(job.id) and not before & {one.id for one in public}:
                message = f"the job {job.id} does not wait for the job {builder.id}, which uploads an artifact"
                yield Problem.at(job.place, message)
