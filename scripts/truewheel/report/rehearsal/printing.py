"""Print a rehearsal, or the plan of one: for a terminal, or as JSON (docs/json.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TextIO

from truewheel.rehearsal.plan_facts import Plan
from truewheel.rehearsal.result import Rehearsal
from truewheel.report.console import print_lines, write_json
from truewheel.report.model import Verdict
from truewheel.report.rehearsal.model import verdict_on, verdict_on_plan
from truewheel.report.rehearsal.plan import plan_lines
from truewheel.report.rehearsal.terminal import rehearsal_lines
from truewheel.report.terminal import verdict_line


def print_rehearsal(rehearsal: Rehearsal, stream: TextIO, *, as_json: bool, environ: Mapping[str, str]) -> int:
    """Print a rehearsal, and return the exit status."""
    verdict = verdict_on(rehearsal)
    if as_json:
        attempts = [{**asdict(attempt), "conclusion": attempt.conclusion} for attempt in rehearsal.attempts]
        _print_json(verdict, {**asdict(rehearsal), "attempts": attempts}, stream)
    else:
        print_lines(list(rehearsal_lines(rehearsal, stream, environ)), stream, environ)
        print_lines([verdict_line(verdict)], stream, environ)
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


def _print_json(verdict: Verdict, facts: Mapping[str, object], stream: TextIO) -> None:
    head = {"program": verdict.program, "verdict": verdict.word, "reason": verdict.reason}
    write_json({**head, "error": None, "hint": None, **facts}, stream)
