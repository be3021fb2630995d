"""The printer of a rehearsal, and of what one would do: for a terminal, for GitHub Actions, or as JSON.

With `--json`, one object and nothing else. Keys are those of `truewheel.rehearsal.result`, where they are explained;
times are seconds since the rehearsal began:

    {"version": 2, "program": "rehearse", "verdict": "fit" | "refused", "reason": …, "error": null, "hint": null,
     "workflow", "tag", "commit", "uncommitted": […], "index_url", "seconds", "folder", "notes": […],
     "attempts": [{"number", "fault", "conclusion",
                   "jobs": [{"id", "name", "conclusion", "needs": […], "runner", "attempt", "started", "seconds",
                             "error", "note", "tolerated",
                             "steps": [{"name", "conclusion", "started", "seconds", "log": […], "error",
                                        "stand_in"}]}]}],
     "artifacts": [{"name", "job", "files": [FILE]}],
     "release": null | {"tag", "title", "notes", "assets": [FILE], "is_latest"},
     "index_files": [FILE], "publisher": [[field, value]]}

in which FILE is {"name", "size", "sha256"}. With `--plan --json`, the keys are those of
`truewheel.rehearsal.plan_facts`:

    {"version": 2, "program": "rehearse", "verdict", "reason", "error", "hint",
     "workflow", "tag", "commit", "uncommitted", "fires", "trigger", "jobs", "builders", "files", "release",
     "registration", "notes"}

where "reason" is the verdict's, and "trigger" says why the tag does or does not start the workflow. What could not be
judged is `truewheel.report.printing`'s object, with "error" and "hint".
"""

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
    verdict_on,
    verdict_on_plan,
)
from truewheel.report.rehearsal.plan import plan_lines
from truewheel.report.rehearsal.terminal import rehearsal_lines
from truewheel.report.terminal import verdict_line
from truewheel.report.text import readable_seconds, readable_size


def print_rehearsal(rehearsal: Rehearsal, stream: TextIO, *, as_json: bool, environ: Mapping[str, str]) -> int:
    """Print what a rehearsal did; in GitHub Actions, annotate and append to the job summary too. Gives the exit status.

    A step's log may hold anything: what is sent to a terminal has no control characters in it.
    """
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
    """Print what a tag would do. Gives the exit status: 1 when it would not start the workflow."""
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
        [job.name, conclusion_of(job), readable_seconds(job.seconds) if job.seconds else "", job.note]
        for job in attempt.jobs
    ]
    return table(["job", "conclusion", "time", "what differs here"], rows)


def _print_json(verdict: Verdict, facts: Mapping[str, object], stream: TextIO) -> None:
    head = {"program": verdict.program, "verdict": verdict.word, "reason": verdict.reason}
    write_json({**head, "error": None, "hint": None, **facts}, stream)
