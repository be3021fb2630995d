"""The rows of a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.workflow.place import Place
from scripts.workflow.scope import Scope
from scripts.workflow.templates import Template

# A value of a matrix as written: a scalar, or lists and mappings of them.
Value = Any


@dataclass(frozen=True, slots=True)
class Matrix:
    """The `strategy` of a job.

    Attributes:
        axes: key → its values, or one Template that gives a list of them.
        include: rows to add, or to add to.
        exclude: rows to leave out.
        fail_fast: whether the first row that fails ends the others; None means yes.
        max_parallel: how many rows are run at a time; None means as many as there are.
        place: where it stands.
    """

    axes: Mapping[str, tuple[Value, ...] | Template]
    include: tuple[Mapping[str, Value], ...] | Template
    exclude: tuple[Mapping[str, Value], ...] | Template
    fail_fast: Template | None
    max_parallel: Template | None
    place: Place

    def rows(self, scope: Scope) -> list[dict[str, Any]]:
        """The rows by GitHub's rules.

        Raises:
            WorkflowError: there are none, or an expression gives something that is no matrix.
        """
        raise NotImplementedError
