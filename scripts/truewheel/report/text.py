"""Words, numbers and names as people read them; the same in a terminal, in Markdown and on a page."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

# The escape sequences that colour text in a terminal.
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def pluralize(number: int, noun: str) -> str:
    """A number and its noun: `1 wheel`, `2 wheels`, `3 libraries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("ry") else f"{number} {noun}s"


def run_here(ran: int, wheels: int) -> str:
    """How many of the wheels were run on this machine: `1 of 2 wheels was run here`."""
    if not ran:
        return f"none of the {wheels} wheels was run here" if wheels > 1 else "the wheel was not run here"
    return f"{ran} of {pluralize(wheels, 'wheel')} {'was' if ran == 1 else 'were'} run here"


def printable(text: str) -> str:
    """The text on one line without control characters, which are spelled out: `a\\x1b[31m`, `a\\nb`.

    File names and metadata come from untrusted wheels. `print_lines`, `write_line`, the Markdown and the HTML do this
    to everything that they are given; nobody else has to.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def as_displayed(line: str) -> str:
    """A line of a program's output as a terminal would show it: no colours or tabs, what was overwritten is gone."""
    return printable(_COLOURS.sub("", line).rstrip("\r\n").rpartition("\r")[2].expandtabs().rstrip())


def readable_size(size: int) -> str:
    """A size in bytes for people: `812 B`, `43.2 KB`, `1.7 MB` (powers of 1000)."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} KB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def readable_seconds(seconds: float) -> str:
    """A time for people: `0.4 s`, `12.3 s`, `2 min 05 s`."""
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def aligned(rows: Sequence[Sequence[str]], right: Container[int] = ()) -> list[str]:
    """The rows of a table as lines; the columns in `right`, counted from 0, are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        [f"{cell:>{width}}" if number in right else f"{cell:{width}}" for number, (cell, width) in enumerate(cells)]
        for cells in (zip(row, widths, strict=True) for row in rows)
    )
    return ["  ".join(cells).rstrip() for cells in padded]


def truncate(name: str, longest: int) -> str:
    """A name without its middle if it is longer than `longest`: names differ at their beginnings and endings."""
    half = longest // 2
    return name if len(name) <= longest else f"{name[: half - 1]}…{name[-half:]}"
