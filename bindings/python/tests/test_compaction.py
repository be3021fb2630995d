"""Compaction frees disk space, and is all or nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import quiverdb
from conftest import LimitFileSize


def temporary_of(path: Path) -> Path:
    salt = path.read_bytes()[12:20]
    return path.with_name(f"{path.name}.quiver-compact-{salt.hex()}")


def test_replaced_and_deleted_records_are_gone(path: Path) -> None:
    with quiverdb.open(path) as db:
        for number in range(200):
            db["replaced"] = b"%03d" % number * 100
            db[f"deleted-{number}"] = bytes(100)
            del db[f"deleted-{number}"]
        db["kept"] = b"value"
        db.compact()
        # The file header, and of each record its header, key and value.
        assert path.stat().st_size == 32 + (20 + 8 + 300) + (20 + 4 + 5)
        assert dict(db) == {"replaced": b"199" * 100, "kept": b"value"}
        db["after"] = b"it"
    with quiverdb.open(path) as db:
        assert list(db.items()) == [("replaced", b"199" * 100), ("kept", b"value"), ("after", b"it")]
    assert list(path.parent.iterdir()) == [path]


def test_an_iteration_continues_after_a_compaction(path: Path) -> None:
    with quiverdb.open(path) as db:
        db.update({"gone": b"", "a": b"1", "b": b"2"})
        del db["gone"]
        items = db.items().__iter__()
        assert next(items) == ("a", b"1")
        db.compact()
        assert list(items) == [("b", b"2")]


def test_a_reader_keeps_its_view_during_a_compaction(path: Path) -> None:
    with quiverdb.open(path) as writer:
        writer.update({"a": b"1", "b": b"2"})
        with quiverdb.open(path, readonly=True) as reader:
            try:
                writer.compact()
            except PermissionError:
                # Windows before 10 1607, or not on NTFS: refused, and the store stays usable.
                assert sys.platform == "win32"
            writer["c"] = b"3"
            assert dict(reader) == {"a": b"1", "b": b"2"}
        assert dict(writer) == {"a": b"1", "b": b"2", "c": b"3"}


def test_a_failed_compaction_changes_nothing(path: Path) -> None:
    with quiverdb.open(path) as db:
        db["key"] = b"old"
        db["key"] = b"new"
        content = path.read_bytes()
        temporary_of(path).mkdir()
        with pytest.raises((IsADirectoryError, PermissionError)) as caught:
            db.compact()
        assert caught.value.filename == str(path)
        assert path.read_bytes() == content
        temporary_of(path).rmdir()
        db["more"] = b"value"
        db.compact()
        assert dict(db) == {"key": b"new", "more": b"value"}


def test_a_full_disk_fails_a_compaction_without_a_trace(path: Path, limit_file_size: LimitFileSize) -> None:
    with quiverdb.open(path) as db:
        db["key"] = bytes(1000)
        with limit_file_size(500), pytest.raises(OSError, match="File too large"):
            db.compact()
        assert list(path.parent.iterdir()) == [path]
        assert db["key"] == bytes(1000)


def test_damage_fails_a_compaction(path: Path) -> None:
    with quiverdb.open(path) as db:
        db["key"] = b"value"
        db["other"] = b""
        damaged = bytearray(path.read_bytes())
        damaged[32 + 20 + 3] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(quiverdb.CorruptError) as caught:
            db.compact()
        assert caught.value.offset == 32
    assert list(path.parent.iterdir()) == [path]


def test_a_file_left_by_a_dead_process_is_removed(path: Path) -> None:
    quiverdb.open(path).close()
    temporary_of(path).write_bytes(b"half a store")
    quiverdb.open(path).close()
    assert list(path.parent.iterdir()) == [path]


def test_no_other_store_is_taken_for_such_a_file(path: Path) -> None:
    other = path.with_name(path.name + ".quiver-compact")
    with quiverdb.open(other) as db:
        db["key"] = b"of the other"
        with quiverdb.open(path) as first:
            first["key"] = b"value"
            first.compact()
    with quiverdb.open(other) as db:
        assert dict(db) == {"key": b"of the other"}


def test_a_store_that_took_the_place_is_not_replaced(path: Path) -> None:
    with quiverdb.open(path) as db:
        db["key"] = b"old"
        path.rename(path.with_name("moved"))
        for _ in range(2):
            with pytest.raises(quiverdb.ReplacedError) as caught:
                db.compact()
            assert str(caught.value) == f"{path} no longer names this store; nothing was compacted"
            with quiverdb.open(path) as other:
                other["key"] = b"of somebody else"
        assert db["key"] == b"old"
        db["key"] = b"new"
    with quiverdb.open(path) as other:
        assert dict(other) == {"key": b"of somebody else"}
    with quiverdb.open(path.with_name("moved")) as db:
        assert dict(db) == {"key": b"new"}
        db.compact()
    assert sorted(path.parent.iterdir()) == [path.with_name("moved"), path]


def test_a_store_with_other_hard_links_is_not_compacted(path: Path) -> None:
    with quiverdb.open(path) as db:
        db["key"] = b"value"
        link = path.with_name("link")
        link.hardlink_to(path)
        with pytest.raises(quiverdb.ReplacedError) as caught:
            db.compact()
        assert str(caught.value) == (
            f"{path} has other hard links, which would keep the old file; nothing was compacted"
        )
    link.unlink()
    with quiverdb.open(path) as db:
        db.compact()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="links and permissions of POSIX")
def test_links_and_permissions_stay(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "link"
    link.symlink_to(path.name)
    monkeypatch.chdir(tmp_path)
    with quiverdb.open("link") as db:
        db["key"] = b"value"
        path.chmod(0o640)
        monkeypatch.chdir("/")
        db.compact()
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    with quiverdb.open(path) as db:
        assert db["key"] == b"value"
