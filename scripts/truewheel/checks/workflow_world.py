"""Is everything in the jobs that lead to publishing known to be harmless?

The jobs are those that publish, and every job that they wait for. What is harmless in them is in `workflow_table`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from truewheel.checks.gates import after_download, broken_gates, decides
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Step, Template, Workflow
from truewheel.workflow import harmless as table
from truewheel.workflow.action_names import PYPI_PUBLISH, UPLOAD
from truewheel.workflow.harmless import ACTIONS, TO_PYPI, Action, Input
from truewheel.workflow.place import advice
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import (
    published_names,
    publishing_command,
    release_jobs,
    rows,
    step_name,
)
from truewheel.workflow.support import is_token

_SOURCE = "docs/workflow.md, the table of what is harmless"
_COMMIT = re.compile("[0-9a-f]{40}")
_SHELLS = ("", "bash", "sh", "pwsh", "powershell", "cmd")


def _steps(workflow: Workflow) -> Iterator[tuple[Job, Step]]:
    return ((job, step) for job in release_jobs(workflow) for step in job.steps)


def _known(workflow: Workflow) -> Iterator[tuple[Job, Step, Action]]:
    return ((job, step, ACTIONS[step.action]) for job, step in _steps(workflow) if step.action in ACTIONS)


@workflow_check(
    "actions-known",
    "the jobs that lead to publishing use only actions that are known to be harmless there",
    by=By.CARE,
    source=_SOURCE,
    hint="remove it, or move it to a job that no publishing job waits for",
)
def actions_known(release: TaggedRelease) -> Iterator[Problem]:
    for job, step in _steps(release.workflow):
        action = ACTIONS.get(step.action)
        why = table.why_of(table.OTHER_ACTIONS, step.action)
        if action is not None:
            why = f"it is for jobs that {' or '.join(action.jobs)}"
        if table.role(job) == TO_PYPI:
            why = "what runs next to the identity token could publish in the project's name"
        is_image = step.action.startswith("docker://") and PYPI_PUBLISH.rpartition("/")[2] in step.action
        if step.uses and not is_image and (action is None or table.role(job) not in action.jobs):
            yield Problem.at(step.place, f"the job {job.id} uses {step.action}: {why}", f"{job.id}/{step.action}")


@workflow_check(
    "actions-pinned",
    "every action is pinned to a commit, 40 hexadecimal digits",
    by=By.CARE,
    source="GitHub's security hardening guide; tags and branches can be moved to other code",
    hint="write the commit, and its version in a comment: uses: OWNER/NAME@COMMIT # v1.2.3",
)
def actions_pinned(release: TaggedRelease) -> Iterator[Problem]:
    for job, step in _steps(release.workflow):
        if step.uses and step.uses.ref and not _COMMIT.fullmatch(step.uses.ref):
            message = f"the job {job.id} uses {step.action}@{step.uses.ref}, which can be moved to other code"
            yield Problem.at(step.place, message, f"{job.id}/{step.action}")


@workflow_check(
    "actions-current",
    "no action is older than the oldest good version",
    by=By.CARE,
    source=_SOURCE,
    hint="use the newest version; Dependabot updates commits and the versions in their comments",
)
def actions_current(release: TaggedRelease) -> Iterator[Problem]:
    for job, step, action in _known(release.workflow):
        version = step.uses.version if step.uses else ()
        if version and version[: len(action.oldest)] < action.oldest:
            written, oldest = (".".join(map(str, numbers)) for numbers in (version, action.oldest))
            message = f"the job {job.id} uses {step.action} {written}; versions before {oldest} {action.older_ones}"
            yield Problem.at(step.place, message, f"{job.id}/{step.action}")


@workflow_check.note(
    "actions-traceable",
    "every action has a known version in a comment, and the same commit everywhere",
    by=By.CARE,
    source=f"{_SOURCE}; Dependabot updates a version only at the end of the line",
    hint="write the version in a comment after the commit, the same everywhere; read the changes of a new major one",
)
def actions_traceable(release: TaggedRelease) -> Iterator[Problem]:
    refs: dict[str, str] = {}
    ageless: dict[str, None] = {}
    for job, step, action in _known(release.workflow):
        ref, version = (step.uses.ref, step.uses.version) if step.uses else ("", ())
        if _COMMIT.fullmatch(ref) and not version:
            ageless[step.action] = None
        elif version and version[0] > action.newest:
            message = f"the job {job.id} uses {step.action} {version[0]}; this check knows it up to {action.newest}"
            yield Problem.at(step.place, message)
        name = "/".join(step.action.split("/")[:2])
        if _COMMIT.fullmatch(ref) and refs.setdefault(name, ref) != ref:
            message = f"the job {job.id} uses {step.action} at {ref[:12]}, and another job at {refs[name][:12]}"
            yield Problem.at(step.place, message)
    if ageless:
        yield Problem(f"no version in a comment after the commit, so its age is not known: {join_names(ageless)}")


@workflow_check.note(
    "caches-unused",
    "no action takes anything from a cache by default",
    by=By.DECISION,
    source="decision D5: other workflows write the caches that a release would read",
    hint="write `enable-cache: false` under `with`",
)
def caches_unused(release: TaggedRelease) -> Iterator[Problem]:
    for job, step, action in _known(release.workflow):
        if "enable-cache" in action.inputs and "enable-cache" not in step.inputs:
            message = f"the job {job.id} uses {step.action} without `enable-cache: false`, which is not its default"
            yield Problem.at(step.place, message, f"{job.id}/{step.action}.enable-cache")


@workflow_check(
    "inputs-known",
    "the actions that lead to publishing have only inputs that are known to be harmless",
    by=By.CARE,
    source=_SOURCE,
    hint="remove it",
)
def inputs_known(release: TaggedRelease) -> Iterator[Problem]:
    published = published_names(release.workflow)
    for job, step, action in _known(release.workflow):
        if table.role(job) not in action.jobs:
            continue
        is_report = step.action == UPLOAD and not published & {row.artifact(step) for row in rows(job)}
        given: set[str] = set()
        for written, value in step.inputs.items():
            # The publish action knows the older spelling as well.
            name = written.replace("_", "-") if step.action == PYPI_PUBLISH else written
            known = action.inputs.get(name)
            why = "it is written twice" if name in given else _why_input(job, value, name, action)
            given.add(name)
            if why and not (is_report and known and known.is_required):
                shown = abbreviate(" ".join(value.source.split()))
                message = f"the job {job.id} gives {step.action} `{name}: {shown}`: {why}"
                yield Problem(message, f"{value.place}", _remedy(name, known), f"{job.id}/{step.action}.{name}")
        for name, known in action.inputs.items():
            if known.is_required and name not in given and not is_report:
                message = f"the job {job.id} uses {step.action} without `{name}: {known.values[0]}`: {known.why}"
                yield Problem(message, f"{step.place}", _remedy(name, known), f"{job.id}/{step.action}.{name}")


def _remedy(name: str, known: Input | None) -> str:
    return f"write `{name}: {known.values[0]}` under `with`" if known and known.is_required else ""


def _why_input(job: Job, value: Template, name: str, action: Action) -> str:
    """Why a value of an input may matter; empty if it is harmless."""
    known = action.inputs.get(name)
    if known is None:
        return f"this input is not known to be harmless; {advice(name, action.inputs)}"
    if any(read[0] == "secrets" for read in value.references) and known.values == table.ANY:
        return ""  # which has a finding of its own
    if known.values == table.ANY:
        late = [read for read in value.references if read[0] not in ("github", "matrix", "runner", "strategy")]
        return f"it depends on {'.'.join(late[0])}" if late else ""
    found = {row.text(value) for row in rows(job)}
    return "" if all(table.known_value(known.values, text) for text in found) else known.why


@workflow_check(
    "variables-known",
    "the jobs that lead to publishing set only environment variables that are known to be harmless",
    by=By.CARE,
    source=_SOURCE,
    hint="remove it; what a session needs belongs in the noxfile",
)
def variables_known(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    broken = broken_gates(workflow)
    jobs = release_jobs(workflow)
    every = tuple(step for job in jobs for step in job.steps)
    owners = [_Owner("the workflow", "", workflow.env, tuple(jobs), every)] if jobs else []
    for job in jobs:
        owners.append(_Owner(f"the job {job.id}", f"{job.id}/", job.env, (job,), job.steps))
        owners += [_Owner(f"the job {job.id}", f"{job.id}/", step.env, (job,), (step,)) for step in job.steps]
    for owner in owners:
        is_gate = any(step in owner.steps for _, step, _ in broken)
        for name, value in owner.env.items():
            # A gate and a secret have findings of their own.
            is_judged = (is_gate and decides(name)) or any(
                read[0] == "secrets" and not is_token(read) for read in value.references
            )
            if (why := owner.why(name, value)) and not is_judged:
                yield Problem.at(value.place, f"{owner.what} sets {name}: {why}", f"{owner.prefix}env.{name}")


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who sets variables: the workflow, a job or a step, with the jobs and steps that get them."""

    what: str
    prefix: str
    env: Mapping[str, Template]
    jobs: tuple[Job, ...]
    steps: tuple[Step, ...]

    def why(self, name: str, value: Template) -> str:
        """Why a variable may matter; empty if it is harmless, as one that a command names."""
        if name in ("GITHUB_TOKEN", "GH_TOKEN"):
            return "" if table.known_value(table.TOKEN, value.source) else "it is not the job's own token (D11)"
        named = re.compile(rf"\$(?:{re.escape(name)}\b|\{{{re.escape(name)}\}})")
        is_own = name in table.VARIABLES or any(step.run and named.search(step.run.source) for step in self.steps)
        return table.why_variable(name) or ("" if is_own else "it is not known what reads it")


@workflow_check(
    "commands-are-sessions",
    "the jobs that lead to publishing run nox sessions and nothing else",
    by=By.DECISION,
    source="decision D17",
    hint="write `run: nox -s SESSION…` (or uvx nox), and move everything else into that session",
)
def commands_are_sessions(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    # What has a finding already is not repeated.
    broken = [step for _, step, _ in broken_gates(workflow)]
    empty = {found.place for job in workflow.jobs.values() for found in misspelt(workflow, job)}
    for job, step in _steps(workflow):
        is_next_to_token = table.role(job) == TO_PYPI
        if step.run is None or step in (*broken, *after_download(job)) or is_next_to_token or publishing_command(step):
            continue
        is_empty = not empty.isdisjoint(one.place for one in (step.run, *step.env.values(), *job.env.values()))
        if why := _why_command(job, step, workflow, is_empty=is_empty):
            yield Problem.at(step.place, f"the job {job.id} runs {why}", f"{job.id}/{step_name(step)}")


def _why_command(job: Job, step: Step, workflow: Workflow, *, is_empty: bool) -> str:
    """What a step runs that is not a session, and why it may matter; empty if it is harmless.

    Args:
        is_empty: whether a variable of it is always empty, which has a finding of its own.
    """
    commands = [command for row in rows(job) for command in row.commands(step, workflow)]
    if late := [".".join(read) for read in step.run.references if read[0] != "matrix"] if step.run else []:
        return f"a command with ${{{{ {late[0]} }}}} in it: its value decides what runs"
    for command in commands:
        reasons = {
            "but goes on if it fails (`&&`)": command.is_ignored,
            "whose variables are known only when it runs": command.is_late and not is_empty,
            "expected nox -s SESSION": not command.is_plain and not command.is_late,
            "whose options after -- are for your own machine": command.options and "'wheels" in f"{command.sessions}",
        }
        if why := next((why for why, holds in reasons.items() if holds), ""):
            return f"`{abbreviate(command.text)}`, {why}"
    return ""
