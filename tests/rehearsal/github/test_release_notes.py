"""The notes of a release are read out of the history, in GitHub's form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.action_stage import Stage, make_stage
from truewheel.errors import ReleaseError
from truewheel.rehearsal.github.release_notes import previous_tag, pull_requests, release_notes

URL = "https://github.com/octo/quiver"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = make_stage(tmp_path)
    stage.commit("first", "v0.4.0")
    return stage


def merge(stage: Stage, number: int, title: str, *, author: str = "Ada <ada@example.invalid>") -> None:
    """Merge a pull request of one commit, as GitHub's button does."""
    stage.source.git("checkout", "--quiet", "-b", f"branch-{number}")
    stage.commit(f"work on {number}", file=f"{number}.txt")
    stage.source.git("commit", "--quiet", "--amend", "--no-edit", "--author", author)
    stage.source.git("checkout", "--quiet", "main")
    message = ("--message", f"Merge pull request #{number} from ada/branch-{number}", "--message", title)
    stage.source.git("merge", "--quiet", "--no-ff", *message, f"branch-{number}")


def notes(stage: Stage, tag: str = "v0.5.0", previous: str = "v0.4.0") -> str:
    stage.push()
    return release_notes(stage.services.origin, tag, previous, URL)


def test_merged_and_squashed_pull_requests_are_listed_in_order(stage: Stage) -> None:
    merge(stage, 7, "Read faster", author="Bob <12+bob-b@users.noreply.github.com>")
    stage.commit("Write faster (#9)\n\n* squashed (#1)")
    stage.commit("no pull request #5")
    merge(stage, 8, "Sync faster")
    merge(stage, 10, "Update", author="b <4+updater[bot]@users.noreply.github.com>")
    stage.source.git("tag", "v0.5.0")
    assert notes(stage) == (
        "## What's Changed\n"
        "* Read faster by @bob-b in https://github.com/octo/quiver/pull/7\n"
        "* Write faster by t in https://github.com/octo/quiver/pull/9\n"
        "* Sync faster by Ada in https://github.com/octo/quiver/pull/8\n"
        "* Update by @updater[bot] in https://github.com/octo/quiver/pull/10\n"
        "\n"
        "\n"
        "**Full Changelog**: https://github.com/octo/quiver/compare/v0.4.0...v0.5.0"
    )


def test_without_pull_requests_there_is_only_the_comparison(stage: Stage) -> None:
    stage.commit("second", "v0.5.0")
    assert notes(stage) == "**Full Changelog**: https://github.com/octo/quiver/compare/v0.4.0...v0.5.0"


def test_a_first_release_has_the_commits_in_its_place(stage: Stage) -> None:
    assert notes(stage, "v0.4.0", "") == "**Full Changelog**: https://github.com/octo/quiver/commits/v0.4.0"


def test_a_pull_request_is_listed_once_and_by_its_title(stage: Stage) -> None:
    stage.source.git("checkout", "--quiet", "-b", "branch-3")
    stage.commit("wip (#3)", file="3.txt")
    stage.source.git("checkout", "--quiet", "main")
    message = ("--message", "Merge pull request #3 from ada/branch-3", "--message", "The title")
    stage.source.git("merge", "--quiet", "--no-ff", *message, "branch-3")
    stage.source.git("tag", "v0.5.0")
    stage.push()
    assert pull_requests(stage.services.origin, "v0.4.0", "v0.5.0") == {3: ("The title", "t")}


def test_a_merge_without_a_title_keeps_its_subject(stage: Stage) -> None:
    stage.source.git("checkout", "--quiet", "-b", "branch-3")
    stage.commit("work", file="3.txt")
    stage.source.git("checkout", "--quiet", "main")
    stage.source.git("merge", "--quiet", "--no-ff", "--message", "Merge pull request #3 from ada/x", "branch-3")
    stage.source.git("tag", "v0.5.0")
    stage.push()
    (title, _), *_ = pull_requests(stage.services.origin, "v0.4.0", "v0.5.0").values()
    assert title == "Merge pull request #3 from ada/x"


def test_pull_requests_of_an_earlier_release_are_not_listed_again(stage: Stage) -> None:
    stage.commit("old (#1)", "v0.4.1")
    stage.commit("new (#2)", "v0.5.0")
    assert "old" not in notes(stage, previous="v0.4.1")
    assert "old" in notes(stage, previous="v0.4.0")


def test_the_tag_before_is_the_newest_version_of_its_history(stage: Stage) -> None:
    stage.commit("b", "v0.10.0", "other-v0.20.0", "nightly")
    stage.source.git("checkout", "--quiet", "-b", "side", "v0.4.0")
    stage.commit("side", "v0.10.5")
    stage.source.git("checkout", "--quiet", "main")
    stage.commit("c", "v0.9.0")
    stage.commit("d", "v0.11.0", "latest")
    stage.push()
    origin = stage.services.origin
    assert previous_tag(origin, "v0.11.0") == "v0.10.0"
    assert previous_tag(origin, "v0.10.0") == "v0.4.0"
    assert previous_tag(origin, "v0.4.0") == ""
    assert previous_tag(origin, "latest") == ""


def test_a_tag_that_is_not_there_is_an_error(stage: Stage) -> None:
    with pytest.raises(ReleaseError) as caught:
        notes(stage, "v9")
    assert str(caught.value).startswith("git log failed: fatal: ")
