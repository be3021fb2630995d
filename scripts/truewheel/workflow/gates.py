"""Which steps are gates: they run `nox -s validate` or `nox -s check-dist` as it is, and a refusal ends the run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.workflow import Condition, Job, Scope, Step, Template, Workflow
from truewheel.workflow.release_jobs import JobRow
from truewheel.workflow.syntax import Call, Choice, Node

SESSIONS = ("validate", "check-dist")

# With these variables, `nox` may be any program, or judge by other rules.
_DECISIVE = re.compile(
    r"NOX.*|PYTHON.*|PATH|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BASH_FUNC.*|PIP_CONFIG_FILE|(?:PIP|UV)_.*INDEX.*",
    re.IGNORECASE,
)


def judging_steps(job: Job, session: str, workflow: Workflow) -> list[Step]:
    """Return the steps of a job that judge the wheels by `session`."""
    return [
        step
        for step in job.steps
        if any(session in command.sessions for command in JobRow(job, Scope({})).commands(step, workflow))
        and not gate_problem(step, job, workflow)
    ]


def gates(workflow: Workflow, session: str) -> list[Job]:
    """Return the jobs that judge the wheels by `session`."""
    return [job for job in workflow.jobs.values() if judging_steps(job, session, workflow)]


def mentions(step: Step, session: str) -> bool:
    """Whether a step looks as if it judged by `session`."""
    source = "" if step.run is None else step.run.source
    return bool(re.search(rf"\bnox\b.*(?<![\w-]){session}(?![\w-])", source.replace("\\\n", " ")))


def gate_problem(step: Step, job: Job, workflow: Workflow) -> str:
    """Why a step that looks like a gate is not one; empty if it is one."""
    return next(_problems(step, job, workflow), "")


def needs_success(condition: Condition | None) -> bool:
    """Whether a condition can hold only if everything before succeeded.

    GitHub puts `success() &&` in front of every condition that does not call a status function itself.
    """
    if condition is None or condition.part is None or not condition.asks_for_status:
        return True
    return _implies_success(condition.part.expression.node)


def _implies_success(node: Node) -> bool:
    match node:
        case Call("success"):
            return True
        case Choice("&&", left, right):
            return _implies_success(left) or _implies_success(right)
        case Choice(_, left, right):
            return _implies_success(left) and _implies_success(right)
        case _:
            return False


def _problems(step: Step, job: Job, workflow: Workflow) -> Iterator[str]:
    if step.run is None or not step.run.is_constant:
        yield "its commands are known only when it runs"
        return
    commands = JobRow(job, Scope({})).commands(step, workflow)
    for command in commands:
        yield from [f"bash goes on if `{command.text}` fails, because of what follows its `&&`"] * command.is_ignored
        if not command.is_plain or command.options or not set(command.sessions) <= set(SESSIONS):
            yield f"`{command.text}` is not just `nox -s` with gates"
    if step.condition is not None:
        yield "it has an `if`"
    if not needs_success(job.condition):
        yield "its job runs even after a failure (`if`)"
    if job.container:
        yield "its job runs in a container"
    if _first(step.working_directory, job.default_working_directory, workflow.default_working_directory):
        yield "it has a working-directory"
    yield from _shell_problems(shell_of(step, job, workflow), job, len(commands))
    for name in {**workflow.env, **job.env, **step.env}:
        if _DECISIVE.fullmatch(name):
            yield f"the variable {name} decides what it runs"


def _shell_problems(shell: str, job: Job, commands: int) -> Iterator[str]:
    if shell:
        if shell not in ("bash", "sh"):
            yield f"its shell is {shell}, expected bash or sh"
    elif commands > 1 and "windows" in JobRow(job, Scope({})).runner.lower():
        yield "its shell is PowerShell, which reports only the last command's failure"


def shell_of(step: Step, job: Job, workflow: Workflow) -> str:
    """Return the shell that a step, its job or the workflow names; empty for the default of the runner."""
    shell = _first(step.shell, job.default_shell, workflow.default_shell)
    return "" if shell is None else shell.source


def _first(*templates: Template | None) -> Template | None:
    return next((template for template in templates if template is not None), None)
