"""What a program found, for people at a terminal: a line per wheel, the findings by wheel, the verdict last.

The very same text goes into a file or a pipe, without the colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from truewheel.judging.facts import WheelFacts
from truewheel.report.model import (
    CANNOT_JUDGE,
    FIT,
    REFUSED,
    Report,
    Verdict,
    by_place,
    counted,
    plain,
    publisher_lines,
    readable_size,
)

# A piece of a line, and how it looks where there are colours, in rich's words.
Piece = tuple[str, str]
Line = Sequence[Piece]

_STYLE = {FIT: "green", REFUSED: "red", CANNOT_JUDGE: "yellow"}


def print_lines(lines: Sequence[Line], stream: TextIO, environ: Mapping[str, str]) -> None:
    """Print `lines`, coloured where `stream` is a terminal that may have colours (NO_COLOR says it may not)."""
    if not _is_colourful(stream, environ):
        for line in lines:
            print("".join(text for text, _ in line), file=stream)
        return
    # Imported here because it takes longer than judging a small wheel, and files and pipes need none of it.
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    # Lines are never wrapped or shortened: they are read in logs, and searched.
    console = Console(file=stream, soft_wrap=True, highlight=False, markup=False, emoji=False, _environ=environ)
    for line in lines:
        console.print(Text.assemble(*line))


def _is_colourful(stream: TextIO, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return bool(environ.get("FORCE_COLOR")) or stream.isatty()


def report_lines(report: Report) -> Iterator[Line]:
    """All of a report but its last line."""
    yield from _wheel_lines(report)
    for where, findings in by_place(report.findings).items():
        yield [(plain(where), "bold")]
        for finding in findings:
            yield [("  ", ""), (finding.check, "red"), (f": {plain(finding.message)}", "")]
            yield [(f"      {plain(finding.hint)}", "dim")]
    if report.publisher:
        yield [("trusted publisher, as PyPI's form asks for it", "bold")]
        width = max(len(field) for field, _ in report.publisher)
        for field, value in publisher_lines(report):
            yield [(f"  {field:{width}}  {plain(value)}", "")]
    for note in report.notes:
        yield [(f"note: {plain(note)}", "")]
    # Beside the last line, which tells the error that it is about.
    if report.error is not None and report.error.hint:
        for line in f"hint: {report.error.hint}".splitlines():
            yield [(plain(line), "")]


def verdict_line(verdict: Verdict) -> Line:
    """The verdict, which is the last line of everything that is printed."""
    return [(plain(verdict.line), f"bold {_STYLE[verdict.word]}")]


def _wheel_lines(report: Report) -> Iterator[Line]:
    """One line for each wheel, in columns."""
    rows = [_wheel_cells(wheel) for wheel in report.wheels]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for wheel, cells in zip(report.wheels, rows, strict=True):
        verdict = report.verdict_on(wheel)
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        padded[2] = cells[2].rjust(widths[2])
        yield [(f"{verdict:7}", f"bold {_STYLE[verdict]}"), ("  " + "  ".join(padded).rstrip(), "")]


def _wheel_cells(wheel: WheelFacts) -> list[str]:
    libraries = counted(len(wheel.libraries), "library") if wheel.readable else "unreadable"
    return [plain(wheel.title or wheel.name), plain(wheel.tags), readable_size(wheel.size), libraries]
