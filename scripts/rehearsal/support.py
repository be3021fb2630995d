"""What a rehearsal does not know, found before anything runs: never a silent skip."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from scripts.rehearsal.actions.call import StandIn
from scripts.workflow.model import Step, Workflow
from scripts.workflow.place import WorkflowError
from scripts.workflow.scope import Scope
from scripts.workflow.support import unsupported


def refuse_unknown(workflow: Workflow, stand_ins: Mapping[str, StandIn]) -> None:
    """See that everything in the workflow can be rehearsed.

    Raises:
        WorkflowError: something cannot; the hint has what else.
    """
    errors = [*unsupported(workflow), *_unknown_actions(workflow, stand_ins)]
    if not errors:
        return
    errors.sort(key=lambda error: (error.place.line, error.place.column))
    first, *others = errors
    hints = [first.hint, *(f"also {other.message}" for other in others)]
    raise WorkflowError(first.place, first.complaint, hint="\n".join(filter(None, hints)))


def _unknown_actions(workflow: Workflow, stand_ins: Mapping[str, StandIn]) -> Iterator[WorkflowError]:
    for job in workflow.jobs.values():
        for step in job.steps:
            yield from _unknown(step, stand_ins)


def _unknown(step: Step, stand_ins: Mapping[str, StandIn]) -> Iterator[WorkflowError]:
    if step.uses is None:
        return
    action = step.uses.owner_and_name.lower()
    stand_in = stand_ins.get(action)
    if stand_in is None:
        yield WorkflowError(
            step.uses.place,
            f"cannot be rehearsed: there is no stand-in for the action {action}",
            hint=f"there is one for {', '.join(sorted(stand_ins))}",
        )
        return
    for name, value in step.inputs.items():
        if name.lower() not in stand_in.inputs:
            near = difflib.get_close_matches(name, sorted(stand_in.inputs), 1)
            hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(sorted(stand_in.inputs))}"
            yield WorkflowError(
                value.place, f"cannot be rehearsed: the stand-in for {action} does not know the input {name}", hint=hint
            )
    known = {name: value.text(Scope({})) for name, value in step.inputs.items() if value.is_constant}
    if why := stand_in.refusal(known):
        yield WorkflowError(step.uses.place, why)
