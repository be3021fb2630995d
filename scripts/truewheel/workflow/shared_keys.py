"""The keys that workflows and jobs have in common: permissions, concurrency, defaults."""

from __future__ import annotations

from truewheel.workflow.availability import Spot
from truewheel.workflow.fields import Fields, entries, fields, text_of
from truewheel.workflow.github import LEVELS, PERMISSIONS
from truewheel.workflow.model import Concurrency, Permissions
from truewheel.workflow.place import WorkflowError, advice
from truewheel.workflow.templates import Template, parse_template
from truewheel.workflow.yaml_nodes import Scalar

_LEVELS = ("read", "write", "none")
_SHORT = {"read-all": Permissions({"*": "read"}), "write-all": Permissions({"*": "write"})}


def permissions(owner: Fields) -> Permissions | None:
    """Read the `permissions` of a workflow or a job; None without the key."""
    node = owner.nodes.get("permissions")
    if node is None:
        return None
    what = f"`permissions` of {owner.what}"
    if isinstance(node, Scalar):
        if node.text not in _SHORT:
            expected = "a mapping, read-all or write-all"
            raise owner.wrong("permissions", expected, f"`{node.text}`" if node.text else "nothing ({} grants nothing)")
        return _SHORT[node.text]
    levels: dict[str, str] = {}
    for key, value in entries(node, what):
        if key.text not in PERMISSIONS:
            raise WorkflowError(key.place, f"{what} has the unknown key `{key.text}`; {advice(key.text, PERMISSIONS)}")
        level = text_of(value, f"`{key.text}` in {what}")
        allowed = LEVELS.get(key.text, _LEVELS)
        if level not in allowed:
            raise WorkflowError(value.place, f"`{key.text}` in {what} must be {' or '.join(allowed)}, not `{level}`")
        levels[key.text] = level
    return Permissions(levels)


def concurrency(owner: Fields, spot: Spot) -> Concurrency | None:
    """Read the `concurrency` of a workflow or a job."""
    node = owner.node("concurrency")
    if node is None:
        return None
    what = f"`concurrency` of {owner.what}"
    if isinstance(node, Scalar):
        return Concurrency(parse_template(node, spot), None)
    inner = fields(node, what, ("group", "cancel-in-progress"))
    group = inner.template("group", spot)
    if group is None:
        raise WorkflowError(node.place, f"{what} has no `group`")
    return Concurrency(group, inner.flag("cancel-in-progress", spot))


def run_defaults(owner: Fields, spot: Spot) -> tuple[Template | None, Template | None]:
    """Read the shell and the working directory of `defaults.run`."""
    node = owner.node("defaults")
    if node is None:
        return None, None
    run = fields(node, f"`defaults` of {owner.what}", ("run",)).node("run")
    if run is None:
        return None, None
    inner = fields(run, f"`defaults.run` of {owner.what}", ("shell", "working-directory"))
    return inner.template("shell", spot), inner.template("working-directory", spot)
