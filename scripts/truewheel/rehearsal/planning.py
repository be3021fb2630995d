"""What a tag would do, found out without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.github.release_notes import previous_tag, release_notes
from truewheel.rehearsal.plan_facts import Plan, PlannedBuilder, PlannedJob, PlannedRelease, PlannedStep
from truewheel.rehearsal.runner.environment import SERVER, github_context
from truewheel.rehearsal.runner.jobs import LONGEST_JOB, labels, note_on, step_name
from truewheel.rehearsal.runner.run import Leg
from truewheel.rehearsal.runner.schedule import legs_of
from truewheel.rehearsal.subject import Subject
from truewheel.workflow import Job, Scope, Step, WorkflowError
from truewheel.workflow.action_names import GITHUB_RELEASE


def plan(subject: Subject, builders: tuple[PlannedBuilder, ...], trigger: tuple[bool, str]) -> Plan:
    """The plan for a tag.

    Args:
        subject: what would be released.
        builders: which builder makes which wheel here.
        trigger: whether the tag starts the workflow, and why or why not.
    """
    fires, reason = trigger
    return Plan(
        workflow=subject.identity.workflow,
        tag=subject.identity.tag,
        commit=subject.origin.sha,
        uncommitted=subject.origin.uncommitted,
        fires=fires,
        reason=reason,
        jobs=tuple(_jobs(subject)),
        builders=builders,
        files=tuple(_files(subject)),
        release=_release(subject),
        registration=tuple((field, value or "not known here") for field, value in subject.registration.fields),
        notes=(*subject.tag_notes, *subject.notes),
    )


def _jobs(subject: Subject) -> Iterator[PlannedJob]:
    for job in subject.workflow.jobs.values():
        scope = Scope({"github": github_context(subject.identity, job.id), "inputs": {}})
        try:
            legs = legs_of(job, scope)
        except WorkflowError as error:
            # Its rows may come from what a job before it says.
            note = f"its rows are known when it runs: {error.message}"
            yield _planned(subject, Leg(job, {}, 0, 1, job.id), scope, note)
            continue
        for leg in legs:
            yield _planned(subject, leg, scope, "")


def _planned(subject: Subject, leg: Leg, scope: Scope, note: str) -> PlannedJob:
    job, inside = leg.job, Scope({**scope.contexts, "matrix": dict(leg.row)})
    runner = ", ".join(labels(job.runs_on, inside))
    levels = subject.workflow.permissions_of(job).levels
    return PlannedJob(
        id=job.id,
        name=leg.name,
        needs=job.needs,
        runner=runner,
        steps=tuple(_step(step, inside) for step in job.steps),
        condition=job.condition.source if job.condition else "",
        environment=job.environment.name.text(inside) if job.environment else "",
        permissions=tuple(sorted(levels.items())),
        timeout_minutes=_minutes(job, inside),
        note=note or note_on(runner),
    )


def _step(step: Step, scope: Scope) -> PlannedStep:
    return PlannedStep(
        name=step_name(step, scope),
        run=step.run.source.strip() if step.run else "",
        stand_in=STAND_INS[step.action].does if step.uses else "",
        condition=step.condition.source if step.condition else "",
    )


def _minutes(job: Job, scope: Scope) -> float:
    return job.timeout_minutes.number(scope) if job.timeout_minutes else LONGEST_JOB


def _files(subject: Subject) -> Iterator[str]:
    """The wheels that `[tool.release]` expects; what stands for … the builder decides."""
    package = subject.config.package
    spelled = package.normalized_name.replace("-", "_")
    for platform in subject.config.platforms:
        yield f"{spelled}-{package.version}-…-{platform.example_tag}.whl"


def _release(subject: Subject) -> PlannedRelease | None:
    steps = [step for job in subject.workflow.jobs.values() for step in job.steps if step.action == GITHUB_RELEASE]
    if not steps:
        return None
    inputs: Mapping[str, str] = {name: value.source for name, value in steps[0].inputs.items()}
    return PlannedRelease(
        title=inputs.get("name") or subject.identity.tag,
        notes=_notes(subject) if inputs.get("generate_release_notes") == "true" else inputs.get("body", ""),
        files=tuple(inputs.get("files", "").split("\n")) if inputs.get("files") else (),
    )


def _notes(subject: Subject) -> str:
    origin, tag = subject.origin.folder, subject.identity.tag
    url = f"{SERVER}/{subject.identity.repository}"
    return release_notes(origin, tag, previous_tag(origin, tag), url)
