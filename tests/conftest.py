"""What tests of several modules share."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM, open_in_chromium
from tests.support.factories import ReleaseFolder, make_release
from tests.support.workflow_judging import Said, said_of
from truewheel.findings import Finding, Problem, Rule
from truewheel.programs import check_dist


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skip-once", action="store_true", help="leave out what is tested on one Python only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # What is asked about all findings is asked last.
    items.sort(key=lambda item: "given_messages" in getattr(item, "fixturenames", ()))
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
def said(release: ReleaseFolder) -> Said:
    """What a check says of the workflow of a scratch repository, after edits of it."""
    return functools.partial(said_of, release)


@pytest.fixture
def browse(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """Opens a page in a real browser; gives the document as the browser has it then, and what it complained of."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is here")
    return functools.partial(open_in_chromium, folder=tmp_path)


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


# What every check has said in this run, by its name: docs/checks.md quotes nothing else.
GIVEN: dict[str, set[str]] = {}


@pytest.fixture(autouse=True, scope="session")
def _remember_findings() -> Iterator[None]:
    """Remember the message of every finding that any test brings about."""
    make_finding = Rule.finding

    def remember(rule: Rule, problem: str | Problem, where: str) -> Finding:
        finding = make_finding(rule, problem, where)
        GIVEN.setdefault(finding.check, set()).add(finding.message)
        return finding

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "finding", remember)
        yield


@pytest.fixture
def given_messages(request: pytest.FixtureRequest) -> dict[str, set[str]]:
    """What every check has said in this run; only in a run of the tests of all checks."""
    files = {item.path.name for item in request.session.items}
    missing = {path.name for path in Path(__file__).parent.glob("checks/test_*.py")} - files
    if missing or request.config.option.keyword:
        pytest.skip("can be told only in a run of the tests of all checks")
    return GIVEN
