"""Workflows written in a test, run for real, and what became of them."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.programs import BARE
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, Services, StandIn, StepFailed
from truewheel.rehearsal.actions.inputs import anything
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.result import JobResult, StepResult
from truewheel.rehearsal.runner.run import Hooks, Run
from truewheel.rehearsal.runner.schedule import JobState, run_jobs
from truewheel.workflow import read_workflow
from truewheel.workflow.model import Workflow
from truewheel.workflow.parts import Parts

FILE = Path(".github/workflows/publish.yml")
HEADER = """\
on:
  push:
    tags: ["v*"]
permissions: {}
jobs:
"""


@dataclass
class Recorder:
    """Records what happens, in order: `begin build`, `build: Run true`, …"""

    events: list[str] = field(default_factory=list)
    finished: list[JobResult] = field(default_factory=list)

    def job_started(self, job: str) -> None:
        self.events.append(f"begin {job}")

    def step_started(self, job: str, step: str) -> None:
        self.events.append(f"{job}: {step}")

    def step_said(self, job: str, line: str) -> None:
        self.events.append(f"{job} | {line}")

    def step_finished(self, job: str, result: StepResult) -> None:
        self.events.append(f"{job}: {result.name}: {result.conclusion}")

    def job_finished(self, result: JobResult) -> None:
        self.events.append(f"end {result.name}: {result.conclusion}")
        self.finished.append(result)


def _greet(call: ActionCall) -> ActionOutcome:
    if call.inputs.get("name") == "nobody":
        raise StepFailed("there is nobody to greet")
    call.say(f"hello, {call.inputs.get('name', 'world')}")
    status = call.run_program([sys.executable, "-c", "print('from a program')"], call.workspace, BARE, call.say)
    tool = call.temp / "tools" / "greeter"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho from a tool\n", encoding="utf-8", newline="\n")
    tool.chmod(0o755)
    return ActionOutcome({"status": str(status)}, (tool.parent,), {"GREETED": "yes"})


GREET = StandIn("someone/greet", "greets", {"name": anything}, _greet)


def workflow(tmp_path: Path, jobs: str, header: str = HEADER) -> Workflow:
    """The workflow with these jobs."""
    file = tmp_path / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(header + textwrap.indent(textwrap.dedent(jobs), "  "), encoding="utf-8")
    return read_workflow(tmp_path, FILE)


@dataclass
class Played:
    """A run that has ended."""

    states: dict[str, JobState]
    recorder: Recorder

    def job(self, name: str) -> JobResult:
        """The result of a job that has one leg."""
        (leg,) = self.states[name].legs
        return leg.result

    def log(self, name: str) -> list[str]:
        """What the steps of a job printed."""
        return [line for step in self.job(name).steps for line in step.log]

    @property
    def conclusions(self) -> dict[str, str]:
        return {name: state.conclusion for name, state in self.states.items()}


def play(
    tmp_path: Path,
    jobs: str,
    *,
    header: str = HEADER,
    hooks: Hooks | None = None,
    environ: Mapping[str, str] | None = None,
    after: Played | None = None,
) -> Played:
    """Run a workflow with these jobs; or re-run what failed in an earlier attempt."""
    run = make_run(workflow(tmp_path, jobs, header), tmp_path, hooks=hooks, environ=environ, attempt=2 if after else 1)
    recorder = run.observer
    assert isinstance(recorder, Recorder)
    return Played(run_jobs(run, after.states if after else None), recorder)


def make_run(
    workflow: Workflow,
    tmp_path: Path,
    *,
    hooks: Hooks | None = None,
    environ: Mapping[str, str] | None = None,
    attempt: int = 1,
    parts: Parts | None = None,
) -> Run:
    return Run(
        workflow=workflow,
        identity=RunIdentity("owner/name", FILE.as_posix(), "Publish", "v1.2.3", "a" * 40, attempt=attempt),
        folder=tmp_path / f"attempt-{attempt}",
        services=Services(tmp_path / "origin", tmp_path / "artifacts", tmp_path / "releases", dict),
        stand_ins={GREET.action: GREET},
        environ={**BARE, **(environ or {})},
        index_environ={"PIP_INDEX_URL": "https://localhost/simple/"},
        token_environ=lambda environment, **_: {"ACTIONS_ID_TOKEN_REQUEST_URL": f"for {environment}"},
        observer=Recorder(),
        hooks=hooks or Hooks(),
        began=time.monotonic(),
        parts=parts or Parts(),
    )
