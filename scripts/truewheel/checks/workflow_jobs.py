"""Do the jobs of the workflow do only what a release needs?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Place, Scope, Template, WorkflowError
from truewheel.workflow.action_names import CHECKOUT, GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.gates import shell_of
from truewheel.workflow.nox_sessions import has_session
from truewheel.workflow.release_jobs import JobRow, calls, is_open, release_jobs, rows, using

# Expressions are evaluated as for the push of a tag.
_TAG_PUSH = Scope(
    {"github": {"event_name": "push", "ref_type": "tag", "ref": "refs/tags/v0.5.0", "ref_name": "v0.5.0"}}
)
_NEEDED = {CHECKOUT: ("contents", "read"), GITHUB_RELEASE: ("contents", "write")}
# These two scopes have checks of their own.
_JUDGED = {"contents", "id-token"}


@workflow_check(
    "commands-are-sessions",
    "the jobs that lead to publishing run nox sessions and nothing else",
    by=By.DECISION,
    source="decision D17",
    hint="write `run: nox -s SESSION…`, and move everything else into that session",
)
def commands_are_sessions(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    for job in release_jobs(workflow):
        for step in job.steps:
            commands = [command for row in rows(job) for command in row.commands(step, workflow)]
            for other in [command for command in commands if not command.is_plain][:1]:
                why = "but goes on if it fails (`&&`)" if other.is_ignored else "expected nox -s SESSION"
                yield Problem.at(step.place, f"the job {job.id} runs `{abbreviate(other.text)}`, {why}")


@workflow_check(
    "sessions-exist",
    "the noxfile has every session that the workflow runs",
    by=By.CARE,
    source="nox: a missing session fails the job, perhaps after the wheels were published",
    hint="correct the name, or add the session to noxfile.py (nox -l lists them)",
)
def sessions_exist(release: TaggedRelease) -> Iterator[Problem]:
    sessions, workflow = release.sessions, release.workflow
    if sessions is None or is_open(workflow):
        return
    missing: dict[tuple[str, str], Place] = {}
    for row, step, command, match in calls(workflow, r"[^$]+"):
        if command.is_plain and not has_session(sessions, match[0]):
            missing.setdefault((row.job.id, match[0]), step.place)
    for (job, name), place in missing.items():
        near = difflib.get_close_matches(name.partition("(")[0], sorted(sessions), n=1)
        advice = f" (did you mean {near[0]}?)" if near else ""
        yield Problem.at(place, f"the job {job} runs the session {name!r}, which noxfile.py does not have{advice}")


@workflow_check(
    "commands-in-bash",
    "on Windows, commands with variables run in bash",
    by=By.DECISION,
    source="decision D17: PowerShell, the default there, does not know $PLATFORM",
    hint="write `defaults: run: shell: bash` at the top of the workflow",
)
def commands_in_bash(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    for job in workflow.jobs.values():
        runners = [row.runner for row in rows(job) if "windows" in row.runner.lower()]
        for step in job.steps if runners else ():
            shell = shell_of(step, job, workflow) or "PowerShell"
            if step.run is not None and "$" in step.run.source.replace("${{", "") and shell not in ("bash", "sh"):
                yield Problem.at(step.place, f"the job {job.id} uses variables in {shell} on {runners[0]}")


@workflow_check(
    "permissions-needed",
    "every job has the permissions that its actions need, and no other write permission",
    by=By.CARE,
    source="least privilege: everything that runs in a job has its permissions",
    hint="write `permissions: {}` at the top of the workflow, and give each job what its actions need",
)
def permissions_needed(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for job in workflow.jobs.values():
        if (job.permissions or workflow.permissions) is None:
            yield Problem.at(job.place, f"the job {job.id} has the repository's default permissions, which may be all")
            continue
        permissions = workflow.permissions_of(job)
        for action, (scope, level) in _NEEDED.items():
            if using(job, action) and not permissions.allows(scope, level):
                yield Problem.at(job.place, f"the job {job.id} uses {action} without `{scope}: {level}`")
        for scope in sorted(permissions.levels.keys() - _JUDGED):
            if permissions.allows(scope, "write"):
                written = "write-all" if scope == "*" else f"{scope}: write"
                yield Problem.at(job.place, f"the job {job.id} has `{written}`, which no action of a release needs")


@workflow_check(
    "approvals-absent",
    "no job waits for approval",
    by=By.DECISION,
    source="decision D13",
    hint="remove `environment`; only the publish job needs one, the one that PyPI knows",
)
def approvals_absent(release: TaggedRelease) -> Iterator[Problem]:
    for job in release_jobs(release.workflow):
        environment = job.environment
        if environment is not None and not using(job, PYPI_PUBLISH):
            message = f"the job {job.id} has an environment, whose rules may make it wait for approval"
            yield Problem.at(environment.place, message)


@workflow_check(
    "caches-unused",
    "nothing that leads to publishing comes from a cache",
    by=By.DECISION,
    source="decision D5: other workflows write the caches that a release would read",
    hint="remove the cache from this workflow; others may keep theirs",
)
def caches_unused(release: TaggedRelease) -> Iterator[Problem]:
    for job in release_jobs(release.workflow):
        for step in job.steps:
            if step.action.partition("/cache")[0] == "actions":
                yield Problem.at(step.place, f"the job {job.id} uses {step.action}")
            for name, value in step.inputs.items():
                if "cache" in name and value.source not in ("", "false"):
                    yield Problem.at(value.place, f"the job {job.id} gives {step.action} `{name}: {value.source}`")


@workflow_check(
    "release-not-cancelled",
    "no other run cancels a release",
    by=By.DECISION,
    source="decision D14: half an upload is worse than one that waits; GitHub's `concurrency`",
    hint="write `cancel-in-progress: false`, and put ${{ github.ref }} in the group",
)
def release_not_cancelled(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    owners = [("the workflow", workflow.concurrency)]
    owners += [(f"the job {job.id}", job.concurrency) for job in release_jobs(workflow)]
    for owner, concurrency in owners:
        if concurrency is None:
            continue
        cancels = concurrency.cancel_in_progress
        if cancels is not None and _may_hold(cancels):
            yield Problem.at(cancels.place, f"{owner} lets a newer run cancel one that is publishing")
        if (group := concurrency.group).is_constant:
            message = f"{owner} puts all tags in the group {group.source}: a newer run cancels one that is waiting"
            yield Problem.at(group.place, message)


def _may_hold(flag: Template) -> bool:
    try:
        return flag.value(_TAG_PUSH) is not False
    except WorkflowError:
        return True


@workflow_check.note(
    "jobs-have-timeouts",
    "every job has a timeout",
    by=By.CARE,
    source="GitHub's `timeout-minutes`: 360 unless set",
    hint="write `timeout-minutes` on the job",
)
def jobs_have_timeouts(release: TaggedRelease) -> Iterator[Problem]:
    endless = [job.id for job in release_jobs(release.workflow) if job.timeout_minutes is None]
    if endless:
        yield Problem(f"no timeout-minutes, so GitHub ends them only after six hours: {join_names(endless)}")


@workflow_check.note(
    "checkouts-keep-no-token",
    "checkouts do not keep the job's token",
    by=By.CARE,
    source="actions/checkout's `persist-credentials`: everything that runs in the job can read it from .git",
    hint="write `persist-credentials: false` under `with`",
)
def checkouts_keep_no_token(release: TaggedRelease) -> Iterator[Problem]:
    jobs = [JobRow(job, Scope({})) for job in release_jobs(release.workflow)]
    steps = [(row, step) for row in jobs for step in using(row.job, CHECKOUT)]
    keeping = dict.fromkeys(row.job.id for row, step in steps if row.input(step, "persist-credentials") != "false")
    if keeping:
        yield Problem(f"the token of the job stays in .git: {join_names(keeping)}")
