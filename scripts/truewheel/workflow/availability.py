"""The contexts and functions that an expression may use, by its place in a workflow.

Source: GitHub's contexts reference, "Context availability".
"""

from __future__ import annotations

from dataclasses import dataclass

CONTEXTS = (
    *("github", "env", "vars", "job", "jobs", "steps"),
    *("runner", "secrets", "strategy", "matrix", "needs", "inputs"),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a workflow where an expression is allowed."""

    key: str  # as GitHub's table writes it, e.g. `jobs.<job_id>.if`
    contexts: frozenset[str]  # those that are available
    functions: frozenset[str] = frozenset()  # those that are available in addition to the ones that always are


_STATUS = ("success", "always", "cancelled", "failure")
_RUN = "github inputs vars"
_NEEDS = f"{_RUN} needs"
_ROW = f"{_NEEDS} strategy matrix"
_RUNNING = f"{_ROW} job runner env steps"


def _spot(key: str, contexts: str, *functions: str) -> Spot:
    return Spot(key, frozenset(contexts.split()), frozenset(functions))


NOWHERE = _spot("", "")
RUN_NAME = _spot("run-name", _RUN)
CONCURRENCY = _spot("concurrency", _RUN)
ENV = _spot("env", f"{_RUN} secrets")
JOB_IF = _spot("jobs.<job_id>.if", _NEEDS, *_STATUS)
JOB_ENVIRONMENT_URL = _spot("jobs.<job_id>.environment.url", _RUNNING)
JOB_STRATEGY = _spot("jobs.<job_id>.strategy", _NEEDS)
JOB_ENV = _spot("jobs.<job_id>.env", f"{_ROW} secrets")
JOB_DEFAULTS = _spot("jobs.<job_id>.defaults.run", f"{_ROW} env")
JOB_OUTPUTS = _spot("jobs.<job_id>.outputs.<output_id>", f"{_RUNNING} secrets")
CALL_INPUT = _spot("on.workflow_call.inputs.<inputs_id>.default", _RUN)
CALL_OUTPUT = _spot("on.workflow_call.outputs.<output_id>.value", f"{_RUN} jobs")
ACTION_OUTPUT = _spot("outputs.<output_id>.value", _RUNNING)
STEP_IF = _spot("jobs.<job_id>.steps.if", _RUNNING, *_STATUS, "hashFiles")


def job_spot(key: str) -> Spot:
    """Return the spot of a job's key that has no constant here."""
    return _spot(f"jobs.<job_id>.{key}", _ROW)


def step_spot(key: str) -> Spot:
    """Return the spot of a step's key other than `if`."""
    return _spot(f"jobs.<job_id>.steps.{key}", f"{_RUNNING} secrets", "hashFiles")
