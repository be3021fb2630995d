"""re-actors/alls-green: fails unless the jobs in the context `needs` succeeded, or were allowed not to."""

from __future__ import annotations

import json
from typing import Any

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.workflow import action_names


def judge(call: ActionCall) -> ActionOutcome:
    """Judge the results of the jobs."""
    try:
        results = {name: job["result"] for name, job in json.loads(call.required("jobs")).items()}
    except (ValueError, AttributeError, TypeError, KeyError):
        raise StepFailed("the input jobs is not the context `needs`: write ${{ toJSON(needs) }}") from None
    if not results:
        raise StepFailed("Invalid input jobs matrix, please provide a non-empty `needs` context")
    may_fail, may_be_skipped = _names(call, "allowed-failures"), _names(call, "allowed-skips")
    bad = []
    for name, result in results.items():
        allowed = "may fail" if name in may_fail else "may be skipped" if name in may_be_skipped else "must succeed"
        call.say(f"{name}: {result}, {allowed}")
        if result != "success" and name not in may_fail and not (result == "skipped" and name in may_be_skipped):
            bad.append(f"{name} ({result})")
    if bad:
        raise StepFailed(f"Some of the required to succeed jobs failed: {', '.join(bad)}")
    return ActionOutcome({"failure": "false", "result": "success", "success": "true"})


def _names(call: ActionCall, name: str) -> set[Any]:
    """A list of names in JSON, or separated by commas."""
    written = call.text(name)
    try:
        return set(json.loads(written or "[]"))
    except (ValueError, TypeError):
        return {word.strip() for word in written.split(",")}


ALLS_GREEN = StandIn(
    action_names.ALLS_GREEN,
    "judges the results of the jobs in `needs` as the action does",
    inputs.known("jobs allowed-failures allowed-skips"),
    judge,
)
