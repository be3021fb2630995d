"""What jobs and steps are called on GitHub, the labels of runners, limits and flags, evaluated."""

from __future__ import annotations

from truewheel.rehearsal.runner.environment import system_of
from truewheel.system import machine
from truewheel.workflow.model import Step
from truewheel.workflow.scope import Scope
from truewheel.workflow.templates import Template

# Minutes: GitHub's default limit for a job or a step.
_LONGEST = 360.0


def note_on(runner: str) -> str:
    """Describe what differs from a job on a runner with these labels; empty when nothing does."""
    wanted, own = system_of(runner), machine.here().system
    if wanted == own:
        return ""
    return f"a {wanted} job on this {own} machine: its commands run on {own}, and what it builds is cross-built"


def labels(templates: tuple[Template, ...], scope: Scope) -> list[str]:
    """The labels of a runner; one expression may return several."""
    found: list[str] = []
    for template in templates:
        value = template.value(scope)
        found += map(str, value) if isinstance(value, list) else [template.text(scope)]
    return found


def minutes(template: Template | None, scope: Scope) -> float:
    """The limit of a job or a step, in minutes."""
    return template.number(scope) if template else _LONGEST


def step_name(step: Step, scope: Scope) -> str:
    """The name of a step on GitHub; that of an action without its pin, which means nothing to people."""
    if step.name is not None:
        return step.name.text(scope)
    if step.uses is not None:
        return f"Run {step.uses.owner_and_name}"
    lines = (step.run.text(scope) if step.run else "").strip().splitlines() or [""]
    return f"Run {lines[0]}"


def flag(template: Template | None, scope: Scope) -> bool:
    """A flag of a job or a step, which is false if it is left out."""
    return template is not None and template.flag(scope)
