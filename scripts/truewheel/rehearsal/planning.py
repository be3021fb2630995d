"""Plan what a tag would do, without running anything."""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.github.events import SERVER
from truewheel.rehearsal.github.release_notes import previous_tag, release_notes
from truewheel.rehearsal.known import UNKNOWN, Known
from truewheel.rehearsal.plan_facts import Plan, PlannedBuilder, PlannedJob, PlannedRelease, PlannedStep
from truewheel.rehearsal.reach import Reached
from truewheel.rehearsal.runner.labels import minutes, note_on, step_name
from truewheel.rehearsal.subject import Subject
from truewheel.workflow import Step
from truewheel.workflow.action_names import GITHUB_RELEASE
from truewheel.workflow.parts import path_in_repository


def plan(subject: Subject, builders: tuple[PlannedBuilder, ...], trigger: tuple[bool, str]) -> Plan:
    """Return the plan for a tag.

    Args:
        subject: what would be released.
        builders: the builder of each wheel on this machine.
        trigger: whether the tag starts the workflow, and why or why not.
    """
    fires, reason = trigger
    return Plan(
        workflow=subject.identity.workflow,
        tag=subject.identity.tag,
        commit=subject.origin.sha,
        uncommitted=subject.origin.target.uncommitted,
        fires=fires,
        reason=reason,
        jobs=tuple(_planned(one) for one in subject.jobs),
        builders=builders,
        files=tuple(_files(subject)),
        release=_release(subject),
        registration=tuple((field, value or "unknown") for field, value in subject.registration.fields),
        notes=subject.notes,
    )


def _planned(one: Reached) -> PlannedJob:
    job, known = one.job, one.known
    is_known = job.timeout_minutes is None or known.value(job.timeout_minutes) is not UNKNOWN
    levels = one.workflow.permissions_of(job).levels
    skipped = "" if one.runs else "it does not run: its condition, or that of a job that it needs, is not met"
    calls = f"calls {path_in_repository(job.uses)}" if job.uses else ""
    return PlannedJob(
        id=one.id,
        name=one.leg.name,
        needs=one.needs,
        runner=one.runner,
        steps=tuple(_step(step, known) for step in one.steps),
        condition=job.condition.source if job.condition else "",
        environment=known.text(job.environment.name) if job.environment else "",
        permissions=tuple(sorted(levels.items())),
        timeout_minutes=minutes(job.timeout_minutes if is_known else None, known.scope),
        note=one.note or skipped or calls or (f"not run here: {one.away}" if one.away else note_on(one.runner)),
    )


def _step(step: Step, known: Known) -> PlannedStep:
    stand_in = STAND_INS.get(step.action)
    return PlannedStep(
        name=known.text(step.name) if step.name else step_name(step, known.scope),
        run=step.run.source.strip() if step.run else "",
        stand_in=stand_in.does if stand_in else "",
        condition=step.condition.source if step.condition else "",
    )


def _files(subject: Subject) -> Iterator[str]:
    """The wheels that are expected, with `…` where the builder decides, and the Pythons that they serve."""
    package = subject.config.package
    spelled = package.normalized_name.replace("-", "_")
    for platform in subject.config.platforms:
        pythons = ", ".join(build.python for build in platform.builds)
        yield f"{spelled}-{package.version}-…-{platform.example_tag}.whl, for {pythons}"


def _release(subject: Subject) -> PlannedRelease | None:
    steps = [step for one in subject.jobs for step in one.steps if step.action == GITHUB_RELEASE]
    if not steps:
        return None
    inputs = {name: value.source for name, value in steps[0].inputs.items()}
    files, tag = inputs.get("files"), subject.identity.tag
    notes = inputs.get("body", "")
    if inputs.get("generate_release_notes") == "true":
        origin, url = subject.origin.folder, f"{SERVER}/{subject.identity.repository}"
        notes = release_notes(origin, tag, previous_tag(origin, tag), url)
    return PlannedRelease(inputs.get("name") or tag, notes, tuple(files.split("\n")) if files else ())
