"""A job before its first step."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.action_stage import Stage, make_stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return make_stage(tmp_path)


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
