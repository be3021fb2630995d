"""After a crash, on a full disk or a failing one: intact data or a clear error, never wrong data."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import quiverdb
from conftest import LimitFileSize
from quiverdb.__main__ import main

HEADER_SIZE = 32


class History:
    """A store of a few records, and its contents after each of them."""

    def __init__(self, path: Path) -> None:
        model: dict[str, bytes] = {}
        self.ends = [HEADER_SIZE]
        self.states = [dict(model)]
        self.changes = [("a", b"first"), ("b", b"second"), ("a", b""), ("b", None), ("c", b"last")]
        with quiverdb.open(path) as db:
            for key, value in self.changes:
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


def test_a_file_cut_at_any_byte_keeps_every_whole_record(
    history: History, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for length in range(len(history.content) + 1):
        path.write_bytes(history.content[:length])
        whole = history.records_within(length)
        with quiverdb.open(path, readonly=True) as db:
            assert dict(db) == history.states[whole]
        assert path.stat().st_size == length
        assert caplog.messages == []
        with quiverdb.open(path) as db:
            assert dict(db) == history.states[whole]
            if length >= HEADER_SIZE:
                assert path.read_bytes() == history.content[: history.ends[whole]]
            db["new"] = b"after the crash"
        torn = length - history.ends[whole] if length >= HEADER_SIZE else length
        report = f"{path}: cut {torn} bytes off the end, which an interrupted write left"
        assert caplog.messages == [report] * (torn > 0)
        caplog.clear()
        with quiverdb.open(path) as db:
            assert dict(db) == {**history.states[whole], "new": b"after the crash"}


def test_a_file_cut_below_what_was_synced_is_damaged(history: History, path: Path) -> None:
    with quiverdb.open(path) as db:
        db.sync()
        db["unsynced"] = b"value"
    content = path.read_bytes()
    for length in range(HEADER_SIZE, len(content)):
        path.write_bytes(content[:length])
        if length >= len(history.content):
            quiverdb.open(path).close()
            continue
        for readonly in (True, False):
            with pytest.raises(quiverdb.CorruptError) as caught:
                quiverdb.open(path, readonly=readonly)
            assert caught.value.offset == history.ends[history.records_within(length)]
        assert path.read_bytes() == content[:length]


def test_a_compaction_syncs(history: History, path: Path) -> None:
    with quiverdb.open(path) as db:
        db.compact()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(quiverdb.CorruptError):
        quiverdb.open(path)


@pytest.mark.parametrize("mask", [0x01, 0x80])
def test_a_damaged_byte_is_an_error(history: History, path: Path, mask: int) -> None:
    for position in range(len(history.content)):
        damaged = bytearray(history.content)
        damaged[position] ^= mask
        path.write_bytes(damaged)
        with pytest.raises(quiverdb.Error) as caught:
            quiverdb.open(path)
        start = max([end for end in history.ends if end <= position], default=0)
        if position < 8:
            assert str(caught.value) == f"{path} is not a quiverdb store"
        else:
            assert str(caught.value) == (
                f"{path} is damaged at byte {start}; restore it from a copy, or save what is whole: "
                "python -m quiverdb recover STORE NEW_STORE"
            )
            assert isinstance(caught.value, quiverdb.CorruptError)
            assert caught.value.offset == start
        assert path.read_bytes() == damaged


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"k"])
def test_damage_up_to_the_end_is_an_error(history: History, path: Path, filler: bytes) -> None:
    content = history.content
    for position in range(HEADER_SIZE, len(content)):
        damaged = content[:position] + filler * (len(content) - position)
        start = max(end for end in history.ends if end <= position)
        if damaged == content or not any(damaged[start:]):
            continue
        path.write_bytes(damaged)
        with pytest.raises(quiverdb.CorruptError):
            quiverdb.open(path)
        assert path.read_bytes() == damaged


@pytest.mark.parametrize("synced", [False, True])
def test_zeros_are_cut_where_nothing_was_synced(history: History, path: Path, *, synced: bool) -> None:
    if synced:
        with quiverdb.open(path) as db:
            db.sync()
    content = path.read_bytes()
    path.write_bytes(content + bytes(100_000))
    with quiverdb.open(path) as db:
        assert dict(db) == history.states[-1]
    assert path.read_bytes() == content
    last = history.ends[-2]
    path.write_bytes(content[:last] + bytes(100_000))
    if synced:
        with pytest.raises(quiverdb.CorruptError) as caught:
            quiverdb.open(path)
        assert caught.value.offset == last
    else:
        with quiverdb.open(path) as db:
            assert dict(db) == history.states[-2]


def test_what_is_whole_is_recovered_from_any_damage(history: History, path: Path, tmp_path: Path) -> None:
    for position in range(0, len(history.content), 2):
        damaged = bytearray(history.content)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        target = tmp_path / f"recovered-{position}"
        report = quiverdb.recover(path, target)
        number = sum(end <= position for end in history.ends)
        start, end = ([0, *history.ends])[number : number + 2]
        assert report.damage == [(start, end - start)]
        assert report.torn == 0
        with quiverdb.open(target, readonly=True) as db:
            assert len(db) == report.keys
            # The changes without the damaged one; the header is none of them.
            expected: dict[str, bytes] = {}
            for change, (key, value) in enumerate(history.changes, start=1):
                if change == number:
                    continue
                expected.pop(key, None) if value is None else expected.update({key: value})
            assert dict(db) == expected
        assert path.read_bytes() == damaged
        assert quiverdb.check(path) == report
        assert quiverdb.check(target) == (report.keys, [], 0)


def test_damage_of_any_length_is_skipped(path: Path, tmp_path: Path) -> None:
    chance = random.Random(0)  # noqa: S311
    with quiverdb.open(path) as db:
        for number in range(100):
            db[f"{number}"] = chance.randbytes(chance.choice([0, 10, 1000, 4000]))
        model = dict(db)
        db.sync()
    content = path.read_bytes()
    for attempt in range(30):
        damaged = bytearray(content)
        start = chance.randrange(HEADER_SIZE, len(content))
        size = min(chance.choice([1, 100, 5000]), len(content) - start)
        for position in range(start, start + size):
            damaged[position] ^= chance.randrange(1, 256)
        path.write_bytes(damaged)
        target = tmp_path / f"recovered-{attempt}"
        ((offset, left_out),) = quiverdb.recover(path, target).damage
        assert offset <= start < start + size <= offset + left_out
        with quiverdb.open(target) as db:
            assert dict(db).items() <= model.items()
            kept = sum(20 + len(key) + len(value) for key, value in db.items())
        assert kept + left_out == len(content) - HEADER_SIZE


def test_the_header_and_the_end_may_be_lost_at_once(history: History, path: Path, tmp_path: Path) -> None:
    lost = bytes(range(HEADER_SIZE))
    path.write_bytes(lost + history.content[HEADER_SIZE:-1])
    report = quiverdb.recover(path, tmp_path / "recovered")
    assert report == (1, [(0, HEADER_SIZE)], len(history.content) - history.ends[-2] - 1)
    path.write_bytes(lost * 10)
    with pytest.raises(quiverdb.FormatError):
        quiverdb.recover(path, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_recovery_overwrites_nothing_and_leaves_nothing_half_done(
    history: History, path: Path, tmp_path: Path, limit_file_size: LimitFileSize
) -> None:
    path.chmod(0o600)
    with pytest.raises(FileExistsError):
        quiverdb.recover(path, path)
    assert path.read_bytes() == history.content
    with limit_file_size(50), pytest.raises(OSError, match="File too large"):
        quiverdb.recover(path, tmp_path / "recovered")
    assert list(tmp_path.iterdir()) == [path]
    quiverdb.recover(path, tmp_path / "recovered")
    assert (tmp_path / "recovered").stat().st_mode & 0o777 == 0o600


def test_the_commands(history: History, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "recovered"

    def run(*arguments: object) -> tuple[int, str, str]:
        return (main([str(argument) for argument in arguments]), *capsys.readouterr())

    assert run("check", path) == (0, f"{path}: 2 keys, nothing is damaged\n", "")
    damaged = bytearray(history.content[:-1])
    damaged[history.ends[1]] ^= 1
    path.write_bytes(damaged)
    size = history.ends[2] - history.ends[1]
    torn = len(damaged) - history.ends[-2]
    found = (
        f"{path}: damaged at byte {history.ends[1]}: {size} bytes\n"
        f"{path}: an interrupted write left {torn} bytes at the end\n"
    )
    assert run("check", path) == (1, found, "")
    assert run("recover", path, target) == (1, f"{found}{target}: 1 key recovered\n", "")
    assert run("check", target) == (0, f"{target}: 1 key, nothing is damaged\n", "")
    assert run("recover", target, path) == (2, "", f"quiverdb: [Errno 17] File exists: {str(path)!r}\n")
    path.write_bytes(b"a text")
    assert run("check", path) == (2, "", f"quiverdb: {path} is not a quiverdb store\n")


def test_a_store_inside_a_value_is_never_taken_for_records(history: History, path: Path, tmp_path: Path) -> None:
    with quiverdb.open(path) as db:
        db["copy"] = history.content
    damaged = bytearray(path.read_bytes())
    damaged[history.ends[-1]] ^= 1
    path.write_bytes(damaged)
    report = quiverdb.recover(path, tmp_path / "recovered")
    assert report.damage == [(history.ends[-1], len(damaged) - history.ends[-1])]
    with quiverdb.open(tmp_path / "recovered") as db:
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
