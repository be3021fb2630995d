"""A job, run in one row of its matrix: its steps one after the other, on a runner of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from truewheel.rehearsal.actions.call import ActionOutcome
from truewheel.rehearsal.actions.inputs import OWN_TOKEN
from truewheel.rehearsal.result import CANCELLED, FAILURE, SKIPPED, SUCCESS, JobResult, StepResult
from truewheel.rehearsal.runner.children import Cancelled, Children, end_strays
from truewheel.rehearsal.runner.environment import (
    RunnerFolders,
    github_context,
    path_of,
    runner_context,
    runner_environ,
    system_here,
    system_of,
)
from truewheel.rehearsal.runner.run import Leg, LegOutcome, Run
from truewheel.rehearsal.runner.steps import RunnerDied, StepFailed, StepSettings, deadline_in, run_action, run_commands
from truewheel.workflow.model import Step
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Template

# Minutes: GitHub's own limit for a job that sets none.
LONGEST_JOB = 360.0
# By this GitHub's runner knows the programs of a job, whatever they did to hide from it.
_TRACKING = "RUNNER_TRACKING_ID"
# What stand-ins ask for.
_SCOPES = ("contents", "id-token")
_DIED = "the runner was lost in the middle of the job"


def run_leg(run: Run, leg: Leg, needs: Mapping[str, Any], children: Children) -> LegOutcome:
    """Run a leg to its end, whatever that is.

    Args:
        run: the run that it is part of.
        leg: the job, and the row of its matrix.
        needs: the context `needs`.
        children: will hold its programs.
    """
    run.observer.job_started(leg.name)
    outcome = _LegRun(run, leg, needs, children).execute()
    run.observer.job_finished(outcome.result)
    return outcome


@dataclass
class _LegRun:
    """A leg while it runs: what its steps have told the runner so far."""

    run: Run
    leg: Leg
    needs: Mapping[str, Any]
    children: Children
    results: list[StepResult] = field(default_factory=list)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    status: str = SUCCESS
    error: str = ""
    is_lost: bool = False

    def __post_init__(self) -> None:
        run, leg = self.run, self.leg
        self.folders = RunnerFolders(run.folder / f"{leg.job.id}-{leg.index}")
        self.folders.make()
        self.github = github_context(run.identity, leg.job.id, self.folders.workspace)
        granted = run.workflow.permissions_of(leg.job)
        scopes = {*_SCOPES, *granted.levels} - {"*"}
        self.permissions = dict(run.hooks.permissions(leg.job, {scope: granted.level(scope) for scope in scopes}))
        self.machine = runner_environ(self.github, self.folders, run.environ) | dict(run.index_environ)
        self.machine[_TRACKING] = str(self.folders.folder)

    def execute(self) -> LegOutcome:
        started = self.run.clock()
        outputs: dict[str, str] = {}
        is_tolerated = False
        try:
            self._set_up()
            for step in self.leg.job.steps:
                self._take(step)
            scope = self._scope({})
            outputs = {name: template.text(scope) for name, template in self.leg.job.outputs.items()}
            is_tolerated = _flag(self.leg.job.continue_on_error, scope)
        except WorkflowError as error:
            self._fail(FAILURE, error.message)
        finally:
            end_strays(f"{_TRACKING}={self.folders.folder}")
        result = JobResult(
            id=self.leg.job.id,
            name=self.leg.name,
            conclusion=self.status,
            needs=self.leg.job.needs,
            runner=self._runner(),
            attempt=self.run.identity.attempt,
            started=started,
            seconds=self.run.clock() - started,
            steps=tuple(self.results),
            error=self.error,
            note=note_on(self._runner()),
            tolerated=is_tolerated and self.status == FAILURE,
        )
        return LegOutcome(result, outputs)

    def _set_up(self) -> None:
        """Evaluate what holds for all steps."""
        job, scope = self.leg.job, self._scope({})
        self.environ |= {name: value.text(scope) for name, value in self.run.workflow.env.items()}
        scope = self._scope({})
        self.environ |= {name: value.text(scope) for name, value in job.env.items()}
        minutes = _minutes(job.timeout_minutes, scope)
        self.deadline = deadline_in(minutes)
        if self.permissions["id-token"] == "write":
            environment = job.environment.name.text(scope) if job.environment else None
            self.machine |= self.run.token_environ(environment or None)

    def _take(self, step: Step) -> None:
        """Run a step, or skip it, and note how it ended."""
        number = len(self.results) + 1
        own = {name: value.text(self._scope({})) for name, value in step.env.items()}
        scope = self._scope(own)
        name = step_name(step, scope)
        if self.children.is_stopped:
            self._fail(CANCELLED, "it was cancelled")
        if self.is_lost or self.status == CANCELLED or not self._is_wanted(step, scope):
            self._record(step, StepResult(name, SKIPPED, self.run.clock()), {})
            return
        self.run.observer.step_started(self.leg.name, name)
        started, log = self.run.clock(), list[str]()

        def say(line: str) -> None:
            log.append(line)
            self.run.observer.step_said(self.leg.name, line)

        conclusion, error, outputs = SUCCESS, "", {}
        try:
            settings = self._settings(step, scope, own, number)
            changes = self._do(step, scope, replace(settings, say=say))
            outputs = dict(changes.outputs)
            self._apply(changes)
        except StepFailed as failure:
            conclusion, error = FAILURE, str(failure)
            outputs = dict(failure.changes.outputs)
            self._apply(failure.changes)
        except RunnerDied:
            conclusion, error, self.is_lost = FAILURE, _DIED, True
        except Cancelled:
            conclusion, error = CANCELLED, "it was cancelled"
        seconds = self.run.clock() - started
        outcome, may_fail = conclusion, _flag(step.continue_on_error, scope) and not self.is_lost
        if conclusion == FAILURE and may_fail:
            conclusion = SUCCESS
        result = StepResult(name, conclusion, started, seconds, tuple(log), error, self._stand_in(step))
        self._record(step, result, outputs, outcome=outcome)
        if conclusion != SUCCESS:
            self._fail(conclusion, error)

    def _do(self, step: Step, scope: Scope, settings: StepSettings) -> ActionOutcome:
        broken = self.run.hooks.fails(self.leg, step)
        if broken:
            raise StepFailed(broken)
        if step.uses is None:
            script = step.run.text(scope) if step.run else ""
            return run_commands(script, settings, self.children)
        inputs = {name.lower(): value.text(scope) for name, value in step.inputs.items()}
        stand_in = self.run.stand_ins[step.action]
        return run_action(stand_in, inputs, settings, self.run, self.children)

    def _is_wanted(self, step: Step, scope: Scope) -> bool:
        return step.condition.holds(scope) if step.condition else scope.succeeded

    def _settings(self, step: Step, scope: Scope, own: Mapping[str, str], number: int) -> StepSettings:
        workflow, job = self.run.workflow, self.leg.job
        # The runner's own cannot be overwritten, whatever a workflow says.
        reserved = {name: value for name, value in self.machine.items() if name.startswith(("GITHUB_", "RUNNER_"))}
        environ = {**self.machine, **self.environ, **own, **reserved}
        environ["PATH"] = path_of(environ, self.path)
        shell = step.shell or job.default_shell or workflow.default_shell
        where = step.working_directory or job.default_working_directory or workflow.default_working_directory
        # Not in RUNNER_TEMP, which is the job's to empty.
        folder = self.folders.folder / "steps" / str(number)
        folder.mkdir(parents=True)
        minutes = _minutes(step.timeout_minutes, scope)
        return StepSettings(
            folders=self.folders,
            environ=environ,
            folder=folder,
            working_folder=self.folders.workspace / (where.text(scope) if where else ""),
            shell=shell.text(scope) if shell else "",
            permissions=self.permissions,
            job=self.leg.label,
            deadline=min(self.deadline, deadline_in(minutes)),
            dies=self.run.hooks.kills(self.leg, step),
            say=_to_nobody,
        )

    def _apply(self, changes: ActionOutcome) -> None:
        self.environ |= changes.environ
        self.path = [*map(str, changes.path), *self.path]

    def _record(self, step: Step, result: StepResult, outputs: Mapping[str, str], *, outcome: str = "") -> None:
        self.results.append(result)
        self.run.observer.step_finished(self.leg.name, result)
        if step.id:
            # Its outcome is how it ended, its conclusion what became of that by continue-on-error.
            told = {"outcome": outcome or result.conclusion, "conclusion": result.conclusion}
            self.steps[step.id] = {"outputs": dict(outputs), **told}

    def _fail(self, conclusion: str, error: str) -> None:
        # The first failure is what people look for; what fails behind it, in a step that always runs, follows from it.
        if self.status == SUCCESS:
            self.status, self.error = conclusion, error

    def _scope(self, own: Mapping[str, str]) -> Scope:
        leg, strategy = self.leg, self.leg.job.strategy
        before = Scope({"github": self.github, "needs": self.needs, "inputs": {}})
        contexts: dict[str, Any] = {
            "github": self.github,
            "env": {**self.environ, **own},
            "matrix": dict(leg.row),
            "needs": self.needs,
            "job": {"status": self.status},
            "steps": self.steps,
            "runner": runner_context(self.folders),
            "strategy": {
                "fail-fast": strategy is None or strategy.fail_fast is None or strategy.fail_fast.value(before),
                "job-index": leg.index,
                "job-total": leg.total,
                "max-parallel": leg.total
                if strategy is None or strategy.max_parallel is None
                else strategy.max_parallel.value(before),
            },
            "inputs": {},
            # The one secret that a rehearsal has.
            "secrets": {"GITHUB_TOKEN": OWN_TOKEN},
        }
        return Scope(
            contexts,
            succeeded=self.status == SUCCESS,
            failed=self.status == FAILURE,
            cancelled=self.status == CANCELLED,
        )

    def _stand_in(self, step: Step) -> str:
        return f"{step.action}: {self.run.stand_ins[step.action].does}" if step.uses else ""

    def _runner(self) -> str:
        scope = self._scope({})
        return ", ".join(labels(self.leg.job.runs_on, scope))


def note_on(runner: str) -> str:
    """What differs here from a job on a runner with these labels; empty when nothing does."""
    wanted = system_of(runner)
    if wanted == system_here():
        return ""
    own = system_here()
    return f"for {wanted}, but run on this {own} machine: what it builds is cross-built, what it tries is for {own}"


def labels(templates: tuple[Template, ...], scope: Scope) -> list[str]:
    """The labels of a runner; one expression may give several."""
    found: list[str] = []
    for template in templates:
        value = template.value(scope)
        found += map(str, value) if isinstance(value, list) else [template.text(scope)]
    return found


def _flag(template: Template | None, scope: Scope) -> bool:
    return template is not None and template.flag(scope)


def _minutes(template: Template | None, scope: Scope) -> float:
    return template.number(scope) if template else LONGEST_JOB


def step_name(step: Step, scope: Scope) -> str:
    """What GitHub calls a step; an action without its pin, which says nothing to people."""
    if step.name is not None:
        return step.name.text(scope)
    if step.uses is not None:
        return f"Run {step.uses.owner_and_name}"
    lines = (step.run.text(scope) if step.run else "").strip().splitlines() or [""]
    return f"Run {lines[0]}"


def _to_nobody(line: str) -> None:
    """Where a step has not begun, nothing can be said."""
