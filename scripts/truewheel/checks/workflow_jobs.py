"""Do the jobs of the workflow do only what a release needs?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from truewheel.checks.gates import broken_gates
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Place, Scope, Step, Template, WorkflowError
from truewheel.workflow.action_names import CHECKOUT, GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.commands import TAGS, Command
from truewheel.workflow.conditions import why_skipped
from truewheel.workflow.harmless import why_variable
from truewheel.workflow.nox_sessions import has_session
from truewheel.workflow.place import advice
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import (
    JobRow,
    attests,
    calls,
    downloaded,
    is_off,
    jobs_using,
    open_matrix,
    publishing_command,
    release_jobs,
    using,
)

# Expressions are evaluated as for the push of a tag.
_TAG_PUSH = Scope(
    {"github": {"event_name": "push", "ref_type": "tag", "ref": "refs/tags/v0.5.0", "ref_name": "v0.5.0"}}
)
_NEEDED = {CHECKOUT: ("contents", "read"), GITHUB_RELEASE: ("contents", "write")}
# What in `github` differs from tag to tag.
_OF_A_TAG = {"ref", "ref_name", "sha", "run_id", "run_number"}


@workflow_check(
    "sessions-exist",
    "the noxfile has every session that the workflow runs",
    by=By.CARE,
    source="nox: a missing session fails the job, perhaps after the wheels were published",
    hint="correct the name, or add the session to noxfile.py (nox -l lists them)",
)
def sessions_exist(release: TaggedRelease) -> Iterator[Problem]:
    sessions, workflow = release.sessions, release.workflow
    if sessions is None:
        return
    missing: dict[tuple[str, str], Place] = {}
    broken = [step for _, step, _ in broken_gates(workflow)]
    for row, step, command, match in calls(workflow, r"[^$]+"):
        if command.is_plain and step not in broken and not has_session(sessions, match[0]):
            missing.setdefault((row.job.id, match[0]), step.place)
    for (job, name), place in missing.items():
        near = difflib.get_close_matches(name.partition("(")[0], sorted(sessions), n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        message = f"the job {job} runs the session {name!r}, which noxfile.py does not have{meant}"
        yield Problem.at(place, message, f"{job}/{name}")


@workflow_check(
    "expressions-known",
    "every property that an expression reads exists",
    by=By.CARE,
    source="GitHub's contexts: a property that does not exist is empty, without an error",
    hint="correct the name",
)
def expressions_known(release: TaggedRelease) -> Iterator[Problem]:
    for job in release.workflow.jobs.values():
        for found in misspelt(release.workflow, job):
            meant = advice(found.written.rpartition(".")[2], found.known) if found.known else "there are none"
            yield Problem.at(found.place, f"the job {job.id} reads {found.written}, which is always empty; {meant}")


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
            message = f"the job {job.id} has the repository's default permissions, which may be all"
            yield Problem.at(job.place, message, f"{job.id}/permissions")
            continue
        permissions = workflow.permissions_of(job)
        for action, (scope, level) in _NEEDED.items():
            if using(job, action) and not permissions.allows(scope, level):
                message = f"the job {job.id} uses {action} without `{scope}: {level}`"
                yield Problem.at(job.place, message, f"{job.id}/permissions.{scope}")
        if attests(job):
            message = f"the job {job.id} signs something next to PyPI's attestations, with an identity token of its own"
            yield Problem.at(job.place, message, f"{job.id}/permissions.id-token")
            continue
        # An identity token has a check of its own.
        needed = {"id-token", "contents" if _makes_a_release(job) else ""}
        if not using(job, PYPI_PUBLISH) and permissions.allows("id-token", "write"):
            needed.add("*")
        for scope in sorted(permissions.levels.keys() - needed):
            if permissions.allows(scope, "write"):
                written = "write-all" if scope == "*" else f"{scope}: write"
                message = f"the job {job.id} has `{written}`, which no known action in it needs"
                yield Problem.at(job.place, message, f"{job.id}/permissions.{scope}")


def _makes_a_release(job: Job) -> bool:
    return bool(using(job, GITHUB_RELEASE)) or any("gh " in publishing_command(step) for step in job.steps)


@workflow_check(
    "release-not-cancelled",
    "no other run cancels a release",
    by=By.DECISION,
    source="decision D14: half an upload is worse than one that waits; GitHub's `concurrency`",
    hint="write `cancel-in-progress: false`, and put ${{ github.ref }} in the group",
)
def release_not_cancelled(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    jobs = release_jobs(workflow)
    owners = [
        ("the workflow", "", workflow.concurrency),
        *((f"the job {job.id}", f"{job.id}/", job.concurrency) for job in jobs),
    ]
    whole = workflow.concurrency.group.source if workflow.concurrency else ""
    for owner, prefix, concurrency in owners:
        if concurrency is None:
            continue
        cancels, group = concurrency.cancel_in_progress, concurrency.group
        if cancels is not None and _may_hold(cancels):
            message = f"{owner} lets a newer run cancel one that is publishing"
            yield Problem.at(cancels.place, message, f"{prefix}concurrency.cancel-in-progress")
        elif not any(read[0] == "github" and read[1:2] and read[1] in _OF_A_TAG for read in group.references):
            message = f"{owner} puts all tags in the group {group.source}: a newer run cancels one that is waiting"
            yield Problem.at(group.place, message, f"{prefix}concurrency.group")
        elif prefix and group.source.replace(" ", "") == whole.replace(" ", ""):
            message = f"{owner} is in the concurrency group of the workflow: it would wait for itself and be cancelled"
            yield Problem.at(group.place, message, f"{prefix}concurrency.group")
    for job in jobs:
        if job.concurrency and job.strategy and job.strategy.is_matrix:
            group = job.concurrency.group
            if group.references and not any(read[0] == "matrix" for read in group.references):
                message = f"the rows of the job {job.id} are in one concurrency group: all but two would be cancelled"
                yield Problem.at(group.place, message, f"{job.id}/concurrency.group")


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
    endless = [job.id for job in release_jobs(release.workflow) if job.timeout_minutes is None and job.uses is None]
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
    keeping = dict.fromkeys(
        row.job.id for row, step in steps if row.input(step, "persist-credentials").lower() != "false"
    )
    if keeping:
        yield Problem(f"the token of the job stays in .git: {join_names(keeping)}")


@workflow_check(
    "published-is-verified",
    "for every platform, a job on its runner verifies what PyPI serves",
    by=By.CARE,
    source="an index may serve something other than what was uploaded; a wheel may fail to install",
    hint="after the publish job, download the wheels and run `nox -s verify` on the runner of every platform",
)
def published_is_verified(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    for public in jobs_using(workflow, PYPI_PUBLISH):
        verifying: dict[str, Job] = {}
        reasons: dict[str, None] = {}
        for row, step, command, _ in calls(workflow, "verify"):
            if open_matrix(row.job):
                return
            is_after = public.id in workflow.ancestors(row.job.id)
            if why := _why_unverified(row, step, command) if is_after else "it does not wait for that job":
                reasons[f"; the job {row.job.id} does not count: {why}"] = None
            else:
                verifying[row.runner] = row.job
        missing = [f"{one.name} ({one.runner})" for one in release.config.platforms if one.runner not in verifying]
        if missing:
            what = f"no job runs nox -s verify after the job {public.id} for {join_names(missing)}{''.join(reasons)}"
            yield Problem(what, subject="verify")
        published = downloaded(workflow, public, public.steps)
        # That something else is published than was judged has a finding of its own.
        judged = [downloaded(workflow, workflow.jobs[name], workflow.jobs[name].steps) for name in public.needs]
        for job in {job.id: job for job in verifying.values()}.values():
            if published in judged and downloaded(workflow, job, job.steps) != published:
                message = f"the job {job.id} does not compare with the artifact that is published"
                yield Problem.at(job.place, message, job.id)


def _why_unverified(row: JobRow, step: Step, command: Command) -> str:
    """Why a call of `verify` does not verify what was published; empty if it does."""
    if not command.is_plain or not set(command.options) <= {*TAGS}:
        return f"`{command.text}` is not just `nox -s verify`"
    if not is_off(row.job.continue_on_error) or not is_off(step.continue_on_error):
        return "its failure does not count (`continue-on-error`)"
    if row.job.container:
        return "it runs in a container"
    for name in {**row.job.env, **step.env}:
        if why := why_variable(name):
            return f"it has the variable {name}: {why}"
    skipped = why_skipped(row.job.condition, row.job.needs) or why_skipped(step.condition, ())
    return f"it may be skipped (`if`): {skipped}" if skipped else ""
