"""The release is made, updated and finished as action-gh-release does it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action_stage import WRITE, Stage, files_in, make_stage
from truewheel.rehearsal.actions.call import ActionFailed, ActionOutcome
from truewheel.rehearsal.github.release_store import Release, ReleaseStore, read_releases
from truewheel.rehearsal.result import FileFacts, ReleaseFacts

RELEASE = "softprops/action-gh-release"
CHANGES = "**Full Changelog**: https://github.com/octo/quiver/compare/v0.4.0...v0.5.0"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A repository with two releases' tags, and two wheels in dist/."""
    stage = make_stage(tmp_path)
    stage.commit("one", "v0.4.0")
    stage.commit("two", "v0.5.0")
    stage.push()
    stage.write("dist/a.whl", "wheel a")
    stage.write("dist/b.whl", "wheel b")
    return stage


def make(stage: Stage, inputs: Mapping[str, str] | None = None) -> ActionOutcome:
    return stage.run(RELEASE, inputs, permissions=WRITE, job="release")


def refusal(stage: Stage, inputs: Mapping[str, str], permissions: Mapping[str, str] = WRITE) -> str:
    with pytest.raises(ActionFailed) as caught:
        stage.run(RELEASE, inputs, permissions=permissions)
    return str(caught.value)


def releases(stage: Stage) -> list[ReleaseFacts]:
    return read_releases(stage.services.releases)


def the(stage: Stage) -> ReleaseFacts:
    (one,) = releases(stage)
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
    assert stage.log == [
        "👩‍🏭 Creating new GitHub release for tag v0.5.0...",
        "⬆️ Uploading a.whl...",
        "✅ Uploaded a.whl",
        "⬆️ Uploading b.whl...",
        "✅ Uploaded b.whl",
        "Finalizing release...",
        "Getting assets list...",
        "🎉 Release ready at https://github.com/octo/quiver/releases/tag/v0.5.0",
    ]
    assert outcome.outputs["url"] == "https://github.com/octo/quiver/releases/tag/v0.5.0"
    assert outcome.outputs["id"] == "1"
    assert [asset["name"] for asset in json.loads(outcome.outputs["assets"])] == ["a.whl", "b.whl"]


@pytest.mark.parametrize("permissions", [{}, {"contents": "none"}, {"contents": "read"}])
def test_without_the_right_to_write_nothing_is_made(stage: Stage, permissions: Mapping[str, str]) -> None:
    page = "https://docs.github.com/rest/releases/releases#create-a-release"
    assert refusal(stage, {"files": "dist/*"}, permissions) == f"Resource not accessible by integration - {page}"
    assert stage.log == [
        "👩‍🏭 Creating new GitHub release for tag v0.5.0...",
        "⚠️ GitHub release failed with status: 403",
        f'{{"message": "Resource not accessible by integration", "documentation_url": "{page}", "status": "403"}}',
        "Skip retry — your GitHub token/PAT does not have the required permission to create a release",
    ]
    assert releases(stage) == []


def test_without_the_right_to_write_nothing_is_updated(stage: Stage) -> None:
    make(stage, {"body": "first"})
    page = "https://docs.github.com/rest/releases/releases#generate-release-notes-content-for-a-release"
    message = f"Resource not accessible by integration - {page}"
    inputs = {"body": "second", "generate_release_notes": "true"}
    assert refusal(stage, inputs, {"contents": "read"}) == message
    assert stage.log[-1] == (
        f"⚠️ Unexpected error fetching GitHub release for tag refs/tags/v0.5.0: HttpError: {message}"
    )
    assert the(stage).notes == "first"


# Files


def test_an_unmatched_pattern_is_a_warning_by_default(stage: Stage) -> None:
    make(stage, {"files": "dist/*.zip\ndist/a.whl"})
    assert stage.log[0] == "🤔 Pattern 'dist/*.zip' does not match any files."
    assert assets(stage) == ["a.whl"]
    make(stage, {"files": "dist/*.zip"})
    assert stage.log[1] == "🤔 dist/*.zip does not include a valid file."


def test_an_unmatched_pattern_fails_if_that_is_asked_for_before_anything_is_made(stage: Stage) -> None:
    inputs = {"files": "dist/*.zip\ndist/a.whl", "fail_on_unmatched_files": "true"}
    assert refusal(stage, inputs) == "⚠️  Pattern 'dist/*.zip' does not match any files."
    assert releases(stage) == []


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ("dist/a.whl\n  dist/b.whl\n", ["a.whl", "b.whl"]),
        ("dist/a.whl, dist/b.whl", ["a.whl", "b.whl"]),
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


def test_files_can_be_looked_for_elsewhere(stage: Stage) -> None:
    make(stage, {"files": "*.whl", "working_directory": "dist"})
    assert assets(stage) == ["a.whl", "b.whl"]


def test_braces_that_stand_for_too_many_patterns_are_refused(stage: Stage) -> None:
    assert refusal(stage, {"files": "{1..1001}"}) == "'{1..1001}' stands for more than 1000 patterns"


def test_blanks_in_a_name_become_dots(stage: Stage) -> None:
    stage.write("dist/read me.txt")
    make(stage, {"files": "dist/*.txt"})
    assert assets(stage) == ["read.me.txt"]


def test_files_of_one_name_replace_each_other_or_fail(stage: Stage) -> None:
    stage.write("other/a.whl", "another")
    both = {"files": "dist/a.whl\nother/a.whl"}
    make(stage, both)
    assert the(stage).assets == (facts("a.whl", "another"),)
    assert "Warning: 2 files are called a.whl; the one that is attached last stays" in stage.log
    stage.services.releases.joinpath("v0.5.0/release.json").unlink()
    assert refusal(stage, {**both, "overwrite_files": "false"}) == (
        'Validation Failed: {"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}'
    )


# Once more


def test_a_rerun_replaces_files_and_keeps_others(stage: Stage) -> None:
    make(stage, {"files": "dist/*.whl"})
    stage.write("dist/a.whl", "repaired")
    make(stage, {"files": "dist/a.whl"})
    assert the(stage).assets == (facts("a.whl", "repaired"), facts("b.whl", "wheel b"))
    assert stage.log[:3] == [
        "Found release v0.5.0 (with id=1)",
        "♻️ Deleting previously uploaded asset a.whl...",
        "⬆️ Uploading a.whl...",
    ]


def test_a_rerun_can_keep_the_files(stage: Stage) -> None:
    make(stage, {"files": "dist/a.whl"})
    stage.write("dist/a.whl", "repaired")
    make(stage, {"files": "dist/*.whl", "overwrite_files": "false"})
    assert the(stage).assets == (facts("a.whl", "wheel a"), facts("b.whl", "wheel b"))
    assert "Asset a.whl already exists and overwrite_files is false..." in stage.log


@pytest.mark.parametrize(
    ("inputs", "notes"),
    [
        # Without a body the old notes are taken for it, and the generated ones come behind them once more.
        ({"generate_release_notes": "true"}, f"{CHANGES}\n\n{CHANGES}"),
        ({"generate_release_notes": "true", "body": "<!-- -->"}, f"<!-- -->\n\n{CHANGES}"),
        ({"body": "text"}, "text"),
        ({"body": "text", "append_body": "true"}, "text\ntext"),
    ],
)
def test_a_rerun_writes_the_notes_anew_if_there_is_a_body(stage: Stage, inputs: dict[str, str], notes: str) -> None:
    make(stage, inputs)
    make(stage, inputs)
    assert the(stage).notes == notes


def test_a_rerun_without_words_keeps_the_notes_and_the_title(stage: Stage) -> None:
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
    assert the(stage).is_draft
    assert not the(stage).is_latest
    assert assets(stage) == ["a.whl"]
    make(stage, {"files": "dist/*.whl", "body": "not taken: a draft that is found keeps its own"})
    assert stage.log[:2] == [
        "👩‍🏭 Creating new GitHub release for tag v0.5.0...",
        "↪️ Using release 1 for tag v0.5.0 instead of duplicate draft 2",
    ]
    assert not the(stage).is_draft
    assert the(stage).is_latest
    assert the(stage).notes == "text"
    assert assets(stage) == ["a.whl", "b.whl"]


def test_several_jobs_write_one_release(stage: Stage) -> None:
    make(stage, {"files": "dist/a.whl"})
    make(stage, {"files": "dist/b.whl"})
    assert assets(stage) == ["a.whl", "b.whl"]


# What it is like


def test_a_draft_stays_one_if_that_is_asked_for(stage: Stage) -> None:
    make(stage, {"draft": "true", "make_latest": "true"})
    assert the(stage).is_draft
    assert not the(stage).is_latest
    make(stage)
    assert not the(stage).is_draft


def test_a_prerelease_is_never_the_latest(stage: Stage) -> None:
    make(stage, {"prerelease": "true", "make_latest": "true"})
    assert not the(stage).is_latest
    assert not the(stage).is_draft
    make(stage, {"prerelease": "false", "make_latest": "true"})
    assert the(stage).is_latest


def old_release(stage: Stage, tag: str) -> None:
    store = ReleaseStore(stage.services.releases)
    store.save(Release(store.next_id(), tag, tag, "", draft=False, prerelease=False, latest=True))


@pytest.mark.parametrize(
    ("make_latest", "other", "latest"),
    [
        ("", "v0.4.0", "v0.5.0"),
        ("true", "v0.6.0", "v0.5.0"),
        ("false", "v0.4.0", "v0.4.0"),
        ("legacy", "v0.4.0", "v0.5.0"),
        ("legacy", "v0.6.0", "v0.6.0"),
        ("nonsense", "v0.4.0", "v0.5.0"),
    ],
)
def test_one_release_is_the_latest(stage: Stage, make_latest: str, other: str, latest: str) -> None:
    old_release(stage, other)
    make(stage, {"make_latest": make_latest})
    assert [release.tag for release in releases(stage) if release.is_latest] == [latest]


def test_true_is_spelled_in_one_way(stage: Stage) -> None:
    make(stage, {"draft": "True", "generate_release_notes": "yes"})
    assert not the(stage).is_draft
    assert the(stage).notes == ""


def test_the_body_can_lie_in_a_file(stage: Stage) -> None:
    stage.write("notes.md", "From a file.")
    make(stage, {"body_path": "notes.md", "body": "not taken"})
    assert the(stage).notes == "From a file."
    make(stage, {"body_path": "missing.md", "body": "taken"})
    assert the(stage).notes == "taken"
    assert stage.log[0] == ("⚠️ Failed to read body_path \"missing.md\" (ENOENT). Falling back to 'body' input.")


def test_notes_are_cut_to_what_github_takes(stage: Stage) -> None:
    make(stage, {"body": "x" * 130_000})
    assert len(the(stage).notes) == 124_999


def test_notes_can_begin_at_another_tag(stage: Stage) -> None:
    stage.commit("three", "v0.5.1")
    stage.push()
    stage.tag = "v0.5.1"
    make(stage, {"generate_release_notes": "true", "previous_tag": "v0.4.0"})
    assert the(stage).notes.endswith("/compare/v0.4.0...v0.5.1")
    assert stage.log[1] == "📝 Generating release notes using previous tag v0.4.0"
    message = refusal(stage, {"generate_release_notes": "true", "previous_tag": "v9"})
    assert message.startswith("the release notes cannot be generated: git log failed: fatal: ")


def test_another_tag_of_the_repository_can_be_released(stage: Stage) -> None:
    make(stage, {"tag_name": "refs/tags/v0.4.0", "target_commitish": "main"})
    assert the(stage).tag == "v0.4.0"
    assert stage.log[0] == '👩‍🏭 Creating new GitHub release for tag v0.4.0 using commit "main"...'
    assert refusal(stage, {"tag_name": "v9"}) == (
        "a release of v9 cannot be rehearsed: it would make that tag, which is not there"
    )


def test_a_tag_with_a_slash_gets_one_folder(stage: Stage) -> None:
    stage.source.git("tag", "quiver/v1", "v0.5.0")
    stage.push()
    make(stage, {"tag_name": "quiver/v1", "files": "dist/a.whl"})
    assert [path.name for path in stage.services.releases.iterdir()] == ["quiver%2Fv1"]
    assert the(stage).tag == "quiver/v1"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [({"repository": "octo/other"}, "the input repository: octo/other"), ({"token": "secret"}, "the input token")],
)
def test_what_leads_elsewhere_is_refused(stage: Stage, inputs: dict[str, str], message: str) -> None:
    assert refusal(stage, inputs) == f"{message} cannot be rehearsed: it leads out of this run and repository"
    assert releases(stage) == []


def test_a_release_that_vanished_is_an_error(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReleaseStore, "find", lambda *_: None)
    assert refusal(stage, {}) == "Not Found"


def test_a_configuration_of_the_notes_is_not_passed_over_in_silence(stage: Stage) -> None:
    warning = "Warning: the categories and exclusions of .github/release.yml are left to GitHub"
    make(stage, {"generate_release_notes": "true"})
    assert warning not in stage.log
    stage.commit("changelog:\n", "v0.6.0", file=".github/release.yml")
    stage.push()
    stage.tag = "v0.6.0"
    make(stage, {"generate_release_notes": "true"})
    assert warning in stage.log
