"""The `jobs` of a workflow."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from truewheel.workflow import availability as spots
from truewheel.workflow.fields import Fields, check_id, entries, fields, texts
from truewheel.workflow.matrix import strategy
from truewheel.workflow.model import Environment, Job
from truewheel.workflow.place import Place, WorkflowError, advice
from truewheel.workflow.shared_keys import concurrency, permissions, run_defaults
from truewheel.workflow.steps import steps
from truewheel.workflow.templates import Template, parse_template
from truewheel.workflow.values import fold
from truewheel.workflow.yaml_nodes import Node, Scalar, YamlSequence

_BOTH = ("name", "needs", "if", "permissions", "concurrency", "strategy")
_OWN = (
    *("runs-on", "environment", "env", "defaults", "steps", "outputs", "timeout-minutes", "continue-on-error"),
    *("container", "services", "snapshot"),
)
_CALL = ("uses", "with", "secrets")


def jobs(node: Node) -> dict[str, Job]:
    """Read the jobs, in the order of the file; every job in `needs` exists, and no job waits for itself."""
    found: dict[str, Job] = {}
    needs: dict[str, Place] = {}
    for key, value in entries(node, "`jobs`"):
        check_id(key.text, key.place, "the id of a job")
        if any(fold(key.text) == fold(other) for other in found):
            raise WorkflowError(key.place, f"two jobs have the id `{key.text}`; GitHub ignores case")
        job = fields(value, f"the job `{key.text}`", (*_BOTH, *_OWN, *_CALL))
        found[key.text] = _job(key, job)
        needs[key.text] = job.nodes["needs"].place if "needs" in job.nodes else key.place
    _check_needs(found, needs)
    return found


def _job(key: Scalar, job: Fields) -> Job:
    uses = _check_kind(job)
    shell, folder = run_defaults(job, spots.JOB_DEFAULTS)
    labels, group = _runner(job)
    plan = job.node("strategy")
    return Job(
        id=key.text,
        name=job.template("name", spots.job_spot("name")),
        needs=_needs(job),
        runs_on=labels,
        condition=job.condition(spots.JOB_IF),
        permissions=permissions(job),
        environment=_environment(job),
        concurrency=concurrency(job, spots.job_spot("concurrency")),
        strategy=None if plan is None else strategy(plan, job.what),
        env=job.templates("env", spots.JOB_ENV),
        default_shell=shell,
        default_working_directory=folder,
        timeout_minutes=job.number("timeout-minutes", spots.job_spot("timeout-minutes")),
        continue_on_error=job.flag("continue-on-error", spots.job_spot("continue-on-error")),
        outputs=job.templates("outputs", spots.JOB_OUTPUTS),
        steps=() if uses is not None else steps(job.nodes["steps"], job.what),
        place=key.place,
        uses=uses,
        inputs=job.templates("with", spots.job_spot("with.<with_id>")),
        secrets=job.node("secrets") is not None,
        container=job.node("container") is not None,
        services=job.node("services") is not None,
        runner_group=group,
        snapshot=job.node("snapshot") is not None,
    )


def _check_kind(job: Fields) -> str | None:
    """Return the workflow that the job calls, None if it has steps; see that it has the keys of its kind only."""
    uses = job.text("uses")
    if uses is None and "uses" in job.nodes:
        raise job.wrong("uses", "a workflow", "nothing")
    for key in _OWN if uses is not None else _CALL:
        if key in job.nodes:
            why = "calls a workflow" if uses is not None else "does not call a workflow"
            raise WorkflowError(job.keys[key], f"{job.what} has `{key}`, but {why}")
    for key in () if uses is not None else ("runs-on", "steps"):
        if job.node(key) is None:
            raise WorkflowError(job.place, f"{job.what} has no `{key}`")
    return uses


def _needs(job: Fields) -> tuple[str, ...]:
    node = job.node("needs")
    return () if node is None else texts(node, f"`needs` of {job.what}")


def _runner(job: Fields) -> tuple[tuple[Template, ...], Template | None]:
    """Return the labels of the runner and its group."""
    node = job.node("runs-on")
    if node is None or isinstance(node, (Scalar, YamlSequence)):
        return _labels(node, f"`runs-on` of {job.what}"), None
    inner = fields(node, f"`runs-on` of {job.what}", ("group", "labels"))
    labels = _labels(inner.node("labels"), f"`runs-on.labels` of {job.what}")
    return labels, inner.template("group", spots.job_spot("runs-on"))


def _labels(node: Node | None, what: str) -> tuple[Template, ...]:
    listed = node.items if isinstance(node, YamlSequence) else () if node is None else (node,)
    if node is not None and not (listed and all(isinstance(one, Scalar) and one.text.strip() for one in listed)):
        raise WorkflowError(node.place, f"{what} must be a label or a list of labels")
    return tuple(parse_template(one, spots.job_spot("runs-on")) for one in listed if isinstance(one, Scalar))


def _environment(job: Fields) -> Environment | None:
    node = job.node("environment")
    if node is None:
        return None
    if isinstance(node, Scalar):
        return Environment(parse_template(node, spots.job_spot("environment")), None, node.place)
    what = f"`environment` of {job.what}"
    inner = fields(node, what, ("name", "url", "deployment"))
    name = inner.template("name", spots.job_spot("environment"))
    if name is None:
        raise WorkflowError(node.place, f"{what} has no `name`")
    inner.flag("deployment", spots.job_spot("environment"))
    return Environment(name, inner.template("url", spots.JOB_ENVIRONMENT_URL), node.place)


def _check_needs(found: Mapping[str, Job], places: Mapping[str, Place]) -> None:
    for job in found.values():
        for needed in job.needs:
            if needed not in found:
                raise WorkflowError(
                    places[job.id], f"the job `{job.id}` needs `{needed}`, which is not a job; {advice(needed, found)}"
                )
        if len(set(job.needs)) < len(job.needs):
            raise WorkflowError(places[job.id], f"the job `{job.id}` needs a job twice: {', '.join(job.needs)}")
    try:
        TopologicalSorter({job.id: job.needs for job in found.values()}).prepare()
    except CycleError as error:
        circle = error.args[1]
        raise WorkflowError(places[circle[0]], f"jobs wait for each other in a circle: {' → '.join(circle)}") from None
