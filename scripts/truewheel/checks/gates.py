"""Which steps are gates: they run `nox -s validate` or `nox -s check-dist` as it is, and a refusal ends the run."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator

from truewheel.findings import Problem
from truewheel.workflow import Job, Place, Step, Template, Workflow
from truewheel.workflow import harmless as table
from truewheel.workflow.action_names import DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.commands import TAGS
from truewheel.workflow.conditions import succeeded, why_skipped
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import (
    is_off,
    published_names,
    publishers,
    rows,
    step_name,
    uploads,
    using,
    whole_job,
)

SESSIONS = ("validate", "check-dist")
# As GitHub starts bash.
_BASH = ("bash -e {0}", "bash --noprofile --norc -eo pipefail {0}")
_SHELLS = ("", "bash", "sh", "pwsh", "powershell", "cmd")
# What may follow `--` where a gate is called, next to the pushed tag.
_REPORTS = re.compile(r"(?:--json|--html [\w.-]+\.html| )*")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_NOX = re.compile(r"\bnox\b")
# What is wrong with a job or a step: the key, its place, and why it matters.
Key = tuple[str, Place, str]


def about(job: Job, what: str, place: Place | None = None, subject: str = "") -> Problem:
    """The problem that a job does something, at the place of the job if it has none of its own."""
    return Problem.at(place or job.place, f"the job {job.id} {what}", f"{job.id}/{subject}" if subject else job.id)


@functools.lru_cache
def missing_gates(workflow: Workflow) -> dict[tuple[str, ...], list[Job]]:
    """Return the sessions that do not judge what a job publishes, with the jobs for which that is so."""
    there = {session: {job.id for job in gates(workflow, session)} for session in SESSIONS}
    missing: dict[tuple[str, ...], list[Job]] = {}
    for job in publishers(workflow):
        lacking = tuple(name for name in SESSIONS if not there[name] & workflow.ancestors(job.id))
        if lacking:
            missing.setdefault(lacking, []).append(job)
    return missing


@functools.lru_cache
def broken_gates(workflow: Workflow) -> list[tuple[Job, Step, Place, str]]:
    """Return the steps that look like the gates that are missing, and why, and at which place, they are not."""
    lacking = {session for sessions in missing_gates(workflow) for session in sessions if not gates(workflow, session)}
    looks_like = re.compile(rf"\bnox\b.*(?<![\w-])(?:{'|'.join(lacking) or '(?!)'})(?![\w-])")
    return [
        (job, step, *problem)
        for job in workflow.jobs.values()
        for step in job.steps
        if step.run and looks_like.search(step.run.source.replace("\\\n", " "))
        if not judges_the_tag(step, job, workflow) and (problem := _problem(step, job, workflow))
    ]


@functools.lru_cache
def reported_places(workflow: Workflow) -> frozenset[Place]:
    """Return the places that have a finding already: a broken gate, what breaks it, a name that is misspelt."""
    found = {place for _, step, place, _ in broken_gates(workflow) for place in (step.place, place)}
    return frozenset(found).union(place for job in workflow.jobs.values() for place, *_ in misspelt(workflow, job))


def judges_the_tag(step: Step, job: Job, workflow: Workflow) -> bool:
    """Whether a step judges the pushed tag before there are wheels."""
    harmless = {"--tag-only", "--no-index", "--json", *TAGS}
    return any(
        "validate" in one.sessions and not one.problem and "--tag-only" in one.options and {*one.options} <= harmless
        for one in whole_job(job).commands(step, workflow)
    )


@functools.lru_cache
def judging_steps(job: Job, workflow: Workflow, *sessions: str) -> list[Step]:
    """Return the steps of a job that judge the wheels by any of these sessions."""
    return [
        step
        for step in job.steps
        if any({*sessions} & {*command.sessions} for command in whole_job(job).commands(step, workflow))
        and _problem(step, job, workflow) is None
    ]


@functools.lru_cache
def gates(workflow: Workflow, session: str) -> list[Job]:
    """Return the jobs that judge the wheels by `session`."""
    return [job for job in workflow.jobs.values() if judging_steps(job, workflow, session)]


def pypi_steps(workflow: Workflow) -> list[tuple[Job, Step]]:
    """Return the steps that upload to PyPI by the publish action; another index has a finding already."""
    indexes = table.ACTIONS[PYPI_PUBLISH].inputs["repository-url"].values
    steps = [(job, step) for job in workflow.jobs.values() for step in using(job, PYPI_PUBLISH)]
    named = [(job, step, step.inputs.get("repository-url") or step.inputs.get("repository_url")) for job, step in steps]
    return [(job, step) for job, step, url in named if url is None or table.known_value(indexes, url.source)]


def after_download(job: Job) -> tuple[Step, ...]:
    """Return the steps from the first download to the last action that publishes; none if there is no such action."""
    public = [number for number, step in enumerate(job.steps) if step.action in (PYPI_PUBLISH, GITHUB_RELEASE)]
    steps = job.steps[: max(public, default=0)]
    return tuple(itertools.dropwhile(lambda step: step.action != DOWNLOAD, steps))


def _problem(step: Step, job: Job, workflow: Workflow) -> tuple[Place, str] | None:
    """Why a step that looks like a gate is not one, and the place of what is wrong; None if it is one."""
    if step.run is None or not step.run.is_constant:
        return step.place, "its commands are known only when it runs"
    for command in whole_job(job).commands(step, workflow):
        # Only `validate` takes the pushed tag.
        options = [one for one in command.options if one not in TAGS or command.sessions != ("validate",)]
        if command.problem:
            return step.place, f"it runs `{command.text}`, {command.problem}"
        if not {*command.sessions} <= {*SESSIONS} or not _REPORTS.fullmatch(" ".join(options)):
            return step.place, f"`{command.text}` is not just `nox -s {' '.join(SESSIONS)}`"
    return next(weaknesses(step, job, workflow), None)


def weaknesses(step: Step, job: Job, workflow: Workflow) -> Iterator[tuple[Place, str]]:
    """Yield what makes a command do something else than it says, or its failure not count; each with its place."""
    for key, place, why in (*weak_keys(job), *step_keys(step, job, workflow)):
        yield place, f"it has `{key}`: {why}"
    for name, value in {**workflow.env, **job.env, **step.env}.items():
        if why := "" if name in table.VARIABLES else table.why_of(table.DECISIVE, name):
            yield value.place, f"it has the variable {name}: {why}"


def weak_keys(job: Job) -> Iterator[Key]:
    """Yield the keys of a job that let something else run in it, or its failure not count."""
    if job.container:
        yield "container", job.place, table.KEYS["container"]
    yield from _continues(job.continue_on_error, job)


def _continues(flag: Template | None, job: Job) -> Iterator[Key]:
    if flag is not None and not is_off(flag, *rows(job)):
        yield (
            "continue-on-error",
            flag.place,
            f"its failure {'would' if flag.is_constant else 'may'} count as a success",
        )


def step_keys(step: Step, job: Job, workflow: Workflow) -> Iterator[Key]:
    """Yield the keys of a step that keep it from running as it is, or its failure from counting."""
    yield from _continues(step.continue_on_error, job)
    is_tool = step.action in table.ACTIONS and table.ACTIONS[step.action].is_tool
    if step.condition and not is_tool and not is_report(step, job, workflow) and (why := why_skipped(step.condition)):
        yield "if", step.condition.place, f"the step {step_name(step)} may be skipped: {why}"
    folder = step.working_directory or job.default_working_directory or workflow.default_working_directory
    if (
        step.run
        and _NOX.search(step.run.source)
        and folder
        and folder.source.rstrip("/") not in (".", "${{ github.workspace }}")
    ):
        yield "working-directory", folder.place, table.KEYS["working-directory"]
    shell = step.shell or job.default_shell or workflow.default_shell
    if step.run and (why := _why_shell("" if shell is None else shell.source, step, job)):
        yield "shell", shell.place if shell else step.place, why


def is_report(step: Step, job: Job, workflow: Workflow) -> bool:
    """Whether a step uploads something that is not published."""
    names = {one.name for one in uploads(job) if one.step is step}
    return step.action == UPLOAD and not names & published_names(workflow)


def _why_shell(shell: str, step: Step, job: Job) -> str:
    script = "" if step.run is None else EXPRESSION.sub("", step.run.source).strip()
    on_windows = any(row.runs_on_windows(step.condition) for row in rows(job))
    if shell in (*_BASH, "bash", "sh") or (not shell and not on_windows):
        return ""
    if shell not in _SHELLS:
        return f"{shell} may run other commands, or go on after a failure; expected bash or sh"
    if "$" in script and _NOX.search(script):
        return f"{shell or 'PowerShell'} does not know the variables of bash; write `shell: bash` under defaults.run"
    return f"{shell or 'PowerShell'} reports only the last command's failure" if "\n" in script else ""


def ignored_failures(job: Job, workflow: Workflow) -> list[str]:
    """Return the jobs whose failure must end the release, but after which `job` may run."""
    sure = succeeded(job.condition, job.needs)
    sure = sure.union(*(workflow.ancestors(name) for name in sure))
    others = [workflow.jobs[name] for name in sorted(workflow.ancestors(job.id) - sure)]
    makers = {one.id for one in others for step in one.steps if step.action in (UPLOAD, MERGE)}
    judges = {one.id for one in others for step in one.steps if judges_the_tag(step, one, workflow)}
    return [one.id for one in others if one.id in makers | judges or judging_steps(one, workflow, *SESSIONS)]
