"""The stand-ins for the cache actions keep nothing and find nothing."""

from __future__ import annotations

import pytest

from tests.support.action_stage import Stage

INPUTS = {"path": "~/.cache/pip", "key": "pip-1"}


@pytest.mark.parametrize("action", ["actions/cache", "actions/cache/restore"])
def test_nothing_is_found(stage: Stage, action: str) -> None:
    outcome = stage.run(action, {**INPUTS, "restore-keys": "pip-"})
    assert outcome.outputs == {"cache-hit": "", "cache-primary-key": "pip-1", "cache-matched-key": ""}
    assert stage.log == ["a rehearsal keeps no caches: not found for the key pip-1"]


def test_nothing_is_kept(stage: Stage) -> None:
    stage.run("actions/cache/save", INPUTS)
    assert stage.log == ["a rehearsal keeps no caches: pip-1 is not saved"]
    assert stage.run("actions/cache/restore", INPUTS).outputs["cache-hit"] == ""


def test_a_step_that_demands_a_hit_fails(stage: Stage) -> None:
    assert stage.fail("actions/cache", {**INPUTS, "fail-on-cache-miss": "true"}) == (
        "Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: pip-1"
    )
    assert stage.fail("actions/cache", {"key": "pip-1"}) == "Input required and not supplied: path"
