"""Parts of a valid workflow that cannot be rehearsed."""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.workflow.model import Job, Workflow
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.templates import Condition, Template, templates_in

_KEPT_ON_GITHUB = {
    "secrets": "secrets are kept on GitHub, all but secrets.GITHUB_TOKEN",
    "vars": "configuration variables are kept on GitHub",
    "jobs": "the context `jobs` is for reusable workflows",
}


def unsupported(workflow: Workflow) -> Iterator[WorkflowError]:
    """Yield an error for everything in a workflow that cannot be rehearsed."""
    if not workflow.jobs:
        yield WorkflowError(Place(workflow.path.as_posix(), 1, 1), "cannot be rehearsed: the workflow has no jobs")
    for job in workflow.jobs.values():
        for wanted, what in _wanted(job):
            if wanted:
                yield WorkflowError(job.place, f"cannot be rehearsed: the job `{job.id}` {what}")
    for template in templates_in(workflow):
        yield from _in_expressions(template)


def _wanted(job: Job) -> Iterator[tuple[bool, str]]:
    yield job.uses is not None, f"calls the reusable workflow {job.uses} (`uses`)"
    yield job.container, "runs in a container (`container`)"
    yield job.services, "has service containers (`services`)"
    yield job.runner_group is not None, "asks for a group of runners (`runs-on.group`)"
    yield job.snapshot, "makes an image of its runner (`snapshot`)"


def _in_expressions(template: Template | Condition) -> Iterator[WorkflowError]:
    for reference in sorted(template.references):
        if reference[0] in _KEPT_ON_GITHUB and not is_token(reference):
            reason = _KEPT_ON_GITHUB[reference[0]]
            yield WorkflowError(template.place, f"cannot be rehearsed: `{'.'.join(reference)}`: {reason}")


def is_token(reference: tuple[str, ...]) -> bool:
    """Whether a reference is the one secret that every job has, and a rehearsal too: `secrets.GITHUB_TOKEN`."""
    return tuple(map(str.upper, reference)) == ("SECRETS", "GITHUB_TOKEN")
