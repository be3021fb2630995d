"""The release is made, updated and finished as action-gh-release does it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action_stage import WRITE, Repositories, Stage, files_in
from truewheel.rehearsal.actions.call import ActionOutcome
from truewheel.rehearsal.github.release_store import ReleaseStore, read_releases
from truewheel.rehearsal.result import ReleaseFacts
from truewheel.system.files import FileFacts

pytestmark = pytest.mark.once
RELEASE = "softprops/action-gh-release"
PAGE = "https://github.com/octo/quiver/releases/tag/v0.5.0"
CHANGES = "**Full Changelog**: https://github.com/octo/quiver/compare/v0.4.0...v0.5.0"


def commits(stage: Stage) -> None:
    """A repository with the tags of two releases, and two wheels in dist/."""
    stage.commit("one", "v0.4.0")
    stage.commit("two", "v0.5.0")
    stage.write("dist/a.whl", "wheel a")
    stage.write("dist/b.whl", "wheel b")


@pytest.fixture
def stage(stage: Stage, repositories: Repositories) -> Stage:
    return repositories(stage, commits)


def make(stage: Stage, inputs: Mapping[str, str] | None = None) -> ActionOutcome:
    return stage.run(RELEASE, inputs, permissions=WRITE, job="release")


def fail(stage: Stage, inputs: Mapping[str, str]) -> str:
    message = stage.fail(RELEASE, inputs, permissions=WRITE)
    assert read_releases(stage.services.releases) == []
    return message


def the(stage: Stage) -> ReleaseFacts:
    (one,) = read_releases(stage.services.releases)
    return one


def assets(stage: Stage) -> list[str]:
    return [asset.name for asset in the(stage).assets]


def facts(name: str, text: str) -> FileFacts:
    return FileFacts(name, len(text), hashlib.sha256(text.encode()).hexdigest())


def test_a_release_is_made_with_notes_and_files(stage: Stage) -> None:
    outcome = make(stage, {"files": "dist/*.whl", "generate_release_notes": "true", "body": "Words."})
    notes = f"Words.\n\n{CHANGES}"
    assert the(stage) == ReleaseFacts(
        "v0.5.0", "v0.5.0", notes, (facts("a.whl", "wheel a"), facts("b.whl", "wheel b")), is_latest=True
    )
    folder = stage.services.releases / "v0.5.0"
    files = files_in(folder)
    assert json.loads(files.pop("release.json"))["assets"][0]["sha256"] == facts("a.whl", "wheel a").sha256
    assert files == {"notes.md": f"{notes}\n", "assets/a.whl": "wheel a", "assets/b.whl": "wheel b"}
    assert sorted(path.name for path in folder.iterdir()) == ["assets", "notes.md", "release.json"]
    assert stage.log == [f"published {PAGE} with a.whl, b.whl"]
    assert (outcome.outputs["url"], outcome.outputs["id"]) == (PAGE, "1")
    assert [asset["name"] for asset in json.loads(outcome.outputs["assets"])] == ["a.whl", "b.whl"]


@pytest.mark.parametrize("permissions", [{}, {"contents": "none"}, {"contents": "read"}])
def test_without_permission_no_release_is_made(stage: Stage, permissions: Mapping[str, str]) -> None:
    assert stage.fail(RELEASE, {"files": "dist/*"}, permissions=permissions) == (
        "Resource not accessible by integration - https://docs.github.com/rest/releases/releases#create-a-release"
    )
    assert read_releases(stage.services.releases) == []


def test_without_permission_no_release_is_updated(stage: Stage) -> None:
    make(stage, {"body": "first"})
    for generate, page in (
        ("false", "update-a-release"),
        ("true", "generate-release-notes-content-for-a-release"),
    ):
        inputs = {"body": "second", "generate_release_notes": generate}
        assert stage.fail(RELEASE, inputs).endswith(f"https://docs.github.com/rest/releases/releases#{page}")
    assert the(stage).notes == "first"


# Files


def test_a_pattern_without_files_is_a_warning_by_default(stage: Stage) -> None:
    make(stage, {"files": "dist/*.zip\ndist/a.whl"})
    assert stage.log[0] == "Warning: Pattern 'dist/*.zip' does not match any files."
    assert assets(stage) == ["a.whl"]


def test_a_pattern_without_files_is_an_error_on_request_before_anything_is_made(stage: Stage) -> None:
    inputs = {"files": "dist/*.zip\ndist/a.whl", "fail_on_unmatched_files": "true"}
    assert fail(stage, inputs) == "Pattern 'dist/*.zip' does not match any files."


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ("dist/a.whl\n  dist/b.whl\n", ["a.whl", "b.whl"]),
        ("dist/a.whl, dist/b.whl", ["a.whl", "b.whl"]),
        ("dist/*.zip\ndist/a.whl,dist/b.whl", ["a.whl", "b.whl"]),
        ("dist/{a,c}.whl\ndist/a.whl,dist/b.whl", ["a.whl", "b.whl"]),
        # An open brace ends with its line.
        ("dist/{a\ndist/a.whl,dist/b.whl", ["a.whl", "b.whl"]),
        ("dist/{a,b}.whl", ["a.whl", "b.whl"]),
        ("./dist/a.*", ["a.whl"]),
        ("dist", []),
        ("**/*.whl", ["a.whl", "b.whl"]),
        ("dist/!(a).whl", ["b.whl"]),
    ],
)
def test_files_are_found_as_the_action_finds_them(stage: Stage, files: str, names: list[str]) -> None:
    make(stage, {"files": files})
    assert assets(stage) == names


def test_a_pattern_that_cannot_be_read_is_an_error(stage: Stage) -> None:
    assert fail(stage, {"files": "{1..1001}"}) == "'{1..1001}' stands for more than 1000 patterns"


def test_blanks_in_a_name_become_dots(stage: Stage) -> None:
    stage.write("dist/read me.txt")
    make(stage, {"files": "dist/*.txt"})
    assert assets(stage) == ["read.me.txt"]


def test_of_files_of_one_name_the_last_one_stays(stage: Stage) -> None:
    stage.write("other/a.whl", "another")
    make(stage, {"files": "dist/a.whl\nother/a.whl"})
    assert the(stage).assets == (facts("a.whl", "another"),)
    assert "Warning: several files are called a.whl; the last one stays" in stage.log


# Again


def test_a_rerun_replaces_files_and_keeps_others(stage: Stage) -> None:
    make(stage, {"files": "dist/*.whl"})
    stage.write("dist/a.whl", "repaired")
    outcome = make(stage, {"files": "dist/a.whl"})
    assert the(stage).assets == (facts("a.whl", "repaired"), facts("b.whl", "wheel b"))
    assert [asset["name"] for asset in json.loads(outcome.outputs["assets"])] == ["a.whl"]


@pytest.mark.parametrize(
    ("inputs", "notes"),
    [
        # Without a body the old notes are taken for it, and the generated ones follow them once more.
        ({"generate_release_notes": "true"}, f"{CHANGES}\n\n{CHANGES}"),
        ({"generate_release_notes": "true", "body": "<!-- -->"}, f"<!-- -->\n\n{CHANGES}"),
        ({"body": "text"}, "text"),
    ],
)
def test_a_rerun_rewrites_the_notes_if_there_is_a_body(stage: Stage, inputs: dict[str, str], notes: str) -> None:
    make(stage, inputs)
    make(stage, inputs)
    assert the(stage).notes == notes


def test_a_rerun_without_inputs_keeps_the_notes_and_the_title(stage: Stage) -> None:
    make(stage, {"body": "text", "name": "Title"})
    make(stage)
    assert (the(stage).notes, the(stage).title) == ("text", "Title")


def test_a_release_that_was_cut_short_stays_a_draft_and_a_rerun_finishes_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach = ReleaseStore.attach

    def break_off(store: ReleaseStore, tag: str, file: Path, name: str) -> None:
        if name == "b.whl":
            raise KeyboardInterrupt
        attach(store, tag, file, name)

    with monkeypatch.context() as patch:
        patch.setattr(ReleaseStore, "attach", break_off)
        with pytest.raises(KeyboardInterrupt):
            make(stage, {"files": "dist/*.whl", "body": "text"})
    assert (the(stage).is_draft, the(stage).is_latest) == (True, False)
    assert assets(stage) == ["a.whl"]
    make(stage, {"files": "dist/*.whl", "body": "not used: a draft that is found keeps its own"})
    assert (the(stage).is_draft, the(stage).is_latest) == (False, True)
    assert the(stage).notes == "text"
    assert assets(stage) == ["a.whl", "b.whl"]


def test_several_jobs_write_one_release(stage: Stage) -> None:
    make(stage, {"files": "dist/a.whl"})
    make(stage, {"files": "dist/b.whl"})
    assert assets(stage) == ["a.whl", "b.whl"]


# Inputs


def test_the_body_can_come_from_a_file(stage: Stage) -> None:
    stage.write("notes.md", "From a file.")
    make(stage, {"body_path": "notes.md", "body": "not used"})
    assert the(stage).notes == "From a file."
    make(stage, {"body_path": "missing.md", "body": "used"})
    assert the(stage).notes == "used"
    assert stage.log[0] == "Warning: Failed to read body_path \"missing.md\" (ENOENT). Falling back to 'body' input."


def test_notes_are_cut_to_githubs_limit(stage: Stage) -> None:
    make(stage, {"body": "x" * 130_000})
    assert len(the(stage).notes) == 124_999


def test_the_defaults_of_a_release_may_be_spelled_out(stage: Stage) -> None:
    make(
        stage,
        {
            "repository": "Octo/Quiver",
            "token": "rehearsal-github-token",
            "tag_name": "refs/tags/v0.5.0",
            "draft": "false",
            "prerelease": "false",
            "make_latest": "true",
            "overwrite_files": "true",
        },
    )
    assert the(stage).is_latest
    make(stage, {"tag_name": "v0.5.0"})


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"repository": "octo/other"}, "the input repository: octo/other cannot be rehearsed: it is not the run's own"),
        ({"tag_name": "v0.4.0"}, "the input tag_name: v0.4.0 cannot be rehearsed: it is not the run's own"),
        ({"token": "secret"}, "the input token cannot be rehearsed: it is not the run's own"),
        ({"draft": "true"}, "draft: true cannot be rehearsed: expected false"),
    ],
)
def test_another_release_cannot_be_rehearsed(stage: Stage, inputs: dict[str, str], message: str) -> None:
    assert fail(stage, inputs) == message


def test_a_tag_with_a_slash_gets_one_folder(stage: Stage) -> None:
    stage.source.git("tag", "quiver/v1", "v0.5.0")
    stage.push()
    stage.tag = "quiver/v1"
    make(stage, {"files": "dist/a.whl"})
    assert [path.name for path in stage.services.releases.iterdir()] == ["quiver%2Fv1"]
    assert the(stage).tag == "quiver/v1"


def test_a_configuration_of_the_notes_is_a_warning(stage: Stage) -> None:
    warning = "Warning: the categories and exclusions of .github/release.yml are left to GitHub"
    make(stage, {"generate_release_notes": "true"})
    assert warning not in stage.log
    stage.commit("changelog:\n", "v0.6.0", file=".github/release.yml")
    stage.push()
    stage.tag = "v0.6.0"
    make(stage, {"generate_release_notes": "true"})
    assert warning in stage.log


def test_notes_of_a_tag_that_vanished_are_an_error(stage: Stage) -> None:
    stage.git(stage.services.origin, "tag", "--delete", "v0.5.0")
    message = stage.fail(RELEASE, {"generate_release_notes": "true"}, permissions=WRITE, sha="0" * 40)
    assert message.startswith("the release notes cannot be generated: git tag failed: ")
