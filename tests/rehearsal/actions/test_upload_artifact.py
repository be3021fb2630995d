"""The stand-in for upload-artifact keeps the files that the action would, and fails where it would."""

from __future__ import annotations

import hashlib
import os

import pytest

from tests.support.action_stage import Stage

UPLOAD = "actions/upload-artifact"


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
