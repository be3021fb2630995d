"""Fixtures of whole rehearsals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.factories import BUILDS, PACKAGE_PYPROJECT, ROOT_PYPROJECT
from tests.support.projects import Project, quiverdb_project
from tests.support.running_index import RunningIndex, running_index


@pytest.fixture
def quiverdb(tmp_path: Path, quiverdb_wheels: Path) -> Project:
    """A repository that releases quiverdb, as this one does."""
    return quiverdb_project(tmp_path / "quiverdb", quiverdb_wheels)


@pytest.fixture
def empty_project(tmp_path: Path) -> Project:
    """A folder with a sound configuration, and neither a workflow nor a commit."""
    project = Project(tmp_path / "project")
    project.write("pyproject.toml", ROOT_PYPROJECT)
    project.write("bindings/python/pyproject.toml", PACKAGE_PYPROJECT)
    project.write("bindings/python/CMakeLists.txt", "project(quiverdb)\n")
    project.write("requirements/builds.txt", BUILDS)
    return project


@pytest.fixture(scope="session")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIndex]:
    """An index for all tests that only send requests: its keys and certificates cost more than a test."""
    with running_index(tmp_path_factory.mktemp("index")) as running:
        yield running


@pytest.fixture
def running(shared_index: RunningIndex, tmp_path: Path) -> RunningIndex:
    """An empty index."""
    return shared_index.emptied(tmp_path)
