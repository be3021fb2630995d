"""Fixtures of whole rehearsals."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.support.factories import PACKAGE_PYPROJECT, ROOT_PYPROJECT
from tests.support.projects import Project, build_wheels, quiverdb_project

if sys.platform != "win32":
    import fcntl


@pytest.fixture(scope="session")
def real_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both wheels of quiverdb, really built, once for all workers of a run: `PLATFORM/WHEEL`."""
    base = tmp_path_factory.getbasetemp()
    # With several workers, the folder of each is in the folder of the run.
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    wheels, built = run / "wheels", run / "wheels-are-built"
    with (run / "wheels.lock").open("w") as lock, alone(lock):
        if not built.exists():
            shutil.rmtree(wheels, ignore_errors=True)
            build_wheels(wheels)
            built.touch()
    return wheels


@contextlib.contextmanager
def alone(lock: IO[str]) -> Iterator[None]:
    """Hold a lock that all workers share. On Windows there is none, and no test that builds wheels."""
    if sys.platform != "win32":
        fcntl.flock(lock, fcntl.LOCK_EX)
    # Closing the file releases it, even if the worker dies.
    yield


@pytest.fixture
def quiverdb(tmp_path: Path, real_wheels: Path) -> Project:
    """A repository that releases quiverdb, as this one does."""
    return quiverdb_project(tmp_path / "quiverdb", real_wheels)


@pytest.fixture
def empty_project(tmp_path: Path) -> Project:
    """A folder with a sound configuration, and neither a workflow nor a commit."""
    project = Project(tmp_path / "project")
    project.write("pyproject.toml", ROOT_PYPROJECT)
    project.write("bindings/python/pyproject.toml", PACKAGE_PYPROJECT)
    return project
