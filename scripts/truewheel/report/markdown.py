"""GitHub's Markdown. Text is escaped here, where it becomes Markdown, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from truewheel.report.text import printable

# What GitHub reads as markup within a line: CommonMark's characters, tables, strikethrough, mentions and formulas.
# An underscore between letters or digits is none: names of wheels stay readable.
_MARKUP = re.compile(r"[\\`*\[\]<>|~#&@$]|(?<![^\W_])_|_(?![^\W_])")
# What begins a list or a rule at the start of a line.
_AT_START = re.compile(r"^(\d*)([-+.)])(?=[- ]|$)")
_BACKTICKS = re.compile("`+")


class Markdown(str):
    """Text that is Markdown already, and is not escaped."""

    __slots__ = ()


def escaped(text: str) -> str:
    """The text as Markdown on one line that is displayed as the text: `__init__.py` becomes `\\_\\_init\\_\\_.py`."""
    if isinstance(text, Markdown):
        return text
    line = _MARKUP.sub(r"\\\g<0>", printable(" ".join(text.split())))
    return _AT_START.sub(r"\1\\\2", line)


def code(text: str) -> Markdown:
    """The text in a fixed-width font, character by character."""
    line = printable(" ".join(text.split()))
    fence = "`" * (max(map(len, _BACKTICKS.findall(line)), default=0) + 1)
    padding = " " if "`" in line else ""
    return Markdown(f"{fence}{padding}{line}{padding}{fence}")


def heading(level: int, text: str) -> str:
    """A heading, from 1 to 6."""
    return f"{'#' * level} {escaped(text)}\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; an empty cell is shown as a dash."""
    lines = [header, [Markdown("---")] * len(header), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(text: str) -> str:
    if isinstance(text, Markdown):
        return text.replace("|", "\\|")
    return escaped(text) or "—"
