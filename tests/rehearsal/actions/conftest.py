"""A job before its first step."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.action_stage import Repositories, Stage, make_stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return make_stage(tmp_path)


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Repositories:
    """Gives a stage a copy of a repository and its origin, which a function commits and tags: once for all tests."""
    made: dict[Callable[[Stage], object], Stage] = {}

    def put(stage: Stage, commit: Callable[[Stage], object]) -> Stage:
        if commit not in made:
            made[commit] = make_stage(tmp_path_factory.mktemp("repository"))
            commit(made[commit])
            made[commit].push()
        shutil.copytree(made[commit].folder, stage.folder, dirs_exist_ok=True)
        return stage

    return put


@pytest.fixture
def two(stage: Stage) -> Stage:
    """A run with the artifacts wheels-a and wheels-b, and an empty workspace."""
    for name in ("a", "b"):
        stage.write(f"dist/{name}.whl", f"wheel {name}")
        stage.run(
            "actions/upload-artifact",
            {"name": f"wheels-{name}", "path": f"dist/{name}.whl"},
            job=f"build ({name})",
        )
    shutil.rmtree(stage.workspace)
    stage.workspace.mkdir()
    return stage
