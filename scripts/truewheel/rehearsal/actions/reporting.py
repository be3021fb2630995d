"""Actions that report to somebody else what happened: nothing is sent, and nothing changes for the following steps."""

from __future__ import annotations

from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn

_REPORTERS = (
    *("codecov/codecov-action", "codecov/test-results-action", "coverallsapp/github-action", "codspeedhq/action"),
    *("test-summary/action", "dorny/test-reporter", "enricomi/publish-unit-test-result-action"),
    *("step-security/harden-runner", "8398a7/action-slack", "slackapi/slack-github-action"),
)


def report_nothing(call: ActionCall) -> ActionOutcome:
    """Send nothing."""
    call.say("a rehearsal sends no reports")
    return ActionOutcome()


REPORTERS = tuple(
    StandIn(action, "does nothing: a rehearsal sends no reports", None, report_nothing) for action in _REPORTERS
)
