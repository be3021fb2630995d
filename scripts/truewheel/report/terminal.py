"""A report as lines for a terminal: one for each wheel, the findings and notes by file, the verdict last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from truewheel.findings import Result
from truewheel.judging.facts import WheelFacts
from truewheel.report.console import STYLE, Line
from truewheel.report.model import LIBRARY_HEADS, Report, Verdict, by_place, library_cells, publisher_fields
from truewheel.report.text import pluralize, readable_size, truncate

# Of the table of libraries: its rows, and the characters of a cell.
_MOST_LIBRARIES = 16
_WIDEST = 60


def report_lines(report: Report) -> Iterator[Line]:
    """All of a report but its last line."""
    yield from _wheel_lines(report)
    yield from _result_lines(report.findings, "red")
    if report.accepted:
        yield [("accepted in [tool.release.accept]", "bold")]
        yield from _result_lines(report.accepted, "yellow")
    if report.notes:
        yield [("notes", "bold")]
        yield from _result_lines(report.notes, "cyan")
    yield from _library_lines(report)
    if report.publisher:
        yield [("trusted publisher, for PyPI's form", "bold")]
        width = max(len(field) for field, _ in report.publisher)
        for field, value in publisher_fields(report):
            yield [(f"  {field:{width}}  {value}", "")]
    # Without a hint, the last line says it all.
    if report.error is not None and report.error.hint:
        yield [("error", "yellow"), (f": {report.error.message}", "")]
        for line in report.error.hint.splitlines():
            yield [(f"  {line}", "")]


def _result_lines(results: Iterable[Result], colour: str) -> Iterator[Line]:
    for where, at_one_place in by_place(results).items():
        if where:
            yield [(where, "bold")]
        for result in at_one_place:
            check = [(result.check, colour), (": ", "")] if result.check else []
            yield [("  ", ""), *check, (result.message, "")]
            if result.remark:
                yield [(f"      {result.remark}", "dim")]


def _library_lines(report: Report) -> Iterator[Line]:
    """A table of the native libraries, unless it would be too long to read."""
    libraries = [(wheel, library) for wheel in report.wheels for library in wheel.libraries]
    if not libraries or len(libraries) > _MOST_LIBRARIES:
        return
    rows = [LIBRARY_HEADS, *(library_cells(library) for _, library in libraries)]
    cells = [[truncate(cell, _WIDEST) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        # Names to the left, numbers to the right.
        aligned = [
            cell.rjust(width) if 1 <= at <= 3 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield [("  ".join(aligned).rstrip(), "" if number else "bold")]


def verdict_line(verdict: Verdict) -> Line:
    """The verdict, the last line of everything."""
    return [(verdict.line, f"bold {STYLE[verdict.word]}")]


def _wheel_lines(report: Report) -> Iterator[Line]:
    """One line for each wheel, in columns."""
    rows = [_wheel_cells(wheel) for wheel in report.wheels]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for wheel, cells in zip(report.wheels, rows, strict=True):
        verdict = report.verdict_on(wheel)
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        padded[2] = cells[2].rjust(widths[2])
        yield [(f"{verdict:7}", f"bold {STYLE[verdict]}"), ("  " + "  ".join(padded).rstrip(), "")]


def _wheel_cells(wheel: WheelFacts) -> list[str]:
    libraries = pluralize(len(wheel.libraries), "library") if wheel.readable else "unreadable"
    return [wheel.title or wheel.name, wheel.tags, readable_size(wheel.size), libraries]
