"""Where lines are printed, and where colour comes from: the only place that decides on it.

A pipe or a file receives the same text without colours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from truewheel.report.text import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# A piece of a line and its style, in rich's words.
Piece = tuple[str, str]
Line = Sequence[Piece]

# Raised when a key of any program's JSON is renamed or removed, or its meaning changes; new keys do not raise it.
JSON_VERSION = 2

# The colours of verdicts and of conclusions of jobs and steps.
STYLE = {
    "fit": "green",
    "refused": "red",
    "cannot-judge": "yellow",
    "success": "green",
    "failure": "red",
    "tolerated": "yellow",
    "cancelled": "yellow",
    "skipped": "dim",
}


def print_lines(lines: Sequence[Line], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Print lines to `stream`, in colour if it may have colours. Control characters in them are spelled out."""
    if not _is_coloured(stream, environ):
        for line in lines:
            write_line("".join(text for text, _ in line), stream)
        return
    console = console_for(stream, environ)
    for line in lines:
        # Lines are never wrapped: they are read in logs, and searched.
        console.print(styled(line), soft_wrap=True)


def write_line(line: str, stream: TextIO) -> None:
    """Print one line at once, so that it appears before the output of a child process."""
    print(printable(line), file=stream, flush=True)


def write_json(document: Mapping[str, object], stream: TextIO) -> None:
    """Print one JSON object, with the version of its format first.

    It is ASCII, so that it may be sent to any terminal, whatever a file name holds.
    """
    print(json.dumps({"version": JSON_VERSION, **document}, indent=2), file=stream, flush=True)


def is_live(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether what was printed can be drawn over: `stream` is a terminal, and not a `dumb` one."""
    return stream.isatty() and environ.get("TERM") != "dumb"


def console_for(stream: TextIO, environ: Mapping[str, str]) -> Console:
    """rich's console for `stream`, which prints text as it is: without markup, emoji or highlighting."""
    # Imported here because it takes longer than judging a small wheel, and files and pipes do not need it.
    from rich.console import Console  # noqa: PLC0415

    return Console(file=stream, markup=False, emoji=False, highlight=False, _environ=environ)


def styled(line: Line) -> Text:
    """A line as rich prints it, without control characters."""
    from rich.text import Text  # noqa: PLC0415  see console_for

    return Text.assemble(*((printable(text), style) for text, style in line))


def _is_coloured(stream: TextIO, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return bool(environ.get("FORCE_COLOR")) or stream.isatty()
