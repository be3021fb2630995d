"""Plan what a tag would do, without running anything."""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.github.release_notes import previous_tag, release_notes
from truewheel.rehearsal.plan_facts import Plan, PlannedBuilder, PlannedJob, PlannedRelease, PlannedStep
from truewheel.rehearsal.runner.environment import SERVER, github_context
from truewheel.rehearsal.runner.jobs import labels, minutes, note_on, step_name
from truewheel.rehearsal.runner.run import Leg
from truewheel.rehearsal.runner.schedule import legs_of
from truewheel.rehearsal.subject import Subject
from truewheel.workflow import Scope, Step, WorkflowError
from truewheel.workflow.action_names import GITHUB_RELEASE


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
        jobs=tuple(_jobs(subject)),
        builders=builders,
        files=tuple(_files(subject)),
        release=_release(subject),
        registration=tuple((field, value or "unknown") for field, value in subject.registration.fields),
        notes=subject.notes,
    )


def _jobs(subject: Subject) -> Iterator[PlannedJob]:
    for job in subject.workflow.jobs.values():
        scope = Scope({"github": github_context(subject.identity, job.id), "inputs": {}})
        note, legs = "", [Leg(job, {}, {}, job.id)]
        try:
            legs = legs_of(job, scope)
        except WorkflowError as error:
            # The rows may be an output of another job.
            note = f"its matrix is known only at run time: {error.message}"
        for leg in legs:
            yield _planned(subject, leg, scope, note)


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
        timeout_minutes=minutes(job.timeout_minutes, inside),
        note=note or note_on(runner),
    )


def _step(step: Step, scope: Scope) -> PlannedStep:
    return PlannedStep(
        name=step_name(step, scope),
        run=step.run.source.strip() if step.run else "",
        stand_in=STAND_INS[step.action].does if step.uses else "",
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
    steps = [step for job in subject.workflow.jobs.values() for step in job.steps if step.action == GITHUB_RELEASE]
    if not steps:
        return None
    inputs = {name: value.source for name, value in steps[0].inputs.items()}
    files, tag = inputs.get("files"), subject.identity.tag
    notes = inputs.get("body", "")
    if inputs.get("generate_release_notes") == "true":
        origin, url = subject.origin.folder, f"{SERVER}/{subject.identity.repository}"
        notes = release_notes(origin, tag, previous_tag(origin, tag), url)
    return PlannedRelease(inputs.get("name") or tag, notes, tuple(files.split("\n")) if files else ())
