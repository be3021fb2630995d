"""upload-artifact, its merge, and download-artifact do and say what the real ones do."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from tests.support.action_stage import Stage, files_in, make_stage
from truewheel.rehearsal.actions.call import ActionFailed
from truewheel.rehearsal.github.artifact_store import ArtifactStore, corrupt, lose

UPLOAD = "actions/upload-artifact"
MERGE = "actions/upload-artifact/merge"
DOWNLOAD = "actions/download-artifact"
TAKEN = (
    "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
    "an artifact with this name already exists on the workflow run"
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return make_stage(tmp_path)


@pytest.fixture
def two(stage: Stage) -> Stage:
    """A run with the artifacts wheels-a and wheels-b, and an empty workspace."""
    for name in ("a", "b"):
        stage.write(f"dist/{name}.whl", f"wheel {name}")
        stage.run(UPLOAD, {"name": f"wheels-{name}", "path": f"dist/{name}.whl"}, job=f"build ({name})")
    empty(stage)
    return stage


def empty(stage: Stage) -> None:
    shutil.rmtree(stage.workspace)
    stage.workspace.mkdir()


def store(stage: Stage) -> ArtifactStore:
    return ArtifactStore(stage.services.artifacts)


def names(stage: Stage) -> list[str]:
    return [artifact.name for artifact in store(stage).artifacts()]


def kept(stage: Stage, name: str) -> dict[str, str]:
    artifact = store(stage).find(name)
    assert artifact is not None
    return files_in(artifact.folder)


def refusal(stage: Stage, action: str, inputs: dict[str, str], *, attempt: int = 1) -> str:
    with pytest.raises(ActionFailed) as caught:
        stage.run(action, inputs, attempt=attempt)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Uploading


def test_an_upload_keeps_the_files_and_says_what_it_made(stage: Stage) -> None:
    stage.write("dist/a.whl", "wheel")
    outcome = stage.run(UPLOAD, {"path": "dist/*.whl"})
    assert kept(stage, "artifact") == {"a.whl": "wheel"}
    sha256 = hashlib.sha256(b"wheel").hexdigest()
    assert stage.log == [
        "With the provided path, there will be 1 file uploaded",
        "Artifact name is valid!",
        "Root directory input is valid!",
        f"{sha256}  a.whl",
        "Artifact artifact has been successfully uploaded! Final size is 5 bytes. Artifact ID is 1",
    ]
    assert outcome.outputs == {
        "artifact-id": "1",
        "artifact-url": "https://github.com/octo/quiver/actions/runs/77/artifacts/1",
        "artifact-digest": hashlib.sha256(f"{sha256}  a.whl\n".encode()).hexdigest(),
    }
    assert store(stage).facts()[0].job == "build"


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
def test_paths_inside_begin_at_the_common_ancestor(stage: Stage, path: str, inside: list[str]) -> None:
    for name in ("out/dist/a.whl", "out/notes.txt", "README"):
        stage.write(name)
    stage.run(UPLOAD, {"path": path})
    assert sorted(kept(stage, "artifact")) == sorted(inside)


def test_several_search_paths_are_said(stage: Stage) -> None:
    stage.write("out/dist/a.whl")
    stage.write("out/notes.txt")
    stage.run(UPLOAD, {"path": "out/dist\nout/notes.txt"})
    root = stage.workspace / "out"
    assert stage.log[:2] == [
        "Multiple search paths detected. Calculating the least common ancestor of all paths",
        f"The least common ancestor is {root}. This will be the root directory of the artifact",
    ]


NOTHING = "No files were found with the provided path: dist/*.whl other. No artifacts will be uploaded."


@pytest.mark.parametrize(
    ("answer", "line"),
    [(None, f"Warning: {NOTHING}"), ("warn", f"Warning: {NOTHING}"), ("ignore", NOTHING)],
)
def test_without_files_the_default_is_a_warning(stage: Stage, answer: str | None, line: str) -> None:
    inputs = {"path": "dist/*.whl\nother"} | ({"if-no-files-found": answer} if answer else {})
    assert stage.run(UPLOAD, inputs).outputs == {}
    assert stage.log[-1] == line
    assert names(stage) == []


def test_without_files_an_error_can_be_asked_for(stage: Stage) -> None:
    assert refusal(stage, UPLOAD, {"path": "dist/*.whl\nother", "if-no-files-found": "error"}) == NOTHING


def test_hidden_files_stay_out_unless_they_are_asked_for(stage: Stage) -> None:
    stage.write("dist/a.whl")
    stage.write("dist/.secret")
    stage.run(UPLOAD, {"path": "dist"})
    assert list(kept(stage, "artifact")) == ["a.whl"]
    stage.run(UPLOAD, {"path": "dist", "name": "all", "include-hidden-files": "true"})
    assert list(kept(stage, "all")) == [".secret", "a.whl"]


def test_a_name_is_uploaded_once_unless_it_is_overwritten(stage: Stage) -> None:
    stage.write("a.whl", "first")
    stage.run(UPLOAD, {"path": "a.whl", "name": "wheels"})
    stage.write("a.whl", "second")
    assert refusal(stage, UPLOAD, {"path": "a.whl", "name": "wheels"}) == TAKEN
    assert kept(stage, "wheels") == {"a.whl": "first"}
    outcome = stage.run(UPLOAD, {"path": "a.whl", "name": "wheels", "overwrite": "true"})
    assert "Artifact 'wheels' (ID: 1) deleted" in stage.log
    assert outcome.outputs["artifact-id"] == "2"
    assert kept(stage, "wheels") == {"a.whl": "second"}


def test_a_rerun_may_upload_a_name_again_and_the_newest_counts(stage: Stage) -> None:
    stage.write("a.whl", "first")
    stage.run(UPLOAD, {"path": "a.whl"})
    stage.write("a.whl", "second")
    stage.run(UPLOAD, {"path": "a.whl"}, attempt=2)
    assert kept(stage, "artifact") == {"a.whl": "second"}
    assert names(stage) == ["artifact"]


def test_a_single_file_can_be_uploaded_as_it_is(stage: Stage) -> None:
    stage.write("dist/a.whl", "wheel")
    stage.run(UPLOAD, {"path": "dist/*", "name": "ignored", "archive": "false"})
    assert kept(stage, "a.whl") == {"a.whl": "wheel"}
    stage.write("dist/b.whl")
    assert refusal(stage, UPLOAD, {"path": "dist/*", "archive": "false"}) == (
        "When 'archive' is set to false, only a single file can be uploaded. Found 2 files to upload."
    )


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "Input required and not supplied: path"),
        ({"path": "../a"}, "Invalid pattern '../a'. Relative pathing '.' and '..' is not allowed."),
        ({"path": "a", "name": ""}, "Provided artifact name input during validation is empty"),
        (
            {"path": "a", "name": "wheels/a"},
            "The artifact name is not valid: wheels/a. Contains the following character: Forward slash /",
        ),
        (
            {"path": "a", "name": "wheels:a"},
            "The artifact name is not valid: wheels:a. Contains the following character: Colon :",
        ),
        (
            {"path": "a", "if-no-files-found": "fail"},
            "Unrecognized if-no-files-found input. Provided: fail. Available options: warn,error,ignore",
        ),
        ({"path": "a", "retention-days": "soon"}, "Invalid retention-days"),
        ({"path": "a", "compression-level": "10"}, "Invalid compression-level. Valid values are 0-9"),
        (
            {"path": "a", "overwrite": "yes"},
            (
                'Input does not meet YAML 1.2 "Core Schema" specification: overwrite. '
                "Support boolean input list: `true | True | TRUE | false | False | FALSE`"
            ),
        ),
    ],
)
def test_inputs_that_the_action_does_not_take_are_refused(stage: Stage, inputs: dict[str, str], message: str) -> None:
    stage.write("a")
    assert refusal(stage, UPLOAD, inputs) == message
    assert names(stage) == []


def test_inputs_about_storage_are_taken(stage: Stage) -> None:
    stage.write("a")
    stage.run(UPLOAD, {"path": "a", "retention-days": "5", "compression-level": "0"})
    assert names(stage) == ["artifact"]


@pytest.mark.skipif(os.name == "nt", reason="there is no such file there")
def test_a_file_whose_name_some_systems_do_not_take_is_refused(stage: Stage) -> None:
    stage.write("dist/a:b.whl")
    assert refusal(stage, UPLOAD, {"path": "dist"}) == (
        "The path for one of the files in artifact is not valid: /a:b.whl. Contains the following character: Colon :"
    )


@pytest.mark.skipif(os.name == "nt", reason="there are no such two files there")
def test_names_that_differ_in_case_alone_are_said(stage: Stage) -> None:
    first, second = stage.write("A.whl"), stage.write("a.whl")
    if first.samefile(second):
        pytest.skip("there are no such two files on this file system")
    stage.run(UPLOAD, {"path": "*.whl"})
    assert stage.log[0] == (
        f"Uploads are case insensitive: {second} was detected that it will be overwritten by another file "
        "with the same path"
    )


# Merging


def test_a_merge_makes_one_of_those_that_match(two: Stage) -> None:
    two.write("other.txt")
    two.run(UPLOAD, {"name": "other", "path": "other.txt"})
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-*"}, job="merge")
    assert kept(two, "wheels") == {"a.whl": "wheel a", "b.whl": "wheel b"}
    assert names(two) == ["wheels", "other", "wheels-b", "wheels-a"]
    assert two.log[:4] == [
        "Found 3 artifact(s)",
        "Preparing to download the following artifacts:",
        "- wheels-b (ID: 2, Size: 7)",
        "- wheels-a (ID: 1, Size: 7)",
    ]
    assert two.log[-1] == "The 2 artifact(s) have been successfully merged!"


def test_a_merge_takes_everything_by_default(two: Stage) -> None:
    two.run(MERGE)
    assert kept(two, "merged-artifacts") == {"a.whl": "wheel a", "b.whl": "wheel b"}


def test_a_merge_can_keep_them_apart(two: Stage) -> None:
    two.run(MERGE, {"separate-directories": "true"})
    assert kept(two, "merged-artifacts") == {"wheels-a/a.whl": "wheel a", "wheels-b/b.whl": "wheel b"}


def test_a_merge_can_delete_what_it_merged(two: Stage) -> None:
    two.run(MERGE, {"name": "wheels", "delete-merged": "true"})
    assert names(two) == ["wheels"]
    assert two.log[-3:] == [
        "Artifact 'wheels-b' (ID: 2) deleted",
        "Artifact 'wheels-a' (ID: 1) deleted",
        "The 2 artifact(s) have been deleted",
    ]


def test_a_merge_of_nothing_fails(two: Stage) -> None:
    assert refusal(two, MERGE, {"pattern": "wheel_*"}) == "No artifacts found matching pattern 'wheel_*'"


def test_a_merge_into_a_name_that_is_there_fails(two: Stage) -> None:
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-*"})
    assert refusal(two, MERGE, {"name": "wheels", "pattern": "wheels-*"}) == TAKEN
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-*"}, attempt=2)
    assert names(two)[0] == "wheels"


def test_equal_names_are_reported_with_who_wins(two: Stage) -> None:
    two.write("a.whl", "another")
    two.run(UPLOAD, {"name": "wheels-c", "path": "a.whl"})
    two.run(MERGE, {"name": "wheels", "pattern": "wheels-[ac]"})
    assert kept(two, "wheels") == {"a.whl": "wheel a"}
    assert (
        "Warning: a.whl is in the artifacts wheels-c and wheels-a, with other bytes; "
        "here wheels-a is written last and wins, on GitHub it may be either"
    ) in two.log


def test_hidden_files_are_not_merged_unless_they_are_asked_for(stage: Stage) -> None:
    stage.write(".secret")
    stage.run(UPLOAD, {"name": "hidden", "path": ".secret", "include-hidden-files": "true"})
    assert refusal(stage, MERGE, {"name": "wheels"}) == "No files were found to upload"
    stage.run(MERGE, {"name": "wheels", "include-hidden-files": "true"})
    assert list(kept(stage, "wheels")) == [".secret"]


# Downloading


def test_one_artifact_is_downloaded_by_its_name(two: Stage) -> None:
    outcome = two.run(DOWNLOAD, {"name": "wheels-a", "path": "dist/"})
    assert files_in(two.workspace) == {"dist/a.whl": "wheel a"}
    assert outcome.outputs == {"download-path": str(two.workspace / "dist")}
    digest = store(two).artifacts()[1].digest
    assert two.log == [
        "Downloading single artifact",
        "Preparing to download the following artifacts:",
        f"- wheels-a (ID: 1, Size: 7, Expected Digest: sha256:{digest})",
        "Total of 1 artifact(s) downloaded",
        "Download artifact has finished successfully",
    ]


def test_an_artifact_that_is_not_there_fails(two: Stage) -> None:
    assert refusal(two, DOWNLOAD, {"name": "wheels"}) == (
        "Unable to download artifact(s): Artifact not found for name: wheels"
    )
    assert two.log[-1] == "The artifacts of this run: wheels-a, wheels-b"
    lose(store(two), "wheels-a")
    assert refusal(two, DOWNLOAD, {"name": "wheels-a"}) == (
        "Unable to download artifact(s): Artifact not found for name: wheels-a"
    )


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
        ({"artifact-ids": "2"}, {"b.whl": "wheel b"}),
        ({"artifact-ids": "1, 2,"}, APART),
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
    assert two.log == [
        "Found 2 artifact(s)",
        "Filtering artifacts by pattern 'wheel_*'",
        "Total of 0 artifact(s) downloaded",
        "Download artifact has finished successfully",
    ]
    assert files_in(two.workspace) == {}


def test_all_are_downloaded_with_a_word_about_it(two: Stage) -> None:
    two.run(DOWNLOAD)
    assert two.log[1:3] == [
        "No input name, artifact-ids or pattern filtered specified, downloading all artifacts",
        "An extra directory with the artifact name will be created for each download",
    ]


def test_equal_names_in_one_folder_are_reported(two: Stage) -> None:
    two.write("a.whl", "wheel a")
    two.run(UPLOAD, {"name": "wheels-c", "path": "a.whl"})
    two.run(DOWNLOAD, {"pattern": "wheels-[ac]", "merge-multiple": "true"})
    assert (
        "Warning: a.whl is in the artifacts wheels-c and wheels-a, with the same bytes; "
        "here wheels-a is written last and wins, on GitHub it may be either"
    ) in two.log


MISMATCH = "Artifact 'wheels-a' digest validation failed. Please verify the integrity of the artifact."


def test_an_artifact_that_changed_after_its_upload_fails(two: Stage) -> None:
    corrupt(store(two), "wheels-a", noticed=True)
    assert refusal(two, DOWNLOAD, {"name": "wheels-a"}) == (
        "Unable to download artifact(s): Digest validation failed for artifact(s): wheels-a. "
        "Use 'digest-mismatch: warn' to continue on mismatch."
    )
    two.run(DOWNLOAD, {"name": "wheels-b"})


@pytest.mark.parametrize(("answer", "line"), [("warn", f"Warning: {MISMATCH}"), ("info", MISMATCH), ("ignore", "")])
def test_a_mismatch_can_be_let_pass(two: Stage, answer: str, line: str) -> None:
    corrupt(store(two), "wheels-a", noticed=True)
    two.run(DOWNLOAD, {"name": "wheels-a", "digest-mismatch": answer})
    assert [said for said in two.log if "digest validation" in said] == ([line] if line else [])


def test_a_change_before_the_upload_is_noticed_by_nobody(two: Stage) -> None:
    corrupt(store(two), "wheels-a", noticed=False)
    two.run(DOWNLOAD, {"name": "wheels-a"})
    assert (two.workspace / "a.whl").read_bytes() != b"wheel a"


def test_an_artifact_can_stay_packed(two: Stage) -> None:
    two.run(DOWNLOAD, {"name": "wheels-a", "skip-decompress": "true"})
    packed = two.workspace / "wheels-a.zip"
    assert [path.name for path in two.workspace.iterdir()] == [packed.name]
    shutil.unpack_archive(packed, two.workspace / "unpacked")
    assert files_in(two.workspace / "unpacked") == {"a.whl": "wheel a"}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            {"name": "wheels-a", "artifact-ids": "1"},
            "Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.",
        ),
        ({"artifact-ids": ","}, "No valid artifact IDs provided in 'artifact-ids' input"),
        ({"artifact-ids": "one"}, "Invalid artifact ID: 'one'. Must be a number."),
        ({"artifact-ids": "9"}, "None of the provided artifact IDs were found"),
        (
            {"digest-mismatch": "fail"},
            "Invalid value for 'digest-mismatch': 'fail'. Valid options are: ignore, info, warn, error",
        ),
        (
            {"run-id": "78"},
            "the input run-id: 78 cannot be rehearsed: it leads out of this run and repository",
        ),
        (
            {"repository": "octo/other"},
            "the input repository: octo/other cannot be rehearsed: it leads out of this run and repository",
        ),
        (
            {"github-token": "secret"},
            "the input github-token cannot be rehearsed: it leads out of this run and repository",
        ),
        (
            {"pattern": "{1..1001}"},
            "'{1..1001}' stands for more than 1000 patterns",
        ),
    ],
)
def test_inputs_that_contradict_or_lead_elsewhere_are_refused(two: Stage, inputs: dict[str, str], message: str) -> None:
    assert refusal(two, DOWNLOAD, inputs) == f"Unable to download artifact(s): {message}"
    assert files_in(two.workspace) == {}


def leads_out(path: Path | str) -> str:
    return f"Unable to download artifact(s): the path {path} cannot be rehearsed: it leads out of the job's folders"


def test_nothing_is_downloaded_to_outside_of_the_jobs_folders(two: Stage) -> None:
    outside = two.folder / "outside"
    for path in (str(outside), "../outside", "~/../outside", str(two.workspace) + "/../outside"):
        assert refusal(two, DOWNLOAD, {"path": path}) == leads_out(outside)
    assert refusal(two, DOWNLOAD, {"path": "../workspace-2"}) == leads_out(two.folder / "workspace-2")
    assert not outside.exists()
    for folder in (two.workspace / "in", two.folder / "temp/in", two.folder / "home/in"):
        two.run(DOWNLOAD, {"name": "wheels-a", "path": str(folder)})
        assert files_in(folder) == {"a.whl": "wheel a"}


def test_the_name_of_an_artifact_leads_nowhere_else(two: Stage) -> None:
    two.write("c.whl", "wheel c")
    two.run(UPLOAD, {"name": "..", "path": "c.whl"})
    assert refusal(two, DOWNLOAD, {}) == leads_out(two.workspace / "..")
    assert not (two.folder / "c.whl").exists()


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
def test_a_link_leads_nowhere_else(two: Stage) -> None:
    outside = two.folder / "outside"
    outside.mkdir()
    (two.workspace / "dist").symlink_to(outside)
    assert refusal(two, DOWNLOAD, {"path": "dist"}) == leads_out(two.workspace / "dist")
    assert list(outside.iterdir()) == []


def test_some_missing_ids_are_a_warning(two: Stage) -> None:
    two.run(DOWNLOAD, {"artifact-ids": "1,9"})
    assert "Warning: Could not find the following artifact IDs: 9" in two.log
    assert files_in(two.workspace) == {"a.whl": "wheel a"}


def test_its_own_run_may_be_named(two: Stage) -> None:
    own = {"repository": "octo/quiver", "run-id": "77", "github-token": "rehearsal-github-token"}
    two.run(DOWNLOAD, {"name": "wheels-a", **own})
    assert files_in(two.workspace) == {"a.whl": "wheel a"}
