"""Run a leg of a job: its steps one after the other, on a runner of its own."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truewheel.rehearsal.actions.call import OWN_TOKEN, ActionCall, ActionOutcome, StepFailed
from truewheel.rehearsal.result import CANCELLED, FAILURE, SKIPPED, SUCCESS, JobResult, StepResult
from truewheel.rehearsal.runner.children import Cancelled, Children, end_strays_of, mark_of
from truewheel.rehearsal.runner.environment import (
    RunnerFolders,
    github_context,
    machine_of,
    runner_context,
    runner_environ,
    system_of,
)
from truewheel.rehearsal.runner.labels import flag, labels, minutes, note_on, step_name
from truewheel.rehearsal.runner.run import Leg, LegOutcome, Run
from truewheel.rehearsal.runner.steps import Programs, RunnerDied, deadline_in, run_commands
from truewheel.system.github_actions import NOT_BUILT, NOT_RUN, RAN, UNDERSTUDY, RehearsedJob, remarks_in
from truewheel.workflow.model import Step
from truewheel.workflow.parts import path_in_repository
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.scope import Scope

# The permissions that stand-ins ask for.
_SCOPES = ("contents", "id-token")
_CANCELLED = "it was cancelled"
_COMPOSITE = "an action of this repository; its steps run here"


def run_leg(run: Run, leg: Leg, needs: Mapping[str, Any], children: Children) -> LegOutcome:
    """Run a leg until it succeeds, fails or is cancelled; `needs` is the context of that name."""
    run.observer.job_started(leg.name)
    outcome = _LegRun(run, leg, needs, children).execute()
    run.observer.job_finished(outcome.result)
    return outcome


@dataclass
class _Frame:
    """The state of the steps of a job, or of a composite action in it."""

    inputs: Mapping[str, Any]  # the context `inputs`
    folder: Path | None = None  # the folder of the action; None for the job
    env: Mapping[str, str] = field(default_factory=dict)  # the variables of the step that uses the action
    say: Callable[[str], None] | None = None  # writes to the log of the step that uses the action; None for the job
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: str = SUCCESS
    error: str = ""


@dataclass
class _LegRun:
    """A running leg, and the state that its steps have left so far."""

    run: Run
    leg: Leg
    needs: Mapping[str, Any]
    children: Children
    results: list[StepResult] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    is_lost: bool = False

    def __post_init__(self) -> None:
        run, job = self.run, self.leg.job
        self.frame = _Frame(run.inputs)
        self.numbers = itertools.count(1)
        name = run.identity.repository.partition("/")[2]
        self.folders = RunnerFolders.make(run.folder / f"{job.id}-{self.leg.index}", name)
        self.github = github_context(run.identity, job.id, self.folders.workspace)
        granted = run.workflow.permissions_of(job)
        scopes = {*_SCOPES, *granted.levels} - {"*"}
        self.permissions = dict(run.hooks.permissions(job, {scope: granted.level(scope) for scope in scopes}))
        self.machine = runner_environ(self.github, self.folders, run.environ) | dict(run.index_environ)
        self.machine |= [mark_of(self.folders.folder)]

    def execute(self) -> LegOutcome:
        job, started = self.leg.job, self.run.clock()
        outputs: dict[str, str] = {}
        is_tolerated = False
        try:
            self._set_up()
            for step in job.steps:
                self._take(step)
            scope = self._scope()
            outputs = {name: template.text(scope) for name, template in job.outputs.items()}
            is_tolerated = flag(job.continue_on_error, scope)
        except WorkflowError as error:
            self._fail(FAILURE, error.message)
        finally:
            end_strays_of(self.folders.folder)
        runner = ", ".join(labels(job.runs_on, self._scope()))
        said = functools.partial(remarks_in, self.folders.folder)
        not_built = "; ".join(said(NOT_BUILT))
        result = JobResult(
            id=job.id,
            name=self.leg.name,
            # What needs it is skipped, and it has not failed: nobody knows whether it would on its own runner.
            conclusion=SKIPPED if not_built else self.frame.status,
            needs=job.needs,
            runner=runner,
            attempt=self.run.identity.attempt,
            started=started,
            seconds=self.run.clock() - started,
            steps=tuple(self.results),
            error="" if not_built else self.frame.error,
            note="; ".join(said(UNDERSTUDY)) or note_on(runner),
            tolerated=is_tolerated and self.frame.status == FAILURE,
            not_run="; ".join(said(NOT_RUN)),
            not_built=not_built,
            ran=said(RAN),
        )
        return LegOutcome(result, outputs)

    def _set_up(self) -> None:
        """Evaluate what holds for all steps."""
        job = self.leg.job
        for env in (self.run.workflow.env, job.env):
            scope = self._scope()
            self.environ |= {name: value.text(scope) for name, value in env.items()}
        scope = self._scope()
        runner = ", ".join(labels(job.runs_on, scope))
        upstream = self.run.services.pip.index
        self.rehearsed = RehearsedJob(self.folders.folder, system_of(runner), machine_of(runner), upstream)
        self.rehearsed.save()
        self.deadline = deadline_in(minutes(job.timeout_minutes, scope))
        if self.permissions["id-token"] == "write":
            environment = job.environment.name.text(scope) if job.environment else None
            self.machine |= self.run.token_environ(environment or None)

    def _take(self, step: Step) -> None:
        """Run or skip a step, and record how it ended."""
        own = {**self.frame.env, **{name: value.text(self._scope()) for name, value in step.env.items()}}
        scope = self._scope(own)
        name = step_name(step, scope)
        if self.children.is_stopped:
            self._fail(CANCELLED, _CANCELLED)
        is_wanted = step.condition.holds(scope) if step.condition else scope.succeeded
        if self.is_lost or self.frame.status == CANCELLED or not is_wanted:
            self._record(step, StepResult(name, SKIPPED, self.run.clock()))
            return
        started, log = self.run.clock(), list[str]()

        def log_line(line: str) -> None:
            log.append(line)
            self.run.observer.step_said(self.leg.name, line)

        say = self.frame.say or log_line
        if self.frame.say is None:
            self.run.observer.step_started(self.leg.name, name)
        else:
            say(f"[{name}]")

        outcome, error, changes = SUCCESS, "", ActionOutcome()
        try:
            changes = self._do(step, scope, own, say)
        except StepFailed as failure:
            outcome, error, changes = FAILURE, str(failure), failure.changes
            if self.run.hooks.cancels(self.leg, step):
                outcome, error = CANCELLED, _CANCELLED
        except RunnerDied:
            outcome, error, self.is_lost = FAILURE, "the runner was lost in the middle of the job", True
        except Cancelled:
            outcome, error = CANCELLED, _CANCELLED
        self.environ |= changes.environ
        self.path = [*map(str, changes.path), *self.path]
        may_fail = flag(step.continue_on_error, scope) and not self.is_lost
        conclusion = SUCCESS if outcome == FAILURE and may_fail else outcome
        does = _COMPOSITE if step.is_local else self.run.stand_ins[step.action].does if step.uses else ""
        stand_in = does and f"{step.action}: {does}"
        seconds = self.run.clock() - started
        result = StepResult(name, conclusion, started, seconds, tuple(log), error, stand_in)
        self._record(step, result, outcome, changes.outputs)
        if conclusion != SUCCESS:
            self._fail(conclusion, error)

    def _do(self, step: Step, scope: Scope, own: Mapping[str, str], say: Callable[[str], None]) -> ActionOutcome:
        if broken := self.run.hooks.fails(self.leg, step):
            raise StepFailed(broken)
        inputs = {name.lower(): value.text(scope) for name, value in step.inputs.items()}
        if step.uses is not None and step.is_local:
            return self._composite(step.uses.owner_and_name, inputs, own, say)
        call = self._call(step, scope, own, say, inputs)
        if step.uses is None:
            return self._run_commands(step, scope, call)
        outcome = self.run.stand_ins[step.action].run(call)
        if self.run.hooks.kills(self.leg, step):
            raise RunnerDied
        return outcome

    def _composite(
        self, uses: str, inputs: Mapping[str, str], own: Mapping[str, str], say: Callable[[str], None]
    ) -> ActionOutcome:
        """Run the steps of an action of the repository; what they pass to the runner holds at once."""
        action = self.run.parts.actions[path_in_repository(uses)]
        folder = (self.run.parts.root if uses.startswith("$/") else self.folders.workspace) / action.folder
        if not folder.is_dir():
            raise StepFailed(f"Can't find {action.folder}: did you forget to run actions/checkout before it?")
        outer = self.frame
        self.frame = _Frame(action.interface.values(inputs, self._scope()), folder, own, say)
        try:
            for step in action.steps:
                self._take(step)
            scope = self._scope()
            changes = ActionOutcome({name: value.text(scope) for name, value in action.interface.outputs.items()})
            if self.frame.status == CANCELLED:
                raise Cancelled
            if self.frame.status != SUCCESS:
                raise StepFailed(self.frame.error, changes)
            return changes
        finally:
            self.frame = outer

    def _call(
        self, step: Step, scope: Scope, own: Mapping[str, str], say: Callable[[str], None], inputs: Mapping[str, str]
    ) -> ActionCall:
        # A workflow cannot overwrite the runner's own variables.
        reserved = {name: value for name, value in self.machine.items() if name.startswith(("GITHUB_", "RUNNER_"))}
        environ = {**self.machine, **self.environ, **own, **reserved}
        environ["PATH"] = os.pathsep.join([*self.path, environ["PATH"]])
        if self.frame.folder is not None:
            environ["GITHUB_ACTION_PATH"] = str(self.frame.folder)
        deadline = min(self.deadline, deadline_in(minutes(step.timeout_minutes, scope)))
        return ActionCall(
            inputs=inputs,
            workspace=self.folders.workspace,
            temp=self.folders.temp,
            environ=environ,
            permissions=self.permissions,
            identity=self.run.identity,
            job=self.leg.label,
            rehearsed=self.rehearsed,
            services=self.run.services,
            say=say,
            run_program=Programs(self.children, deadline, self.run.hooks.kills(self.leg, step)).run,
        )

    def _run_commands(self, step: Step, scope: Scope, call: ActionCall) -> ActionOutcome:
        shell, where = step.shell, step.working_directory
        if self.frame.folder is None:
            job, workflow = self.leg.job, self.run.workflow
            shell = shell or job.default_shell or workflow.default_shell
            where = where or job.default_working_directory or workflow.default_working_directory
        # Not in RUNNER_TEMP, which a job may empty.
        folder = self.folders.folder / "steps" / str(next(self.numbers))
        script, shell_name, place = (each.text(scope) if each else "" for each in (step.run, shell, where))
        return run_commands(script, shell_name, place, folder, call)

    def _record(
        self, step: Step, result: StepResult, outcome: str = SKIPPED, outputs: Mapping[str, str] | None = None
    ) -> None:
        if self.frame.say is None:
            self.results.append(result)
            self.run.observer.step_finished(self.leg.name, result)
        if step.id:
            # The outcome is how the step ended, the conclusion is what continue-on-error made of that.
            ended = {"outcome": outcome, "conclusion": result.conclusion}
            self.frame.steps[step.id] = {"outputs": dict(outputs or {}), **ended}

    def _fail(self, conclusion: str, error: str) -> None:
        # People look for the first failure; later ones, in steps that always run, follow from it.
        if self.frame.status == SUCCESS:
            self.frame.status, self.frame.error = conclusion, error

    def _scope(self, own: Mapping[str, str] | None = None) -> Scope:
        contexts: dict[str, Any] = {
            "github": {**self.github, "action_path": str(self.frame.folder or "")},
            "env": {**self.environ, **(own or {})},
            "matrix": dict(self.leg.row),
            "needs": self.needs,
            "job": {"status": self.frame.status},
            "steps": self.frame.steps,
            "runner": runner_context(self.folders),
            "strategy": dict(self.leg.strategy),
            "inputs": self.frame.inputs,
            # The only secret of a rehearsal.
            "secrets": {"GITHUB_TOKEN": OWN_TOKEN},
        }
        return Scope(
            contexts,
            succeeded=self.frame.status == SUCCESS,
            failed=self.frame.status == FAILURE,
            cancelled=self.frame.status == CANCELLED,
        )
