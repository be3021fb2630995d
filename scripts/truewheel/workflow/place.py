"""A position in a workflow file, and the error that names it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from truewheel.errors import ReleaseError


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file, as editors show it: lines and columns start at 1."""

    file: str  # relative to the repository, with slashes
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}"


class WorkflowError(ReleaseError):
    """A workflow has something that GitHub would refuse or that is not supported; the message begins with its place."""

    def __init__(self, place: Place, problem: str, *, hint: str = "") -> None:
        super().__init__(f"{place}: {problem}", hint=hint)
        self.place = place
        self.problem = problem


def advice(name: str, known: Iterable[str]) -> str:
    """Return a hint at what an unknown `name` may have been meant to be; case does not matter."""
    by_folded = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_folded, n=1)
    return f"did you mean `{by_folded[near[0]]}`?" if near else f"known are {', '.join(by_folded.values())}"
