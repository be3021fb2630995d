"""Files appear whole or not at all, and nothing is left behind."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from truewheel.errors import ReleaseError
from truewheel.report.page.frame import require_writable
from truewheel.system.files import (
    claimed_folder,
    place_together,
    scratch_folder,
    sha256_of,
    write_atomically,
    write_together,
)


def tree(folder: Path) -> dict[str, str]:
    """Every file below `folder` with its text; folders have none."""
    return {
        path.relative_to(folder).as_posix(): path.read_text() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def test_a_scratch_folder_is_empty_and_vanishes(tmp_path: Path) -> None:
    with scratch_folder(inside=tmp_path, prefix=".x-") as folder:
        assert folder.parent == tmp_path.resolve()
        assert folder.name.startswith(".x-")
        assert list(folder.iterdir()) == []
        (folder / "file").write_text("text")
    assert tree(tmp_path) == {}


def test_a_scratch_folder_vanishes_after_a_failure_too(tmp_path: Path) -> None:
    def break_off() -> None:
        with scratch_folder(inside=tmp_path) as folder:
            (folder / "file").write_text("text")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert tree(tmp_path) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no links for everybody")
def test_what_a_killed_program_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cleaned: list[str] = []
    for name in ("run-killed", "run-new", "other"):
        (tmp_path / name / "inside").mkdir(parents=True)
    (tmp_path / "run-link").symlink_to(tmp_path / "other")
    with claimed_folder("run-", lambda folder: cleaned.append(folder.name)) as running:
        for name in ("run-killed", "other", running.name):
            os.utime(tmp_path / name, (0, 0))
        with claimed_folder("run-", lambda folder: cleaned.append(folder.name)) as next_one:
            assert cleaned == ["run-killed"]
            expected = {running.name, next_one.name, "run-new", "run-link", "other"}
            assert {path.name for path in tmp_path.iterdir()} == expected
    assert {path.name for path in tmp_path.iterdir()} == {"run-new", "run-link", "other"}


def test_a_text_replaces_the_old_one_byte_by_byte(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file.txt"
    write_atomically(file, "old")
    write_atomically(file, "é\nnew\n")
    assert file.read_bytes() == b"\xc3\xa9\nnew\n"
    assert list(tree(tmp_path)) == ["new", "new/file.txt"]


def test_a_text_that_cannot_be_encoded_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    write_atomically(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "new \udcff")
    assert tree(tmp_path) == {"file.txt": "old"}


def test_a_text_is_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file.txt"
    write_atomically(file, "old")

    def broken(_path: Path, _target: Path) -> None:
        assert file.read_text() == "old"
        raise PermissionError(errno.EACCES, "The process cannot access the file")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(ReleaseError) as caught:
        write_atomically(file, "new")
    assert caught.value.message == f"{file} cannot be written: The process cannot access the file"
    assert caught.value.hint == "make it writable, or close the program that has it open, and run this again"
    assert tree(tmp_path) == {"file.txt": "old"}


@pytest.fixture
def built(tmp_path: Path) -> list[Path]:
    """Return two new files, of which the folder `dist` has one already; it also has another file."""
    for name, text in {"build/a.whl": "new a", "build/b.whl": "new b", "dist/b.whl": "b", "dist/c.whl": "c"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return [tmp_path / "build/a.whl", tmp_path / "build/b.whl"]


def test_files_are_placed_in_a_new_folder(tmp_path: Path, built: list[Path]) -> None:
    place_together(built, tmp_path / "new" / "dist")
    assert tree(tmp_path / "new") == {"dist": "", "dist/a.whl": "new a", "dist/b.whl": "new b"}


def test_placed_files_replace_those_of_their_names_and_no_others(tmp_path: Path, built: list[Path]) -> None:
    place_together(built, tmp_path / "dist")
    assert tree(tmp_path / "dist") == {"a.whl": "new a", "b.whl": "new b", "c.whl": "c"}


def test_placed_files_replace_others_on_request(tmp_path: Path, built: list[Path]) -> None:
    place_together(built, tmp_path / "dist", instead_of=(tmp_path / "dist").glob("*.whl"))
    assert tree(tmp_path / "dist") == {"a.whl": "new a", "b.whl": "new b"}
    assert {path.name for path in tmp_path.iterdir()} == {"build", "dist"}


def test_a_copy_that_fails_halfway_leaves_the_folder_unchanged(
    tmp_path: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    dist, before = tmp_path / "dist", tree(tmp_path)
    copy = shutil.copyfile

    def full(source: Path, target: Path) -> None:
        assert tree(dist) == {"b.whl": "b", "c.whl": "c"}, "a half file would be published"
        if source == built[1]:
            target.write_text("ne")
            raise OSError(errno.ENOSPC, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(ReleaseError) as caught:
        place_together(built, dist, instead_of=dist.glob("*.whl"))
    assert caught.value.message == f"{dist / 'b.whl'} cannot be written: No space left on device"
    assert caught.value.hint == "free some disk space and run this again"
    assert tree(tmp_path) == before


# Moved are: the old b.whl and c.whl out of the folder, then the new a.whl and b.whl into it.
@pytest.mark.parametrize(("moves", "problem"), [(0, "replaced"), (1, "replaced"), (2, "written"), (3, "written")])
def test_a_move_that_fails_leaves_the_folder_unchanged(
    tmp_path: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch, moves: int, problem: str
) -> None:
    dist, before = tmp_path / "dist", tree(tmp_path)
    move, left = Path.replace, [moves]

    def locked(path: Path, target: Path) -> Path:
        if not left[0]:
            left[0] = 100
            raise PermissionError(errno.EACCES, "Permission denied")
        left[0] -= 1
        return move(path, target)

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(ReleaseError) as caught:
        place_together(built, dist, instead_of=[dist / "b.whl", dist / "c.whl"])
    name = ("b", "c", "a", "b")[moves]
    assert caught.value.message == f"{dist / name}.whl cannot be {problem}: Permission denied"
    assert caught.value.hint == "make it writable, or close the program that has it open, and run this again"
    assert tree(tmp_path) == before


@pytest.mark.parametrize("folder", ["dist", "dist/below"])
def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path, folder: str) -> None:
    (tmp_path / "dist").write_text("a file")
    source = tmp_path / "built.whl"
    source.write_text("new")
    with pytest.raises(ReleaseError) as caught:
        place_together([source], tmp_path / folder)
    assert caught.value.message.startswith(f"the folder {tmp_path / folder} cannot be made: ")
    assert caught.value.hint == "a file is where the folder should be: move it away, or name another folder"
    assert tree(tmp_path) == {"built.whl": "new", "dist": "a file"}


def test_a_scratch_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(ReleaseError) as caught, scratch_folder(inside=nowhere):
        pass
    # Windows says it in other words.
    reason = "" if sys.platform == "win32" else "No such file or directory"
    assert caught.value.message.startswith(f"no temporary folder can be made in {nowhere}: {reason}")


def test_a_hash_is_that_of_the_whole_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000  # more than is read at once
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("write", [lambda path: write_atomically(path, "new"), require_writable])
def test_what_is_not_a_regular_file_is_not_replaced(tmp_path: Path, write: Callable[[Path], None]) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(ReleaseError) as caught:
            write(path)
        assert caught.value.message == f"{path} cannot be written: it is not a regular file"
    assert (pipe.is_fifo(), link.is_symlink(), len(list(tmp_path.iterdir()))) == (True, True, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_the_file_that_a_link_names_is_replaced(tmp_path: Path) -> None:
    file, link = tmp_path / "there" / "file", tmp_path / "link"
    write_atomically(file, "old")
    link.symlink_to(file)
    write_atomically(link, "new")
    assert (file.read_text(), link.is_symlink()) == ("new", True)


def test_texts_are_written_together(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o600)
    # Windows does not keep it.
    mode = (tmp_path / "old").stat().st_mode
    write_together(tmp_path, {Path("a/b/new"): "new\n", Path("old"): "newer\n"})
    assert (tmp_path / "a/b/new").read_bytes() == b"new\n"
    assert (tmp_path / "old").read_bytes() == b"newer\n"
    assert (tmp_path / "old").stat().st_mode == mode
    assert {path.name for path in tmp_path.iterdir()} == {"a", "old"}


def test_texts_that_cannot_all_be_written_leave_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "folder").mkdir()
    texts = {Path("a/b/new"): "new", Path("old"): "newer", Path("folder"): "no file"}
    with pytest.raises(ReleaseError, match="folder cannot be written: it is not a regular file"):
        write_together(tmp_path, texts)
    assert {path.name for path in tmp_path.iterdir()} == {"old", "folder"}
    assert (tmp_path / "old").read_text() == "old"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("link", [".github", ".github/workflows", ".github/workflows/publish.yml"])
def test_texts_are_not_written_through_a_link_out_of_the_folder(tmp_path: Path, link: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / link).parent.mkdir(parents=True)
    outside.mkdir()
    (root / link).symlink_to(outside / "publish.yml" if link.endswith("yml") else outside)
    with pytest.raises(ReleaseError, match="a link leads out of"):
        write_together(root, {Path("first"): "new", Path(".github/workflows/publish.yml"): "new"})
    assert not list(outside.iterdir())
    assert {path.name for path in root.iterdir()} == {".github"}
