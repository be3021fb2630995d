"""A matrix and its rows. Source: GitHub's workflow syntax, `jobs.<job_id>.strategy.matrix`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truewheel.workflow import values
from truewheel.workflow.availability import JOB_STRATEGY
from truewheel.workflow.fields import entries, fields
from truewheel.workflow.place import Place, WorkflowError
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Template, parse_template, templates_in
from truewheel.workflow.yaml_nodes import Node, YamlMapping, YamlSequence

Row = dict[str, Any]
# GitHub's own limit.
_MOST_ROWS = 256


@dataclass(frozen=True, slots=True)
class Matrix:
    """The `strategy` of a job."""

    # As written: lists and mappings of plain values, with a Template for each expression; None if there is no matrix.
    written: Any
    fail_fast: Template | None  # whether the first row that fails ends the others; None means yes
    max_parallel: Template | None  # the number of rows that run at a time; None means all
    place: Place  # its position in the file

    @property
    def is_matrix(self) -> bool:
        """Whether there is a matrix; a `strategy` without one is a single job."""
        return self.written is not None

    def rows(self, scope: Scope) -> list[Row]:
        """Return the rows by GitHub's rules; one empty row if there is no matrix.

        WorkflowError if there are no rows, or what was written, or the value of an expression, is not a matrix.
        """
        if not self.is_matrix:
            return [{}]
        rows = self._rows(*self._evaluated(scope))
        if not rows:
            raise WorkflowError(self.place, "the matrix has no rows, so the job would never run")
        return rows

    @property
    def is_constant(self) -> bool:
        """Whether its rows are known before anything runs."""
        return not any(True for _ in templates_in(self.written))

    def _evaluated(self, scope: Scope) -> tuple[dict[str, list[Any]], list[Row], list[Row]]:
        given = self._mapping(_resolved(self.written, scope), "the matrix")
        include, exclude = given.pop("include", []), given.pop("exclude", [])
        axes = {key: self._list(axis, f"`{key}` of the matrix") for key, axis in given.items()}
        for number, (key, axis) in enumerate(axes.items()):
            if not axis:
                raise WorkflowError(self.place, f"`{key}` of the matrix is an empty list, so the job would never run")
            # Expressions ignore the case of keys, so two such keys would be one.
            if values.fold(key) in map(values.fold, list(axes)[:number]):
                raise WorkflowError(self.place, f"the matrix has the key `{key}` twice; GitHub ignores case")
        return axes, self._entries(include, "include"), self._entries(exclude, "exclude")

    def _list(self, value: Any, what: str) -> list[Any]:
        if not isinstance(value, list):
            raise WorkflowError(self.place, f"{what} must be a list, not {_shown(value)}")
        return value

    def _mapping(self, value: Any, what: str) -> Row:
        if not isinstance(value, Mapping):
            raise WorkflowError(self.place, f"{what} must be a mapping, not {_shown(value)}")
        return dict(value)

    def _entries(self, value: Any, key: str) -> list[Row]:
        listed = [] if value is None else self._list(value, f"`{key}` of the matrix")
        entries = [self._mapping(entry, f"each entry of `{key}` in the matrix") for entry in listed]
        if not all(entries):
            raise WorkflowError(self.place, f"an entry of `{key}` in the matrix is empty")
        return entries

    def _rows(self, axes: dict[str, list[Any]], include: list[Row], exclude: list[Row]) -> list[Row]:
        for key in itertools.chain.from_iterable(exclude):
            if key not in axes:
                raise WorkflowError(self.place, f"`exclude` names `{key}`, which is not a key of the matrix")
        self._limit(math.prod(map(len, axes.values())))
        combined = [dict(zip(axes, row, strict=True)) for row in itertools.product(*axes.values())] if axes else []
        kept = [row for row in combined if not any(_matches(row, entry) for entry in exclude)]
        rows = _with_included(kept, list(axes), include)
        self._limit(len(rows))
        return rows

    def _limit(self, rows: int) -> None:
        if rows > _MOST_ROWS:
            raise WorkflowError(self.place, f"the matrix has {rows} rows; GitHub runs {_MOST_ROWS} at most")


def _with_included(rows: list[Row], axes: Sequence[str], include: list[Row]) -> list[Row]:
    """Return the rows with the entries of `include`.

    An entry is merged into every row whose own values (not those of other entries) it does not change; if there is no
    such row, it becomes a new row, into which no other entry is merged.
    """
    results = [dict(row) for row in rows]
    added: list[Row] = []
    for entry in include:
        own = {key: value for key, value in entry.items() if key in axes}
        matching = [result for row, result in zip(rows, results, strict=True) if _matches(row, own)]
        for result in matching:
            result.update((key, value) for key, value in entry.items() if key not in axes)
        if not matching:
            added.append(dict(entry))
    return results + added


def _matches(value: Any, pattern: Any) -> bool:
    """Whether a value matches a pattern, which may omit keys of mappings and ends of lists."""
    if isinstance(pattern, Mapping):
        return isinstance(value, Mapping) and all(_matches(value.get(key), one) for key, one in pattern.items())
    if isinstance(pattern, list):
        fits = isinstance(value, list) and len(value) >= len(pattern)
        return fits and all(map(_matches, value, pattern))
    return values.equal(value, pattern)


def _resolved(value: Any, scope: Scope) -> Any:
    if isinstance(value, Template):
        return value.value(scope)
    if isinstance(value, Mapping):
        return {key: _resolved(one, scope) for key, one in value.items()}
    return [_resolved(one, scope) for one in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    text = values.to_json(value) if values.is_primitive(value) else values.as_text(value).lower()
    return text if len(text) <= 60 else text[:60] + "…"


def strategy(node: Node, job: str) -> Matrix:
    """Read the strategy of the job that messages call `job`; the errors of one without expressions are found now."""
    found = fields(node, f"`strategy` of {job}", ("matrix", "fail-fast", "max-parallel"))
    fail_fast, parallel = found.flag("fail-fast", JOB_STRATEGY), found.number("max-parallel", JOB_STRATEGY)
    matrix = found.node("matrix")
    read = Matrix(None if matrix is None else _written(matrix), fail_fast, parallel, (matrix or node).place)
    if read.is_constant:
        read.rows(Scope({}))
    return read


def _written(node: Node) -> Any:
    if isinstance(node, YamlSequence):
        return [_written(item) for item in node.items]
    if isinstance(node, YamlMapping):
        return {key.text: _written(value) for key, value in entries(node, "a value of the matrix")}
    template = parse_template(node, JOB_STRATEGY)
    return template.constant if template.is_constant else template
