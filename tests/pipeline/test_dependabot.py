"""Dependabot keeps the actions and the locked tools current, without noise and without haste."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.programs import ROOT

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def updates() -> dict[str, dict[str, Any]]:
    document = YAML(typ="safe", pure=True).load(ROOT / ".github" / "dependabot.yml")
    return {update["package-ecosystem"]: update for update in document["updates"]}


@pytest.mark.parametrize(("ecosystem", "directory"), [("github-actions", "/"), ("pip", "/requirements")])
def test_is_kept_current_monthly_in_one_pull_request_after_a_cooldown(
    ecosystem: str, directory: str, updates: dict[str, dict[str, Any]]
) -> None:
    update = updates[ecosystem]
    assert update["directory"] == directory
    assert update["schedule"]["interval"] == "monthly"
    assert [group["patterns"] for group in update["groups"].values()] == [["*"]]
    assert update["cooldown"]["default-days"] >= 7


def test_the_locked_tools_are_where_dependabot_looks() -> None:
    assert list((ROOT / "requirements").glob("*.txt"))
