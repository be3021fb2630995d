"""What a tag would do, for people at a terminal: does it start the workflow, the jobs as a tree, what comes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.rehearsal.plan_facts import Plan, PlannedJob, PlannedStep
from truewheel.report.console import Line
from truewheel.report.rehearsal.model import waits_for
from truewheel.report.rehearsal.terminal import headed, pair_lines, quoted_lines, subject_lines
from truewheel.report.text import as_displayed

# What branches of the tree are drawn with: a child that others follow, the last one, what is below each of those.
_BRANCHES = ("├─ ", "└─ ", "│  ", "   ")


def plan_lines(plan: Plan) -> Iterator[Line]:
    """All of a plan but its last line."""
    yield from subject_lines(plan.workflow, plan.tag, plan.commit, plan.uncommitted)
    started = "  starts the workflow: " if plan.fires else "  does not start the workflow: "
    yield [(started, "green" if plan.fires else "red"), (plan.reason, "")]
    yield from headed("what validate refuses", ([(f"  {refusal}", "red")] for refusal in plan.refusals))
    yield from headed("order", ([(f"  {line}", "")] for line in _tree(plan.jobs)))
    for job in plan.jobs:
        yield from headed(f"job {job.name}", _job_lines(job))
    builders = [(builder.platform, f"{builder.builder}: {builder.reason}") for builder in plan.builders]
    yield from headed("builders on this machine", pair_lines(builders))
    yield from headed("files to be published", ([(f"  {file}", "")] for file in plan.files))
    yield from headed("GitHub Release", _release_lines(plan))
    yield from headed("trusted publisher to register on PyPI", pair_lines(plan.registration))
    yield from headed("notes", ([(f"  {note}", "")] for note in plan.notes))


def _tree(jobs: Sequence[PlannedJob]) -> Iterator[str]:
    """Each job below the last of those that it waits for; what else it waits for is said behind it."""
    waited = waits_for({job.id: job.needs for job in jobs})
    order = [job.id for job in jobs]
    below: dict[str, list[PlannedJob]] = {}
    for job in jobs:
        parent = max(job.needs, key=lambda need: (len(waited[need]), order.index(need)), default="")
        below.setdefault(parent, []).append(job)
    # The rows of a matrix share one id; what waits for them hangs below the last.
    last = {job.id: job for job in jobs}

    def grown(parent: str, indent: str, *, root: bool) -> Iterator[str]:
        children = below.get(parent, [])
        for number, job in enumerate(children, 1):
            is_last = number == len(children)
            branch, beneath = ("", "") if root else (_BRANCHES[is_last], _BRANCHES[2 + is_last])
            others = [need for need in job.needs if need != parent and need not in waited.get(parent, ())]
            also = f"  (waits for {', '.join(others)} too)" if others else ""
            yield f"{indent}{branch}{job.name}{also}"
            if job is last[job.id]:
                yield from grown(job.id, indent + beneath, root=False)

    yield from grown("", "", root=True)


def _job_lines(job: PlannedJob) -> Iterator[Line]:
    facts = {
        "runner": job.runner,
        "if": job.condition,
        "environment": job.environment,
        "permissions": ", ".join(f"{scope}: {level}" for scope, level in job.permissions) or "none",
        "timeout": f"{job.timeout_minutes:g} min",
        "here": job.note,
    }
    yield from pair_lines([(name, value) for name, value in facts.items() if value])
    for number, step in enumerate(job.steps, 1):
        yield from _step_lines(number, step)


def _step_lines(number: int, step: PlannedStep) -> Iterator[Line]:
    yield [
        (f"  {number}. {step.name}", ""),
        (f"  if {step.condition}" if step.condition else "", "dim"),
    ]
    # One command is in the step's name already.
    commands = step.run.strip().splitlines()
    if len(commands) > 1 or (commands and commands[0].strip() not in step.name):
        for line in commands:
            yield [(f"     $ {as_displayed(line)}", "cyan")]
    if step.stand_in:
        yield [(f"     {step.stand_in}", "dim")]


def _release_lines(plan: Plan) -> Iterator[Line]:
    if plan.release is None:
        yield [("  none", "dim")]
        return
    yield [(f"  {plan.release.title}", "")]
    for file in plan.release.files:
        yield [(f"  {file}", "")]
    yield from quoted_lines(plan.release.notes.strip().splitlines())
