"""The names that the expressions of a job read, and those that exist: a misspelt one is empty on GitHub."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from truewheel.workflow.github import CONTEXTS
from truewheel.workflow.matrix import Matrix
from truewheel.workflow.model import Job, Workflow
from truewheel.workflow.place import Place, WorkflowError, advice
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import templates_in


@functools.lru_cache
def misspelt(workflow: Workflow, job: Job) -> list[tuple[Place, str, str]]:
    """Return the names that the expressions of a job read and that do not exist, and what may have been meant.

    A name is given with its context, `matrix.platfrom`, and with the place of the value that reads it.
    """
    found = []
    for template in templates_in(job):
        for reference in sorted(template.references):
            for depth in range(1, len(reference)):
                known = _known(workflow, job, tuple(map(str.lower, reference[:depth])))
                if known is not None and reference[depth].lower() not in {name.lower() for name in known}:
                    meant = advice(reference[depth], known) if known else "there are none"
                    found.append((template.place, ".".join(reference[: depth + 1]), meant))
                    break
    return found


def is_token(reference: tuple[str, ...]) -> bool:
    """Whether a reference is the one secret that every job has, and a rehearsal too: `secrets.GITHUB_TOKEN`."""
    return tuple(map(str.upper, reference)) == ("SECRETS", "GITHUB_TOKEN")


def _known(workflow: Workflow, job: Job, path: tuple[str, ...]) -> Iterable[str] | None:
    """The names that a context or a part of it has; None if they are not known."""
    match path:
        case (name,) if name in CONTEXTS:
            return CONTEXTS[name]
        case ("matrix",):
            return _keys(job.strategy)
        case ("needs", *inner):
            return _needed(workflow, job, inner)
        case ("steps", *inner) if len(inner) < 2:
            return ("outputs", "outcome", "conclusion") if inner else [step.id for step in job.steps if step.id]
        case _:
            return None


def _needed(workflow: Workflow, job: Job, path: list[str]) -> Iterable[str] | None:
    """The names below `needs`."""
    if not path:
        return job.needs
    needed = next(workflow.jobs[name] for name in job.needs if name.lower() == path[0])
    if len(path) == 1:
        return ("result", "outputs")
    return needed.outputs if path[1:] == ["outputs"] and not needed.uses else None


def _keys(strategy: Matrix | None) -> Iterable[str] | None:
    """The keys of a matrix; None if they are known only when it runs."""
    try:
        return () if strategy is None else dict.fromkeys(key for row in strategy.rows(Scope({})) for key in row)
    except WorkflowError:
        return None
