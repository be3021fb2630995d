"""Where lines are printed, and the only place that decides on colour.

A pipe or a file receives the same text without colours.
"""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, TextIO

from truewheel.report.text import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# A piece of a line and its style, in rich's words.
Piece = tuple[str, str]
Line = Sequence[Piece]

# Raised when a key of any program's JSON is renamed or removed, or its meaning changes; new keys do not raise it.
JSON_VERSION = 3

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
    "not run here": "yellow",
    "not built here": "yellow",
}


def print_lines(lines: Sequence[Line], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Print lines to `stream`, in colour if it may have colours. Control characters in them are spelled out."""
    if not _is_coloured(stream, environ):
        for line in lines:
            write_line("".join(text for text, _ in line), stream)
        return
    console = console_for(stream, environ)
    with writing("the output"):
        for line in lines:
            # Lines are never wrapped: they are read in logs, and searched.
            console.print(styled(line), soft_wrap=True)


def write_line(line: str, stream: TextIO) -> None:
    """Print one line at once, so that it appears before the output of a child process."""
    write_text(f"{printable(line)}\n", stream)


def write_json(document: Mapping[str, object], stream: TextIO) -> None:
    """Print one JSON object, with the version of its format first.

    It is ASCII, so any terminal can show it, even if a file name contains control characters.
    """
    write_text(json.dumps({"version": JSON_VERSION, **document}, indent=2) + "\n", stream)


def write_text(text: str, stream: TextIO) -> None:
    """Print text of our own as it is, at once; OutputError if it cannot be written."""
    with writing("the output"):
        stream.write(text)
        stream.flush()


class OutputError(Exception):
    """The output cannot be written; `is_closed` if the reader of a pipe has gone, as `head` has after some lines."""

    def __init__(self, message: str, *, is_closed: bool) -> None:
        super().__init__(message)
        self.is_closed = is_closed


@contextlib.contextmanager
def writing(target: str) -> Iterator[None]:
    """Turn an error of the operating system into an `OutputError` about `target`."""
    try:
        yield
    except OSError as error:
        # Windows reports a closed pipe as EINVAL.
        is_closed = error.errno in (errno.EPIPE, errno.EINVAL)
        raise OutputError(f"{target} cannot be written: {error.strerror}", is_closed=is_closed) from None


def is_live(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether what was printed can be drawn over: `stream` is a terminal, and not a `dumb` one."""
    return stream.isatty() and environ.get("TERM") != "dumb"


def console_for(stream: TextIO, environ: Mapping[str, str]) -> Console:
    """rich's console for `stream`, which prints text as it is: without markup, emoji or highlighting."""
    # Imported here because it takes longer than judging a small wheel, and files and pipes do not need it.
    from rich.console import Console  # noqa: PLC0415

    class Unending(Console):
        def on_broken_pipe(self) -> None:
            """Leave the exception to us; rich would end the program with exit status 1."""
            raise  # noqa: PLE0704  rich calls this while it handles the exception

    return Unending(file=stream, markup=False, emoji=False, highlight=False, _environ=environ)


def styled(line: Line) -> Text:
    """A line as rich prints it, without control characters."""
    from rich.text import Text  # noqa: PLC0415  see console_for

    return Text.assemble(*((printable(text), style) for text, style in line))


def _is_coloured(stream: TextIO, environ: Mapping[str, str]) -> bool:
    # Without the dependencies of truewheel, the error that says so is still printed.
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" or find_spec("rich") is None:
        return False
    return bool(environ.get("FORCE_COLOR")) or stream.isatty()
