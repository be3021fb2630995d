"""Where in a workflow file something stands, and the error that begins with it."""

from __future__ import annotations

from dataclasses import dataclass

from truewheel.errors import ReleaseError


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file, as editors count: lines and columns begin with 1.

    Attributes:
        file: relative to the repository, with slashes.
        line: the line.
        column: the column.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}"


class WorkflowError(ReleaseError):
    """A workflow says what GitHub would refuse, or what is not supported here.

    Args:
        place: where it says so; the message begins with it.
        complaint: what was found, and what was expected.
        hint: what to do next.
    """

    def __init__(self, place: Place, complaint: str, *, hint: str = "") -> None:
        super().__init__(f"{place}: {complaint}", hint=hint)
        self.place = place
        self.complaint = complaint
