"""The stand-ins for the artifact actions keep, merge and copy the files that the actions would, or fail as they do."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.support.action_stage import Stage, files_in

UPLOAD = "actions/upload-artifact"
MERGE = "actions/upload-artifact/merge"
DOWNLOAD = "actions/download-artifact"


# Upload


def test_an_upload_keeps_the_files(stage: Stage) -> None:
    stage.write("dist/a.whl", "wheel")
    outcome = stage.run(UPLOAD, {"path": "dist/*.whl"})
    assert stage.artifact_files("artifact") == {"a.whl": "wheel"}
    assert stage.log == ["uploaded 1 file (5 bytes) as the artifact artifact"]
    listing = f"{hashlib.sha256(b'wheel').hexdigest()}  a.whl\n"
    assert outcome.outputs == {
        "artifact-id": "1",
        "artifact-url": "https://github.com/octo/quiver/actions/runs/77/artifacts/1",
        "artifact-digest": hashlib.sha256(listing.encode()).hexdigest(),
    }
    assert stage.artifacts.facts()[0].job == "build"


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("out/dist/*.whl", ["a.whl"]),
        ("out/dist/a.whl", ["a.whl"]),
        ("out", ["dist/a.whl", "notes.txt"]),
        ("out/dist\nout/notes.txt", ["dist/a.whl", "notes.txt"]),
        ("out/dist/*.whl\nREADME", ["README", "out/dist/a.whl"]),
        ("**/*.whl", ["out/dist/a.whl"]),
        ("out\n!out/dist", ["notes.txt"]),
    ],
)
def test_paths_in_the_artifact_are_relative_to_the_common_ancestor(stage: Stage, path: str, inside: list[str]) -> None:
    for name in ("out/dist/a.whl", "out/notes.txt", "README"):
        stage.write(name)
    stage.run(UPLOAD, {"path": path})
    assert sorted(stage.artifact_files("artifact")) == sorted(inside)


NOTHING = "No files were found with the provided path: dist/*.whl other. No artifacts will be uploaded."


@pytest.mark.parametrize(
    ("answer", "line"),
    [("", f"Warning: {NOTHING}"), ("warn", f"Warning: {NOTHING}"), ("ignore", NOTHING)],
)
def test_without_files_the_default_is_a_warning(stage: Stage, answer: str, line: str) -> None:
    assert stage.run(UPLOAD, {"path": "dist/*.whl\nother", "if-no-files-found": answer}).outputs == {}
    assert stage.log == [line]
    assert stage.artifact_names == []


def test_without_files_an_error_can_be_requested(stage: Stage) -> None:
    assert stage.fail(UPLOAD, {"path": "dist/*.whl\nother", "if-no-files-found": "error"}) == NOTHING


def test_hidden_files_are_left_out_unless_requested(stage: Stage) -> None:
    stage.write("dist/a.whl")
    stage.write("dist/.secret")
    stage.run(UPLOAD, {"path": "dist"})
    assert list(stage.artifact_files("artifact")) == ["a.whl"]
    stage.run(UPLOAD, {"path": "dist", "name": "all", "include-hidden-files": "true"})
    assert list(stage.artifact_files("all")) == [".secret", "a.whl"]


def test_a_name_is_uploaded_once_unless_it_is_overwritten(stage: Stage) -> None:
    stage.write("a.whl", "first")
    stage.run(UPLOAD, {"path": "a.whl", "name": "wheels"})
    stage.write("a.whl", "second")
    assert stage.fail(UPLOAD, {"path": "a.whl", "name": "wheels"}) == (
        "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
        "an artifact with this name already exists on the workflow run"
    )
    assert stage.artifact_files("wheels") == {"a.whl": "first"}
    stage.run(UPLOAD, {"path": "a.whl", "name": "wheels", "overwrite": "true"})
    assert stage.artifact_files("wheels") == {"a.whl": "second"}


def test_a_rerun_may_upload_a_name_again_and_the_newest_counts(stage: Stage) -> None:
    stage.write("a.whl", "first")
    stage.run(UPLOAD, {"path": "a.whl"})
    stage.write("a.whl", "second")
    stage.run(UPLOAD, {"path": "a.whl"}, attempt=2)
    assert stage.artifact_files("artifact") == {"a.whl": "second"}
    assert stage.artifact_names == ["artifact"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "Input required and not supplied: path"),
        ({"path": "../a"}, "Invalid pattern '../a'. Relative pathing '.' and '..' is not allowed."),
        ({"path": "a", "name": ""}, "Provided artifact name input during validation is empty"),
        (
            {"path": "a", "name": "wheels/a"},
            "The artifact name is not valid: wheels/a. Contains the following character: '/'",
        ),
        (
            {"path": "a", "name": "wheels:a"},
            "The artifact name is not valid: wheels:a. Contains the following character: ':'",
        ),
        (
            {"path": "a", "if-no-files-found": "fail"},
            "if-no-files-found: fail cannot be rehearsed: expected warn or error or ignore",
        ),
        (
            {"path": "a", "retention-days": "soon"},
            "retention-days: soon cannot be rehearsed: expected a whole number",
        ),
        ({"path": "a", "overwrite": "yes"}, "overwrite: yes cannot be rehearsed: expected true or false"),
    ],
)
def test_inputs_that_the_action_does_not_accept_are_errors(stage: Stage, inputs: dict[str, str], message: str) -> None:
    stage.write("a")
    assert stage.fail(UPLOAD, inputs) == message
    assert stage.artifact_names == []


def test_inputs_about_storage_are_accepted(stage: Stage) -> None:
    stage.write("a")
    stage.run(UPLOAD, {"path": "a", "retention-days": "5", "compression-level": "0"})
    assert stage.artifact_names == ["artifact"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_a_file_name_that_some_systems_do_not_allow_is_an_error(stage: Stage) -> None:
    stage.write("dist/a:b.whl")
    assert stage.fail(UPLOAD, {"path": "dist"}) == (
        "The path for one of the files in artifact is not valid: /a:b.whl. Contains the following character: ':'"
    )


# Merge


def test_a_merge_takes_the_artifacts_that_match(two: Stage) -> None:
    two.write("other.txt")
    two.run(UPLOAD, {"name": "other", "path": "other.txt"})
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-*"}, job="merge")
    assert two.artifact_files("wheels") == {"a.whl": "wheel a", "b.whl": "wheel b"}
    assert two.artifact_names == ["wheels", "other", "wheels-b", "wheels-a"]
    assert two.log == ["merging wheels-b, wheels-a", "uploaded 2 files (14 bytes) as the artifact wheels"]


def test_a_merge_takes_everything_by_default(two: Stage) -> None:
    two.run(MERGE)
    assert two.artifact_files("merged-artifacts") == {"a.whl": "wheel a", "b.whl": "wheel b"}


def test_a_merge_can_keep_them_apart(two: Stage) -> None:
    two.run(MERGE, {"separate-directories": "true"})
    assert two.artifact_files("merged-artifacts") == {"wheels-a/a.whl": "wheel a", "wheels-b/b.whl": "wheel b"}


def test_a_merge_can_delete_the_merged_artifacts(two: Stage) -> None:
    two.run(MERGE, {"name": "wheels", "delete-merged": "true"})
    assert two.artifact_names == ["wheels"]


def test_a_merge_of_nothing_fails(two: Stage) -> None:
    assert two.fail(MERGE, {"pattern": "wheel_*"}) == "No artifacts found matching pattern 'wheel_*'"


def test_a_merge_into_a_name_that_exists_fails(two: Stage) -> None:
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-*"})
    assert two.fail(MERGE, {"name": "wheels", "pattern": "wheels-*"}).endswith(
        "an artifact with this name already exists on the workflow run"
    )
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-*"}, attempt=2)
    assert two.artifact_names[0] == "wheels"


def test_files_of_one_name_are_a_warning(two: Stage) -> None:
    two.write("a.whl", "another")
    two.run(UPLOAD, {"name": "wheels-c", "path": "a.whl"})
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-[ac]"})
    assert two.artifact_files("wheels") == {"a.whl": "wheel a"}
    assert (
        "Warning: a.whl is in the artifacts wheels-c and wheels-a, with different bytes; "
        "here wheels-a is written last and wins; on GitHub, either may win"
    ) in two.log


def test_hidden_files_are_not_merged_unless_requested(stage: Stage) -> None:
    stage.write(".secret")
    stage.run(UPLOAD, {"name": "hidden", "path": ".secret", "include-hidden-files": "true"})
    assert stage.fail(MERGE, {"name": "wheels"}) == "No files were found to upload"
    stage.run(MERGE, {"name": "wheels", "include-hidden-files": "true"})
    assert list(stage.artifact_files("wheels")) == [".secret"]


# Download


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
        "here wheels-a is written last and wins; on GitHub, either may win"
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
