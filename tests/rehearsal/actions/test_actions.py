"""The one table of stand-ins."""

from __future__ import annotations

import pytest

from truewheel.rehearsal.actions import STAND_INS


@pytest.mark.parametrize("action", sorted(STAND_INS))
def test_a_stand_in_says_what_it_does_in_one_sentence(action: str) -> None:
    stand_in = STAND_INS[action]
    assert stand_in.action == action == action.lower()
    assert stand_in.does
    assert "\n" not in stand_in.does
    assert not stand_in.does.endswith(".")


def test_every_well_kept_action_has_one() -> None:
    assert set(STAND_INS) >= {
        "actions/checkout",
        "actions/download-artifact",
        "actions/upload-artifact",
        "actions/upload-artifact/merge",
        "softprops/action-gh-release",
        "wntrblm/nox",
    }
