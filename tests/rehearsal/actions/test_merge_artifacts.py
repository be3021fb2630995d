"""The stand-in for upload-artifact/merge makes one artifact of several."""

from __future__ import annotations

from tests.support.action_stage import Stage

UPLOAD = "actions/upload-artifact"
MERGE = "actions/upload-artifact/merge"


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
        "here wheels-a is written last and wins, on GitHub it may be either"
    ) in two.log


def test_hidden_files_are_not_merged_unless_requested(stage: Stage) -> None:
    stage.write(".secret")
    stage.run(UPLOAD, {"name": "hidden", "path": ".secret", "include-hidden-files": "true"})
    assert stage.fail(MERGE, {"name": "wheels"}) == "No files were found to upload"
    stage.run(MERGE, {"name": "wheels", "include-hidden-files": "true"})
    assert list(stage.artifact_files("wheels")) == [".secret"]
