"""Do the jobs find what they name, do they run to their end, and is what they published verified?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from truewheel.checks import gates as gate
from truewheel.checks.gates import about
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Job, Place
from truewheel.workflow.action_names import DOWNLOAD
from truewheel.workflow.commands import TAGS, Command
from truewheel.workflow.conditions import why_skipped
from truewheel.workflow.harmless import ACTIONS, known_value
from truewheel.workflow.nox_sessions import has_session
from truewheel.workflow.references import misspelt
from truewheel.workflow.release_jobs import calls, downloaded, is_off, open_matrix, release_jobs, using

# What in `github` differs from tag to tag.
_OF_A_TAG = {"ref", "ref_name", "sha", "run_id", "run_number"}


@workflow_check(
    By.CARE,
    source="nox: a missing session fails the job, perhaps after the wheels were published",
    hint="correct the name, or add the session to noxfile.py (nox -l lists them)",
)
def sessions_exist(release: TaggedRelease) -> Iterator[Problem]:
    """the noxfile has every session that the workflow runs"""
    sessions, workflow = release.sessions, release.workflow
    if sessions is None:
        return
    missing: dict[tuple[str, str], tuple[Job, Place]] = {}
    reported = gate.reported_places(workflow)
    for row, step, command, match in calls(workflow, r"[^$]+"):
        if not command.problem and step.place not in reported and not has_session(sessions, match[0]):
            missing.setdefault((row.job.id, match[0]), (row.job, step.place))
    for (_, name), (job, place) in missing.items():
        near = difflib.get_close_matches(name.partition("(")[0], sorted(sessions), n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        yield about(job, f"runs the session {name!r}, which noxfile.py does not have{meant}", place, name)


@workflow_check(
    By.CARE,
    source="GitHub's contexts: a property that does not exist is empty, without an error",
    hint="correct the name",
)
def expressions_known(release: TaggedRelease) -> Iterator[Problem]:
    """every property that an expression reads exists"""
    for job in release.workflow.jobs.values():
        for place, written, meant in misspelt(release.workflow, job):
            yield Problem.at(place, f"the job {job.id} reads {written}, which is always empty; {meant}")


@workflow_check(
    By.DECISION,
    source="decision D14: half an upload is worse than one that waits; GitHub's `concurrency`",
    hint="write `cancel-in-progress: false`, and put ${{ github.ref }} in the group",
)
def release_not_cancelled(release: TaggedRelease) -> Iterator[Problem]:
    """no other run cancels a release"""
    workflow, jobs = release.workflow, release_jobs(release.workflow)
    whole = workflow.concurrency.group.source if workflow.concurrency else ""
    for job in (None, *jobs):
        owner, prefix = (f"the job {job.id}", f"{job.id}/") if job else ("the workflow", "")
        concurrency = job.concurrency if job else workflow.concurrency
        if concurrency is None:
            continue
        cancels, group = concurrency.cancel_in_progress, concurrency.group
        reads = {read[0] if read[0] != "github" else read[-1] for read in group.references}
        if cancels and not is_off(cancels):
            what = "lets a newer run cancel one that is publishing"
            yield Problem.at(cancels.place, f"{owner} {what}", f"{prefix}concurrency.cancel-in-progress")
            continue
        wrong = {
            f"puts all tags in the group {group.source}: a newer run cancels one that is waiting": not reads
            & _OF_A_TAG,
            "is in the concurrency group of the workflow: it would wait for itself and be cancelled": (
                job and group.source.replace(" ", "") == whole.replace(" ", "")
            ),
            "has all its rows in one concurrency group: all but two would be cancelled": (
                job and job.strategy and job.strategy.is_matrix and "matrix" not in reads
            ),
        }
        for what in [what for what, holds in wrong.items() if holds][:1]:
            yield Problem.at(group.place, f"{owner} {what}", f"{prefix}concurrency.group")


@workflow_check(
    By.CARE,
    source="an index may serve something other than what was uploaded; a wheel may fail to install",
    hint="after the publish job, download the wheels and run `nox -s verify` on the runner of every platform",
)
def published_is_verified(release: TaggedRelease) -> Iterator[Problem]:
    """for every platform, a job on its runner verifies what PyPI serves"""
    workflow, reported = release.workflow, gate.reported_places(release.workflow)
    for public in {job.id: job for job, _ in gate.pypi_steps(workflow)}.values():
        verifying: dict[str, Job] = {}
        reasons: dict[str, None] = {}
        for row, step, command, _ in calls(workflow, "verify"):
            if open_matrix(row.job):
                return
            weaknesses = gate.weaknesses(step, row.job, workflow)
            weak = next((why for place, why in weaknesses if place not in reported), "")
            is_after = public.id in workflow.ancestors(row.job.id)
            if why := _why_unverified(row.job, command) or weak if is_after else "it does not wait for that job":
                reasons[f"; the job {row.job.id} does not count: {why}"] = None
            else:
                verifying[row.runner] = row.job
        missing = [f"{one.name} ({one.runner})" for one in release.config.platforms if one.runner not in verifying]
        if missing:
            what = f"no job runs nox -s verify after the job {public.id} for {join_names(missing)}{''.join(reasons)}"
            yield Problem(what, subject="verify")
        published = downloaded(workflow, public)
        # That something else is published than was judged has a finding of its own.
        judged = [downloaded(workflow, workflow.jobs[name]) for name in public.needs]
        for job in {job.id: job for job in verifying.values()}.values():
            if published in judged and downloaded(workflow, job) != published:
                yield about(job, "does not compare with the artifact that is published")
            for step in using(job, DOWNLOAD):
                path = step.inputs.get("path")
                if path is None or not known_value(ACTIONS[DOWNLOAD].inputs["path"].values, path.source):
                    yield about(job, "downloads to another folder than dist, where verify looks", step.place)


def _why_unverified(job: Job, command: Command) -> str:
    """Why a call of `verify` does not verify what was published; empty if it does."""
    if command.problem:
        return f"it runs `{command.text}`, {command.problem}"
    if not {*command.options} <= {*TAGS}:
        return f"`{command.text}` is not just `nox -s verify`"
    skipped = why_skipped(job.condition, job.needs)
    return f"it has `if`: it may be skipped: {skipped}" if skipped else ""
