"""The stand-in for download-artifact copies artifacts to the places where the action would."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.action_stage import Stage, files_in

UPLOAD = "actions/upload-artifact"
DOWNLOAD = "actions/download-artifact"


def test_one_artifact_is_downloaded_by_its_name(two: Stage) -> None:
    outcome = two.run(DOWNLOAD, {"name": "wheels-a", "path": "dist/"})
    assert files_in(two.workspace) == {"dist/a.whl": "wheel a"}
    assert outcome.outputs == {"download-path": str(two.workspace / "dist")}
    assert two.log == [f"downloaded wheels-a into {two.workspace / 'dist'}"]


def test_an_artifact_that_does_not_exist_is_an_error(two: Stage) -> None:
    message = "Unable to download artifact(s): Artifact not found for name: "
    assert two.fail(DOWNLOAD, {"name": "wheels"}) == f"{message}wheels"
    assert two.log == ["The artifacts of this run: wheels-a, wheels-b"]
    two.artifacts.delete("wheels-a")
    assert two.fail(DOWNLOAD, {"name": "wheels-a"}) == f"{message}wheels-a"


APART = {"wheels-a/a.whl": "wheel a", "wheels-b/b.whl": "wheel b"}
TOGETHER = {"a.whl": "wheel a", "b.whl": "wheel b"}


@pytest.mark.parametrize(
    ("inputs", "files"),
    [
        ({}, APART),
        ({"merge-multiple": "true"}, TOGETHER),
        ({"pattern": "wheels-*"}, APART),
        ({"pattern": "wheels-{a,b}", "merge-multiple": "true"}, TOGETHER),
        # A single one gets no folder of its own, however it was selected.
        ({"pattern": "*-a"}, {"a.whl": "wheel a"}),
        ({"name": "wheels-b", "pattern": "*-a"}, {"b.whl": "wheel b"}),
        ({"pattern": "*", "path": "~/x"}, {}),
    ],
)
def test_several_get_folders_of_their_own_unless_they_are_merged(
    two: Stage, inputs: dict[str, str], files: dict[str, str]
) -> None:
    two.run(DOWNLOAD, inputs)
    assert files_in(two.workspace) == files
    if "path" in inputs:
        assert files_in(two.folder / "home/x") == APART


def test_a_pattern_that_matches_nothing_downloads_nothing_and_passes(two: Stage) -> None:
    two.run(DOWNLOAD, {"pattern": "wheel_*", "path": "dist"})
    assert two.log == [f"downloaded no artifact into {two.workspace / 'dist'}"]
    assert files_in(two.workspace) == {}


def test_files_of_one_name_in_one_folder_are_a_warning(two: Stage) -> None:
    two.write("a.whl", "wheel a")
    two.run(UPLOAD, {"name": "wheels-c", "path": "a.whl"})
    two.run(DOWNLOAD, {"pattern": "wheels-[ac]", "merge-multiple": "true"})
    assert (
        "Warning: a.whl is in the artifacts wheels-c and wheels-a, with the same bytes; "
        "here wheels-a is written last and wins, on GitHub it may be either"
    ) in two.log


def test_an_artifact_that_changed_after_its_upload_is_an_error(two: Stage) -> None:
    artifact = two.artifacts.find("wheels-a")
    assert artifact is not None
    (artifact.folder / "a.whl").write_bytes(b"changed")
    assert two.fail(DOWNLOAD, {"name": "wheels-a"}) == (
        "Unable to download artifact(s): Digest validation failed for artifact(s): wheels-a."
    )
    two.run(DOWNLOAD, {"name": "wheels-b"})


def test_a_change_before_the_upload_is_not_noticed(two: Stage) -> None:
    two.artifacts.corrupt("wheels-a")
    two.run(DOWNLOAD, {"name": "wheels-a"})
    assert (two.workspace / "a.whl").read_bytes() not in (b"wheel a", b"")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"merge-multiple": "both"}, "merge-multiple: both cannot be rehearsed: expected true or false"),
        (
            {"pattern": "{1..1001}"},
            "Unable to download artifact(s): '{1..1001}' stands for more than 1000 patterns",
        ),
    ],
)
def test_inputs_that_cannot_be_rehearsed_are_errors(two: Stage, inputs: dict[str, str], message: str) -> None:
    assert two.fail(DOWNLOAD, inputs) == message
    assert files_in(two.workspace) == {}


def outside_of_the_job(path: Path) -> str:
    return f"Unable to download artifact(s): the path {path} cannot be rehearsed: it is outside of the job's folders"


def test_nothing_is_downloaded_to_outside_of_the_jobs_folders(two: Stage) -> None:
    outside = two.folder / "outside"
    for path in (str(outside), "../outside", "~/../outside", str(two.workspace) + "/../outside"):
        assert two.fail(DOWNLOAD, {"path": path}) == outside_of_the_job(outside)
    assert two.fail(DOWNLOAD, {"path": "../workspace-2"}) == outside_of_the_job(two.folder / "workspace-2")
    assert not outside.exists()
    for folder in (two.workspace / "in", two.folder / "temp/in", two.folder / "home/in"):
        two.run(DOWNLOAD, {"name": "wheels-a", "path": str(folder)})
        assert files_in(folder) == {"a.whl": "wheel a"}


def test_the_name_of_an_artifact_does_not_lead_out(two: Stage) -> None:
    two.write("c.whl", "wheel c")
    two.run(UPLOAD, {"name": "..", "path": "c.whl"})
    assert two.fail(DOWNLOAD) == outside_of_the_job(two.workspace / "..")
    assert not (two.folder / "c.whl").exists()


@pytest.mark.skipif(os.name == "nt", reason="only administrators may make links there")
def test_a_link_does_not_lead_out(two: Stage) -> None:
    outside = two.folder / "outside"
    outside.mkdir()
    (two.workspace / "dist").symlink_to(outside)
    assert two.fail(DOWNLOAD, {"path": "dist"}) == outside_of_the_job(two.workspace / "dist")
    assert list(outside.iterdir()) == []


def test_only_the_run_itself_may_be_named(two: Stage) -> None:
    two.run(DOWNLOAD, {"run-id": "77", "github-token": "any", "repository": "octo/quiver"})
    assert two.fail(DOWNLOAD, {"run-id": "76"}) == (
        "Unable to download artifact(s): the input run-id: 76 cannot be rehearsed: it is not the run's own"
    )
