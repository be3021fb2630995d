"""What a program found, for GitHub Actions: an annotation per finding, and a summary page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from truewheel.findings import Result
from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.report.model import Report, publisher_lines
from truewheel.report.text import printable, readable_size


def annotation_lines(report: Report) -> Iterator[str]:
    """GitHub's workflow commands. A command ends at the first line break, so those and % are escaped."""
    if report.error is not None:
        yield annotation(f"{report.program} cannot {report.task}", report.error.message, report.error.hint)
    for finding in report.findings:
        yield annotation(finding.check, f"{finding.where}: {finding.message}", finding.hint)


def annotation(title: str, message: str, hint: str = "") -> str:
    """The workflow command by which GitHub shows an error; each line of the hint keeps to its own."""
    lines = [message, *hint.splitlines()]
    text = "\n".join(printable(line) for line in lines)
    return f"::error title={_escape_property(printable(title))}::{_escape(text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def append_summary(markdown: str, environ: Mapping[str, str]) -> None:
    """Append to the summary page of the GitHub job; nothing happens elsewhere."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(markdown)


def summary(report: Report) -> str:
    """The job's summary page, in GitHub's Markdown."""
    lines = [f"### {cell(report.last_line)}\n"]
    if report.error is not None and report.error.hint:
        lines.append(report.error.hint + "\n")
    if report.wheels:
        header = ["wheel", "verdict", "size", "SHA-256", "tags", "oldest glibc", "libraries and what they load"]
        lines.append(markdown_table(header, [_wheel_row(wheel, report) for wheel in report.wheels]))
    if report.findings:
        lines.append(_results_table(report.findings, "what is wrong"))
    if report.notes:
        lines.append(_results_table(report.notes, "note"))
    if report.publisher:
        lines.append(markdown_table(["trusted publisher on PyPI", "value"], publisher_lines(report)))
    return "\n".join(lines) + "\n"


def _results_table(results: Sequence[Result], heading: str) -> str:
    rows = [[result.check, result.where, result.message, result.hint] for result in results]
    return markdown_table(["check", "where", heading, "what to do"], rows)


# A wheel with hundreds of libraries would fill the page (GitHub cuts it at 1 MiB); --html shows all of them.
_SHOWN_LIBRARIES = 12


def _wheel_row(wheel: WheelFacts, report: Report) -> list[str]:
    shown = [_library(library) for library in wheel.libraries[:_SHOWN_LIBRARIES]]
    more = len(wheel.libraries) - len(shown)
    return [
        wheel.name,
        report.verdict_on(wheel),
        readable_size(wheel.size),
        f"`{wheel.sha256}`" if wheel.sha256 else "—",
        wheel.tags or "—",
        wheel.glibc or "—",
        "; ".join([*shown, f"and {more} more"] if more else shown) or "—",
    ]


def _library(library: LibraryFacts) -> str:
    return f"{library.name} → {', '.join(library.needs)}" if library.needs else library.name


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in GitHub's Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell(text) for text in line) + " |\n" for line in lines)


def cell(text: str) -> str:
    """A text on one line in which nothing is Markdown of a table, nor HTML."""
    one_line = printable(" ".join(text.split()))
    return one_line.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
