"""Find what cannot be rehearsed before anything runs, so that nothing is skipped silently."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from truewheel.rehearsal.actions import INSTEAD_OF
from truewheel.rehearsal.actions.call import StandIn
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.runner.environment import github_context, system_of
from truewheel.system import machine
from truewheel.workflow.model import Job, Step, Workflow
from truewheel.workflow.place import WorkflowError
from truewheel.workflow.scope import Scope
from truewheel.workflow.support import unsupported
from truewheel.workflow.templates import templates_in

# The labels of GitHub's own runners begin like these; other labels are those of self-hosted ones, which can be any.
_RUNNERS = (
    *("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04", "ubuntu-24.04-arm", "ubuntu-22.04-arm", "ubuntu-slim"),
    *("windows-latest", "windows-2025", "windows-2022", "windows-11-arm"),
    *("macos-latest", "macos-26", "macos-15", "macos-14", "macos-15-intel", "macos-latest-large"),
)
_KNOWN_RUNNER = re.compile(r"(ubuntu|windows|macos)-(latest|slim|\d+(\.\d+)?)(-[a-z0-9]+)*")
# Only the keys of its context `github` are used.
_SOME_RUN = RunIdentity("owner/name", "file", "name", "tag", "sha")


def refuse_unknown(workflow: Workflow, stand_ins: Mapping[str, StandIn]) -> None:
    """Check that everything in the workflow can be rehearsed.

    Raises:
        WorkflowError: for the first thing that cannot; the hint names the others.
    """
    errors = [*unsupported(workflow), *_unknown_facts(workflow)]
    for job in workflow.jobs.values():
        errors += [*_foreign_shells(workflow, job), *_misspelled_runners(job)]
        errors += [error for step in job.steps for error in _unknown_action(step, stand_ins)]
    if not errors:
        return
    errors.sort(key=lambda error: (error.place.line, error.place.column))
    first, *others = errors
    hints = [first.hint, *(f"also {other.message}" for other in others)]
    raise WorkflowError(first.place, first.complaint, hint="\n".join(filter(None, hints)))


def _unknown_facts(workflow: Workflow) -> Iterator[WorkflowError]:
    """Facts about a run that only GitHub knows: they would be null, and the expressions that use them would differ."""
    known = github_context(_SOME_RUN, "")
    for found in templates_in(workflow):
        for context, *names in sorted(found.references):
            facts: object = known
            for depth, name in enumerate(names if context == "github" else ()):
                if not isinstance(facts, Mapping):
                    break
                keys = {key.lower(): value for key, value in facts.items()}
                if name.lower() not in keys:
                    asked = ".".join([context, *names[: depth + 1]])
                    yield WorkflowError(found.place, f"cannot be rehearsed: only GitHub knows `{asked}`")
                    break
                facts = keys[name.lower()]


def _foreign_shells(workflow: Workflow, job: Job) -> Iterator[WorkflowError]:
    """Commands for a shell of Windows, which this machine would run in another shell."""
    here = machine.here().system
    if here == "Windows" or not any(system_of(label) == "Windows" for label in _labels(job)):
        return
    for step in job.steps:
        if step.run is not None and (step.shell or job.default_shell or workflow.default_shell) is None:
            yield WorkflowError(
                step.run.place,
                f"cannot be rehearsed: a Windows runner runs this in PowerShell, which {here} does not",
                hint="write `shell: bash` on the step, or in `defaults.run` of the workflow",
            )


def _misspelled_runners(job: Job) -> Iterator[WorkflowError]:
    """Labels that are almost GitHub's: such a job waits a day for a runner, and is cancelled."""
    labels = _labels(job)
    for label in labels if "self-hosted" not in labels else ():
        near = difflib.get_close_matches(label, _RUNNERS, 1, cutoff=0.8)
        if near and not _KNOWN_RUNNER.fullmatch(label):
            yield WorkflowError(
                job.runs_on[0].place,
                f"cannot be rehearsed: GitHub has no runner {label!r}",
                hint=f"did you mean {near[0]}?",
            )


def _labels(job: Job) -> list[str]:
    """The labels of a job's runners, as far as they are known before anything runs."""
    rows: list[dict[str, object]] = [{}]
    try:
        if job.strategy is not None and job.strategy.is_constant:
            rows = job.strategy.rows(Scope({}))
        return [template.text(Scope({"matrix": row})) for row in rows for template in job.runs_on]
    except WorkflowError:
        return []


def _unknown_action(step: Step, stand_ins: Mapping[str, StandIn]) -> Iterator[WorkflowError]:
    if step.uses is None:
        return
    action = step.action
    stand_in = stand_ins.get(action)
    if stand_in is None:
        yield WorkflowError(
            step.uses.place,
            f"cannot be rehearsed: there is no stand-in for the action {action}",
            hint=INSTEAD_OF.get(action, "use one that docs/rehearsal.md lists, or do the same in a `run:` step"),
        )
        return
    known = step.inputs if stand_in.inputs is None else stand_in.inputs
    for name, value in step.inputs.items():
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), 1)
            hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(sorted(known))}"
            yield WorkflowError(
                value.place, f"cannot be rehearsed: the stand-in for {action} does not know the input {name}", hint=hint
            )
        elif value.is_constant and (why := stand_in.refusal(name, value.text(Scope({})))):
            yield WorkflowError(value.place, why)
