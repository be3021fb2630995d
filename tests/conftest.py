"""What tests of several modules share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from scripts import check_dist
from scripts.findings import Finding

from .factories import ReleaseFolder, make_release


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skip-once", action="store_true", help="leave out what is tested on one Python only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--skip-once"):
        return
    once = [item for item in items if item.get_closest_marker("once")]
    items[:] = [item for item in items if item not in once]
    config.hook.pytest_deselected(items=once)


@pytest.fixture(autouse=True)
def _at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees that it runs in a workflow, or how its terminal is set up, unless it says so itself."""
    for name in os.environ:
        if name.startswith("GITHUB_") or name in ("NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH"):
            monkeypatch.delenv(name)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReleaseFolder:
    """A scratch repository that is ready to release version 0.5.0, as the working folder; `dist/` is missing."""
    folder = make_release(tmp_path)
    monkeypatch.chdir(folder.root)
    return folder


@pytest.fixture
def without_twine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Leave twine out of check-dist, for it takes half a second; gives the names of the wheels that it would get."""
    given: list[str] = []

    class Absent:
        def __init__(self, wheels: Sequence[Path]) -> None:
            given.extend(wheel.name for wheel in wheels)

        def findings(self) -> Iterator[Finding]:
            return iter(())

    monkeypatch.setattr(check_dist, "TwineCheck", Absent)
    return given
