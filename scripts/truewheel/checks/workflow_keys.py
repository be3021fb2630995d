"""Is everything in the jobs that lead to publishing known to be harmless: runners, keys, variables, commands?

The jobs are those that publish, and every job that they wait for. What is harmless in them is in `workflow/harmless`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from truewheel.checks import gates as gate
from truewheel.checks.gates import Key, about
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Step, Template, Workflow
from truewheel.workflow import harmless as table
from truewheel.workflow.commands import LATE
from truewheel.workflow.conditions import why_skipped
from truewheel.workflow.harmless import BEFORE, TO_PYPI
from truewheel.workflow.references import is_token
from truewheel.workflow.release_jobs import builds, publishing_command, release_jobs, rows, step_name
from truewheel.workflow.templates import templates_in

_SOURCE = "docs/workflow.md, the table of what is harmless"
# A shorter time limit may end a job in the middle of an upload.
_SHORTEST = 5


@workflow_check(
    By.CARE,
    source=f"{_SOURCE}; the publish action runs in a Linux container",
    hint="write ubuntu-latest, or the runner of [tool.release.platforms] for a build",
)
def runners_known(release: TaggedRelease) -> Iterator[Problem]:
    """the jobs that lead to publishing run on GitHub's own runners, and on Linux if they publish"""
    configured = {platform.runner.lower() for platform in release.config.platforms}
    building = [build.job for build in builds(release.workflow, ())]
    for job in release_jobs(release.workflow):
        for runner in dict.fromkeys(row.runner for row in rows(job) if job.uses is None):
            # Another runner for a build has a finding of its own.
            allowed = {*configured, runner.lower()} if job in building else configured
            if why := _why_runner(runner, job, allowed):
                yield about(job, f"runs on {runner or 'a group'}: {why}", subject="runs-on")


def _why_runner(runner: str, job: Job, configured: set[str]) -> str:
    if "${{" in runner and not job.strategy:
        return "it is known only when it runs"
    label = runner.lower()
    if re.fullmatch(table.RETIRED, label):
        return "GitHub has retired it, so the job cannot run"
    if table.role(job) != BEFORE and label not in table.LINUX:
        return "jobs that publish must run on one of GitHub's Linux runners"
    if job.runner_group is not None:
        return table.KEYS["runs-on.group"]
    is_known = label in table.RUNNERS or label in configured or "${{" in runner
    return "" if is_known else "it is not one of GitHub's own: what ran there before may still be there"


@workflow_check(By.CARE, source=_SOURCE, hint="remove it")
def keys_known(release: TaggedRelease) -> Iterator[Problem]:
    """the jobs that lead to publishing run once, on the runner itself, and their failures count"""
    workflow = release.workflow
    reported = gate.reported_places(workflow)
    found: dict[Key, list[str]] = {}
    for job in release_jobs(workflow):
        keys = [*_job_keys(job, release), *gate.weak_keys(job)]
        for step in job.steps:
            keys += [] if step.place in reported else gate.step_keys(step, job, workflow)
        for one in dict.fromkeys(keys):
            found.setdefault(one, []).append(job.id)
    for (key, place, why), owners in found.items():
        if place not in reported:
            yield Problem.of((f"{owner}/{key}" for owner in owners), f"`{key}` of {join_names(owners)}: {why}", place)


def _job_keys(job: Job, release: TaggedRelease) -> Iterator[Key]:
    role, workflow, ways = table.role(job), release.workflow, [publishing_command(step) for step in job.steps]
    publishes = role != BEFORE or any(ways)
    wrong = {
        "uses": job.uses,
        "services": job.services,
        "snapshot": job.snapshot,
        "environment": job.environment and role != TO_PYPI and not any(ways),
        "strategy": role != BEFORE and len(rows(job)) > 1,
    }
    for key in (key for key, holds in wrong.items() if holds):
        yield key, getattr(getattr(job, key), "place", job.place), table.KEYS[key]
    for limit in (job.timeout_minutes, *(step.timeout_minutes for step in job.steps)):
        if publishes and limit and isinstance(limit.constant, (int, float)) and limit.constant < _SHORTEST:
            yield "timeout-minutes", limit.place, table.KEYS["timeout-minutes"]
    if not gate.ignored_failures(job, workflow) and (why := why_skipped(job.condition, job.needs, release.repository)):
        yield "if", job.condition.place if job.condition else job.place, f"it may be skipped: {why}"


@workflow_check(By.CARE, source=_SOURCE, hint="remove it; what a session needs belongs in the noxfile")
def variables_known(release: TaggedRelease) -> Iterator[Problem]:
    """the jobs that lead to publishing set only environment variables that are known to be harmless"""
    workflow, jobs = release.workflow, release_jobs(release.workflow)
    reported = gate.reported_places(workflow)
    every = [step for job in jobs for step in job.steps]
    owners: list[tuple[str, str, Mapping[str, Template], list[Step]]] = []
    owners += [("the workflow", "", workflow.env, every)] if jobs else []
    for job in jobs:
        sets = [(job.env, [*job.steps]), *((step.env, [step]) for step in job.steps)]
        owners += [(f"the job {job.id}", f"{job.id}/", env, steps) for env, steps in sets]
    for owner, prefix, env, steps in owners:
        for name, value in env.items():
            # A secret has a finding of its own.
            is_secret = any(read[0] == "secrets" and not is_token(read) for read in value.references)
            if (why := _why_variable(name, value, steps)) and not is_secret and value.place not in reported:
                yield Problem.at(value.place, f"{owner} sets {name}: {why}", f"{prefix}env.{name}")


def _why_variable(name: str, value: Template, steps: list[Step]) -> str:
    """Why a variable of some steps may matter; empty if it is harmless, as one that a command names."""
    if name in ("GITHUB_TOKEN", "GH_TOKEN"):
        return "" if table.known_value(table.TOKEN, value.source) else "it is not the job's own token (D11)"
    if name in table.VARIABLES:
        return ""
    named = re.compile(rf"\$(?:{re.escape(name)}\b|\{{{re.escape(name)}\}})")
    is_own = any(step.run and named.search(step.run.source) for step in steps)
    is_own = is_own or any(("env", name) in template.references for template in templates_in(steps))
    return table.why_of(table.OTHER_VARIABLES, name) or ("" if is_own else "it is not known what reads it")


@workflow_check(
    By.DECISION, source="decision D17", hint="write `run: nox -s SESSION…`, and move everything else into that session"
)
def commands_are_sessions(release: TaggedRelease) -> Iterator[Problem]:
    """the jobs that lead to publishing run nox sessions and nothing else"""
    workflow = release.workflow
    # What has a finding already is not repeated.
    reported = gate.reported_places(workflow)
    for job in release_jobs(workflow):
        for step in job.steps if table.role(job) != TO_PYPI else ():
            if step.run is None or step in gate.after_download(job) or publishing_command(step):
                continue
            is_empty = not reported.isdisjoint(one.place for one in (step.run, *step.env.values(), *job.env.values()))
            if step.place not in reported and (why := _why_command(job, step, workflow, is_empty=is_empty)):
                installs = re.search(r"\b(?:pip|pipx|uv)3? .*\binstall\b.*\bnox\b", step.run.source)
                hint = (
                    "put nox on the runner with the action wntrblm/nox, or write `uvx nox -s SESSION`"
                    if installs
                    else ""
                )
                yield replace(about(job, f"runs {why}", step.place, step_name(step)), hint=hint)


def _why_command(job: Job, step: Step, workflow: Workflow, *, is_empty: bool) -> str:
    """What a step runs that is not a session, and why it may matter; empty if it is harmless.

    `is_empty`: one of its variables is always empty, which has a finding of its own.
    """
    if late := [".".join(read) for read in step.run.references if read[0] != "matrix"] if step.run else []:
        return f"a command with ${{{{ {late[0]} }}}} in it: its value decides what runs"
    for command in (command for row in rows(job) for command in row.commands(step, workflow)):
        why = "" if command.problem == LATE and is_empty else command.problem
        if command.options and any(name.startswith("wheels") for name in command.sessions) and not why:
            why = "whose options after -- are for your own machine"
        if why:
            return f"`{abbreviate(command.text)}`, {why}"
    return ""
