"""Find, before anything runs, what cannot be rehearsed, so that nothing is skipped silently."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from truewheel.rehearsal.actions import INSTEAD_OF, STAND_INS
from truewheel.rehearsal.known import UNKNOWN, Known
from truewheel.rehearsal.reach import Reached
from truewheel.rehearsal.runner.environment import system_of
from truewheel.rehearsal.uploads import TRUSTED, error_at, upload_errors, uploads
from truewheel.system import machine
from truewheel.workflow.action_names import PYPI_PUBLISH
from truewheel.workflow.model import LOCAL, Job, Step
from truewheel.workflow.parts import Parts, path_in_repository
from truewheel.workflow.place import WorkflowError, advice
from truewheel.workflow.templates import templates_in

# The labels of GitHub's own runners, for suggestions; the label of a self-hosted runner can be anything.
_RUNNERS = (
    *("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04", "ubuntu-24.04-arm", "ubuntu-22.04-arm", "ubuntu-slim"),
    *("windows-latest", "windows-2025", "windows-2022", "windows-11-arm"),
    *("macos-latest", "macos-26", "macos-15", "macos-14", "macos-15-intel", "macos-latest-large"),
)
_GH = re.compile(r"(?:^|[|&;({`]|\b(?:if|then|do|else|!))\s*gh\s+([a-z]+)", re.MULTILINE)
_KNOWN_RUNNER = re.compile(r"(ubuntu|windows|macos)-(latest|slim|\d+(\.\d+)?)(-[a-z0-9]+)*")


def rehearsal_errors(jobs: Sequence[Reached], parts: Parts) -> list[WorkflowError]:
    """Return everything that keeps these jobs of a workflow from being rehearsed, in the order of its files."""
    found = list(parts.errors)
    for one in jobs:
        errors = [*_misspelled_runners(one)] if one.runs else []
        if one.runs and not one.away:
            errors += [*unsupported(one.job), *_unknown_facts(one), *_called(one, parts), *_foreign_shells(one)]
            for step in one.steps:
                env = {**one.workflow.env, **one.job.env, **step.env}
                errors += [*_unknown_action(step, one.known), *_github_cli(step)]
                errors += [*upload_errors(step, env)] or [*_without_token(one, step)]
        publishes = PYPI_PUBLISH in {step.action for step in one.steps}
        leave = "" if publishes else f"or leave the job out: --without {one.id}"
        for error in errors:
            error.hint = "; ".join(filter(None, [error.hint, leave]))
        found += errors
    distinct = {error.message: error for error in found}
    return sorted(distinct.values(), key=lambda error: (error.place.file, error.place.line, error.place.column))


def refuse(found: Sequence[WorkflowError]) -> None:
    """Raise the first of the errors that keep a workflow from being rehearsed; the hint names the others."""
    if found:
        first, *others = found
        hints = [first.hint, *(f"also {other.message}" for other in others)]
        raise WorkflowError(first.place, first.problem, hint="\n".join(filter(None, hints)))


def unsupported(job: Job) -> Iterator[WorkflowError]:
    """Yield an error for everything in a valid job that cannot be rehearsed."""
    group, image = "asks for a group of runners (`runs-on.group`)", "makes an image of its runner (`snapshot`)"
    for what in [group] * (job.runner_group is not None) + [image] * job.snapshot:
        yield error_at(job.place, f"the job `{job.id}` {what}")


def _github_cli(step: Step) -> Iterator[WorkflowError]:
    """Commands of `gh`, which talks to GitHub itself."""
    if step.run is not None and (found := _GH.search(step.run.source)):
        instead = "use softprops/action-gh-release" if found[1] == "release" else "do it in a job of its own"
        yield error_at(step.run.place, f"`gh {found[1]}` needs GitHub itself", instead)


def _without_token(one: Reached, step: Step) -> Iterator[WorkflowError]:
    """Commands that publish in a job without an identity token: nothing leads them to the rehearsal's index."""
    # A called workflow without permissions of its own has those of the job that calls it.
    is_known = one.job.permissions or one.workflow.permissions or not one.above
    may_publish = one.workflow.permissions_of(one.job).allows("id-token", "write")
    if is_known and not may_publish and step.run is not None and uploads(step.run.source):
        what = f"the job `{one.job.id}` publishes without `id-token: write` and without a password"
        hint = "give the job `id-token: write`, and register the workflow on PyPI (trusted publishing)"
        yield error_at(step.run.place, what, hint)


def _unknown_facts(one: Reached) -> Iterator[WorkflowError]:
    """Facts about a run that only GitHub knows: they would be null, and the expressions that use them would differ."""
    for found in templates_in((one.workflow.env, replace(one.job, steps=one.steps))):
        for context, *names in sorted(found.references):
            asked = [(context, *names[:depth]) for depth in range(1, len(names) + 1)] if context == "github" else []
            unknown = next((each for each in asked if not one.known.has(tuple(map(str.lower, each)))), ())
            if unknown:
                yield error_at(found.place, f"only GitHub knows `{'.'.join(unknown)}`")


def _called(one: Reached, parts: Parts) -> Iterator[WorkflowError]:
    """Workflows of other repositories; and jobs of a called one that ask for more than the job that calls it has."""
    uses = one.job.uses or ""
    if uses and not uses.startswith(LOCAL):
        what = f"the job `{one.job.id}` calls a workflow of another repository, {uses}"
        yield error_at(one.job.place, what, "a rehearsal can only call workflows of the repository itself")
    called = parts.workflows.get(path_in_repository(uses))
    granted = one.workflow.permissions_of(one.job)
    for job in called.jobs.values() if called else ():
        asked = job.permissions or (called.permissions if called else None)
        for scope, level in asked.levels.items() if asked else ():
            if scope != "*" and not granted.allows(scope, level):
                yield WorkflowError(
                    one.job.place,
                    f"the job `{job.id}` of {uses} asks for `{scope}: {level}`, but the job `{one.job.id}`, which "
                    f"calls it, has `{scope}: {granted.level(scope)}`: GitHub does not start such a run",
                    hint=f"write `{scope}: {level}` in the permissions of the job `{one.job.id}`",
                )


def _foreign_shells(one: Reached) -> Iterator[WorkflowError]:
    """Commands for a Windows shell, which this machine would run in another shell."""
    here = machine.here().system
    if here == "Windows" or system_of(one.runner) != "Windows":
        return
    for step in one.steps:
        if step.run is not None and (step.shell or one.job.default_shell or one.workflow.default_shell) is None:
            what = f"a Windows runner runs this in PowerShell, but this machine runs {here}"
            yield error_at(
                step.run.place, what, "write `shell: bash` in the step, or in `defaults.run` of the workflow"
            )


def _misspelled_runners(one: Reached) -> Iterator[WorkflowError]:
    """Labels that are almost GitHub's: such a job waits a day for a runner, and is cancelled."""
    labels = one.runner.split(", ")
    for label in labels if "self-hosted" not in labels else ():
        near = difflib.get_close_matches(label, _RUNNERS, 1, cutoff=0.8)
        if near and not _KNOWN_RUNNER.fullmatch(label.lower()):
            yield error_at(one.job.runs_on[0].place, f"GitHub has no runner {label!r}", f"did you mean {near[0]}?")


def _unknown_action(step: Step, facts: Known) -> Iterator[WorkflowError]:
    if step.uses is None or step.is_local:
        return
    action = step.action
    stand_in = STAND_INS.get(action)
    if stand_in is None:
        instead = INSTEAD_OF.get(action, "use one that docs/rehearsal.md lists, or do the same in a `run:` step")
        yield error_at(step.uses.place, f"there is no stand-in for the action {action}", instead)
        return
    known = step.inputs if stand_in.inputs is None else stand_in.inputs
    for name, value in step.inputs.items():
        if name not in known:
            hint = TRUSTED if name == "password" else advice(name, sorted(known))
            yield error_at(value.place, f"the stand-in for {action} does not know the input {name}", hint)
        elif facts.value(value) is not UNKNOWN and (why := stand_in.refusal(name, facts.text(value))):
            yield WorkflowError(value.place, why)
