"""The table of stand-ins."""

from __future__ import annotations

import pytest

from truewheel.rehearsal.actions import STAND_INS


@pytest.mark.parametrize("action", sorted(STAND_INS))
def test_a_stand_in_describes_itself_in_one_phrase(action: str) -> None:
    stand_in = STAND_INS[action]
    assert stand_in.action == action == action.lower()
    assert stand_in.does
    assert "\n" not in stand_in.does
    assert not stand_in.does.endswith(".")


@pytest.mark.parametrize("action", sorted(STAND_INS))
def test_inputs_are_lower_cased_and_accept_their_default(action: str) -> None:
    for name in STAND_INS[action].inputs or ():
        assert name == name.lower()
        assert STAND_INS[action].refusal(name, "") == ""


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        ("actions/checkout", {"lfs": "true", "submodules": "all", "fetch-depth": "all", "clean": "no"}),
        ("actions/upload-artifact", {"compression-level": "10", "include-hidden-files": "1"}),
        (
            "softprops/action-gh-release",
            {"draft": "true", "prerelease": "true", "make_latest": "legacy", "overwrite_files": "false"},
        ),
    ],
)
def test_a_value_that_cannot_be_rehearsed_is_named(action: str, inputs: dict[str, str]) -> None:
    for name, value in inputs.items():
        assert (
            STAND_INS[action]
            .refusal(name.title(), value)
            .startswith(f"{name.title()}: {value} cannot be rehearsed: expected ")
        )


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("actions/checkout", "ssh-key"),
        ("actions/download-artifact", "artifact-ids"),
        ("pypa/gh-action-pypi-publish", "password"),
        ("softprops/action-gh-release", "append_body"),
        ("softprops/action-gh-release", "target_commitish"),
    ],
)
def test_inputs_that_a_release_must_not_have_are_unknown(action: str, name: str) -> None:
    assert name not in (STAND_INS[action].inputs or {name})
