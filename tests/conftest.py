"""Fixtures and options of all tests."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.browser import CHROMIUM, Framed, open_in_chromium
from tests.support.builds import build_once
from tests.support.examples import Examples
from tests.support.factories import ReleaseFolder, make_release
from truewheel.findings import Finding
from truewheel.programs import check_dist
from truewheel.system.wine import Wine, find_wine

# The tests in there are those of packages that tests/test_projects.py builds.
collect_ignore = ["projects"]
# The mark of a module that one Python is enough for, alone or first in a list.
ONCE = re.compile(r"^pytestmark = (\[\s*)?pytest\.mark\.once\b", re.MULTILINE)
# A slow machine is no reason to fail.
settings.register_profile("release", deadline=None)
settings.load_profile("release")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skip-once", action="store_true", help="leave out the tests that one Python is enough for")

    parser.addoption("--no-programs", action="store_true", help="skip the tests that start programs, which Wine lacks")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Examples())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import a module that would be left out whole."""
    left_out = config.getoption("--skip-once") and collection_path.suffix == ".py"
    return True if left_out and ONCE.search(collection_path.read_text(encoding="utf-8")) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    once: list[pytest.Item] = []
    always: list[pytest.Item] = []
    for item in items:
        is_once = item.get_closest_marker("once") or _is_property(item) or _is_browsed(item)
        (once if is_once else always).append(item)
    if config.getoption("--skip-once"):
        items[:] = always
        config.hook.pytest_deselected(items=once)
    else:
        # They take longest: begun last, one of them would run alone while the other cores have nothing to do.
        items[:] = once + always


def _is_property(item: pytest.Item) -> bool:
    """Return whether Hypothesis makes its examples, which takes long and does not depend on the Python."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)


def _is_browsed(item: pytest.Item) -> bool:
    """Return whether it shows a page in a browser, which takes long and does not depend on the Python either."""
    return "browse" in getattr(item, "fixturenames", ())


@pytest.fixture(autouse=True, scope="session")
def _without_programs(request: pytest.FixtureRequest) -> Iterator[None]:
    """With --no-programs, skip every test that starts one other than Python."""
    start = subprocess.Popen.__init__

    def start_python(self: subprocess.Popen[str], command: Sequence[str], *rest: Any, **options: Any) -> None:
        if command[0] != sys.executable:
            pytest.skip("it starts a program")
        start(self, command, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        if request.config.getoption("--no-programs"):
            patch.setattr(subprocess.Popen, "__init__", start_python)
        yield


@pytest.fixture(autouse=True)
def _outside_of_workflows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide from every test that it may run in a workflow, and how its terminal is set up."""
    for name in os.environ:
        if name.startswith("GITHUB_") or name in (
            "NO_COLOR",
            "FORCE_COLOR",
            "SOURCE_DATE_EPOCH",
            "NOX_CURRENT_SESSION",
        ):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _without_wine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide Wine from every test that does not ask for it, and from the programs that it starts."""
    if "wine" not in request.fixturenames:
        monkeypatch.setenv("TRUEWHEEL_WINE", "")


@pytest.fixture
def wine() -> Wine:
    """Return the Wine of this machine."""
    found = find_wine()
    return found if isinstance(found, Wine) else pytest.skip(found)


@pytest.fixture(scope="session")
def quiverdb_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both wheels of quiverdb, really built, once for all workers of a run: `PLATFORM/WHEEL`."""
    base = tmp_path_factory.getbasetemp()
    # With several workers, the folder of each is in the folder of the run.
    return build_once(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture
def browse(tmp_path: Path) -> Callable[[Mapping[str, Framed | str]], tuple[dict[str, str], str]]:
    """Open pages in a real browser; return their documents, and the errors that the browser reported."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    return functools.partial(open_in_chromium, folder=tmp_path)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReleaseFolder:
    """Make a scratch repository that is ready to release version 0.5.0, and enter it; `dist/` is missing."""
    folder = make_release(tmp_path)
    monkeypatch.chdir(folder.root)
    return folder


@pytest.fixture
def without_twine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Leave twine out of check-dist, which saves half a second; return the names of the wheels that it would get."""
    given: list[str] = []

    def absent(_twine: object, wheels: Sequence[Path], _known: object) -> Iterator[Finding]:
        given.extend(wheel.name for wheel in wheels)
        return iter(())

    monkeypatch.setattr(check_dist, "twine_results", absent)
    monkeypatch.setattr(check_dist, "started_twine", lambda _: contextlib.nullcontext())
    return given
