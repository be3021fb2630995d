"""The values of a workflow: scalars with expressions in them, and conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scripts.workflow.place import Place
from scripts.workflow.scope import Scope


@dataclass(frozen=True, slots=True)
class Template:
    """A YAML scalar with the `${{ }}` in it.

    Attributes:
        place: where it stands.
        source: as written; empty for null.
    """

    place: Place
    source: str

    def value(self, scope: Scope) -> Any:
        """Its value; a lone `${{ }}` keeps its type, else it is text."""
        raise NotImplementedError

    def text(self, scope: Scope) -> str:
        """Its value as GitHub turns values into text."""
        raise NotImplementedError

    @property
    def is_constant(self) -> bool:
        """Whether there is no expression in it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Condition:
    """An `if`.

    Attributes:
        place: where it stands.
        source: as written.
    """

    place: Place
    source: str

    def holds(self, scope: Scope) -> bool:
        """Whether it is true; `success()` is part of it unless it calls a status function itself."""
        raise NotImplementedError
