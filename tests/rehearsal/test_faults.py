"""A fault that names what the workflow does not have is an error before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import WORKFLOW, Project, quiverdb_project, rehearse, without_sessions

ARTIFACTS = "the workflow has no artifact wheel; it has wheels, wheels-manylinux_x86_64, wheels-win_amd64"
BUILDS = "manylinux_x86_64, ubuntu-latest, win_amd64, windows-latest"
JOBS = "build, merge, preflight, publish, release, validate, verify"


@pytest.fixture
def unbuilt(tmp_path: Path) -> Project:
    """A repository whose builds would fail."""
    return quiverdb_project(tmp_path / "quiverdb", tmp_path / "no-wheels")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("artifact-lost=wheel", f"artifact-lost=wheel: {ARTIFACTS}"),
        ("wheel-corrupted=wheel", f"wheel-corrupted=wheel: {ARTIFACTS}"),
        (
            "build-fails=macosx_arm64",
            f"build-fails=macosx_arm64: the workflow has no build macosx_arm64; it has {BUILDS}",
        ),
        (
            "runner-killed=bild",
            f"runner-killed=bild: the workflow has no job bild; it has {JOBS}",
        ),
    ],
)
def test_what_the_workflow_does_not_have_cannot_be_broken(unbuilt: Project, fault: str, error: str) -> None:
    result = rehearse(unbuilt, "--fault", fault)
    assert result.status == 2, result.output
    assert result.report["error"] == error
    assert "failure" not in result.progress


def test_what_is_known_only_in_the_run_may_be_broken(unbuilt: Project, tmp_path: Path) -> None:
    without_sessions(unbuilt, tmp_path / "no-wheels")
    name = "name: wheels-${{ matrix.platform }}"
    unbuilt.edit(WORKFLOW, lambda text: text.replace(name, "name: ${{ steps.some.outputs.name }}"))
    assert rehearse(unbuilt, "--fault", "artifact-lost=wheel").status == 1
