"""Where each fault reaches into a run.

A function for each, which takes the parameter of the fault and the stage, sets up what is outside of the run (the
index), and gives the hooks for what is inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from truewheel.errors import ReleaseError
from truewheel.rehearsal.github.artifact_store import ArtifactStore, corrupt, lose
from truewheel.rehearsal.runner.run import Hooks, Leg, LegOutcome
from truewheel.workflow.action_names import DOWNLOAD, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.model import Job, Step, Workflow


class Index(Protocol):
    """What a fault may do to the index."""

    def break_uploads(self, *, after: int | None = None, unavailable: int = 0) -> None:
        """Let the connection of an upload die after so many files, or answer so many uploads with 503."""

    def trust(self, *, environment: str | None) -> None:
        """Have another environment registered for the publisher."""

    def put(self, name: str, data: bytes) -> None:
        """Have a file already."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a fault reaches into."""

    workflow: Workflow
    store: ArtifactStore
    index: Index

    def publish_job(self) -> Job:
        """The job that publishes.

        Raises:
            ReleaseError: there is none.
        """
        for job in self.workflow.jobs.values():
            if _uses(job, PYPI_PUBLISH):
                return job
        raise ReleaseError(f"no job of {self.workflow.path.as_posix()} uses {PYPI_PUBLISH}: there is nothing to break")

    def published_artifacts(self) -> set[str]:
        """The artifacts that the publishing job downloads, by the names that stand in the workflow."""
        steps = [step for step in self.publish_job().steps if step.action == DOWNLOAD]
        return {step.inputs["name"].source for step in steps if "name" in step.inputs}


def upload_fails_after(value: str, stage: Stage) -> Hooks:
    """The upload breaks off after so many files."""
    number = _count(value, "upload-fails-after")
    stage.publish_job()
    stage.index.break_uploads(after=number)
    return Hooks()


def index_unavailable(value: str, stage: Stage) -> Hooks:
    """The index answers so many uploads with 503."""
    number = _count(value, "index-unavailable")
    stage.publish_job()
    stage.index.break_uploads(unavailable=number)
    return Hooks()


def artifact_lost(value: str, stage: Stage) -> Hooks:
    """An artifact is gone before the next job wants it."""
    return _once_uploaded(value, stage, lambda name: lose(stage.store, name))


def wheel_corrupted(value: str, stage: Stage) -> Hooks:
    """A byte of a wheel changes between two jobs."""

    def damage(name: str) -> None:
        corrupt(stage.store, name, noticed=False)

    return _once_uploaded(value, stage, damage)


def _once_uploaded(name: str, stage: Stage, deed: Callable[[str], None]) -> Hooks:
    """Do something to an artifact (the first when no name is given) as soon as the job that uploads it has ended."""
    done: list[str] = []

    def after_leg(_leg: Leg, _outcome: LegOutcome) -> None:
        names = [artifact.name for artifact in stage.store.facts()]
        found = name if name in names else next(iter(names), "") if not name else ""
        if found and not done:
            deed(found)
            done.append(found)

    return Hooks(after_leg=after_leg)


def environment_wrong(value: str, stage: Stage) -> Hooks:
    """The publisher is registered with another environment."""
    stage.publish_job()
    stage.index.trust(environment=value)
    return Hooks()


def id_token_missing(_value: str, stage: Stage) -> Hooks:
    """The publishing job may not ask for an identity token."""
    publish = stage.publish_job()

    def permissions(job: Job, levels: Mapping[str, str]) -> Mapping[str, str]:
        return {**levels, "id-token": "none"} if job.id == publish.id else levels

    return Hooks(permissions=permissions)


def version_exists_same(_value: str, stage: Stage) -> Hooks:
    """The index already has the files that will be published."""
    return _on_index(stage, lambda data: data)


def version_exists_other(_value: str, stage: Stage) -> Hooks:
    """The index already has files of their names, with other bytes."""
    return _on_index(stage, lambda data: data + b"\n")


def _on_index(stage: Stage, edit: Callable[[bytes], bytes]) -> Hooks:
    """Put what will be published on the index as soon as it is known."""
    wanted = stage.published_artifacts()
    done: set[str] = set()

    def after_leg(_leg: Leg, _outcome: LegOutcome) -> None:
        for artifact in stage.store.artifacts():
            if artifact.name in wanted - done:
                done.add(artifact.name)
                for facts in artifact.files:
                    stage.index.put(Path(facts.name).name, edit((artifact.folder / facts.name).read_bytes()))

    return Hooks(after_leg=after_leg)


def build_fails(value: str, stage: Stage) -> Hooks:
    """The build of a platform fails."""
    builds = {job.id for job in stage.workflow.jobs.values() if _uses(job, UPLOAD)}
    if not builds:
        name = stage.workflow.path.as_posix()
        raise ReleaseError(f"no job of {name} uploads an artifact: there is no build to break")

    def fails(leg: Leg, step: Step) -> str:
        is_meant = value in {str(cell) for cell in leg.row.values()} if value else leg.index == leg.total - 1
        return "the build failed, as was asked for" if leg.job.id in builds and is_meant and step.run else ""

    return Hooks(fails=fails)


def runner_killed(value: str, stage: Stage) -> Hooks:
    """The machine is lost in the middle of a job."""
    job = stage.workflow.jobs.get(value) if value else stage.publish_job()
    if job is None:
        raise ReleaseError(f"runner-killed={value}: the workflow has no job {value}; it has {_listed(stage.workflow)}")
    last = job.steps[-1]

    def kills(leg: Leg, step: Step) -> bool:
        return leg.job.id == job.id and leg.index == 0 and step is last

    return Hooks(kills=kills)


def _uses(job: Job, action: str) -> bool:
    return any(step.action == action for step in job.steps)


def _listed(workflow: Workflow) -> str:
    return ", ".join(workflow.jobs)


def _count(value: str, name: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ReleaseError(f"{name}={value}: expected a whole number, such as {name}=1")
    return int(value)
