"""A report in GitHub Actions: an annotation for each finding, and a summary page of the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from truewheel.findings import Result
from truewheel.judging.facts import WheelFacts
from truewheel.report.console import writing
from truewheel.report.markdown import code, escaped, heading, table
from truewheel.report.model import Report, choice_rows, publisher_fields
from truewheel.report.text import printable, readable_size


def annotation_lines(report: Report) -> Iterator[str]:
    """One annotation for the error, and one for each finding."""
    if report.error is not None:
        yield annotation(f"{report.program} cannot {report.task}", report.error.message, report.error.hint)
    for finding in report.findings:
        yield annotation(finding.check, f"{finding.where}: {finding.message}", finding.hint)


def annotation(title: str, message: str, hint: str = "") -> str:
    """GitHub's workflow command for an error, with the hint below the message.

    A command ends at the first line break, so those and % are escaped.
    """
    text = "\n".join(map(printable, (message, *hint.splitlines())))
    return f"::error title={_escape_property(printable(title))}::{_escape(text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def append_summary(markdown: str, environ: Mapping[str, str]) -> None:
    """Append to the job's summary page in GitHub Actions, and only there; OutputError if it cannot be written."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with writing("the job summary"), Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(markdown)


def summary(report: Report) -> str:
    """The report as Markdown."""
    blocks = [heading(3, report.outcome.line)]
    if report.error is not None:
        blocks += [f"{escaped(line)}\n" for line in report.error.hint.splitlines()]
    if report.wheels:
        header = ["wheel", "verdict", "size", "SHA-256", "tags", "oldest glibc", "libraries"]
        blocks.append(table(header, [_wheel_row(wheel, report) for wheel in report.wheels]))
    blocks += _results_table(report.findings, "what is wrong")
    blocks += _results_table(report.accepted, "accepted", "reason")
    blocks += _results_table(report.notes, "note")
    if report.choices:
        head, *rows = choice_rows(report.choices)
        blocks.append(table(["pip takes for", *head[:-1]], [[row[-1], *row[:-1]] for row in rows]))
    if report.publisher:
        blocks.append(table(["trusted publisher on PyPI", "value"], publisher_fields(report)))
    return "\n".join(blocks) + "\n"


def _results_table(results: Sequence[Result], problem: str, remark: str = "what to do") -> list[str]:
    rows = [[result.check, result.where, result.message, result.remark] for result in results]
    return [table(["check", "where", problem, remark], rows)] if rows else []


def _wheel_row(wheel: WheelFacts, report: Report) -> list[str]:
    return [
        wheel.name,
        report.verdict_on(wheel),
        readable_size(wheel.size),
        code(wheel.sha256) if wheel.sha256 else "",
        wheel.tags,
        wheel.glibc,
        str(len(wheel.libraries)) if wheel.readable else "",
    ]
