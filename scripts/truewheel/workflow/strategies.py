"""The `strategy` of a job."""

from __future__ import annotations

from typing import Any

from truewheel.workflow.availability import JOB_STRATEGY
from truewheel.workflow.fields import entries, fields, items
from truewheel.workflow.matrix import Matrix
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Template, parse_template
from truewheel.workflow.values import fold
from truewheel.workflow.yaml_nodes import Node, Scalar, YamlMapping, YamlSequence, described


def strategy(node: Node, job: str) -> Matrix:
    """Read the strategy of the job that messages call `job`."""
    found = fields(node, f"`strategy` of {job}", ("matrix", "fail-fast", "max-parallel"))
    fail_fast, parallel = found.flag("fail-fast", JOB_STRATEGY), found.number("max-parallel", JOB_STRATEGY)
    matrix = found.node("matrix")
    if matrix is None:
        return Matrix({}, (), (), fail_fast, parallel, node.place, is_matrix=False)
    whole = _expression(matrix)
    if whole is not None:
        return Matrix({}, (), (), fail_fast, parallel, matrix.place, whole)
    pairs = entries(matrix, f"`matrix` of {job}")
    inner = {key.text: value for key, value in pairs}
    axes = {key.text: _axis(value, f"`{key.text}` in the matrix of {job}") for key, value in _axes(pairs)}
    include, exclude = (_rows(inner.get(key), f"`{key}` in the matrix of {job}") for key in ("include", "exclude"))
    read = Matrix(axes, include, exclude, fail_fast, parallel, matrix.place)
    if read.is_constant:
        # Its rows are known now, and so are the errors in them.
        read.rows(Scope({}))
    return read


def _axes(pairs: tuple[tuple[Scalar, Node], ...]) -> list[tuple[Scalar, Node]]:
    axes = [(key, value) for key, value in pairs if key.text not in ("include", "exclude")]
    for number, (key, _) in enumerate(axes):
        # Expressions ignore the case of keys, so two such keys would be one.
        if fold(key.text) in [fold(other.text) for other, _ in axes[:number]]:
            raise WorkflowError(key.place, f"the matrix has the key `{key.text}` twice, apart from case")
    return axes


def _expression(node: Node) -> Template | None:
    """Return a node as a Template if it has an expression."""
    if not isinstance(node, Scalar):
        return None
    template = parse_template(node, JOB_STRATEGY)
    return None if template.is_constant else template


def _axis(node: Node, what: str) -> tuple[Any, ...] | Template:
    template = _expression(node)
    if template is not None:
        return template
    found = tuple(_value(item) for item in items(node, what))
    if not found:
        raise WorkflowError(node.place, f"{what} is an empty list, so the job would never run")
    return found


def _rows(node: Node | None, what: str) -> tuple[Any, ...] | Template:
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    template = _expression(node)
    if template is not None:
        return template
    return tuple(_row(item, f"each entry of {what}") for item in items(node, what))


def _row(node: Node, what: str) -> Any:
    template = _expression(node)
    if template is not None:
        return template
    if not isinstance(node, YamlMapping) or not node.entries:
        raise WorkflowError(node.place, f"{what} must be a mapping, not {described(node)}")
    return _value(node)


def _value(node: Node) -> Any:
    if isinstance(node, YamlSequence):
        return [_value(item) for item in node.items]
    if isinstance(node, YamlMapping):
        return {key.text: _value(value) for key, value in entries(node, "a value of the matrix")}
    template = parse_template(node, JOB_STRATEGY)
    return template.constant if template.is_constant else template
