"""Is it published as it was decided, in one way, and by a tag alone?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from truewheel.checks.registers import workflow_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Condition, Job, Place, Scope, Step, Template, WorkflowError
from truewheel.workflow.action_names import GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.release_jobs import JobRow, inputs, jobs_using, rows, using
from truewheel.workflow.support import is_token, outside_of_jobs, templates_in

# What may be said to the publish action: it changes neither where files go, nor as whom, nor whether a failure counts.
_HARMLESS = {"packages-dir", "print-hash", "verbose", "verify-metadata", "attestations"}
_TRUST = "PyPI is to trust the workflow, not a token that may leak (D11)"
_ELSEWHERE = "the files would go elsewhere than to PyPI (D11)"
_WHY = {
    "password": _TRUST,
    "user": _TRUST,
    "repository-url": _ELSEWHERE,
    "skip-existing": "a file that is there with other bytes would be passed over in silence (D14)",
}
_UPLOADS = re.compile(
    r"\btwine\s+upload\b|\b(?:uv|poetry|hatch|flit|pdm|maturin)\s+(?:publish|upload)\b|\bgh\s+release\b"
)


@workflow_check(
    "only-tags-start-it",
    "nothing but the push of a tag starts the publishing workflow",
    by=By.DECISION,
    source="decision D4",
    hint="let `on` be `push: tags:` alone; what else is to run belongs into another workflow file",
)
def only_tags_start_it(release: TaggedRelease) -> Iterator[str]:
    workflow = release.workflow
    for event in sorted(workflow.events - {"push"}):
        yield f"the event {event} starts it, too"
    push = workflow.push
    if push is not None and push.names_branches:
        yield "on.push names branches, whose pushes start it, too"
    elif push is not None and push.tags is None and push.tags_ignore is None:
        yield "on.push names no tags, so that every push starts it"


@workflow_check(
    "publish-as-decided",
    "the publish step uploads to PyPI by its trust alone, once, and fails when a file is not taken",
    by=By.DECISION,
    source="decisions D11, D12 and D14",
    hint="take it out; packages-dir, print-hash, verbose, verify-metadata and attestations are all that may be said",
)
def publish_as_decided(release: TaggedRelease) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, PYPI_PUBLISH):
        for step in using(job, PYPI_PUBLISH):
            for name, value in inputs(step).items():
                given = name.replace("_", "-")
                if given not in _HARMLESS:
                    why = _WHY.get(given, "it changes what was decided (D11)")
                    yield _problem(value.place, f"the job {job.id} publishes with `{given}`: {why}")
            yield from _ignored(job, step.continue_on_error)
        yield from _ignored(job, job.continue_on_error)
        yield from _not_alone(job)


def _ignored(job: Job, template: Template | None) -> Iterator[Problem]:
    if template is not None and template.source != "false":
        yield _problem(template.place, f"the job {job.id} goes on although publishing failed (continue-on-error)")


def _not_alone(job: Job) -> Iterator[Problem]:
    try:
        times = len(rows(job))
    except WorkflowError:
        times = 0
    if times != 1:
        shown = f"{times} times" if times else "nobody knows how many times"
        yield _problem(job.place, f"the job {job.id} publishes {shown}, by its matrix")
    for has, what in ((job.container, "in a container"), (job.services, "beside service containers")):
        if has:
            yield _problem(job.place, f"the job {job.id} publishes {what}, which may take its token")


@workflow_check(
    "no-other-way-out",
    "nothing is published but by the publish action and the release action, and without a stored secret",
    by=By.DECISION,
    source="decisions D11 and D12",
    hint="remove it; what needs a secret or writes to the repository belongs into another workflow file",
)
def no_other_way_out(release: TaggedRelease) -> Iterator[Problem]:
    workflow = release.workflow
    yield from _secrets("the workflow", templates_in(outside_of_jobs(workflow)))
    releasing = jobs_using(workflow, GITHUB_RELEASE)
    for job in workflow.jobs.values():
        yield from _secrets(f"the job {job.id}", templates_in(job))
        for step in job.steps:
            yield from _way_out(job, step)
        if job not in releasing and workflow.permissions_of(job).allows("contents", "write"):
            yield _problem(job.place, f"the job {job.id} has `contents: write` and makes no GitHub Release")


def _secrets(owner: str, templates: Iterable[Template | Condition]) -> Iterator[Problem]:
    for template in templates:
        for read in sorted(template.references):
            if read[0] == "secrets" and not is_token(read):
                yield _problem(template.place, f"{owner} reads {'.'.join(read)}")


def _way_out(job: Job, step: Step) -> Iterator[Problem]:
    # An image of the publish action publishes as the action does.
    if step.action.startswith("docker://") and PYPI_PUBLISH.rpartition("/")[2] in step.action:
        yield _problem(step.place, f"the job {job.id} publishes by an image of {PYPI_PUBLISH}")
    source = "" if step.run is None else step.run.source.replace("\\\n", " ")
    for match in _UPLOADS.finditer(source):
        yield _problem(step.place, f"the job {job.id} publishes by `{' '.join(match[0].split())}`")


@workflow_check(
    "github-release-as-decided",
    "the GitHub Release is one of the tag, with the wheels, marked latest, and no draft",
    by=By.DECISION,
    source="decision D10",
    hint="files: dist/*.whl, draft: false, prerelease: false, make_latest: true, and no tag_name",
)
def github_release_as_decided(release: TaggedRelease) -> Iterator[Problem]:
    for job in jobs_using(release.workflow, GITHUB_RELEASE):
        row = JobRow(job, Scope({}))
        for step in using(job, GITHUB_RELEASE):
            for name, expected in (("draft", "false"), ("prerelease", "false"), ("make_latest", "true")):
                found = row.input(step, name) or expected
                if found.lower() != expected:
                    yield _problem(step.place, f"the job {job.id} says {name}: {found}, expected {expected}")
            for name in sorted(inputs(step).keys() & {"tag_name", "repository", "target_commitish"}):
                yield _problem(step.place, f"the job {job.id} says {name}, and the tag is the one that was pushed")
            if not row.input(step, "files").strip():
                yield _problem(step.place, f"the job {job.id} attaches no files")


def _problem(place: Place, message: str) -> Problem:
    return Problem(message, where=str(place))
