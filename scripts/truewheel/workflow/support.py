"""What a rehearsal cannot do, in a workflow that GitHub would run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from truewheel.workflow.matrix import Matrix
from truewheel.workflow.model import Concurrency, Environment, Job, Step, Workflow
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.templates import Condition, Template

# The one secret that everybody has: GitHub makes it for each job, and so can a rehearsal.
TOKEN = ("secrets", "GITHUB_TOKEN")
_KEPT_ON_GITHUB = {
    "secrets": "secrets are kept on GitHub, all but secrets.GITHUB_TOKEN",
    "vars": "configuration variables are kept on GitHub",
    "jobs": "the context `jobs` is for reusable workflows",
}


def unsupported(workflow: Workflow) -> Iterator[WorkflowError]:
    """Everything in a workflow that is read but cannot be rehearsed, in the order of the file."""
    if not workflow.jobs:
        yield WorkflowError(Place(workflow.path.as_posix(), 1, 1), "cannot be rehearsed: the workflow has no jobs")
    yield from _expressions(templates_of_workflow(workflow))
    for job in workflow.jobs.values():
        for wanted, what in _wanted(job):
            if wanted:
                yield WorkflowError(job.place, f"cannot be rehearsed: the job `{job.id}` {what}")
        yield from _expressions(templates_of_job(job))


def expressions_of(workflow: Workflow) -> Iterator[Template | Condition]:
    """Everything in a workflow that may hold an expression, in the order of the file."""
    yield from (found for found in templates_of_workflow(workflow) if found is not None)
    for job in workflow.jobs.values():
        yield from (found for found in templates_of_job(job) if found is not None)


def _wanted(job: Job) -> Iterator[tuple[bool, str]]:
    yield job.uses is not None, f"calls the reusable workflow {job.uses} (`uses`)"
    yield job.container, "runs in a container (`container`)"
    yield job.services, "has service containers (`services`)"
    yield job.runner_group is not None, "asks for a group of runners (`runs-on.group`)"
    yield job.snapshot, "makes an image of its runner (`snapshot`)"


def _expressions(found: Iterable[Template | Condition | None]) -> Iterator[WorkflowError]:
    for template in found:
        for reference in sorted(template.references) if template is not None else ():
            if reference[0] not in _KEPT_ON_GITHUB or is_token(reference):
                continue
            assert template is not None  # noqa: S101 - for the type checker
            yield WorkflowError(
                template.place, f"cannot be rehearsed: `{'.'.join(reference)}`: {_KEPT_ON_GITHUB[reference[0]]}"
            )


def is_token(reference: tuple[str, ...]) -> bool:
    """Whether an expression reads the one secret that everybody has."""
    return tuple(part.upper() for part in reference) == tuple(part.upper() for part in TOKEN)


def templates_of_workflow(workflow: Workflow) -> Iterator[Template | Condition | None]:
    """What may hold expressions in a workflow, beside its jobs."""
    yield from (workflow.run_name, workflow.default_shell, workflow.default_working_directory)
    yield from _of_concurrency(workflow.concurrency)
    yield from workflow.env.values()


def templates_of_job(job: Job) -> Iterator[Template | Condition | None]:
    """What may hold expressions in a job."""
    yield from (job.name, job.condition, *job.runs_on, job.default_shell, job.default_working_directory)
    yield from (job.timeout_minutes, job.continue_on_error)
    yield from _of_environment(job.environment)
    yield from _of_concurrency(job.concurrency)
    yield from _of_matrix(job.strategy)
    yield from _values(job.env, job.outputs)
    for step in job.steps:
        yield from _of_step(step)


def _of_step(step: Step) -> Iterator[Template | Condition | None]:
    yield from (step.name, step.condition, step.run, step.shell, step.working_directory)
    yield from (step.timeout_minutes, step.continue_on_error)
    yield from _values(step.inputs, step.env)


def _of_environment(environment: Environment | None) -> Iterator[Template | None]:
    if environment is not None:
        yield from (environment.name, environment.url)


def _of_concurrency(concurrency: Concurrency | None) -> Iterator[Template | None]:
    if concurrency is not None:
        yield from (concurrency.group, concurrency.cancel_in_progress)


def _of_matrix(matrix: Matrix | None) -> Iterator[Template]:
    if matrix is not None:
        yield from matrix.templates


def _values(*mappings: Mapping[str, Template]) -> Iterator[Template]:
    for mapping in mappings:
        yield from mapping.values()
