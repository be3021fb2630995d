"""Actions that report to somebody else do nothing in a rehearsal, whatever their inputs are."""

from __future__ import annotations

from tests.support.action_stage import Stage
from truewheel.rehearsal.actions import STAND_INS


def test_nothing_is_reported(stage: Stage) -> None:
    inputs = {"files": "coverage.xml", "any-other": "value"}
    assert STAND_INS["codecov/codecov-action"].refusal("any-other", "value") == ""
    outcome = stage.run("codecov/codecov-action", inputs)
    assert (outcome.outputs, outcome.path, outcome.environ) == ({}, (), {})
    assert stage.log == ["a rehearsal sends no reports"]
