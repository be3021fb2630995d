"""Which steps of a workflow judge the wheels: they run the gates as they are, and a refusal ends the run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.workflow import Condition, Job, Scope, Step, Template, Workflow
from truewheel.workflow.release_jobs import JobRow
from truewheel.workflow.syntax import Call, Choice, Node

SESSIONS = ("validate", "check-dist")

_CALL = re.compile(r"(?:python3? -m )?nox (?:-s|--sessions?)((?: [\w-]+)+)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
# With these, what is called nox may be anything, or judge by other rules.
_DECISIVE = re.compile(
    r"NOX.*|PYTHON.*|PATH|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BASH_FUNC.*|PIP_CONFIG_FILE|(?:PIP|UV)_.*INDEX.*",
    re.IGNORECASE,
)


def judging_steps(job: Job, session: str, workflow: Workflow) -> list[Step]:
    """The steps of a job that judge the wheels by `session`."""
    return [step for step in job.steps if session in _called(step) and not flaw(step, job, workflow)]


def gates(workflow: Workflow, session: str) -> list[Job]:
    """The jobs that judge the wheels by `session`."""
    return [job for job in workflow.jobs.values() if judging_steps(job, session, workflow)]


def mentions(step: Step, session: str) -> bool:
    """Whether a step looks as if it judged by `session`."""
    source = "" if step.run is None else step.run.source
    return bool(re.search(rf"\bnox\b.*(?<![\w-]){session}(?![\w-])", source.replace("\\\n", " ")))


def flaw(step: Step, job: Job, workflow: Workflow) -> str:
    """Why a step that may look like one is no gate; empty when it is one."""
    return next(_flaws(step, job, workflow), "")


def needs_success(condition: Condition | None) -> bool:
    """Whether a condition can hold only when all went well before.

    GitHub puts `success() &&` in front of every condition, but not of one that calls a status function itself.
    """
    if condition is None or condition.part is None or not condition.asks_for_status:
        return True
    return _implies_success(condition.part.expression.node)


def _implies_success(node: Node) -> bool:
    match node:
        case Call("success"):
            return True
        case Choice("&&", operands):
            return any(_implies_success(operand) for operand in operands)
        case Choice(_, operands):
            return all(_implies_success(operand) for operand in operands)
        case _:
            return False


def _flaws(step: Step, job: Job, workflow: Workflow) -> Iterator[str]:
    if step.run is None or not step.run.is_constant:
        yield "what it runs is known only when it runs"
        return
    lines = _lines(step)
    for line in lines:
        if not _is_call(line):
            yield f"`{line}` is more or less than `nox -s` and gates"
    if step.condition is not None:
        yield "it has an `if`"
    if not needs_success(job.condition):
        yield "its job runs whatever came before (`if`)"
    if job.container:
        yield "its job runs in a container"
    if _first(step.working_directory, job.default_working_directory, workflow.default_working_directory):
        yield "it has a working-directory"
    yield from _shell_flaws(_first(step.shell, job.default_shell, workflow.default_shell), job, len(lines))
    for name in {**workflow.env, **job.env, **step.env}:
        if _DECISIVE.fullmatch(name):
            yield f"the variable {name} decides what it runs"


def _shell_flaws(shell: Template | None, job: Job, lines: int) -> Iterator[str]:
    if shell is not None:
        if shell.source not in ("bash", "sh"):
            yield f"its shell is {shell.source}, expected bash or sh"
    elif lines > 1 and "windows" in JobRow(job, Scope({})).runner.lower():
        # PowerShell goes on after a program has failed.
        yield "its shell is PowerShell, which only hears of the last line's failure"


def _lines(step: Step) -> list[str]:
    """The commands of a step, without comments and with single blanks."""
    source = "" if step.run is None else step.run.source.replace("\\\n", " ")
    lines = (" ".join(_COMMENT.sub("", line).split()) for line in source.splitlines())
    return [line for line in lines if line]


def _is_call(line: str) -> bool:
    match = _CALL.fullmatch(line)
    return match is not None and set(match[1].split()) <= set(SESSIONS)


def _called(step: Step) -> set[str]:
    """The sessions that a step calls and does nothing else with."""
    matches = (_CALL.fullmatch(line) for line in _lines(step))
    return {session for match in matches if match for session in match[1].split()}


def _first(*templates: Template | None) -> Template | None:
    return next((template for template in templates if template is not None), None)
