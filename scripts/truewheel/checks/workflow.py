"""Does PyPI trust the workflow, and is there one way to publish, started by tags only?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from truewheel.checks.gates import about, pypi_steps
from truewheel.checks.registers import workflow_check
from truewheel.checks.sentences import join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By, Problem
from truewheel.workflow import Template, Workflow
from truewheel.workflow.action_names import GITHUB_RELEASE, PYPI_PUBLISH
from truewheel.workflow.conditions import may_hold_on_a_branch
from truewheel.workflow.references import is_token
from truewheel.workflow.release_jobs import publishers, publishing_command, step_name, using
from truewheel.workflow.templates import templates_in

_FOLDER = ".github/workflows"
_TRUST = "PyPI's trusted publishers: owner, repository, workflow file, environment"


@workflow_check(
    By.PYPI,
    source=_TRUST,
    hint="move it there, and name it in `workflow` of [tool.release]; PyPI knows it by its file name",
)
def workflow_file_trusted(release: TaggedRelease) -> Iterator[str]:
    """the publishing workflow is a file in .github/workflows"""
    path = release.workflow.path
    if path.parent.as_posix() != _FOLDER:
        yield f"the workflow is {path.as_posix()}, expected a file in {_FOLDER}"
    elif path.suffix not in (".yml", ".yaml"):
        yield f"the workflow is {path.name}, expected a name that ends with .yml or .yaml"


@workflow_check(
    By.DECISION,
    source="decisions D10, D11 and D12",
    hint="publish in one job for PyPI and in one for the GitHub Release, each for all platforms together",
)
def published_once(release: TaggedRelease) -> Iterator[Problem]:
    """one step uploads to PyPI (pypa/gh-action-pypi-publish), and one makes the GitHub Release
    (softprops/action-gh-release)
    """
    workflow = release.workflow
    # Other ways have findings of their own.
    others = [how for job in workflow.jobs.values() for step in job.steps if (how := publishing_command(step))]
    makes_release = ["gh release" in how for how in others]
    for action, is_made in ((PYPI_PUBLISH, not all(makes_release)), (GITHUB_RELEASE, any(makes_release))):
        releasing = [(job, step) for job in workflow.jobs.values() for step in using(job, GITHUB_RELEASE)]
        steps = pypi_steps(workflow) if action == PYPI_PUBLISH else releasing
        if not any(using(job, action) for job in workflow.jobs.values()) and not is_made:
            yield Problem(f"no job uses {action}", subject=action)
        for job, step in steps[1:]:
            yield about(job, f"uses {action} again", step.place, action)


@workflow_check(
    By.DECISION,
    source="decision D12",
    hint="make both need the gates and neither the other, so that each can be re-run on its own",
)
def publishers_independent(release: TaggedRelease) -> Iterator[Problem]:
    """the GitHub Release and the upload to PyPI do not wait for each other"""
    public = publishers(release.workflow)
    for job in public:
        for other in public:
            if other.id in release.workflow.ancestors(job.id):
                yield about(job, f"waits for the job {other.id}, which publishes as well", subject="needs")


@workflow_check(
    By.DECISION,
    source=f"decision D11; {_TRUST}",
    hint="give the publish job the `environment` of [tool.release]; PyPI and GitHub know it by that name",
)
def publish_environment(release: TaggedRelease) -> Iterator[Problem]:
    """the publish job runs in the environment that PyPI knows"""
    expected = release.config.environment
    for job in {job.id: job for job, _ in pypi_steps(release.workflow)}.values():
        if job.environment is None:
            yield about(job, f"has no environment, expected {expected}")
        # PyPI ignores case.
        elif (found := job.environment.name.source).lower() != expected.lower():
            message = f"the environment of the job {job.id} is {found}, expected {expected}"
            yield Problem.at(job.environment.place, message, f"{job.id}/environment")


@workflow_check(
    By.PYPI,
    source="PyPI's trusted publishers: reusable workflows are not supported",
    hint="remove on.workflow_call; put what workflows share into a nox session",
)
def workflow_not_reusable(release: TaggedRelease) -> Iterator[Problem]:
    """the workflow is not called by other workflows"""
    if "workflow_call" in release.workflow.events:
        yield Problem("on.workflow_call lets other workflows call it", subject="on.workflow_call")


@workflow_check(
    By.DECISION,
    source="decision D4",
    hint="reduce `on` to `push: tags:`; anything else belongs in another workflow file",
)
def only_tags_trigger(release: TaggedRelease) -> Iterator[str]:
    """only the push of a tag starts the publishing workflow"""
    workflow = release.workflow
    for event in sorted(workflow.events - {"push", "workflow_call"}):
        running = _unguarded(workflow, event)
        if running or event != "workflow_dispatch":
            may_run = f", and {join_names(running)} may then run" if running else ""
            also = "as well" if workflow.push else "instead of the push of a tag"
            yield f"the event {event} starts it {also}{may_run}"
    push = workflow.push
    if push is not None and push.names_branches:
        yield "on.push names branches, so pushes to them start it as well"
    elif push is not None and push.tags is None and push.tags_ignore is None:
        yield "on.push names no tags, so every push starts it"


def _unguarded(workflow: Workflow, event: str) -> list[str]:
    """The publishing jobs that may run if an event starts the workflow on a branch."""
    chains = {job.id: (job.id, *workflow.ancestors(job.id)) for job in publishers(workflow)}
    running = [
        name
        for name, chain in chains.items()
        if all(may_hold_on_a_branch(workflow.jobs[one].condition, event) for one in chain)
    ]
    return running if chains else ["all jobs"]


@workflow_check(
    By.DECISION,
    source="decision D4; GitHub's `workflow_dispatch`",
    hint="remove on.workflow_dispatch; to finish a release that broke off, re-run its failed jobs",
)
def not_started_by_hand(release: TaggedRelease) -> Iterator[Problem]:
    """the publishing workflow is not started by hand"""
    workflow = release.workflow
    if "workflow_dispatch" in workflow.events and not _unguarded(workflow, "workflow_dispatch"):
        what = "also" if len(workflow.events) > 1 else "only"
        message = (
            f"it can {what} be started by hand (on.workflow_dispatch); an `if` keeps branches from being published"
        )
        yield Problem(message, subject="on.workflow_dispatch")


@workflow_check(
    By.DECISION,
    source="decisions D11 and D12",
    hint="remove it; anything that needs a secret or publishes belongs in another workflow file",
)
def no_other_publishing(release: TaggedRelease) -> Iterator[Problem]:
    """only the publish action and the release action publish, and no stored secret is read"""
    workflow = release.workflow
    yield from _secrets("the workflow", "", templates_in(replace(workflow, jobs={})))
    for job in workflow.jobs.values():
        yield from _secrets(f"the job {job.id}", f"{job.id}/", templates_in(job))
        if job.secrets:
            yield about(job, "passes secrets to the workflow that it calls", subject="secrets")
        for step in job.steps:
            if how := publishing_command(step):
                yield about(job, f"publishes with {how}", step.place, step_name(step))


def _secrets(owner: str, prefix: str, templates: Iterable[Template]) -> Iterator[Problem]:
    for template in templates:
        for read in sorted(template.references):
            if read[0] == "secrets" and not is_token(read):
                name = ".".join(read)
                yield Problem.at(template.place, f"{owner} reads {name}", f"{prefix}{name}")
