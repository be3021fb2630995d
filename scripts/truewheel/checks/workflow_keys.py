"""Do the jobs that lead to publishing run once, on GitHub's runners, and do their failures count?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.gates import broken_gates, folder_of, ignored_failures, shell_of
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Place, Step, Workflow
from truewheel.workflow import harmless as table
from truewheel.workflow.action_names import UPLOAD
from truewheel.workflow.conditions import why_skipped
from truewheel.workflow.harmless import ACTIONS, BEFORE, TO_PYPI
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import (
    builds,
    is_off,
    published_names,
    publishing_command,
    release_jobs,
    rows,
    step_name,
)

_SOURCE = "docs/workflow.md, the table of what is harmless"
_SHELLS = ("", "bash", "sh", "pwsh", "powershell", "cmd")


@workflow_check(
    "runners-known",
    "the jobs that lead to publishing run on GitHub's own runners, and on Linux if they publish",
    by=By.CARE,
    source=f"{_SOURCE}; the publish action runs in a Linux container",
    hint="write ubuntu-latest, or the runner of [tool.release.platforms] for a build",
)
def runners_known(release: TaggedRelease) -> Iterator[Problem]:
    configured = {platform.runner.lower() for platform in release.config.platforms}
    building = [build.row.job for build in builds(release.workflow, ())]
    for job in release_jobs(release.workflow):
        for runner in dict.fromkeys(row.runner for row in rows(job) if job.uses is None):
            # Another runner for a build has a finding of its own.
            allowed = {*configured, runner.lower()} if job in building else configured
            if why := _why_runner(runner, job, allowed):
                yield Problem.at(
                    job.place, f"the job {job.id} runs on {runner or 'a group'}: {why}", f"{job.id}/runs-on"
                )


def _why_runner(runner: str, job: Job, configured: set[str]) -> str:
    if "${{" in runner and not job.strategy:
        return "it is known only when it runs"
    label = runner.lower()
    if re.fullmatch(table.RETIRED, label):
        return "GitHub has retired it, so the job would wait for a runner that never comes"
    if table.role(job) != BEFORE and label not in table.LINUX:
        return "jobs that publish must run on one of GitHub's Linux runners"
    if job.runner_group is not None:
        return table.KEYS["runs-on.group"]
    is_known = label in table.RUNNERS or label in configured or "${{" in runner
    return "" if is_known else "it is not one of GitHub's own: what ran there before may still be there"


@workflow_check(
    "keys-known",
    "the jobs that lead to publishing run once, as they are, and their failures count",
    by=By.CARE,
    source=_SOURCE,
    hint="remove it",
)
def keys_known(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    broken = broken_gates(workflow)
    steps, jobs = [step for _, step, _ in broken], [job for job, _, _ in broken]
    published = published_names(workflow)
    found: dict[_Key, list[str]] = {}
    for job in release_jobs(workflow):
        keys = [*_job_keys(job, workflow), *([] if job in jobs else _weak_keys(job))]
        for step in job.steps:
            keys += [] if step in steps else _step_keys(job, step, workflow, published)
        for one in dict.fromkeys(keys):
            found.setdefault(one, []).append(job.id)
    # What the workflow sets for all of its jobs is the gate's problem if it breaks one.
    everywhere = (workflow.default_shell, workflow.default_working_directory)
    shared = {template.place for template in everywhere if template and broken}
    # So has a name that is misspelt.
    shared |= {one.place for job in workflow.jobs.values() for one in misspelt(workflow, job)}
    for (key, place, why), owners in found.items():
        if place not in shared:
            yield Problem.of((f"{owner}/{key}" for owner in owners), f"`{key}` of {join_names(owners)}: {why}", place)


_Key = tuple[str, Place, str]


def _job_keys(job: Job, workflow: Workflow) -> Iterator[_Key]:
    if job.services:
        yield "services", job.place, table.KEYS["services"]
    if job.environment and table.role(job) != TO_PYPI and not any(map(publishing_command, job.steps)):
        yield "environment", job.environment.place, table.KEYS["environment"]
    if job.snapshot:
        yield "snapshot", job.place, table.KEYS["snapshot"]
    if job.condition and not ignored_failures(job, workflow) and (why := why_skipped(job.condition, job.needs)):
        yield "if", job.condition.place, f"it may be skipped: {why}"
    if job.strategy and table.role(job) != BEFORE and len(rows(job)) > 1:
        yield "strategy", job.strategy.place, "it would publish once for each row of the matrix"


def _weak_keys(job: Job) -> Iterator[_Key]:
    """Keys of which a gate says by itself that they break it."""
    if job.container:
        yield "container", job.place, table.KEYS["container"]
    if job.continue_on_error and not is_off(job.continue_on_error):
        yield "continue-on-error", job.continue_on_error.place, "its failure would count as a success"


def _step_keys(job: Job, step: Step, workflow: Workflow, published: frozenset[str]) -> Iterator[_Key]:
    if step.continue_on_error and not is_off(step.continue_on_error):
        yield "continue-on-error", step.continue_on_error.place, "its failure would count as a success"
    if step.run and (folder := folder_of(step, job, workflow)):
        yield "working-directory", folder.place, table.KEYS["working-directory"]
    is_report = step.action == UPLOAD and not published & {row.artifact(step) for row in rows(job)}
    is_tool = step.action in ACTIONS and ACTIONS[step.action].is_tool
    if step.condition and not is_report and not is_tool and (why := why_skipped(step.condition, ())):
        yield "if", step.condition.place, f"the step {step_name(step)} may be skipped: {why}"
    if step.run and (why := _why_shell(job, step, workflow)):
        shell = step.shell or job.default_shell or workflow.default_shell
        yield "shell", shell.place if shell else step.place, why


def _why_shell(job: Job, step: Step, workflow: Workflow) -> str:
    shell, runners = shell_of(step, job, workflow), [row.runner for row in rows(job)]
    if shell not in _SHELLS:
        return f"{shell} may run other commands, or go on after a failure; expected bash or sh"
    source = re.sub(r"\$\{\{.*?\}\}", "", step.run.source) if step.run else ""
    commands = max(len(row.commands(step, workflow)) for row in rows(job))
    if shell in ("bash", "sh") or (not shell and not any("windows" in runner.lower() for runner in runners)):
        return ""
    if "$" in source:
        return f"{shell or 'PowerShell'} does not know the variables of bash; write `shell: bash` under defaults.run"
    return f"{shell or 'PowerShell'} reports only the last command's failure" if commands > 1 else ""
