"""Plan what a tag would do, without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from truewheel.checks.sentences import join_names
from truewheel.errors import ReleaseError
from truewheel.publishing.package_index import read_all_files
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.rehearsal.actions import STAND_INS
from truewheel.rehearsal.away import takes_understudies, wheels_of
from truewheel.rehearsal.github.events import SERVER
from truewheel.rehearsal.github.release_notes import previous_tag, release_notes
from truewheel.rehearsal.known import UNKNOWN, Known
from truewheel.rehearsal.plan_facts import Plan, PlannedBuilder, PlannedError, PlannedJob, PlannedRelease, PlannedStep
from truewheel.rehearsal.reach import Reached
from truewheel.rehearsal.runner.labels import minutes, note_on, step_name
from truewheel.rehearsal.subject import Subject
from truewheel.rehearsal.understudy import last_wheels
from truewheel.rehearsal.uploads import publishes
from truewheel.workflow import Step, WorkflowError
from truewheel.workflow.action_names import GITHUB_RELEASE
from truewheel.workflow.parts import path_in_repository


def plan(
    subject: Subject, builders: tuple[PlannedBuilder, ...], trigger: tuple[bool, str], errors: Sequence[WorkflowError]
) -> Plan:
    """Return the plan for a tag; `trigger` is whether the tag starts the workflow, and why or why not."""
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
        errors=tuple(PlannedError(str(one.place), one.problem, one.hint) for one in errors),
        publishes=any(one.runs and not one.away and publishes(one.steps) for one in subject.jobs),
    )


def with_last_wheels(planned: Plan, subject: Subject, environ: Mapping[str, str]) -> Plan:
    """Return a plan with what the index says of the last release: its wheels replace those that are not built here."""
    jobs, project = [one for one in subject.jobs if takes_understudies(one)], subject.config.package.normalized_name
    if not jobs:
        return planned
    try:
        settings = read_pip_settings(environ)
        files = read_all_files(project, settings)
    except ReleaseError as error:
        note = f"it is not known whether a release has wheels for the jobs that do not run here: {error.line}"
        return replace(planned, notes=(*planned.notes, note))
    errors, versions = list(planned.errors), dict[str, None]()
    for one in jobs:
        try:
            last = last_wheels(project, files, wheels_of(one.runner), settings.index)
            versions |= dict.fromkeys(str(name.version) for name in last)
        except ReleaseError as error:
            message = f"the job `{one.id}` does not run here, and {error.message}"
            errors.append(PlannedError(str(one.job.place), message, error.hint))
    note = (
        f"from {settings.index}, the wheels of {project} {join_names(versions)} are used where a job does not run here"
    )
    return replace(planned, errors=tuple(errors), notes=(*planned.notes, *[note] * bool(versions)))


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
