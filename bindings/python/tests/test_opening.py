"""Which files can be opened, and the errors of those that cannot."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import quiverdb


def test_paths_outside_ascii_and_of_any_path_type(tmp_path: Path) -> None:
    path = tmp_path / "Köcher €🏹"
    with quiverdb.open(str(path)) as db:
        db["key"] = b"value"
        db.compact()
    with quiverdb.open(path, readonly=True) as db:
        assert db["key"] == b"value"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_with_a_null_character_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"^embedded null character in path$"):
        quiverdb.open("store\0")


def test_a_missing_file_is_not_created_for_reading(path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        quiverdb.open(path, readonly=True)
    assert caught.value.filename == str(path)
    assert not path.exists()


def test_a_missing_folder_is_a_file_not_found_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        quiverdb.open(tmp_path / "missing" / "store")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises((IsADirectoryError, PermissionError)):
        quiverdb.open(tmp_path)
    with pytest.raises((IsADirectoryError, PermissionError)):
        quiverdb.open(tmp_path, readonly=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX has named pipes")
def test_a_pipe_is_refused_without_waiting(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(quiverdb.FormatError):
        quiverdb.open(path, readonly=True)


@pytest.mark.parametrize("content", [b"?", b"a text, and by no means a store, for all its length"])
@pytest.mark.parametrize("readonly", [False, True])
def test_another_file_is_refused_and_left_alone(path: Path, content: bytes, *, readonly: bool) -> None:
    path.write_bytes(content)
    with pytest.raises(quiverdb.FormatError) as caught:
        quiverdb.open(path, readonly=readonly)
    assert str(caught.value) == f"{path} is not a quiverdb store"
    assert path.read_bytes() == content


def test_a_read_only_database_refuses_every_change(path: Path) -> None:
    with quiverdb.open(path) as db:
        db["key"] = b"value"
    content = path.read_bytes()
    with quiverdb.open(path, readonly=True) as db:
        changes = [
            lambda: db.__setitem__("key", b""),
            lambda: db.pop("key"),
            lambda: db.setdefault("other", b""),
            db.popitem,
            db.clear,
            db.sync,
            db.compact,
        ]
        for change in changes:
            with pytest.raises(quiverdb.ReadOnlyError) as caught:
                change()
            assert str(caught.value) == f"{path} was opened with readonly=True"
        assert dict(db) == {"key": b"value"}
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "error",
    [
        quiverdb.LockedError("store"),
        quiverdb.FormatError("store", "is not a quiverdb store"),
        quiverdb.CorruptError("store", 24),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_pickling(error: quiverdb.Error) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
