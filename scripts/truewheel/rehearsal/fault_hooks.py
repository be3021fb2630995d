"""How each fault breaks a run.

A fault is a function of its parameter and a context. It breaks what is outside of the run (the index), and returns
the hooks that break what is inside. Functions here are such faults, or return one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from truewheel.errors import ReleaseError
from truewheel.rehearsal.github.artifact_store import ArtifactStore
from truewheel.rehearsal.github.release_store import ReleaseStore
from truewheel.rehearsal.index.faults import IndexFaults
from truewheel.rehearsal.known import UNKNOWN
from truewheel.rehearsal.reach import Reached
from truewheel.rehearsal.result import ReleaseFacts
from truewheel.rehearsal.runner.run import Hooks, Leg, LegOutcome
from truewheel.workflow.action_names import DOWNLOAD, MERGE, PYPI_PUBLISH, UPLOAD
from truewheel.workflow.model import Job, Step, Workflow
from truewheel.workflow.release_jobs import jobs_using

if TYPE_CHECKING:
    # Slow to import, and not needed for `--list-faults`.
    from truewheel.rehearsal.index.server import RehearsalIndex

SetUp = Callable[[str, "FaultContext"], Hooks]


@dataclass(frozen=True, slots=True)
class FaultContext:
    """What a fault can break."""

    workflow: Workflow
    jobs: tuple[Reached, ...]
    store: ArtifactStore
    index: RehearsalIndex
    releases: ReleaseStore
    tag: str
    fault: str  # as spelled on the command line

    def publish_job(self) -> Job:
        """The job that publishes; a ReleaseError if there is none."""
        for job in jobs_using(self.workflow, PYPI_PUBLISH):
            return job
        raise ReleaseError(f"no job of {self.workflow.path.as_posix()} uses {PYPI_PUBLISH}: there is nothing to break")

    def refuse_unknown(self, value: str, what: str, known: Iterable[object]) -> None:
        """Refuse a parameter that the workflow does not have, as far as that is known before it runs."""
        names = set(known)
        if value and value not in names and UNKNOWN not in names:
            listed = ", ".join(sorted(map(str, names))) or "none"
            raise ReleaseError(f"{self.fault}: the workflow has no {what} {value}; it has {listed}")

    def artifacts(self) -> set[object]:
        """The names of the artifacts that jobs upload; UNKNOWN for those that are known only when they run."""
        default = {UPLOAD: "artifact", MERGE: "merged-artifacts"}
        steps = [(one.known, step) for one in self.jobs for step in one.steps if step.action in default]
        return {known.value(s.inputs["name"]) if "name" in s.inputs else default[s.action] for known, s in steps}


def faulty_uploads(faults: Callable[[int], IndexFaults], *, is_cancelled: bool = False) -> SetUp:
    """Break as many uploads to the index as the parameter says; or cancel the run there."""

    def set_up(value: str, context: FaultContext) -> Hooks:
        if not value.isascii() or not value.isdigit():
            name = context.fault.partition("=")[0]
            raise ReleaseError(f"{context.fault}: expected a whole number, e.g. {name}=1")
        publish = context.publish_job()
        context.index.ask_for(faults(int(value)))
        return Hooks(cancels=lambda leg, _step: is_cancelled and leg.job.id == publish.id)

    return set_up


def once_uploaded(action: Callable[[ArtifactStore, str], object]) -> SetUp:
    """Do something to an artifact (the first when no name is given) as soon as the job that uploads it has ended."""

    def set_up(value: str, context: FaultContext) -> Hooks:
        context.refuse_unknown(value, "artifact", context.artifacts())
        done: list[str] = []

        def after_leg(_leg: Leg, _outcome: LegOutcome) -> None:
            found = [artifact.name for artifact in context.store.facts() if value in (artifact.name, "")]
            if found and not done:
                action(context.store, found[0])
                done.append(found[0])

        return Hooks(after_leg=after_leg)

    return set_up


def files_on_index(edit: Callable[[bytes], bytes]) -> SetUp:
    """Put what will be published on the index, edited, as soon as it has been built."""

    def set_up(_value: str, context: FaultContext) -> Hooks:
        steps = [step for step in context.publish_job().steps if step.action == DOWNLOAD]
        wanted = {step.inputs["name"].source for step in steps if "name" in step.inputs}

        def after_leg(_leg: Leg, _outcome: LegOutcome) -> None:
            for artifact in context.store.artifacts():
                if artifact.name in wanted:
                    wanted.remove(artifact.name)
                    for facts in artifact.files:
                        context.index.put(Path(facts.name).name, edit((artifact.folder / facts.name).read_bytes()))

        return Hooks(after_leg=after_leg)

    return set_up


def release_exists(_value: str, context: FaultContext) -> Hooks:
    """Make the GitHub Release before the run, without files."""
    context.releases.save(ReleaseFacts(context.tag, context.tag, "Made by hand", (), is_latest=True))
    return Hooks()


def environment_wrong(value: str, context: FaultContext) -> Hooks:
    """Register the publisher with another environment."""
    context.publish_job()
    context.index.register(replace(context.index.publisher, environment=value))
    return Hooks()


def id_token_missing(_value: str, context: FaultContext) -> Hooks:
    """Remove `id-token: write` from the publishing job."""
    publish = context.publish_job()

    def permissions(job: Job, levels: Mapping[str, str]) -> Mapping[str, str]:
        return {**levels, "id-token": "none"} if job.id == publish.id else levels

    return Hooks(permissions=permissions)


def build_fails(value: str, context: FaultContext) -> Hooks:
    """Fail the build for one platform: the one named in its matrix row, or the last."""
    builds = {job.id for job in jobs_using(context.workflow, UPLOAD)}
    if not builds:
        name = context.workflow.path.as_posix()
        raise ReleaseError(f"no job of {name} uploads an artifact: there is no build to break")
    rows = [one for one in context.jobs if one.job.id in builds]
    cells = {UNKNOWN for one in rows if one.note} | {str(cell) for one in rows for cell in one.leg.row.values()}
    context.refuse_unknown(value, "build", cells)

    def fails(leg: Leg, step: Step) -> str:
        is_last = leg.index == leg.strategy["job-total"] - 1
        is_meant = value in {str(cell) for cell in leg.row.values()} if value else is_last
        return "the build failed, as asked for" if leg.job.id in builds and is_meant and step.run else ""

    return Hooks(fails=fails)


def runner_killed(value: str, context: FaultContext) -> Hooks:
    """Lose the runner in the middle of a job."""
    context.refuse_unknown(value, "job", context.workflow.jobs)
    job = context.workflow.jobs[value] if value else context.publish_job()
    last = job.steps[-1]

    def kills(leg: Leg, step: Step) -> bool:
        return leg.job.id == job.id and leg.index == 0 and step is last

    return Hooks(kills=kills)
