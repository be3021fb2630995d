"""A report as lines for a terminal: one for each wheel, the findings and notes by file, the verdict last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.findings import Result
from truewheel.judging.facts import WheelFacts
from truewheel.report.console import STYLE, Line
from truewheel.report.model import (
    LIBRARY_HEADS,
    Report,
    Verdict,
    by_place,
    choice_rows,
    library_cells,
    publisher_fields,
)
from truewheel.report.text import aligned, pluralize, readable_size, truncate

# Of the table of libraries: its rows, the names of what one loads, and the characters of a cell.
_MOST_LIBRARIES, _MOST_LOADED, _WIDEST = 24, 3, 60


def report_lines(report: Report) -> Iterator[Line]:
    """All of a report but its last line."""
    yield from _wheel_lines(report)
    yield from _result_lines("", report.findings, "red")
    yield from _result_lines("accepted in [tool.release.accept]", report.accepted, "yellow")
    yield from _result_lines("notes", report.notes, "cyan")
    yield from _library_lines(report)
    if report.choices:
        yield [("what pip takes after the release, for each CPython", "bold")]
        yield from ([(f"  {line}", "")] for line in aligned([*choice_rows(report.choices)]))
    if report.publisher:
        yield [("trusted publisher, for PyPI's form", "bold")]
        yield from ([(f"  {line}", "")] for line in aligned([*publisher_fields(report)]))
    # Without a hint, the last line says it all.
    if report.error is not None and report.error.hint:
        yield [("error", "yellow"), (f": {report.error.message}", "")]
        for line in report.error.hint.splitlines():
            yield [(f"  {line}", "")]


def _result_lines(title: str, results: Sequence[Result], colour: str) -> Iterator[Line]:
    if title and results:
        yield [(title, "bold")]
    for where, at_one_place in by_place(results).items():
        if where:
            yield [(where, "bold")]
        for number, result in enumerate(at_one_place, start=1):
            check = [(result.check, colour), (": ", "")] if result.check else []
            yield [("  ", ""), *check, (result.message, "")]
            following = [(other.check, other.remark) for other in at_one_place[number : number + 1]]
            # Of several with one remark, the last one has it.
            if result.remark and (result.check, result.remark) not in following:
                yield [(f"      {result.remark}", "dim")]


def _library_lines(report: Report) -> Iterator[Line]:
    """A table of the native libraries, unless it would be too long to read."""
    wheels = [wheel for wheel in report.wheels if wheel.libraries]
    if not wheels or sum(len(wheel.libraries) for wheel in wheels) > _MOST_LIBRARIES:
        return
    rows = [LIBRARY_HEADS, *(library_cells(library, _MOST_LOADED) for wheel in wheels for library in wheel.libraries)]
    head, *lines = aligned([[truncate(cell, _WIDEST) for cell in row] for row in rows], right=(1, 2, 3))
    yield [(head, "bold")]
    for wheel in wheels:
        # Several wheels have libraries of the same names.
        if len(wheels) > 1:
            yield [(wheel.tags or wheel.name, "dim")]
        for line in lines[: len(wheel.libraries)]:
            yield [(line, "")]
        lines = lines[len(wheel.libraries) :]


def verdict_line(verdict: Verdict) -> Line:
    """The verdict, the last line of everything."""
    return [(verdict.line, f"bold {STYLE[verdict.word]}")]


def _wheel_lines(report: Report) -> Iterator[Line]:
    """One line for each wheel, in columns."""
    lines = aligned([_wheel_cells(wheel) for wheel in report.wheels], right=(2,))
    for wheel, line in zip(report.wheels, lines, strict=True):
        verdict = report.verdict_on(wheel)
        yield [(f"{verdict:7}", f"bold {STYLE[verdict]}"), (f"  {line}", "")]


def _wheel_cells(wheel: WheelFacts) -> list[str]:
    libraries = pluralize(len(wheel.libraries), "library") if wheel.readable else "unreadable"
    return [wheel.title or wheel.name, wheel.tags, readable_size(wheel.size), libraries]
