"""The reason why a file of a wheel could not be parsed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Takes the place of a parsed file."""

    reason: str  # why there is none, as a predicate of the file, e.g. `is missing`


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line or a row of a parsed file that is not what it should be."""

    number: int  # from 1
    problem: str  # as a predicate of the line, e.g. `is before the first [group]`
    text: str  # the line itself


def decode(content: bytes) -> str | Unreadable:
    """Decode a file that must be UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Unreadable(f"is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}")
