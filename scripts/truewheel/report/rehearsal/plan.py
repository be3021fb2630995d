"""A plan as lines for a terminal: whether the tag starts the workflow, its jobs as a tree, what they would publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.rehearsal.plan_facts import Plan, PlannedError, PlannedJob, PlannedStep
from truewheel.report.console import Line
from truewheel.report.rehearsal.model import waits_for
from truewheel.report.rehearsal.terminal import headed, indented, pair_lines, quoted_lines, subject_lines
from truewheel.report.text import as_displayed

# The branches of the tree: to a child, to the last child, and what is below each of those.
_BRANCHES = ("├─ ", "└─ ", "│  ", "   ")


def plan_lines(plan: Plan) -> Iterator[Line]:
    """All of a plan but its last line."""
    yield from subject_lines(plan.workflow, plan.tag, plan.commit, plan.uncommitted)
    started = "  starts the workflow: " if plan.fires else "  does not start the workflow: "
    yield [(started, "green" if plan.fires else "red"), (plan.reason, "")]
    yield from headed("cannot be rehearsed", _error_lines(plan.errors))
    yield from headed("validate would refuse", indented(plan.findings, "red"))
    yield from headed("order", indented(_tree(plan.jobs)))
    for job in plan.jobs:
        yield from headed(f"job {job.name}", _job_lines(job))
    builders = [(builder.platform, f"{builder.builder}: {builder.reason}") for builder in plan.builders]
    yield from headed("builders on this machine", pair_lines(builders))
    yield from headed("files to publish", indented(plan.files))
    yield from headed("GitHub Release", _release_lines(plan))
    yield from headed("trusted publisher to register on PyPI", pair_lines(plan.registration))
    yield from headed("notes", indented(plan.notes))


def _error_lines(errors: Sequence[PlannedError]) -> Iterator[Line]:
    for one in errors:
        yield [(f"  {one.where}", "dim"), (": ", ""), (one.message, "red")]
        yield from indented((f"  {line}" for line in one.hint.splitlines()), "yellow")


def _tree(jobs: Sequence[PlannedJob]) -> Iterator[str]:
    """Each job below the last one that it waits for; the others that it waits for follow its name."""
    waited = waits_for({job.id: job.needs for job in jobs})
    order = [job.id for job in jobs]
    below: dict[str, list[PlannedJob]] = {}
    for job in jobs:
        parent = max(job.needs, key=lambda need: (len(waited[need]), order.index(need)), default="")
        below.setdefault(parent, []).append(job)
    # The rows of a matrix share one id; the jobs that wait for them are below the last row.
    last = {job.id: job for job in jobs}

    def grown(parent: str, indent: str, *, root: bool) -> Iterator[str]:
        children = below.get(parent, [])
        for number, job in enumerate(children, 1):
            is_last = number == len(children)
            branch, beneath = ("", "") if root else (_BRANCHES[is_last], _BRANCHES[2 + is_last])
            others = [need for need in job.needs if need != parent and need not in waited.get(parent, ())]
            also = f"  (also waits for {', '.join(others)})" if others else ""
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
        "note": job.note,
    }
    yield from pair_lines([(name, value) for name, value in facts.items() if value])
    for number, step in enumerate(job.steps, 1):
        yield from _step_lines(number, step)


def _step_lines(number: int, step: PlannedStep) -> Iterator[Line]:
    condition = f"  if {step.condition}" if step.condition else ""
    yield [(f"  {number}. {step.name}", ""), (condition, "dim")]
    # A single command is usually in the name of the step already.
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
    yield from indented([plan.release.title, *plan.release.files])
    yield from quoted_lines(plan.release.notes.strip().splitlines())
