"""git answers about the repository it is asked about, and nothing else; its errors are quoted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.errors import ReleaseError
from truewheel.system import git

HINT = "run this in a git clone of the repository with at least one commit"


def test_the_tags_at_head_are_listed(release: ReleaseFolder) -> None:
    release.commit("v0.5.0", "other")
    assert git.tags_at_head(release.root) == ["other", "v0.5.0"]
    release.git("commit", "--quiet", "--allow-empty", "--message", "next")
    assert git.tags_at_head(release.root) == []


def test_an_annotated_tag_counts_too(release: ReleaseFolder) -> None:
    release.commit()
    release.git("tag", "--annotate", "--message", "release", "v0.5.0")
    assert git.tags_at_head(release.root) == ["v0.5.0"]


def test_the_time_of_the_commit_is_read(release: ReleaseFolder) -> None:
    release.commit()
    assert git.commit_time(release.root) == 1767323046  # 2026-01-02T03:04:06Z


def test_tracked_and_new_files_are_listed_and_ignored_and_deleted_ones_are_not(release: ReleaseFolder) -> None:
    release.write(".gitignore", "*.o\n")
    release.write("bindings/python/gone.c", "")
    release.commit()
    (release.root / "bindings/python/gone.c").unlink()
    release.write("bindings/python/new é.c", "")
    release.write("bindings/python/built.o", "")
    release.write("elsewhere.c", "")
    assert git.files(release.root, [Path("bindings/python")]) == (
        [
            Path("bindings/python/CMakeLists.txt"),
            Path("bindings/python/new é.c"),
            Path("bindings/python/pyproject.toml"),
        ],
        [],
    )


def test_a_folder_is_taken_literally(release: ReleaseFolder) -> None:
    release.write("src[1]/a.c", "")
    release.write("src1/b.c", "")
    release.commit()
    release.write("src[1]/c.c", "")
    assert git.files(release.root, [Path("src[1]")])[0] == [Path("src[1]/a.c"), Path("src[1]/c.c")]
    assert git.uncommitted(release.root, [Path("src[1]")]) == ["src[1]/c.c"]


def test_submodules_are_listed_with_their_files_or_as_missing(
    release: ReleaseFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = ReleaseFolder(tmp_path_factory.mktemp("other"))
    other.write("core.c", "")
    other.commit()
    release.commit()
    for name in ("here", "absent"):
        add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), f"extern/{name}"]
        release.git(*add)
    release.git("submodule", "deinit", "--quiet", "--force", "extern/absent")
    # Not a submodule: another repository that happens to be inside.
    stray = ReleaseFolder(release.root / "extern/stray")
    stray.write("x.c", "")
    stray.commit()
    assert git.files(release.root, [Path("extern")]) == ([Path("extern/here/core.c")], [Path("extern/absent")])


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text on other systems")
def test_a_file_name_that_is_not_utf8_is_kept(release: ReleaseFolder) -> None:
    release.write("bindings/python/odd\udcff.c", "")
    release.commit()
    assert Path("bindings/python/odd\udcff.c") in git.files(release.root, [Path()])[0]


def test_outside_a_clone_the_error_quotes_git(release: ReleaseFolder) -> None:
    with pytest.raises(ReleaseError) as caught:
        git.tags_at_head(release.root)
    assert caught.value.message == (
        "git tag failed: fatal: not a git repository (or any of the parent directories): .git"
    )
    assert caught.value.hint == HINT


def test_without_a_commit_the_error_quotes_git(release: ReleaseFolder) -> None:
    release.git("init", "--quiet")
    with pytest.raises(ReleaseError) as caught:
        git.commit_time(release.root)
    # git adds advice in further lines.
    assert caught.value.message.startswith("git log failed: fatal: ambiguous argument 'HEAD': unknown revision")
    assert caught.value.hint == HINT


def test_without_git_the_error_says_so(release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(release.root))
    with pytest.raises(ReleaseError) as caught:
        git.tags_at_head(release.root)
    assert (caught.value.message, caught.value.hint) == (
        "git is not installed",
        "install git and run this in a clone",
    )


def test_the_callers_git_variables_are_dropped(release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a git hook, where git itself sets GIT_DIR and GIT_INDEX_FILE."""
    release.commit("v0.5.0")
    monkeypatch.setenv("GIT_DIR", str(release.root / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(release.root / "no index"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'status.short'='maybe'")
    assert git.tags_at_head(release.root) == ["v0.5.0"]
    assert git.uncommitted(release.root, [Path()]) == []


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's git configuration, in an empty home folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    return home / ".gitconfig"


def test_isolated_git_reads_no_configuration_of_the_user(release: ReleaseFolder, settings: Path) -> None:
    settings.write_text("[demo]\n\tvalue = theirs\n")
    release.commit()
    assert git.run(release.root, "config", "demo.value") == "theirs\n"
    with pytest.raises(ReleaseError) as caught:
        git.run_isolated(release.root, "config", "demo.value")
    assert (caught.value.message, caught.value.hint) == ("git config failed: no reason given", "")


def test_a_folder_is_cloned_and_no_hook_runs_whatever_the_configuration(release: ReleaseFolder, settings: Path) -> None:
    hook = settings.parent / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch '{settings.parent.as_posix()}/hook-ran'\n")
    hook.chmod(0o755)
    folder = settings.parent.as_posix()
    settings.write_text(f'[core]\n\thooksPath = "{folder}"\n[protocol "file"]\n\tallow = never\n')
    release.commit()
    git.run(release.root, "clone", "--quiet", ".", str(settings.parent / "copy"))
    assert (settings.parent / "copy/pyproject.toml").exists()
    assert not (settings.parent / "hook-ran").exists()


def test_the_default_branch_is_that_of_origin_or_the_one_that_is_checked_out(
    release: ReleaseFolder, tmp_path: Path
) -> None:
    assert git.default_branch(tmp_path) == "main"
    release.commit()
    release.git("checkout", "--quiet", "-b", "work")
    assert git.default_branch(release.root) == "work"
    release.git("update-ref", "refs/remotes/origin/devel", "HEAD")
    release.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/devel")
    assert git.default_branch(release.root) == "devel"


def test_what_git_ignores_is_known_before_it_is_there(release: ReleaseFolder) -> None:
    release.write(".gitignore", "/dist/\n")
    release.commit()
    assert git.ignores(release.root, Path("dist/a.whl"))
    assert not git.ignores(release.root, Path("build/a.whl"))
