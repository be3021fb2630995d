"""A publishing workflow as a release sees it: which jobs build, judge and publish, and where artifacts go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from truewheel.patterns import PatternError
from truewheel.patterns.names import selects
from truewheel.workflow import Job, Place, Scope, Step, Template, Workflow, WorkflowError
from truewheel.workflow.action_names import DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.commands import Command, read_commands


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in one row of its matrix.

    Attributes:
        job: the job.
        scope: what its expressions are evaluated in, as far as that is known before anything runs.
    """

    job: Job
    scope: Scope

    def text(self, template: Template | None, default: str = "") -> str:
        """Return the value of a template as text, or the template as written if its value is not known yet."""
        if template is None:
            return default
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

    def commands(self, step: Step, workflow: Workflow) -> list[Command]:
        """Return the commands of a step, in which variables have the values that the workflow sets."""
        env = {name: self.text(value) for name, value in {**workflow.env, **self.job.env, **step.env}.items()}
        return read_commands(self.text(step.run), env)

    def artifact(self, step: Step) -> str:
        """Return the name of the artifact that a step uploads or merges others into."""
        return self.input(step, "name", "merged-artifacts" if step.action == MERGE else "artifact")

    def uploads(self) -> list[str]:
        """Return the names of the artifacts that it uploads."""
        return [self.artifact(step) for step in using(self.job, UPLOAD)]


def rows(job: Job) -> list[JobRow]:
    """Return the job in every row of its matrix, or once if it has none.

    Raises:
        WorkflowError: the matrix is known only when the workflow runs.
    """
    if job.strategy is None:
        return [JobRow(job, Scope({}))]
    return [JobRow(job, Scope({"matrix": row})) for row in job.strategy.rows(Scope({}))]


def is_open(workflow: Workflow) -> bool:
    """Whether a matrix is known only when it runs, which has a check of its own."""
    try:
        for job in workflow.jobs.values():
            rows(job)
    except WorkflowError:
        return True
    return False


def is_off(template: Template | None) -> bool:
    """Whether a flag is left out, or is false and not an expression that may become true."""
    return template is None or template.source.replace(" ", "") in ("false", "${{false}}")


def using(job: Job, name: str) -> list[Step]:
    """Return the steps of a job that use an action."""
    return [step for step in job.steps if step.action == name]


def jobs_using(workflow: Workflow, *actions: str) -> list[Job]:
    """Return the jobs that use any of these actions."""
    return [job for job in workflow.jobs.values() if any(using(job, name) for name in actions)]


def publishers(workflow: Workflow) -> list[Job]:
    """Return the jobs that make something public."""
    return jobs_using(workflow, PYPI_PUBLISH, GITHUB_RELEASE)


def release_jobs(workflow: Workflow) -> list[Job]:
    """Return the jobs that publish and all jobs that they wait for, in the order of the file."""
    names = {name for job in publishers(workflow) for name in (job.id, *workflow.ancestors(job.id))}
    return [job for job in workflow.jobs.values() if job.id in names]


def calls(workflow: Workflow, pattern: str) -> Iterator[tuple[JobRow, Step, Command, re.Match[str]]]:
    """Yield every call of a nox session whose whole name matches a regular expression.

    Raises:
        WorkflowError: a matrix is known only when the workflow runs.
    """
    for job in workflow.jobs.values():
        for row in rows(job):
            for step in job.steps:
                for command in row.commands(step, workflow):
                    for session in command.sessions:
                        if match := re.fullmatch(pattern, session):
                            yield row, step, command, match


@dataclass(frozen=True, slots=True)
class Build:
    """A call that builds the wheel of a platform: the row of a job that makes it, and the place of the step."""

    platform: str
    row: JobRow
    place: Place


def builds(workflow: Workflow, platforms: tuple[str, ...]) -> Iterator[Build]:
    """Yield every wheel that the workflow builds; `wheels` without a platform builds all of `platforms`.

    Raises:
        WorkflowError: a matrix is known only when the workflow runs.
    """
    for row, step, _, match in calls(workflow, r"wheels(?:\((?P<platform>[^()]*)\))?"):
        for platform in platforms if match["platform"] is None else (match["platform"],):
            yield Build(platform, row, step.place)


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact: its name, the id of the job that makes it, and the names of the uploads in it."""

    name: str
    job: str
    uploads: frozenset[str]


def artifacts_before(workflow: Workflow, job: Job) -> list[Artifact]:
    """Return the artifacts, merged ones among them, that are sure to exist when `job` starts.

    Raises:
        WorkflowError: a matrix is known only when the workflow runs.
    """
    # Every job comes after those that it waits for.
    earlier = sorted(workflow.ancestors(job.id), key=lambda name: len(workflow.ancestors(name)))
    found: list[Artifact] = []
    for one in map(workflow.jobs.__getitem__, earlier):
        for row in rows(one):
            found += [Artifact(name, one.id, frozenset({name})) for name in row.uploads()]
            there = [artifact for artifact in found if artifact.job in workflow.ancestors(one.id)]
            for step in using(one, MERGE):
                uploads = (artifact.uploads for artifact in taken_by(step, row, there))
                found.append(Artifact(row.artifact(step), one.id, frozenset[str]().union(*uploads)))
    return found


def taken_by(step: Step, row: JobRow, there: list[Artifact]) -> list[Artifact]:
    """Return the artifacts that a step downloads or merges.

    Raises:
        WorkflowError: its pattern cannot be read.
    """
    name = row.input(step, "name")
    if name and step.action == DOWNLOAD:
        return [artifact for artifact in there if artifact.name == name]
    pattern = row.input(step, "pattern", "*")
    try:
        return [artifact for artifact in there if selects(pattern, artifact.name)]
    except PatternError as error:
        raise WorkflowError(step.place, f"`pattern`: {error}") from None


def downloaded(workflow: Workflow, job: Job, steps: tuple[Step, ...]) -> frozenset[Artifact]:
    """Return the artifacts that these steps of a job download.

    Raises:
        WorkflowError: a matrix is known only when the workflow runs.
    """
    there = artifacts_before(workflow, job)
    downloads = [step for step in steps if step.action == DOWNLOAD]
    return frozenset(artifact for row in rows(job) for step in downloads for artifact in taken_by(step, row, there))
