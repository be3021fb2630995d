"""The checkout gives a job what actions/checkout would give it for a pushed tag."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.action_stage import WRITE, Stage, files_in, make_stage
from truewheel.rehearsal.actions.call import ActionFailed

CHECKOUT = "actions/checkout"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A repository with three commits, of which the second is tagged, and a branch."""
    stage = make_stage(tmp_path)
    stage.commit("one\n", "v0.4.0")
    stage.commit("two\n", "v0.5.0")
    stage.commit("three\n")
    stage.source.git("branch", "maintenance", "v0.4.0")
    stage.push()
    return stage


def refusal(stage: Stage, inputs: dict[str, str], *, sha: str = "") -> str:
    with pytest.raises(ActionFailed) as caught:
        stage.run(CHECKOUT, inputs, sha=sha)
    return str(caught.value)


def history(stage: Stage, folder: Path | None = None) -> list[str]:
    return stage.git(folder or stage.workspace, "log", "--format=%s").splitlines()


def tags(stage: Stage) -> list[str]:
    return stage.git(stage.workspace, "tag").splitlines()


def test_the_commit_of_the_tag_is_checked_out_alone_and_with_its_tag(stage: Stage) -> None:
    outcome = stage.run(CHECKOUT)
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}
    assert history(stage) == ["two"]
    assert tags(stage) == ["v0.5.0"]
    assert stage.git(stage.workspace, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert stage.git(stage.workspace, "status", "--porcelain") == ""
    assert outcome.outputs == {"ref": "refs/tags/v0.5.0", "commit": stage.sha}
    assert stage.log == [
        "Syncing repository: octo/quiver",
        f"refs/tags/v0.5.0 is checked out, commit {stage.sha}",
    ]


def test_an_annotated_tag_stays_one(stage: Stage) -> None:
    stage.source.git("tag", "--force", "--annotate", "--message", "release", "v0.5.0", "v0.5.0^{}")
    stage.push()
    stage.run(CHECKOUT)
    assert stage.git(stage.workspace, "cat-file", "-t", "v0.5.0") == "tag"
    assert stage.git(stage.workspace, "rev-parse", "HEAD") == stage.sha


def test_a_depth_of_zero_gives_all_history_and_all_tags(stage: Stage) -> None:
    stage.run(CHECKOUT, {"fetch-depth": "0"})
    assert history(stage) == ["two", "one"]
    assert tags(stage) == ["v0.4.0", "v0.5.0"]
    assert stage.git(stage.workspace, "branch", "--remotes").split() == ["origin/main", "origin/maintenance"]


def test_a_depth_gives_as_many_commits_and_no_other_tag(stage: Stage) -> None:
    stage.run(CHECKOUT, {"fetch-depth": "2"})
    assert history(stage) == ["two", "one"]
    assert tags(stage) == ["v0.5.0"]


def test_all_tags_can_be_asked_for(stage: Stage) -> None:
    stage.run(CHECKOUT, {"fetch-tags": "true"})
    assert tags(stage) == ["v0.4.0", "v0.5.0"]


@pytest.mark.parametrize(
    ("reference", "subject", "head"),
    [
        ("main", "three", "main"),
        ("refs/heads/maintenance", "one", "maintenance"),
        ("v0.4.0", "one", "HEAD"),
        ("refs/tags/v0.4.0", "one", "HEAD"),
    ],
)
def test_another_reference_can_be_asked_for(stage: Stage, reference: str, subject: str, head: str) -> None:
    outcome = stage.run(CHECKOUT, {"ref": reference})
    assert history(stage) == [subject]
    assert stage.git(stage.workspace, "rev-parse", "--abbrev-ref", "HEAD") == head
    assert outcome.outputs["ref"] == reference


@pytest.mark.parametrize("depth", ["0", "1"])
def test_a_commit_can_be_asked_for(stage: Stage, depth: str) -> None:
    commit = stage.git(stage.source.root, "rev-parse", "v0.4.0")
    outcome = stage.run(CHECKOUT, {"ref": commit, "fetch-depth": depth})
    assert outcome.outputs == {"ref": "", "commit": commit}


def test_a_reference_that_is_not_there_is_refused(stage: Stage) -> None:
    assert refusal(stage, {"ref": "v9"}) == "A branch or tag with the name 'v9' could not be found"
    assert refusal(stage, {"ref": "refs/tags/v9"}) == ("git fetch failed: fatal: couldn't find remote ref refs/tags/v9")


@pytest.mark.parametrize("depth", ["0", "1"])
def test_a_tag_that_moved_since_the_push_is_refused(stage: Stage, depth: str) -> None:
    pushed = stage.sha
    stage.source.git("tag", "--force", "v0.5.0", "main")
    stage.push()
    assert refusal(stage, {"fetch-depth": depth}, sha=pushed) == (
        f"The ref 'refs/tags/v0.5.0' does not point to the expected commit '{pushed}'. "
        "The ref may have been updated after the workflow was triggered."
    )


def test_a_folder_in_the_workspace_can_be_asked_for(stage: Stage) -> None:
    stage.write("kept.txt", "kept")
    stage.run(CHECKOUT, {"path": "src/quiver"})
    assert files_in(stage.workspace) == {"kept.txt": "kept", "src/quiver/file.txt": "one\ntwo\n"}


def test_a_folder_outside_of_the_workspace_is_refused(stage: Stage) -> None:
    outside = stage.folder / "elsewhere"
    assert refusal(stage, {"path": "../elsewhere"}) == (f"Repository path '{outside}' is not under '{stage.workspace}'")


def test_what_lay_there_is_deleted(stage: Stage) -> None:
    stage.write("dist/old.whl")
    stage.write(".env")
    stage.run(CHECKOUT, {"clean": "false"})  # which is about repositories alone
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}
    assert stage.log[1] == f"Deleting the contents of '{stage.workspace}'"


def test_a_second_checkout_cleans_unless_told_otherwise(stage: Stage) -> None:
    stage.run(CHECKOUT)
    stage.write("dist/built.whl", "built")
    stage.run(CHECKOUT, {"clean": "false"})
    assert (stage.workspace / "dist/built.whl").exists()
    stage.run(CHECKOUT, {"fetch-depth": "0"})
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}
    assert history(stage) == ["two", "one"]


def test_a_job_without_contents_gets_its_checkout_and_a_warning(stage: Stage) -> None:
    stage.run(CHECKOUT, permissions={"contents": "none"})
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}
    warning = (
        "Warning: the job has no `contents: read`; on GitHub this works in a public repository, "
        "and fails in a private one"
    )
    assert stage.log[1] == warning
    stage.run(CHECKOUT)
    assert warning not in stage.log


def test_origin_is_named_as_on_github_and_answers_here(stage: Stage) -> None:
    stage.run(CHECKOUT)
    assert stage.git(stage.workspace, "config", "remote.origin.url") == "https://github.com/octo/quiver"
    stage.git(stage.workspace, "fetch", "--quiet", "--tags", "origin")
    assert tags(stage) == ["v0.4.0", "v0.5.0"]


def test_only_who_may_write_and_keeps_the_credentials_can_push(stage: Stage) -> None:
    def push() -> None:
        stage.git(stage.workspace, "push", "--quiet", "origin", "HEAD:refs/heads/new")

    for inputs, permissions in (({"persist-credentials": "false"}, WRITE), ({}, {"contents": "read"})):
        stage.run(CHECKOUT, inputs, permissions=permissions)
        with pytest.raises(subprocess.CalledProcessError):
            push()
        stage.git(stage.workspace, "config", "--unset", "remote.origin.pushurl")
    stage.run(CHECKOUT, permissions=WRITE)
    push()
    assert stage.git(stage.services.origin, "rev-parse", "refs/heads/new") == stage.sha


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"repository": "octo/other"}, "the input repository: octo/other"),
        ({"token": "secret"}, "the input token"),
        ({"ssh-key": "secret"}, "the input ssh-key"),
        ({"submodules": "recursive"}, "the input submodules: recursive"),
        ({"lfs": "true"}, "the input lfs: true"),
    ],
)
def test_what_leads_elsewhere_is_refused(stage: Stage, inputs: dict[str, str], message: str) -> None:
    assert refusal(stage, inputs) == f"{message} cannot be rehearsed: it leads out of this run and repository"
    assert files_in(stage.workspace) == {}


def test_its_own_repository_and_token_may_be_named(stage: Stage) -> None:
    stage.run(CHECKOUT, {"repository": "Octo/Quiver", "token": "rehearsal-github-token", "submodules": "false"})
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}


def test_the_configuration_of_whoever_rehearses_is_left_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\n\tautocrlf = true\n[init]\n\ttemplateDir = /nowhere\n[fetch]\n\tprune = maybe\n")
    sha = stage.sha
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    stage.run(CHECKOUT, sha=sha)
    assert (stage.workspace / "file.txt").read_bytes() == b"one\ntwo\n"


def test_without_git_it_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = stage.sha
    monkeypatch.setenv("PATH", str(stage.folder))
    assert refusal(stage, {}, sha=sha) == "git is not installed"
