"""The order of the jobs: what is judged before what, and what CI tries of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.pipeline.artifacts import WHEELS
from tests.pipeline.invariant import invariant
from tests.pipeline.pipeline import Job, Pipeline, Workflow
from tests.pipeline.trust import DOWNLOAD, GITHUB_RELEASE, PYPI_PUBLISH

# In CI there is no tag; validate is told to judge the one that the version would get.
TAG_FROM_VERSION = "--tag-from-version"

SHARED_JOBS = ("build", "merge", "validate")


def publishers(workflow: Workflow) -> list[Job]:
    """The jobs that make something public."""
    return [*workflow.using(GITHUB_RELEASE), *workflow.using(PYPI_PUBLISH)]


def judges(job: Job, *sessions: str) -> bool:
    """Whether the job runs all these sessions on whole wheels, not on the tag alone."""
    calls = [call for call in job.nox_calls if "--tag-only" not in call.options]
    return set(sessions) <= {session for call in calls for session in call.sessions}


@invariant("D10, D11")
def a_release_goes_to_github_and_pypi_once(pipeline: Pipeline) -> Iterator[str]:
    for action in (GITHUB_RELEASE, PYPI_PUBLISH):
        count = sum(len(job.using(action)) for job in pipeline.publish.jobs)
        if count != 1:
            yield f"{pipeline.publish} uses {action} {count} times, expected once"
    for job in publishers(pipeline.ci):
        yield f"{pipeline.ci}, job {job} publishes"


@invariant("GitHub refuses such a file only when the tag is pushed")
def needs_are_sound(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        for name in job.needs:
            if name not in workflow.document["jobs"]:
                yield f"{workflow}, job {job} needs {name}, which does not exist"
        if job.name in workflow.before(job):
            yield f"{workflow}, job {job} waits for itself"


@invariant("D3: found before anything is built")
def the_tag_is_judged_before_anything_is_built(pipeline: Pipeline) -> Iterator[str]:
    workflow = pipeline.publish
    judged = {
        job.name
        for job in workflow.jobs
        for call in job.nox_calls
        if "validate" in call.sessions and "--tag-only" in call.options
    }
    for job in workflow.jobs:
        if job.builds and not judged & workflow.before(job):
            yield f"{workflow}, job {job} builds before `nox -s validate -- --tag-only` has run"


@invariant("D8, D12: one gate, and nothing is public before it")
def publishers_wait_for_every_gate(pipeline: Pipeline) -> Iterator[str]:
    workflow = pipeline.publish
    public = publishers(workflow)
    for job in public:
        gates = [name for name in job.needs if judges(workflow.job(name), "validate", "check-dist")]
        if not gates:
            yield f"{workflow}, job {job} does not need a job that runs validate and check-dist"
    names = {job.name for job in public}
    for gate in workflow.jobs:
        # What waits for a publisher comes after publication and cannot hold it up.
        if gate.name in names or names & workflow.before(gate):
            continue
        for job in public:
            if gate.name not in workflow.before(job):
                yield f"{workflow}, job {job} does not wait for {gate}"


@invariant("D12")
def publishers_stand_side_by_side(pipeline: Pipeline) -> Iterator[str]:
    names = {job.name for job in publishers(pipeline.publish)}
    if len(names) != 2:
        yield f"{pipeline.publish}: {sorted(names)} publish, expected two jobs"
    for job in publishers(pipeline.publish):
        for other in sorted(names & pipeline.publish.before(job)):
            yield f"{pipeline.publish}, job {job} waits for {other}"


@invariant("D8")
def the_gate_judges_the_very_wheels_that_are_published(pipeline: Pipeline) -> Iterator[str]:
    for workflow in pipeline.workflows:
        gates = [job for job in workflow.jobs if judges(job, "validate", "check-dist")]
        if not gates:
            yield f"{workflow} has no job that runs validate and check-dist"
        for job in (*gates, *publishers(workflow)):
            downloads = [step.inputs for step in job.using(DOWNLOAD)]
            if downloads != [{"name": WHEELS, "path": "dist/"}]:
                yield f"{workflow}, job {job} downloads {downloads}, expected {WHEELS} into dist/"
        for job in gates:
            actions = [step.action for step in job.steps]
            if DOWNLOAD in actions[actions.index("") :]:
                yield f"{workflow}, job {job} judges dist/ before the wheels are there"


@invariant("D10")
def the_github_release_is_final_complete_and_repeatable(pipeline: Pipeline) -> Iterator[str]:
    expected = {
        "generate_release_notes": True,
        "files": "dist/*.whl",
        "fail_on_unmatched_files": True,
        "overwrite_files": True,
        "draft": False,
        "prerelease": False,
        "make_latest": True,
    }
    for job in pipeline.publish.using(GITHUB_RELEASE):
        for step in job.using(GITHUB_RELEASE):
            inputs = dict(step.inputs)
            body = inputs.pop("body", "")
            if inputs != expected:
                yield f"{pipeline.publish}, job {job}: inputs are {inputs}, expected {expected}"
            # Without a body of ours the action takes the old one and adds the notes to it at every re-run.
            if not body or not body.startswith("<!--") or body.find("-->") != len(body) - 3:
                yield f"{pipeline.publish}, job {job}: the body {body!r} is not one invisible comment"


@invariant("a release never runs a path that CI has not run")
def ci_builds_merges_and_validates_as_a_release_does(pipeline: Pipeline) -> Iterator[str]:
    for name in SHARED_JOBS:
        missing = [str(workflow) for workflow in pipeline.workflows if name not in workflow.document["jobs"]]
        if missing:
            yield f"{' and '.join(missing)}: no job {name}"
            continue
        there, here = (_comparable(workflow, name) for workflow in pipeline.workflows)
        for key in sorted(there.keys() | here.keys()):
            if there.get(key) != here.get(key):
                yield f"job {name}: {key} is {here.get(key)} in CI, {there.get(key)} in a release"


def _comparable(workflow: Workflow, name: str) -> dict[str, Any]:
    """The job without what the missing tag explains: needs of jobs that CI has not, and one option."""
    job = workflow.job(name)
    return {
        **job.settings,
        "needs": [needed for needed in job.needs if needed in SHARED_JOBS],
        "steps": list(_comparable_steps(job)),
    }


def _comparable_steps(job: Job) -> Iterator[dict[str, Any]]:
    """Its steps, where a call of two sessions is the same as two calls of one."""
    for step in job.steps:
        if step.nox is None:
            yield step.settings
            continue
        options = [option for option in step.nox.options if option != TAG_FROM_VERSION]
        for session in step.nox.sessions:
            yield {**step.settings, "run": (session, options)}


@invariant("D3: a release judges the pushed tag, CI the one that the version would get")
def only_ci_makes_up_a_tag(pipeline: Pipeline) -> Iterator[str]:
    for workflow, job in pipeline.jobs:
        for call in job.nox_calls:
            made_up = TAG_FROM_VERSION in call.options
            if "validate" in call.sessions and made_up != (workflow is pipeline.ci):
                yield f"{workflow}, job {job}: validate {'has' if made_up else 'lacks'} {TAG_FROM_VERSION}"


@invariant("what CI has not run must not be a release's surprise")
def ci_lints_and_tests(pipeline: Pipeline) -> Iterator[str]:
    run = {session for job in pipeline.ci.jobs for call in job.nox_calls for session in call.sessions}
    for session in sorted({"lint", "tests"} - run):
        yield f"{pipeline.ci} does not run {session}"
