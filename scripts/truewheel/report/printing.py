"""Print a report: for a terminal, for GitHub Actions, or as JSON.

At a terminal: a line per wheel, the findings and notes by file, each with its hint, and the verdict as the last line.
In GitHub Actions also an annotation for each finding, and a job summary. With `--json`, one object (docs/json.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TextIO

from truewheel.findings import Rule
from truewheel.judging.facts import WheelFacts
from truewheel.report.console import print_lines, write_json, write_line
from truewheel.report.github import annotation_lines, append_summary, summary
from truewheel.report.model import Report
from truewheel.report.terminal import report_lines, verdict_line


def print_report(report: Report, stream: TextIO, *, as_json: bool, environ: Mapping[str, str]) -> None:
    """Print `report` to `stream`; in GitHub Actions, also annotate, and append to the job summary."""
    if as_json:
        write_json(_as_json(report), stream)
    else:
        print_lines(list(report_lines(report)), stream, environ)
        if environ.get("GITHUB_ACTIONS") == "true":
            for line in annotation_lines(report):
                write_line(line, stream)
        # The verdict is the last line of everything.
        print_lines([verdict_line(report.outcome)], stream, environ)
    append_summary(summary(report), environ)


def print_rules(rules: Sequence[Rule], stream: TextIO, *, as_json: bool) -> None:
    """Print what the checks of a program demand, one line each, and their sources."""
    if as_json:
        write_json({"checks": [asdict(rule) for rule in rules]}, stream)
        return
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        write_line(f"{rule.name:{width}}  {rule.demand}{' (a note)' if rule.is_note else ''}", stream)
        write_line(f"{'':{width}}  source: {rule.source}", stream)


def _as_json(report: Report) -> dict[str, object]:
    return {
        "program": report.program,
        "verdict": report.outcome.word,
        "subject": report.subject,
        "findings": [asdict(finding) for finding in report.findings],
        "wheels": [_wheel_as_json(wheel, report) for wheel in report.wheels],
        "error": report.error.message if report.error else None,
        "hint": report.error.hint if report.error else None,
        "notes": [asdict(note) for note in report.notes],
        "publisher": dict(report.publisher) or None,
        "accepted": [asdict(accepted) for accepted in report.accepted],
        "pip_takes": [asdict(choice) for choice in report.choices],
    }


def _wheel_as_json(wheel: WheelFacts, report: Report) -> dict[str, object]:
    return {
        "name": wheel.name,
        "size": wheel.size,
        "sha256": wheel.sha256 or None,
        "verdict": report.verdict_on(wheel),
        "tags": wheel.tags or None,
        "glibc": wheel.glibc or None,
        "unpacked": wheel.unpacked,
        "libraries": [asdict(library) for library in wheel.libraries],
    }
