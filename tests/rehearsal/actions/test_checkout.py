"""The stand-in for actions/checkout checks out what the action would for a pushed tag."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.action_stage import WRITE, Repositories, Stage, files_in, make_stage
from tests.support.factories import ReleaseFolder

pytestmark = pytest.mark.once
CHECKOUT = "actions/checkout"


def commits(stage: Stage) -> None:
    """A repository with three commits, of which the second is tagged, and a branch."""
    stage.commit("one\n", "v0.4.0")
    stage.commit("two\n", "v0.5.0")
    stage.commit("three\n")
    stage.source.git("branch", "maintenance", "v0.4.0")


@pytest.fixture
def stage(stage: Stage, repositories: Repositories) -> Stage:
    return repositories(stage, commits)


def history(stage: Stage, folder: Path | None = None) -> list[str]:
    return stage.git(folder or stage.workspace, "log", "--format=%s").splitlines()


def tags(stage: Stage) -> list[str]:
    return stage.git(stage.workspace, "tag").splitlines()


def test_only_the_tagged_commit_is_checked_out_with_its_tag(stage: Stage) -> None:
    outcome = stage.run(CHECKOUT)
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}
    assert history(stage) == ["two"]
    assert tags(stage) == ["v0.5.0"]
    assert stage.git(stage.workspace, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert stage.git(stage.workspace, "status", "--porcelain") == ""
    assert outcome.outputs == {"ref": "refs/tags/v0.5.0", "commit": stage.sha}
    assert stage.log == [f"refs/tags/v0.5.0 is checked out, commit {stage.sha}"]


def test_an_annotated_tag_stays_annotated(stage: Stage) -> None:
    stage.source.git("tag", "--force", "--annotate", "--message", "release", "v0.5.0", "v0.5.0^{}")
    stage.push()
    stage.run(CHECKOUT)
    assert stage.git(stage.workspace, "cat-file", "-t", "v0.5.0") == "tag"
    assert stage.git(stage.workspace, "rev-parse", "HEAD") == stage.sha


def test_a_depth_of_zero_fetches_all_history_and_all_tags(stage: Stage) -> None:
    stage.run(CHECKOUT, {"fetch-depth": "0"})
    assert history(stage) == ["two", "one"]
    assert tags(stage) == ["v0.4.0", "v0.5.0"]
    assert stage.git(stage.workspace, "branch", "--remotes").split() == ["origin/main", "origin/maintenance"]


def test_a_depth_fetches_that_many_commits_and_no_other_tag(stage: Stage) -> None:
    stage.run(CHECKOUT, {"fetch-depth": "2"})
    assert history(stage) == ["two", "one"]
    assert tags(stage) == ["v0.5.0"]


def test_all_tags_can_be_requested(stage: Stage) -> None:
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
def test_another_reference_can_be_requested(stage: Stage, reference: str, subject: str, head: str) -> None:
    outcome = stage.run(CHECKOUT, {"ref": reference})
    assert history(stage) == [subject]
    assert stage.git(stage.workspace, "rev-parse", "--abbrev-ref", "HEAD") == head
    assert outcome.outputs["ref"] == reference


def test_of_a_branch_and_a_tag_of_one_name_the_branch_is_checked_out(stage: Stage) -> None:
    stage.source.git("branch", "both", "v0.4.0")
    stage.source.git("tag", "both", "v0.5.0")
    stage.push()
    stage.run(CHECKOUT, {"ref": "both"})
    assert history(stage) == ["one"]


@pytest.mark.parametrize("depth", ["0", "1"])
def test_a_commit_can_be_requested(stage: Stage, depth: str) -> None:
    commit = stage.git(stage.source.root, "rev-parse", "v0.4.0")
    outcome = stage.run(CHECKOUT, {"ref": commit, "fetch-depth": depth})
    assert outcome.outputs == {"ref": "", "commit": commit}


def test_a_reference_that_does_not_exist_is_an_error(stage: Stage) -> None:
    assert stage.fail(CHECKOUT, {"ref": "v9"}) == "A branch or tag with the name 'v9' could not be found"
    assert stage.fail(CHECKOUT, {"ref": "refs/tags/v9"}) == (
        "git fetch failed: fatal: couldn't find remote ref refs/tags/v9"
    )


@pytest.mark.parametrize("depth", ["0", "1"])
def test_a_tag_that_moved_since_the_push_is_an_error(stage: Stage, depth: str) -> None:
    pushed = stage.sha
    stage.source.git("tag", "--force", "v0.5.0", "main")
    stage.push()
    assert stage.fail(CHECKOUT, {"fetch-depth": depth}, sha=pushed) == (
        f"The ref 'refs/tags/v0.5.0' does not point to the expected commit '{pushed}'. "
        "The ref may have been updated after the workflow was triggered."
    )


def test_a_folder_in_the_workspace_can_be_requested(stage: Stage) -> None:
    stage.write("kept.txt", "kept")
    stage.run(CHECKOUT, {"path": "src/quiver"})
    assert files_in(stage.workspace) == {"kept.txt": "kept", "src/quiver/file.txt": "one\ntwo\n"}


def test_a_folder_outside_of_the_workspace_is_an_error(stage: Stage) -> None:
    outside = stage.folder / "elsewhere"
    assert stage.fail(CHECKOUT, {"path": "../elsewhere"}) == (
        f"Repository path '{outside}' is not under '{stage.workspace}'"
    )


def test_files_that_were_there_are_deleted(stage: Stage) -> None:
    stage.write("dist/old.whl")
    stage.write(".env")
    stage.run(CHECKOUT, {"clean": "false"})  # which is about repositories only
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}


@pytest.mark.skipif(os.name == "nt", reason="only administrators may make links there")
def test_a_link_does_not_lead_out(stage: Stage) -> None:
    outside = stage.folder / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    (stage.workspace / "src").symlink_to(outside)
    message = stage.fail(CHECKOUT, {"path": "src"})
    assert message == f"Repository path '{stage.workspace / 'src'}' is not under '{stage.workspace}'"
    assert files_in(outside) == {"kept.txt": "kept"}


def test_a_second_checkout_cleans_unless_told_otherwise(stage: Stage) -> None:
    stage.run(CHECKOUT)
    stage.write("dist/built.whl", "built")
    stage.run(CHECKOUT, {"clean": "false"})
    assert (stage.workspace / "dist/built.whl").exists()
    stage.run(CHECKOUT, {"fetch-depth": "0"})
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}
    assert history(stage) == ["two", "one"]


def test_a_job_without_contents_permission_gets_a_warning(stage: Stage) -> None:
    stage.run(CHECKOUT, permissions={"contents": "none"})
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}
    warning = (
        "Warning: the job has no `contents: read`; on GitHub this works in a public repository, "
        "and fails in a private one"
    )
    assert stage.log[0] == warning
    stage.run(CHECKOUT)
    assert warning not in stage.log


def test_origin_has_its_name_on_github_and_answers_locally(stage: Stage) -> None:
    stage.run(CHECKOUT)
    assert stage.git(stage.workspace, "config", "remote.origin.url") == "https://github.com/octo/quiver"
    stage.git(stage.workspace, "fetch", "--quiet", "--tags", "origin")
    assert tags(stage) == ["v0.4.0", "v0.5.0"]


def test_only_a_job_that_may_write_and_keeps_the_credentials_can_push(stage: Stage) -> None:
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
    ],
)
def test_another_repository_and_token_cannot_be_rehearsed(stage: Stage, inputs: dict[str, str], message: str) -> None:
    assert stage.fail(CHECKOUT, inputs) == f"{message} cannot be rehearsed: it is not the run's own"
    assert files_in(stage.workspace) == {}


def test_its_own_repository_and_token_may_be_named(stage: Stage) -> None:
    stage.run(CHECKOUT, {"repository": "Octo/Quiver", "token": "rehearsal-github-token", "submodules": "false"})
    assert files_in(stage.workspace) == {"file.txt": "one\ntwo\n"}


def test_the_users_git_configuration_is_ignored(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\n\tautocrlf = true\n[init]\n\ttemplateDir = /nowhere\n[fetch]\n\tprune = maybe\n")
    sha = stage.sha
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    stage.run(CHECKOUT, sha=sha)
    assert (stage.workspace / "file.txt").read_bytes() == b"one\ntwo\n"


def test_without_git_the_error_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = stage.sha
    monkeypatch.setenv("PATH", str(stage.folder))
    assert stage.fail(CHECKOUT, {}, sha=sha) == "git is not installed"


@pytest.fixture
def with_submodule(tmp_path: Path) -> Stage:
    """A clone whose submodule is checked out, and its origin."""
    (tmp_path / "stage").mkdir()
    stage = make_stage(tmp_path / "stage")
    library = ReleaseFolder(tmp_path / "library")
    library.root.mkdir()
    library.git("init", "--quiet")
    (library.root / "core.c").write_text("int x;\n")
    library.git("add", ".")
    library.git("commit", "--quiet", "--message", "core")
    stage.commit("first")
    stage.source.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.root.as_posix(), "deps/core"
    )
    stage.commit("with a submodule", "v0.5.0")
    stage.push()
    return stage


def test_submodules_are_those_of_the_maintainers_clone(with_submodule: Stage) -> None:
    stage = with_submodule
    stage.run(CHECKOUT)
    assert not (stage.workspace / "deps/core/core.c").exists()
    for wanted in ("true", "recursive"):
        stage.run(CHECKOUT, {"submodules": wanted})
        assert (stage.workspace / "deps/core/core.c").read_text() == "int x;\n"
    settings = [path.read_text() for path in (stage.workspace / ".git").rglob("config")]
    assert len(settings) == 2
    assert not any(str(stage.source.root) in text for text in settings), "the way to the maintainer's clone"


def test_a_submodule_that_is_not_checked_out_is_an_error(with_submodule: Stage) -> None:
    message = "the submodule deps/core is not in your clone: git submodule update --init --recursive"
    shutil.rmtree(with_submodule.services.modules)
    assert with_submodule.fail(CHECKOUT, {"submodules": "true"}) == message
