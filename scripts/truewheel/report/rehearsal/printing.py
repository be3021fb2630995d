"""Print a rehearsal, or the plan of one: for a terminal, for GitHub Actions, or as JSON (docs/json.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TextIO

from truewheel.rehearsal.plan_facts import Plan
from truewheel.rehearsal.result import Attempt, Rehearsal
from truewheel.report.console import print_lines, write_json, write_line
from truewheel.report.github import annotation, append_summary
from truewheel.report.markdown import code, escaped, heading, table
from truewheel.report.model import Verdict
from truewheel.report.rehearsal.model import (
    conclusion_of,
    failures,
    half_published,
    heading_of,
    limits_on,
    verdict_on,
    verdict_on_plan,
)
from truewheel.report.rehearsal.plan import plan_lines
from truewheel.report.rehearsal.terminal import rehearsal_lines
from truewheel.report.terminal import verdict_line
from truewheel.report.text import readable_seconds, readable_size


def print_rehearsal(rehearsal: Rehearsal, stream: TextIO, *, as_json: bool, environ: Mapping[str, str]) -> int:
    """Print a rehearsal and return the exit status; in GitHub Actions, also annotate and append to the job summary."""
    verdict = verdict_on(rehearsal)
    if as_json:
        attempts = [{**asdict(attempt), "conclusion": attempt.conclusion} for attempt in rehearsal.attempts]
        _print_json(verdict, {**asdict(rehearsal), "attempts": attempts}, stream)
    else:
        print_lines(list(rehearsal_lines(rehearsal, stream, environ)), stream, environ)
        if environ.get("GITHUB_ACTIONS") == "true" and rehearsal.attempts:
            for failure in failures(rehearsal.attempts[-1]):
                write_line(annotation(failure.where, failure.error), stream)
        print_lines([verdict_line(verdict)], stream, environ)
    append_summary(summary(rehearsal), environ)
    return verdict.exit_status


def print_plan(plan: Plan, stream: TextIO, *, as_json: bool, environ: Mapping[str, str]) -> int:
    """Print what a tag would do, and return the exit status."""
    verdict = verdict_on_plan(plan)
    if as_json:
        facts = asdict(plan)
        _print_json(verdict, {"trigger": facts.pop("reason"), **facts}, stream)
    else:
        print_lines(list(plan_lines(plan)), stream, environ)
        print_lines([verdict_line(verdict)], stream, environ)
    return verdict.exit_status


def summary(rehearsal: Rehearsal) -> str:
    """The rehearsal as Markdown."""
    blocks = [heading(3, verdict_on(rehearsal).line)]
    if words := half_published(rehearsal):
        blocks.append(f"{escaped(words)}\n")
    for attempt in rehearsal.attempts:
        if title := heading_of(attempt, rehearsal):
            blocks.append(heading(4, title))
        blocks.append(_job_table(attempt))
        if rows := [[failure.where, failure.error] for failure in failures(attempt)]:
            blocks.append(table(["where", "what failed"], rows))
    if files := rehearsal.index_files:
        rows = [[file.name, readable_size(file.size), code(file.sha256)] for file in files]
        blocks.append(table(["on the index", "size", "SHA-256"], rows))
    return "\n".join(blocks) + "\n"


def _job_table(attempt: Attempt) -> str:
    rows = [
        [job.name, conclusion_of(job), readable_seconds(job.seconds) if job.seconds else "", "; ".join(limits_on(job))]
        for job in attempt.jobs
    ]
    return table(["job", "conclusion", "time", "what differs from GitHub"], rows)


def _print_json(verdict: Verdict, facts: Mapping[str, object], stream: TextIO) -> None:
    head = {"program": verdict.program, "verdict": verdict.word, "reason": verdict.reason}
    write_json({**head, "error": None, "hint": None, **facts}, stream)
