"""The `steps` of a job."""

from __future__ import annotations

import re

from truewheel.workflow.availability import STEP_IF, step_spot
from truewheel.workflow.fields import Fields, check_id, fields, items
from truewheel.workflow.model import LOCAL, ActionReference, Step
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.values import fold
from truewheel.workflow.yaml_nodes import Node, Scalar

_BOTH = ("id", "if", "name", "env", "continue-on-error", "timeout-minutes")
_RUN = ("run", "shell", "working-directory")
_USES = ("uses", "with")
_ACTION = re.compile(r"([A-Za-z0-9][\w.-]*/[\w.-]+(?:/[^@\s]+)?)@(\S+)", re.ASCII)
# Of a ref, or at the very end of the comment after a commit, where Dependabot updates it.
_VERSION = re.compile(r"(?:^|[# ])v?(\d{1,4}(?:\.\d{1,4})*)$", re.ASCII)


def steps(node: Node, job: str) -> tuple[Step, ...]:
    """Read the steps of the job that messages call `job`."""
    found = tuple(
        _step(item, f"step {number} of {job}") for number, item in enumerate(items(node, f"`steps` of {job}"), 1)
    )
    if not found:
        raise WorkflowError(node.place, f"{job} has no steps")
    seen: dict[str, Step] = {}
    for step in found:
        if not step.id:
            continue
        first = seen.setdefault(fold(step.id), step)
        if first is not step:
            raise WorkflowError(
                step.place, f"{job} has two steps with the id `{step.id}`, the first on line {first.place.line}"
            )
    return found


def _step(node: Node, what: str) -> Step:
    step = fields(node, what, (*_BOTH, *_RUN, *_USES))
    if ("run" in step.nodes) == ("uses" in step.nodes):
        found = "both" if "run" in step.nodes else "neither"
        raise WorkflowError(step.place, f"{what} must have either `run` or `uses`, not {found}")
    for key in _USES if "run" in step.nodes else _RUN:
        if key in step.nodes:
            other = "run" if "run" in step.nodes else "uses"
            raise WorkflowError(step.keys[key], f"{what} has `{key}`, which does not go with `{other}`")
    return Step(
        id=_id(step),
        name=step.template("name", step_spot("name")),
        condition=step.condition(STEP_IF),
        uses=_action(step),
        run=step.template("run", step_spot("run")),
        # GitHub ignores the case of their names.
        inputs={name.lower(): value for name, value in step.templates("with", step_spot("with")).items()},
        env=step.templates("env", step_spot("env")),
        shell=step.template("shell"),
        working_directory=step.template("working-directory", step_spot("working-directory")),
        timeout_minutes=step.number("timeout-minutes", step_spot("timeout-minutes")),
        continue_on_error=step.flag("continue-on-error", step_spot("continue-on-error")),
        place=step.place,
    )


def _id(step: Fields) -> str:
    found = step.text("id")
    if found is None:
        return ""
    if found.startswith("__"):
        raise step.wrong("id", "a name that does not begin with __", f"`{found}`")
    return check_id(found, step.nodes["id"].place, f"`id` of {step.what}")


def _action(step: Fields) -> ActionReference | None:
    if "uses" not in step.nodes:
        if step.node("run") is None:
            raise step.wrong("run", "commands", "nothing")
        return None
    found, place = step.text("uses") or "", step.nodes["uses"].place
    if found.startswith((*LOCAL, "docker://")):
        return ActionReference(found, "", place)
    match = _ACTION.fullmatch(found)
    if match is None:
        shown = f"`{found}`" if found else "nothing"
        raise step.wrong("uses", "owner/name@version, ./path or docker://image", shown)
    node = step.nodes["uses"]
    comment = node.comment if isinstance(node, Scalar) else ""
    version = _VERSION.search(match[2]) or _VERSION.search(comment)
    return ActionReference(match[1], match[2], place, tuple(map(int, version[1].split("."))) if version else ())
