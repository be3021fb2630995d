"""A publishing workflow as a release sees it: which jobs build, judge and publish, and where artifacts go."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from truewheel.patterns import PatternError
from truewheel.patterns.names import selects
from truewheel.workflow import Job, Scope, Step, Template, Workflow, WorkflowError
from truewheel.workflow.action_names import DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.commands import Command, read_commands
from truewheel.workflow.conditions import A_PUSH, Partial, may_be

_UPLOADS = re.compile(
    r"\btwine\s+upload\b|\b(?:uv|poetry|hatch|flit|pdm|maturin)\s+(?:publish|upload)\b|\bgh\s+release\b[^\n;&|]*?\b(?:create|upload)\b"
)


# An expression that may differ from row to row, or from job to job.
_LATE = re.compile(r"\$\{\{(?!\s*github\.\w+\s*\}\})")


def is_late(name: str) -> bool:
    """Whether it is known only at run time if the name of an artifact is that of another."""
    return _LATE.search(name) is not None


@dataclass(frozen=True, slots=True, eq=False)
class JobRow:
    """A job in one row of its matrix."""

    job: Job
    scope: Scope  # what its expressions are evaluated in, as far as that is known before anything runs

    def text(self, template: Template | None, default: str = "") -> str:
        """Return the value of a template as text, or the template as written if its value is not known yet."""
        if template is None:
            return default
        row = {key.lower() for key in self.scope.contexts.get("matrix", ())}
        if any(read[0] != "matrix" or len(read) == 1 or read[1].lower() not in row for read in template.references):
            return template.source
        try:
            return template.text(self.scope)
        except WorkflowError:
            return template.source

    def input(self, step: Step, name: str, default: str = "") -> str:
        """Return the input `name` of a step's action."""
        return self.text(step.inputs.get(name), default)

    @property
    def runner(self) -> str:
        """The labels of its runner, e.g. `ubuntu-latest`."""
        return " ".join(self.text(label) for label in self.job.runs_on)

    def runs_on_windows(self, condition: Template | None) -> bool:
        """Whether its runner is Windows, and a step with this condition may run there."""
        known = {**self.scope.contexts, **A_PUSH, "runner": Partial(os="Windows")}
        is_skipped = condition is not None and may_be(condition, Scope(known)) == {False}
        return "windows" in self.runner.lower() and not is_skipped

    @functools.lru_cache(1024)  # noqa: B019  keeps at most 1024
    def commands(self, step: Step, workflow: Workflow) -> list[Command]:
        """Return the commands of a step, in which variables have the values that the workflow sets."""
        env = {name: self.text(value) for name, value in {**workflow.env, **self.job.env, **step.env}.items()}
        return read_commands(self.text(step.run), env)

    def artifact(self, step: Step) -> str:
        """Return the name of the artifact that a step uploads or merges others into."""
        return self.input(step, "name", "merged-artifacts" if step.action == MERGE else "artifact")


@functools.lru_cache
def rows(job: Job) -> list[JobRow]:
    """Return the job in every row of its matrix, or once if it has none, or one that is known only when it runs."""
    if job.strategy is None or open_matrix(job):
        return [whole_job(job)]
    return [JobRow(job, Scope({"matrix": row})) for row in job.strategy.rows(Scope({}))]


def open_matrix(job: Job) -> WorkflowError | None:
    """Return why the matrix of a job is known only when it runs; None if it is known."""
    try:
        if job.strategy is not None:
            job.strategy.rows(Scope({}))
    except WorkflowError as error:
        return error
    return None


def is_off(flag: Template | None, *rows: JobRow) -> bool:
    """Whether a flag is left out, or false in every row, whatever tag is pushed."""
    known = [row.scope.contexts for row in rows] or [{}]
    return flag is None or all(may_be(flag, Scope({**one, **A_PUSH})) == {False} for one in known)


def using(job: Job, *actions: str) -> list[Step]:
    """Return the steps of a job that use any of these actions."""
    return [step for step in job.steps if step.action in actions]


def step_name(step: Step) -> str:
    """Return what an acceptance names a step by: its id, its name, its action, or the first line of its commands."""
    first = step.run.source.strip().split("\n")[0] if step.run else step.action
    return step.id or (step.name.source if step.name else first)


def jobs_using(workflow: Workflow, *actions: str) -> list[Job]:
    """Return the jobs that use any of these actions."""
    return [job for job in workflow.jobs.values() if using(job, *actions)]


@functools.lru_cache
def publishers(workflow: Workflow) -> list[Job]:
    """Return the jobs that make something public, by an action or by a command."""
    public = jobs_using(workflow, PYPI_PUBLISH, GITHUB_RELEASE)
    return [job for job in workflow.jobs.values() if job in public or any(map(publishing_command, job.steps))]


def publishing_command(step: Step) -> str:
    """Return how a step publishes without the two actions, e.g. `twine upload`; empty if it does not."""
    # An image of the publish action publishes as the action does.
    if step.action.startswith("docker://") and PYPI_PUBLISH.rpartition("/")[2] in step.action:
        return f"an image of {PYPI_PUBLISH}"
    match = _UPLOADS.search("" if step.run is None else step.run.source.replace("\\\n", " "))
    return f"`{' '.join(match[0].split())}`" if match else ""


@functools.lru_cache
def release_jobs(workflow: Workflow) -> list[Job]:
    """Return the jobs that publish and all jobs that they wait for, in the order of the file."""
    names = {name for job in publishers(workflow) for name in (job.id, *workflow.ancestors(job.id))}
    return [job for job in workflow.jobs.values() if job.id in names]


@functools.lru_cache
def whole_job(job: Job) -> JobRow:
    """Return a job without a row of its matrix."""
    return JobRow(job, Scope({}))


def calls(workflow: Workflow, pattern: str) -> Iterator[tuple[JobRow, Step, Command, re.Match[str]]]:
    """Yield every call of a nox session whose whole name matches a regular expression."""
    for job in workflow.jobs.values():
        for row in rows(job):
            for step in job.steps:
                for command in row.commands(step, workflow):
                    for session in command.sessions:
                        if match := re.fullmatch(pattern, session):
                            yield row, step, command, match


@dataclass(frozen=True, slots=True)
class Made:
    """What a step makes in a row of its job: the wheels of a platform, or an artifact; and its name."""

    row: JobRow
    step: Step
    name: str

    @property
    def job(self) -> Job:
        return self.row.job


def builds(workflow: Workflow, platforms: tuple[str, ...]) -> Iterator[Made]:
    """Yield every platform that the workflow builds; `wheels` without a platform builds all of `platforms`."""
    for row, step, _, match in calls(workflow, r"wheels(?:\((?P<platform>[^()]*)\))?"):
        for platform in platforms if match["platform"] is None else (match["platform"],):
            yield Made(row, step, platform)


def uploads(*jobs: Job) -> list[Made]:
    """Return what jobs upload, or merge others into."""
    return [
        Made(row, step, row.artifact(step))
        for job in jobs
        for row in rows(job)
        for step in job.steps
        if step.action in (UPLOAD, MERGE)
    ]


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact: its name, the id of the job that makes it, and the names of the uploads in it."""

    name: str
    job: str
    uploads: frozenset[str] = frozenset()


@functools.lru_cache
def artifacts_before(workflow: Workflow, job: Job) -> list[Artifact]:
    """Return the artifacts, merged ones among them, that are sure to exist when `job` starts."""
    # Every job comes after those that it waits for.
    earlier = sorted(workflow.ancestors(job.id), key=lambda name: len(workflow.ancestors(name)))
    found: list[Artifact] = []
    for one in map(workflow.jobs.__getitem__, earlier):
        there = [artifact for artifact in found if artifact.job in workflow.ancestors(one.id)]
        for row in rows(one):
            passed: list[str] = []
            for step in one.steps:
                parts = [upload for artifact in taken_by(step, row, there) for upload in artifact.uploads]
                # An upload passes on what the job has downloaded.
                passed += parts if step.action == DOWNLOAD else []
                if step.action in (UPLOAD, MERGE):
                    own = parts if step.action == MERGE else passed or [row.artifact(step)]
                    found.append(Artifact(row.artifact(step), one.id, frozenset(own)))
    return found


def taken_by(step: Step, row: JobRow, there: list[Artifact]) -> list[Artifact]:
    """Return the artifacts of this run that a step takes, if any; a WorkflowError if its pattern cannot be read."""
    if step.action not in (MERGE, DOWNLOAD):
        return []
    name = row.input(step, "name")
    if name and step.action == DOWNLOAD:
        return [artifact for artifact in there if artifact.name == name]
    pattern = row.input(step, "pattern", "*")
    try:
        return [artifact for artifact in there if selects(pattern, artifact.name)]
    except PatternError as error:
        raise WorkflowError(step.place, f"`pattern`: {error}") from None


@functools.lru_cache
def downloaded(workflow: Workflow, job: Job, before: Step | None = None) -> frozenset[Artifact]:
    """Return the artifacts that a job downloads, all or only `before` a step of it."""
    there = artifacts_before(workflow, job)
    steps = job.steps if before is None else job.steps[: job.steps.index(before)]
    downloads = [step for step in steps if step.action == DOWNLOAD]
    return frozenset(artifact for row in rows(job) for step in downloads for artifact in taken_by(step, row, there))


def has_wheels(job: Job, workflow: Workflow) -> bool:
    """Whether what a job uploads are the wheels that it builds, or those that it has downloaded."""
    builds_some = any(row.job.id == job.id for row, *_ in calls(workflow, r"wheels(?:\(.*\))?"))
    return builds_some or bool(using(job, DOWNLOAD))


def attests(job: Job) -> bool:
    """Whether a job asks for an identity token to sign something, and runs nothing that could publish with it."""
    actions = {step.action for step in job.steps}
    signs = {action for action in actions if action.startswith("actions/attest")}
    return bool(signs) and actions <= {*signs, DOWNLOAD} and job.environment is None


def published_names(workflow: Workflow) -> frozenset[str]:
    """Return the names of the artifacts that are published, and of those that were merged into them."""
    taken = frozenset[Artifact]().union(*(downloaded(workflow, job) for job in publishers(workflow)))
    return frozenset(name for artifact in taken for name in (artifact.name, *artifact.uploads))
