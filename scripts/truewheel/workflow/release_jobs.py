"""A publishing workflow as a release sees it: which jobs build, judge and publish, and which artifacts go where."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from truewheel.patterns import PatternError
from truewheel.patterns.names import selects
from truewheel.workflow import Job, Place, Scope, Step, Template, Workflow, WorkflowError
from truewheel.workflow.action_names import DOWNLOAD, GITHUB_RELEASE, MERGE, PYPI_PUBLISH, UPLOAD

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_WHEELS = re.compile(r"wheels(?:\((?P<platform>[^()]*)\))?")


@dataclass(frozen=True, slots=True)
class NoxCall:
    """A call of nox in a `run`: the sessions, and what follows `--`."""

    sessions: tuple[str, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in one row of its matrix.

    Attributes:
        job: the job.
        scope: in which its expressions are evaluated, as far as they are known before anything runs.
    """

    job: Job
    scope: Scope

    def text(self, template: Template | None, default: str = "") -> str:
        """What a template says here; as it is written when that is known only when it runs."""
        try:
            return default if template is None else template.text(self.scope)
        except WorkflowError:
            return template.source if template is not None else default

    def input(self, step: Step, name: str, default: str = "") -> str:
        """What a step's action is given as `name` here."""
        return self.text(inputs(step).get(name), default)

    @property
    def runner(self) -> str:
        return " ".join(self.text(label) for label in self.job.runs_on)

    def nox_calls(self, step: Step, workflow: Workflow) -> list[NoxCall]:
        """The calls of nox in a step, with the variables in them replaced by what the workflow sets them to."""
        if step.run is None:
            return []
        env = {name: self.text(value) for name, value in {**workflow.env, **self.job.env, **step.env}.items()}
        lines = self.text(step.run).replace("\\\n", " ").splitlines()
        return [call for line in lines for call in _nox_calls(line, env)]

    def uploads(self) -> list[str]:
        """The names of the artifacts that it uploads."""
        return [self.input(step, "name", "artifact") for step in using(self.job, UPLOAD)]


def rows(job: Job) -> list[JobRow]:
    """The job in every row of its matrix; in the only one where it has none.

    Raises:
        WorkflowError: the matrix is known only when the workflow runs.
    """
    if job.strategy is None:
        return [JobRow(job, Scope({}))]
    return [JobRow(job, Scope({"matrix": row})) for row in job.strategy.rows(Scope({}))]


def inputs(step: Step) -> dict[str, Template]:
    """What a step gives to its action; the names in small letters, for GitHub finds them in any."""
    return {name.lower(): value for name, value in step.inputs.items()}


def is_open(workflow: Workflow) -> bool:
    """Whether a matrix is known only when it runs, which is a finding of its own."""
    try:
        for job in workflow.jobs.values():
            rows(job)
    except WorkflowError:
        return True
    return False


def using(job: Job, name: str) -> list[Step]:
    """The steps of a job that use an action."""
    return [step for step in job.steps if step.action == name]


def jobs_using(workflow: Workflow, *actions: str) -> list[Job]:
    """The jobs that use any of these actions."""
    return [job for job in workflow.jobs.values() if any(using(job, name) for name in actions)]


def publishers(workflow: Workflow) -> list[Job]:
    """The jobs that make something public."""
    return jobs_using(workflow, PYPI_PUBLISH, GITHUB_RELEASE)


@dataclass(frozen=True, slots=True)
class Build:
    """A platform's wheel as a workflow builds it: in which row of which job, and where that is said."""

    platform: str
    row: JobRow
    place: Place


def builds(workflow: Workflow, platforms: tuple[str, ...]) -> Iterator[Build]:
    """Every wheel that the workflow builds; `wheels` without a platform builds all of `platforms`.

    Raises:
        WorkflowError: a matrix is known only when the workflow runs.
    """
    for job in workflow.jobs.values():
        for row in rows(job):
            for step in job.steps:
                for platform in _built_by(row.nox_calls(step, workflow), platforms):
                    yield Build(platform, row, step.place)


def _built_by(calls: list[NoxCall], platforms: tuple[str, ...]) -> Iterator[str]:
    for session in (session for call in calls for session in call.sessions):
        if match := _WHEELS.fullmatch(session):
            yield from platforms if match["platform"] is None else (match["platform"],)


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact: its name, the job that makes it, and the uploads that are in it, by their names."""

    name: str
    job: str
    uploads: frozenset[str]


def artifacts_before(workflow: Workflow, job: Job) -> list[Artifact]:
    """The artifacts that are surely there when `job` starts, those of merges among them.

    Raises:
        WorkflowError: a matrix is known only when the workflow runs.
    """
    before = workflow.ancestors(job.id)
    # In an order in which every job comes after those that it waits for.
    waiting = sorted((workflow.jobs[name] for name in before), key=lambda one: len(workflow.ancestors(one.id)))
    found: list[Artifact] = []
    for one in waiting:
        for row in rows(one):
            found += [Artifact(name, one.id, frozenset({name})) for name in row.uploads()]
            there = [artifact for artifact in found if artifact.job in workflow.ancestors(one.id)]
            for step in using(one, MERGE):
                uploads = (artifact.uploads for artifact in taken_by(step, row, there))
                name = row.input(step, "name", "merged-artifacts")
                found.append(Artifact(name, one.id, frozenset[str]().union(*uploads)))
    return found


def taken_by(step: Step, row: JobRow, there: list[Artifact]) -> list[Artifact]:
    """The artifacts that a step downloads or merges.

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


def _nox_calls(line: str, env: Mapping[str, Any]) -> Iterator[NoxCall]:
    """The calls of nox in a line of a shell."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return
    words = [_VARIABLE.sub(lambda match: str(env.get(match[1] or match[2], match[0])), word) for word in words]
    if "nox" not in words:
        return
    ours = words[words.index("nox") + 1 :]
    options = ours[ours.index("--") + 1 :] if "--" in ours else []
    sessions: list[str] = []
    takes = False
    for word in ours[: len(ours) - len(options)]:
        if word.startswith("-"):
            takes = word in ("-s", "--session", "--sessions", "-e")
        elif takes:
            sessions.append(word)
    yield NoxCall(tuple(sessions), tuple(options))
