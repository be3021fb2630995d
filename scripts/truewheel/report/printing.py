"""The printer: what a program found, for a terminal, for GitHub Actions, or as JSON.

In a terminal: a line per wheel, findings grouped by file with the remedy below each, and a last line with the verdict.
In GitHub Actions also an annotation per finding, and a job summary. With `--json`, one object and nothing else:

    {"version": 1, "program": …, "verdict": "fit" | "refused" | "cannot-judge", "subject": …,
     "findings": [{"check", "where", "message", "hint"}], "error": …, "hint": …, "notes": […],
     "publisher": {field of PyPI's form: value} | null,
     "wheels": [{"name", "size", "sha256", "verdict", "tags", "glibc", "unpacked",
                 "libraries": [{"name", "target", "needs", "soname"}]}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TextIO

from truewheel.findings import Rule
from truewheel.judging.facts import WheelFacts
from truewheel.report.github import annotation_lines, append_summary, markdown_table, summary
from truewheel.report.model import Report, counted, plain, readable_size
from truewheel.report.terminal import print_lines, report_lines, verdict_line

__all__ = [
    "JSON_VERSION",
    "Report",
    "append_summary",
    "counted",
    "markdown_table",
    "plain",
    "print_report",
    "print_rules",
    "readable_size",
    "say",
]

JSON_VERSION = 1


def print_report(report: Report, stream: TextIO, *, as_json: bool, environ: Mapping[str, str]) -> None:
    """Print `report` to `stream`; in GitHub Actions, annotate and append to the job summary too."""
    if as_json:
        # In ASCII: a file name may hold what no terminal should be sent.
        print(json.dumps(_as_json(report), indent=2), file=stream)
    else:
        print_lines(list(report_lines(report)), stream, environ)
        if environ.get("GITHUB_ACTIONS") == "true":
            for line in annotation_lines(report):
                print(line, file=stream)
        # The verdict stays the last line, whatever is said before it.
        print_lines([verdict_line(report.outcome)], stream, environ)
    append_summary(summary(report), environ)


def print_rules(rules: Sequence[Rule], stream: TextIO, *, as_json: bool) -> None:
    """Print what the checks of a program demand, one line each with the source below it."""
    if as_json:
        print(
            json.dumps({"version": JSON_VERSION, "checks": [asdict(rule) for rule in rules]}, indent=2),
            file=stream,
        )
        return
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        print(f"{rule.name:{width}}  {rule.demand}", file=stream)
        print(f"{'':{width}}  source: {rule.source}", file=stream)


def say(line: str, stream: TextIO) -> None:
    """Print one line of progress at once, so that it stands before the output of a child process."""
    print(line, file=stream, flush=True)


def _as_json(report: Report) -> dict[str, object]:
    return {
        "version": JSON_VERSION,
        "program": report.program,
        "verdict": report.verdict,
        "subject": report.subject,
        "findings": [asdict(finding) for finding in report.findings],
        "wheels": [_wheel_as_json(wheel, report) for wheel in report.wheels],
        "error": report.error.message if report.error else None,
        "hint": report.error.hint if report.error else None,
        "notes": list(report.notes),
        "publisher": dict(report.publisher) or None,
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
