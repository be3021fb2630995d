"""Is the workflow still the one that PyPI trusts? And does nothing but a judged release reach what publishes?"""

from __future__ import annotations

from collections.abc import Iterator

from scripts.checks.registers import workflow_check
from scripts.checks.sentences import listed
from scripts.findings import Problem
from scripts.release import Release
from scripts.release_workflow import (
    DOWNLOAD,
    PYPI_PUBLISH,
    UPLOAD,
    jobs_using,
    judging_steps,
    publishers,
    using,
)
from scripts.workflow import Job, Place, Scope, Step

_FOLDER = ".github/workflows"
_TRUST = "PyPI's trusted publishers: owner, repository, workflow file, environment"


@workflow_check(
    "workflow-file-trusted",
    f"the publishing workflow is a file of {_FOLDER}",
    source=_TRUST,
    hint="move it there, and name it in `workflow` of [tool.release]; PyPI knows it by its file name",
)
def workflow_file_trusted(release: Release) -> Iterator[str]:
    path = release.workflow.path
    if path.parent.as_posix() != _FOLDER:
        yield f"the workflow is {path.as_posix()}, expected a file in {_FOLDER}"
    elif path.suffix not in (".yml", ".yaml"):
        yield f"the workflow is {path.name}, expected a name that ends with .yml or .yaml"


@workflow_check(
    "publish-job-once",
    f"exactly one job publishes, by one step with {PYPI_PUBLISH}",
    source="decisions D11 and D12",
    hint="let one job publish, for all platforms together",
)
def publish_job_once(release: Release) -> Iterator[Problem]:
    steps = [(job, step) for job in jobs_using(release.workflow, PYPI_PUBLISH) for step in using(job, PYPI_PUBLISH)]
    if not steps:
        yield Problem(f"no job uses {PYPI_PUBLISH}", where=release.workflow.path.as_posix())
    for job, step in steps[1:]:
        yield _problem(step.place, f"the job {job.id} uses {PYPI_PUBLISH} once more")


@workflow_check(
    "publish-environment",
    "the publish job runs in the environment that PyPI knows",
    source=f"decision D11; {_TRUST}",
    hint="give the publish job `environment:` with the name of [tool.release]; PyPI and GitHub know it by that name",
)
def publish_environment(release: Release) -> Iterator[Problem]:
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
    source="decision D11",
    hint="`permissions: id-token: write` belongs on the publish job and nowhere else; `permissions: {}` at the top",
)
def token_with_publish_alone(release: Release) -> Iterator[Problem]:
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
    source="decision D11; PyPI's advice on trusted publishing",
    hint="move it to another job: whatever runs beside the token could publish in the project's name",
)
def publish_runs_nothing(release: Release) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        for step in job.steps:
            action = step.uses.owner_and_name if step.uses else None
            if action not in (DOWNLOAD, PYPI_PUBLISH):
                yield _problem(step.place, f"the job {job.id} also does {action or _shown(step)}")
        actions = [step.uses.owner_and_name for step in job.steps if step.uses]
        if DOWNLOAD not in actions[: actions.index(PYPI_PUBLISH)]:
            yield _problem(job.place, f"the job {job.id} publishes before it has downloaded anything")


def _shown(step: Step) -> str:
    lines = step.run.source.strip().splitlines() if step.run else []
    return f"`run: {lines[0] if lines else ''}{' …' if len(lines) > 1 else ''}`"


@workflow_check(
    "workflow-not-reusable",
    "the workflow is not called by others and calls no other",
    source="PyPI's trusted publishers: reusable workflows are not supported",
    hint="write the jobs into this workflow; what others shall run, too, can be a nox session",
)
def workflow_not_reusable(release: Release) -> Iterator[Problem]:
    workflow = release.workflow
    if "workflow_call" in workflow.events:
        yield Problem("on.workflow_call lets other workflows call it", where=workflow.path.as_posix())
    for job in workflow.jobs.values():
        if job.uses is not None:
            yield _problem(job.place, f"the job {job.id} calls the workflow {job.uses}")


@workflow_check(
    "publish-waits-for-builds",
    "what publishes waits for every job that uploads an artifact",
    source="decision D8: a build silently produced fewer wheels",
    hint="name the job in `needs`, or name one that waits for it",
)
def publish_waits_for_builds(release: Release) -> Iterator[Problem]:
    workflow = release.workflow
    public = publishers(workflow)
    for builder in jobs_using(workflow, UPLOAD):
        # What waits for a publisher comes after publication.
        if any(job.id in workflow.ancestors(builder.id) for job in public):
            continue
        for job in public:
            if builder.id not in workflow.ancestors(job.id):
                yield _problem(job.place, f"the job {job.id} does not wait for the job {builder.id}, which uploads")


@workflow_check(
    "publish-waits-for-gates",
    "what publishes waits for `nox -s validate` and `nox -s check-dist` on the wheels",
    source="decision D12",
    hint="name the job that runs them in `needs`",
)
def publish_waits_for_gates(release: Release) -> Iterator[Problem]:
    workflow = release.workflow
    for session in ("validate", "check-dist"):
        gates = {job.id for job in workflow.jobs.values() if judging_steps(job, session, workflow)}
        for job in publishers(workflow):
            if not gates & workflow.ancestors(job.id):
                found = f"; {listed(sorted(gates))} would be one" if gates else ""
                yield _problem(
                    job.place, f"the job {job.id} waits for no job that runs nox -s {session} on the wheels{found}"
                )


@workflow_check(
    "gates-binding",
    "nothing is published when a gate has failed",
    source="decision D12",
    hint="take `continue-on-error` from the gates, and always(), failure() and !cancelled() from what publishes",
)
def gates_binding(release: Release) -> Iterator[Problem]:
    workflow = release.workflow
    github = {"event_name": "push", "ref": f"refs/tags/{release.tag}", "ref_name": release.tag, "ref_type": "tag"}
    for job in publishers(workflow):
        needs = {name: {"result": "failure", "outputs": {}} for name in job.needs}
        failed = Scope({"github": github, "needs": needs}, succeeded=False, failed=True)
        if job.condition is not None and job.condition.holds(failed):
            yield _problem(
                job.condition.place, f"the job {job.id} runs although what it waits for failed: {job.condition.source}"
            )
    for job in workflow.jobs.values():
        judging = [step for session in ("validate", "check-dist") for step in judging_steps(job, session, workflow)]
        gates = [step for step in job.steps if step in judging]
        for place in _ignored_failures(job, gates):
            yield _problem(place, f"the job {job.id} goes on although a gate in it failed (continue-on-error)")


def _ignored_failures(job: Job, gates: list[Step]) -> Iterator[Place]:
    for template in (job.continue_on_error if gates else None, *(step.continue_on_error for step in gates)):
        if template is not None and template.source != "false":
            yield template.place


def _problem(place: Place, message: str) -> Problem:
    return Problem(message, where=str(place))
