"""The repository in place of the one on GitHub: the working tree as it is, the maintainer's own untouched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from truewheel.errors import ReleaseError
from truewheel.rehearsal.github.origin import Origin, find_target, make_origin


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=M", "-c", "user.email=m@example.org"]
    command = ["git", "-C", str(root), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone with one commit: `kept.txt`, `gone.txt` and `.gitignore`."""
    root = tmp_path / "a clone"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    for name in ("kept.txt", "gone.txt"):
        (root / name).write_text("committed\n")
    (root / ".gitignore").write_text("*.log\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "First")
    return root


def made(root: Path, folder: Path, tag: str, *, as_committed: bool) -> Origin:
    return make_origin(root, folder, find_target(root, tag, as_committed=as_committed))


def shown(origin: Path, name: str) -> str:
    return git(origin, "show", f"v1.0.0:{name}")


def test_a_clean_tree_is_the_commit_that_is_checked_out(root: Path, tmp_path: Path) -> None:
    origin = made(root, tmp_path / "origin", "v1.0.0", as_committed=False)
    assert origin.sha == git(root, "rev-parse", "HEAD").strip()
    assert (origin.target.uncommitted, origin.target.notes) == ((), ())
    assert git(origin.folder, "rev-parse", "refs/tags/v1.0.0").strip() == origin.sha
    assert git(origin.folder, "remote") == "", "nothing leads back to the maintainer's repository"


def test_uncommitted_changes_are_rehearsed_and_listed(root: Path, tmp_path: Path) -> None:
    (root / "kept.txt").write_text("changed\n")
    (root / "gone.txt").unlink()
    (root / "new ☃.txt").write_text("new\n")
    (root / "ignored.log").write_text("ignored\n")
    before = {path.relative_to(root): path.stat().st_mtime_ns for path in (root / ".git").rglob("*")}
    origin = made(root, tmp_path / "origin", "v1.0.0", as_committed=False)
    assert origin.target.uncommitted == ("gone.txt", "kept.txt", "new ☃.txt")
    listed = git(origin.folder, "ls-tree", "-r", "-z", "--name-only", "v1.0.0").split("\0")
    assert listed == [".gitignore", "kept.txt", "new ☃.txt", ""]
    assert (shown(origin.folder, "kept.txt"), shown(origin.folder, "new ☃.txt")) == ("changed\n", "new\n")
    assert git(origin.folder, "rev-parse", "v1.0.0^").strip() == git(root, "rev-parse", "HEAD").strip()
    after = {path.relative_to(root): path.stat().st_mtime_ns for path in (root / ".git").rglob("*")}
    assert after == before, "the maintainer's repository is only read"
    assert git(root, "tag") == ""


def test_a_working_tree_makes_the_same_commit_every_time(root: Path, tmp_path: Path) -> None:
    (root / "kept.txt").write_text("changed\n")
    first, second = (made(root, tmp_path / name, "v1.0.0", as_committed=False) for name in ("a", "b"))
    assert first.sha == second.sha


def test_as_committed_takes_the_commit_of_the_tag(root: Path, tmp_path: Path) -> None:
    git(root, "tag", "-a", "v1.0.0", "-m", "annotated")
    tagged = git(root, "rev-parse", "HEAD").strip()
    git(root, "commit", "--quiet", "--allow-empty", "-m", "Second")
    (root / "kept.txt").write_text("changed\n")
    origin = made(root, tmp_path / "origin", "v1.0.0", as_committed=True)
    assert (origin.sha, origin.target.uncommitted) == (tagged, ())
    assert shown(origin.folder, "kept.txt") == "committed\n"


def test_as_committed_a_new_tag_points_to_the_checked_out_commit(root: Path, tmp_path: Path) -> None:
    (root / "kept.txt").write_text("changed\n")
    origin = made(root, tmp_path / "origin", "v9.9.9", as_committed=True)
    head = git(root, "rev-parse", "HEAD").strip()
    assert (origin.sha, origin.target.uncommitted, origin.target.is_invented) == (head, (), True)
    assert origin.target.notes == (f"there is no tag v9.9.9: using the checked-out commit {head[:12]}",)


def test_a_tag_without_v_is_told_from_no_tag(root: Path) -> None:
    git(root, "tag", "1.0.0")
    note = "the checked-out commit has the tag 1.0.0, without v; the release tag is v1.0.0"
    assert find_target(root, "v1.0.0", as_committed=False).notes == (note,)
    git(root, "tag", "v1.0.0")
    assert find_target(root, "v1.0.0", as_committed=False).notes == ()


def test_a_tag_that_points_to_another_commit_is_reported(root: Path, tmp_path: Path) -> None:
    git(root, "tag", "v1.0.0")
    tagged = git(root, "rev-parse", "HEAD").strip()
    git(root, "commit", "--quiet", "--allow-empty", "-m", "Second")
    origin = made(root, tmp_path / "origin", "v1.0.0", as_committed=False)
    assert origin.target.notes == (
        f"the tag v1.0.0 is at {tagged[:12]}, and the working tree is rehearsed: delete the tag, or raise the version",
    )
    assert git(origin.folder, "rev-parse", "v1.0.0").strip() == git(root, "rev-parse", "HEAD").strip()


def test_a_folder_that_is_not_a_clone_and_a_bad_tag_name_are_errors(root: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReleaseError, match=r"^git rev-parse failed: "):
        made(tmp_path / "empty", tmp_path / "origin", "v1.0.0", as_committed=False)
    with pytest.raises(ReleaseError, match=r"^git tag failed: fatal: 'v1..0' is not a valid tag name.$"):
        made(root, tmp_path / "origin", "v1..0", as_committed=True)


def test_large_untracked_files_are_not_copied(root: Path, tmp_path: Path) -> None:
    for name, size in (("huge.bin", 50_000_001), ("also huge.bin", 60_000_000), ("big.bin", 100_001)):
        with (root / name).open("wb") as file:
            file.truncate(size)
    with (root / "kept.txt").open("wb") as file:
        file.truncate(50_000_001)
    (root / "small.txt").write_text("small\n")
    target = find_target(root, "v1.0.0", as_committed=False)
    assert target.uncommitted == ("big.bin", "kept.txt", "small.txt")
    assert target.notes == (
        "also huge.bin and 1 more is not copied: untracked and larger than 50 MB; commit or ignore it",
    )
    origin = make_origin(root, tmp_path / "origin", target)
    listed = git(origin.folder, "ls-tree", "-r", "--name-only", "v1.0.0").splitlines()
    assert listed == [".gitignore", "big.bin", "gone.txt", "kept.txt", "small.txt"]
    # A plan runs nothing.
    plan = make_origin(root, tmp_path / "plan", find_target(root, "v1.0.0", as_committed=False, is_plan=True))
    assert git(plan.folder, "ls-tree", "-r", "--name-only", "v1.0.0").splitlines() == [
        *(".gitignore", "gone.txt", "kept.txt", "small.txt")
    ]
    assert plan.target.notes == target.notes
