"""After a crash, on a full disk or a failing one: intact data or a clear error, never wrong data."""

from __future__ import annotations

from pathlib import Path

import pytest
import quiverdb
from conftest import LimitFileSize

HEADER_SIZE = 24


class History:
    """A store of a few records, and its contents after each of them."""

    def __init__(self, path: Path) -> None:
        model: dict[str, bytes] = {}
        self.ends = [HEADER_SIZE]
        self.states = [dict(model)]
        with quiverdb.open(path) as db:
            for key, value in [("a", b"first"), ("b", b"second"), ("a", b""), ("b", None), ("c", b"last")]:
                if value is None:
                    del db[key], model[key]
                else:
                    db[key] = model[key] = value
                self.ends.append(path.stat().st_size)
                self.states.append(dict(model))
        self.content = path.read_bytes()

    def records_within(self, length: int) -> int:
        """Return how many whole records the first `length` bytes hold."""
        return sum(end <= length for end in self.ends[1:])


@pytest.fixture
def history(path: Path) -> History:
    return History(path)


def test_a_file_cut_at_any_byte_keeps_every_whole_record(history: History, path: Path) -> None:
    for length in range(len(history.content) + 1):
        path.write_bytes(history.content[:length])
        whole = history.records_within(length)
        with quiverdb.open(path, readonly=True) as db:
            assert dict(db) == history.states[whole]
        assert path.stat().st_size == length
        with quiverdb.open(path) as db:
            assert dict(db) == history.states[whole]
            if length >= HEADER_SIZE:
                assert path.read_bytes() == history.content[: history.ends[whole]]
            db["new"] = b"after the crash"
        with quiverdb.open(path) as db:
            assert dict(db) == {**history.states[whole], "new": b"after the crash"}


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_a_damaged_byte_is_an_error_or_cuts_the_last_record(history: History, path: Path, mask: int) -> None:
    last = history.ends[-2]
    for position in range(len(history.content)):
        damaged = bytearray(history.content)
        damaged[position] ^= mask
        path.write_bytes(damaged)
        if position >= last:
            with quiverdb.open(path) as db:
                assert dict(db) == history.states[-2]
            assert path.read_bytes() == history.content[:last]
            continue
        with pytest.raises(quiverdb.Error) as caught:
            quiverdb.open(path)
        start = max([end for end in history.ends if end <= position], default=0)
        if position < 8:
            assert str(caught.value) == f"{path} is not a quiverdb store"
        else:
            assert str(caught.value) == f"{path} is damaged at byte {start}; restore it from a copy"
            assert isinstance(caught.value, quiverdb.CorruptError)
            assert caught.value.offset == start
        assert path.read_bytes() == damaged


def test_a_tail_of_zeros_is_cut(history: History, path: Path) -> None:
    path.write_bytes(history.content + bytes(4096))
    with quiverdb.open(path) as db:
        assert dict(db) == history.states[-1]
    assert path.read_bytes() == history.content


def test_a_store_inside_a_value_is_never_taken_for_records(history: History, path: Path) -> None:
    with quiverdb.open(path) as db:
        db["copy"] = history.content
    # Its header is damaged, so that all bytes after it are searched for records.
    torn = bytearray(path.read_bytes())
    torn[history.ends[-1]] ^= 1
    path.write_bytes(torn)
    with quiverdb.open(path) as db:
        assert dict(db) == history.states[-1]


def test_damage_after_opening_is_found_by_reading(history: History, path: Path) -> None:
    with quiverdb.open(path, readonly=True) as db:
        damaged = bytearray(history.content)
        damaged[-1] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(quiverdb.CorruptError) as caught:
            db["c"]
        assert caught.value.offset == history.ends[-2]
        with pytest.raises(quiverdb.CorruptError):
            list(db.values())


def test_a_key_damaged_after_opening_is_not_just_missing(history: History, path: Path) -> None:
    with quiverdb.open(path, readonly=True) as db:
        damaged = bytearray(history.content)
        damaged[history.ends[-2] + 20] ^= 1
        path.write_bytes(damaged)
        for use in (lambda: db["c"], lambda: "c" in db, lambda: list(db)):
            with pytest.raises(quiverdb.CorruptError) as caught:
                use()
            assert caught.value.offset == history.ends[-2]


def test_a_file_cut_under_a_reader_is_an_error(history: History, path: Path) -> None:
    with quiverdb.open(path, readonly=True) as db:
        path.write_bytes(b"")
        with pytest.raises(quiverdb.CorruptError) as caught:
            db["c"]
        assert caught.value.offset == history.ends[-2]


@pytest.mark.parametrize("size", [200, 200_000])
def test_a_failed_write_leaves_the_store_as_it_was(
    history: History, path: Path, limit_file_size: LimitFileSize, size: int
) -> None:
    with quiverdb.open(path) as db:
        # The limit is inside the record, so that a part of it is written.
        with (
            limit_file_size(len(history.content) + 100),
            pytest.raises(OSError, match="File too large") as caught,
        ):
            db["c"] = bytes(size)
        assert caught.value.filename == str(path)
        assert path.read_bytes() == history.content
        assert dict(db) == history.states[-1]
        db["d"] = b"room again"
    with quiverdb.open(path) as db:
        assert dict(db) == {**history.states[-1], "d": b"room again"}
