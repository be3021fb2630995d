"""Which steps are gates: they run `nox -s validate` or `nox -s check-dist` as it is, and a refusal ends the run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from truewheel.workflow import Job, Scope, Step, Template, Workflow
from truewheel.workflow.action_names import DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.commands import TAGS, Command
from truewheel.workflow.conditions import succeeded, why_skipped
from truewheel.workflow.harmless import DECISIVE, VARIABLES, why_of
from truewheel.workflow.release_jobs import JobRow, is_off, publishers

SESSIONS = ("validate", "check-dist")
# As GitHub starts bash.
_BASH = ("bash -e {0}", "bash --noprofile --norc -eo pipefail {0}")
# What may follow `--` where a gate is called, next to the pushed tag.
_REPORTS = re.compile(r"(?:--json|--html [\w.-]+\.html| )*")


def missing_gates(workflow: Workflow) -> dict[tuple[str, ...], list[Job]]:
    """Return the sessions that do not judge what a job publishes, with the jobs for which that is so."""
    there = {session: {job.id for job in gates(workflow, session)} for session in SESSIONS}
    missing: dict[tuple[str, ...], list[Job]] = {}
    for job in publishers(workflow):
        lacking = tuple(name for name in SESSIONS if not there[name] & workflow.ancestors(job.id))
        if lacking:
            missing.setdefault(lacking, []).append(job)
    return missing


def broken_gates(workflow: Workflow) -> list[tuple[Job, Step, str]]:
    """Return the steps that look like the gates that are missing, and why they are not."""
    lacking = {session for sessions in missing_gates(workflow) for session in sessions if not gates(workflow, session)}
    return [
        (job, step, gate_problem(step, job, workflow))
        for job in workflow.jobs.values()
        for step in job.steps
        if any(_mentions(step, session) for session in lacking) and not judges_the_tag(step, job, workflow)
    ]


def judges_the_tag(step: Step, job: Job, workflow: Workflow) -> bool:
    """Whether a step judges the pushed tag before there are wheels."""
    commands = JobRow(job, Scope({})).commands(step, workflow)
    return any("validate" in one.sessions and one.is_plain and _judges_the_tag(one.options) for one in commands)


def _judges_the_tag(options: tuple[str, ...]) -> bool:
    return "--tag-only" in options and {*options} <= {"--tag-only", "--no-index", "--json", *TAGS}


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


def after_download(job: Job) -> tuple[Step, ...]:
    """Return the steps from the first download to the last action that publishes; none if there is no such action."""
    public = [number for number, step in enumerate(job.steps) if step.action in (PYPI_PUBLISH, GITHUB_RELEASE)]
    steps = job.steps[: max(public, default=0)]
    return tuple(itertools.dropwhile(lambda step: step.action != DOWNLOAD, steps))


def _mentions(step: Step, session: str) -> bool:
    """Whether a step looks as if it judged by `session`."""
    source = "" if step.run is None else step.run.source
    return bool(re.search(rf"\bnox\b.*(?<![\w-]){session}(?![\w-])", source.replace("\\\n", " ")))


def gate_problem(step: Step, job: Job, workflow: Workflow) -> str:
    """Why a step that looks like a gate is not one; empty if it is one."""
    return next(_problems(step, job, workflow), "")


def decides(name: str) -> str:
    """Why a variable decides what a command does; empty if it does not."""
    return "" if name in VARIABLES else why_of(DECISIVE, name)


def _problems(step: Step, job: Job, workflow: Workflow) -> Iterator[str]:
    if step.run is None or not step.run.is_constant:
        yield "its commands are known only when it runs"
        return
    commands = JobRow(job, Scope({})).commands(step, workflow)
    for command in commands:
        yield from [f"bash goes on if `{command.text}` fails, because of what follows its `&&`"] * command.is_ignored
        if not command.is_plain or not set(command.sessions) <= set(SESSIONS) or not _judges_the_push(command):
            yield f"`{command.text}` is not just one `nox -s` with gates"
    yield from _weakened(step, job)
    if folder_of(step, job, workflow):
        yield "it has a working-directory"
    yield from _shell_problems(shell_of(step, job, workflow), job, len(commands))
    for name in {**workflow.env, **job.env, **step.env}:
        if why := decides(name):
            yield f"it has the variable {name}: {why}"


def _weakened(step: Step, job: Job) -> Iterator[str]:
    if not is_off(step.continue_on_error) or not is_off(job.continue_on_error):
        yield "its failure does not count (`continue-on-error`)"
    if why := why_skipped(step.condition, ()):
        yield f"it has an `if`: {why}"
    if job.container:
        yield "its job runs in a container"


def _judges_the_push(command: Command) -> bool:
    """Whether what follows `--` names nothing but the pushed tag and reports."""
    other = [option for option in command.options if option not in TAGS or command.sessions != ("validate",)]
    return _REPORTS.fullmatch(" ".join(other)) is not None


def _shell_problems(shell: str, job: Job, commands: int) -> Iterator[str]:
    if shell:
        if shell not in ("bash", "sh"):
            yield f"its shell is {shell}, expected bash or sh"
    elif commands > 1 and "windows" in JobRow(job, Scope({})).runner.lower():
        yield "its shell is PowerShell, which reports only the last command's failure"


def shell_of(step: Step, job: Job, workflow: Workflow) -> str:
    """Return the shell that a step, its job or the workflow names; empty for the default of the runner."""
    shell = step.shell or job.default_shell or workflow.default_shell
    return "" if shell is None else "bash" if shell.source in _BASH else shell.source


def folder_of(step: Step, job: Job, workflow: Workflow) -> Template | None:
    """Return the working directory of a step; None if it is the checkout."""
    folder = step.working_directory or job.default_working_directory or workflow.default_working_directory
    return None if folder is None or folder.source.rstrip("/") in (".", "${{ github.workspace }}") else folder


def ignored_failures(job: Job, workflow: Workflow) -> list[str]:
    """Return the jobs whose failure must end the release, but after which `job` may run."""
    sure = succeeded(job.condition, job.needs)
    sure = sure.union(*(workflow.ancestors(name) for name in sure))
    return [name for name in sorted(workflow.ancestors(job.id) - sure) if _is_decisive(workflow.jobs[name], workflow)]


def _is_decisive(job: Job, workflow: Workflow) -> bool:
    makes = any(step.action in (UPLOAD, MERGE) or judges_the_tag(step, job, workflow) for step in job.steps)
    return makes or any(judging_steps(job, session, workflow) for session in SESSIONS)
