"""Is there one way to publish, started by tags only, and is a failure noticed?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Condition, Job, Scope, Step, Template
from truewheel.workflow.action_names import GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.release_jobs import JobRow, calls, downloaded, is_off, is_open, jobs_using, rows, using
from truewheel.workflow.support import is_token
from truewheel.workflow.templates import templates_in

# Inputs of the publish action that change neither where files go, nor as whom, nor whether a failure counts.
_HARMLESS = {"packages-dir", "print-hash", "verbose", "verify-metadata"}
# Its defaults, which may be written out.
_DEFAULTS = {"attestations": "true", "skip-existing": "false", "user": "__token__"}
_TRUST = "PyPI must trust the workflow, not a token that may leak (D11)"
_WHY = {
    "password": _TRUST,
    "user": _TRUST,
    "repository-url": "the files would go somewhere other than PyPI (D11)",
    "skip-existing": "a file on the index with other bytes would be skipped silently (D14)",
    "attestations": "users could not verify which workflow built the wheels (D11)",
}
_UPLOADS = re.compile(
    r"\btwine\s+upload\b|\b(?:uv|poetry|hatch|flit|pdm|maturin)\s+(?:publish|upload)\b|\bgh\s+release\b"
)
# The values that the inputs of the release action must have, and their defaults.
_RELEASE_INPUTS = {
    "generate_release_notes": ("true", "false"),
    "fail_on_unmatched_files": ("true", "false"),
    "overwrite_files": ("true", "true"),
    "draft": ("false", "false"),
    "prerelease": ("false", "false"),
    "make_latest": ("true", "true"),
}


@workflow_check(
    "only-tags-trigger",
    "only the push of a tag starts the publishing workflow",
    by=By.DECISION,
    source="decision D4",
    hint="reduce `on` to `push: tags:`; anything else belongs in another workflow file",
)
def only_tags_trigger(release: TaggedRelease) -> Iterator[str]:
    workflow = release.workflow
    for event in sorted(workflow.events - {"push"}):
        yield f"the event {event} starts it as well"
    push = workflow.push
    if push is not None and push.names_branches:
        yield "on.push names branches, so pushes to them start it as well"
    elif push is not None and push.tags is None and push.tags_ignore is None:
        yield "on.push names no tags, so every push starts it"


@workflow_check(
    "publish-settings",
    "the publish step uploads by trusted publishing only, once, and fails if PyPI rejects a file",
    by=By.DECISION,
    source="decisions D11, D12 and D14",
    hint="remove it; only the inputs packages-dir, print-hash, verbose and verify-metadata may be set",
)
def publish_settings(release: TaggedRelease) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        for step in using(job, PYPI_PUBLISH):
            for written, value in step.inputs.items():
                name = written.replace("_", "-")
                if name not in _HARMLESS and value.source != _DEFAULTS.get(name):
                    why = _WHY.get(name, "it changes what was decided (D11)")
                    yield Problem.at(value.place, f"the job {job.id} publishes with `{name}`: {why}")
            yield from _ignored(job, step.continue_on_error)
        yield from _ignored(job, job.continue_on_error)
        yield from _not_alone(job)


def _ignored(job: Job, template: Template | None) -> Iterator[Problem]:
    if template is not None and not is_off(template):
        yield Problem.at(template.place, f"the job {job.id} continues after publishing has failed (continue-on-error)")


def _not_alone(job: Job) -> Iterator[Problem]:
    if job.strategy is not None and not (job.strategy.is_constant and len(rows(job)) == 1):
        yield Problem.at(job.place, f"the job {job.id} publishes once for each row of its matrix")
    for has, what in ((job.container, "in a container"), (job.services, "next to service containers")):
        if has:
            yield Problem.at(job.place, f"the job {job.id} publishes {what}, which could take its token")


@workflow_check(
    "no-other-publishing",
    "only the publish action and the release action publish, and no stored secret is read",
    by=By.DECISION,
    source="decisions D11 and D12",
    hint="remove it; anything that needs a secret or writes to the repository belongs in another workflow file",
)
def no_other_publishing(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    yield from _secrets("the workflow", templates_in(replace(workflow, jobs={})))
    releasing = jobs_using(workflow, GITHUB_RELEASE)
    for job in workflow.jobs.values():
        yield from _secrets(f"the job {job.id}", templates_in(job))
        for step in job.steps:
            yield from _other_uploads(job, step)
        if job not in releasing and workflow.permissions_of(job).allows("contents", "write"):
            yield Problem.at(job.place, f"the job {job.id} has `contents: write` and makes no GitHub Release")


def _secrets(owner: str, templates: Iterable[Template | Condition]) -> Iterator[Problem]:
    for template in templates:
        for read in sorted(template.references):
            if read[0] == "secrets" and not is_token(read):
                yield Problem.at(template.place, f"{owner} reads {'.'.join(read)}")


def _other_uploads(job: Job, step: Step) -> Iterator[Problem]:
    # An image of the publish action publishes as the action does.
    if step.action.startswith("docker://") and PYPI_PUBLISH.rpartition("/")[2] in step.action:
        yield Problem.at(step.place, f"the job {job.id} publishes with an image of {PYPI_PUBLISH}")
    source = "" if step.run is None else step.run.source.replace("\\\n", " ")
    for match in _UPLOADS.finditer(source):
        yield Problem.at(step.place, f"the job {job.id} publishes with `{' '.join(match[0].split())}`")


@workflow_check(
    "github-release-settings",
    "the GitHub Release is made from the tag, has GitHub's notes and only wheels, is marked latest and is not a draft",
    by=By.DECISION,
    source="decisions D7 and D10; a re-run (D14) replaces assets and notes instead of adding to them",
    hint="set files: dist/*.whl, generate_release_notes: true, a `body`, fail_on_unmatched_files: true; no tag_name",
)
def github_release_settings(release: TaggedRelease) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, GITHUB_RELEASE):
        row = JobRow(job, Scope({}))
        made = f"the job {job.id} makes a release with"
        for step in using(job, GITHUB_RELEASE):
            for name, (expected, default) in _RELEASE_INPUTS.items():
                found = row.input(step, name) or default
                if found.lower() != expected:
                    yield Problem.at(step.place, f"{made} {name}: {found}, expected {expected}")
            for name in sorted(step.inputs.keys() & {"tag_name", "repository", "target_commitish"}):
                yield Problem.at(step.place, f"{made} {name}, but the pushed tag decides that")
            if not row.input(step, "body") and not row.input(step, "body_path"):
                yield Problem.at(step.place, f"the job {job.id} has no body, so a re-run would add the notes again")
            yield from _assets(job, step, row.input(step, "files").split())


def _assets(job: Job, step: Step, patterns: list[str]) -> Iterator[Problem]:
    if not patterns:
        yield Problem.at(step.place, f"the job {job.id} attaches no files")
    for pattern in patterns:
        if not pattern.endswith(".whl"):
            yield Problem.at(step.place, f"the job {job.id} attaches {pattern}, expected only wheels")


@workflow_check(
    "published-is-verified",
    "for every platform, a job on its runner verifies what PyPI serves",
    by=By.CARE,
    source="an index may serve something other than what was uploaded; a wheel may fail to install",
    hint="after the publish job, download the wheels and run `nox -s verify` on the runner of every platform",
)
def published_is_verified(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    if is_open(workflow):
        return
    for public in jobs_using(workflow, PYPI_PUBLISH):
        verifying = {
            row.runner: row.job
            for row, step, command, _ in calls(workflow, "verify")
            if public.id in workflow.ancestors(row.job.id) and command.is_plain and "--list" not in command.options
            if is_off(row.job.continue_on_error) and is_off(step.continue_on_error)
        }
        missing = [f"{one.name} ({one.runner})" for one in release.config.platforms if one.runner not in verifying]
        if missing:
            yield Problem(f"no job runs nox -s verify after the job {public.id} for {join_names(missing)}")
        published = downloaded(workflow, public, public.steps)
        for job in {job.id: job for job in verifying.values()}.values():
            if downloaded(workflow, job, job.steps) != published:
                yield Problem.at(job.place, f"the job {job.id} does not compare with the artifact that is published")
