"""Fixtures of whole rehearsals."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import BUILDS, PACKAGE_PYPROJECT, ROOT_PYPROJECT
from tests.support.projects import Project, quiverdb_project


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
