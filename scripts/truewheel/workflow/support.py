"""What a rehearsal cannot do, in a workflow that GitHub would run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from truewheel.workflow.functions import UNSUPPORTED
from truewheel.workflow.model import Job, Workflow
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
    calls = frozenset[str]().union(*(expression.calls for expression in template.expressions))
    for name in sorted(calls & UNSUPPORTED.keys()):
        yield WorkflowError(template.place, f"cannot be rehearsed: `{name}()`: {UNSUPPORTED[name]}")


def is_token(reference: tuple[str, ...]) -> bool:
    """Whether an expression reads the one secret that everybody has."""
    return tuple(part.upper() for part in reference) == tuple(part.upper() for part in TOKEN)


def templates_in(part: object) -> Iterator[Template | Condition]:
    """Everything in a part of a workflow that may hold an expression."""
    if isinstance(part, (Template, Condition)):
        yield part
    elif isinstance(part, Mapping):
        yield from templates_in(list(part.values()))
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from templates_in(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from templates_in(getattr(part, field.name))


def outside_of_jobs(workflow: Workflow) -> Workflow:
    """The workflow without its jobs."""
    return replace(workflow, jobs={})
