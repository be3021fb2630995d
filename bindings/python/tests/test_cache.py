"""Records that were read stay in memory: what comes from there is always what is in the file."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
import quiverdb
from conftest import LimitFileSize

BLOCK = 4096
LARGEST = 1024  # of the records that are kept
HEADERS = 32 + 20


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


def value_of(number: int, size: int) -> bytes:
    """Return bytes that occur nowhere else in a store, nor twice in the value."""
    return seeded(number).randbytes(size)


def fill_cache(db: quiverdb.Database) -> dict[str, bytes]:
    """Read everything in random order, often enough for all of it to be cached."""
    keys = list(db)
    found = {}
    for seed in range(3):
        for key in seeded(seed).sample(keys, len(keys)):
            found[key] = db[key]
    return found


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def compacted(db: quiverdb.Database) -> bool:
    """Compact, if the system allows it: Windows before 10 1607 does not replace a file that a reader has open."""
    try:
        db.compact()
    except PermissionError:
        assert sys.platform == "win32"
        return False
    return True


def compare(db: quiverdb.Database, expected: dict[str, bytes], wanted: list[str], *, whole: bool) -> None:
    """Compare some records, or seldom all of them, which then stay in memory."""
    assert len(db) == len(expected)
    assert {key: db.get(key) for key in wanted} == {key: expected.get(key) for key in wanted}
    if whole:
        assert list(db.items()) == list(expected.items())
        assert list(reversed(db)) == list(reversed(expected))


@pytest.mark.parametrize("seed", range(2))
def test_any_operations_and_reads_return_what_a_dict_returns(path: Path, seed: int) -> None:
    chance = seeded(seed)
    keys = ["", "a\0b", "ä€🏹", "key" * 50, *"abcdefghijklmnop"]
    # Some records are just small enough to be kept; others shift them against the borders of blocks.
    sizes = [0, 1, 60, 700, LARGEST - 22, LARGEST - 21, LARGEST - 20, BLOCK, 3 * BLOCK]
    weights = {"put": 70, "pop": 10, "popitem": 3, "compact": 2, "clear": 1, "reopen": 3, "reader": 3}
    actions = chance.choices(list(weights), list(weights.values()), k=1000)
    model: dict[str, bytes] = {}
    db = quiverdb.open(path)
    reader, seen = quiverdb.open(path, readonly=True), dict(model)
    for number, action in enumerate(actions):
        key = chance.choice(keys)
        if action == "put":
            db[key] = model[key] = value_of(number, chance.choice(sizes))
        elif action == "pop":
            assert db.pop(key, None) == model.pop(key, None)
        elif action == "popitem" and model:
            assert db.popitem() == model.popitem()
        elif action == "clear":
            db.clear()
            model.clear()
        elif action == "reopen":
            db.close()
            db = quiverdb.open(path)
        if action == "reader" or (action == "compact" and not compacted(db)):
            reader.close()
            reader, seen = quiverdb.open(path, readonly=True), dict(model)
        for database, expected in ((db, model), (reader, seen)):
            compare(database, expected, chance.choices(keys, k=4), whole=number % 20 == 0)
    assert dict(db) == model
    assert dict(reader) == seen
    reader.close()
    db.close()


@pytest.mark.parametrize("size", [0, 50, LARGEST - 27, LARGEST - 26, BLOCK, 70_000])
def test_records_across_the_borders_of_blocks(path: Path, size: int) -> None:
    model = {}
    with quiverdb.open(path) as db:
        # Every record begins a byte further into its block; even the headers of empty ones cross its border.
        for number in range(150 if size < BLOCK else 30):
            for suffix, length in (("long", size + 1), ("short", 0)):
                key = f"{number:04}{suffix}"
                db[key] = model[key] = value_of(number, length)
        assert fill_cache(db) == model
        assert list(db.items()) == list(model.items())
    with quiverdb.open(path, readonly=True) as db:
        assert fill_cache(db) == model


def test_a_reader_caches_its_own_view(path: Path) -> None:
    with quiverdb.open(path) as writer:
        model = {}
        for number in range(100):
            writer[f"key-{number}"] = model[f"key-{number}"] = value_of(number, 100)
        with quiverdb.open(path, readonly=True) as reader:
            assert fill_cache(reader) == model
            for number in range(100):
                writer[f"key-{number}"] = b"new"
            assert fill_cache(reader) == model
            with quiverdb.open(path, readonly=True) as later:
                assert fill_cache(later) == dict.fromkeys(model, b"new")
        assert fill_cache(writer) == dict.fromkeys(model, b"new")


def test_what_a_failed_write_left_is_never_cached(path: Path, limit_file_size: LimitFileSize) -> None:
    with quiverdb.open(path) as db:
        db["a"] = b"first"
        for _ in range(3):
            assert db["a"] == b"first"
        with limit_file_size(path.stat().st_size + 60), pytest.raises(OSError, match="File too large"):
            db["b"] = b"?" * 200
        for _ in range(3):
            assert db["a"] == b"first"
        db["c"] = b"second"
        assert fill_cache(db) == {"a": b"first", "c": b"second"}


def test_damage_and_truncation_are_errors_when_they_are_read(path: Path) -> None:
    with quiverdb.open(path) as db:
        for number in range(100):
            db[f"{number:03}"] = value_of(number, 1000)
    start = [32 + (20 + 3 + 1000) * number for number in range(101)]
    with quiverdb.open(path, readonly=True) as db:
        for _ in range(3):
            assert db["010"] == value_of(10, 1000)
        flip(path, start[50] + 500)
        with pytest.raises(quiverdb.CorruptError) as caught:
            db["050"]
        assert caught.value.offset == start[50]
        with path.open("r+b") as file:
            file.truncate(start[60] + 500)
        for number in (60, 61, 99):
            for _ in range(3):
                with pytest.raises(quiverdb.CorruptError) as caught:
                    db[f"{number:03}"]
                assert caught.value.offset == start[number]
        # A truncated block still has the records before the cut.
        for _ in range(3):
            assert db["059"] == value_of(59, 1000)
        # A record that was read before may come from memory, and is intact.
        assert db["010"] == value_of(10, 1000)


def test_damage_of_cached_records_shows_at_the_next_opening(path: Path) -> None:
    with quiverdb.open(path) as db:
        db["key"] = b"value"
        db["other"] = b""
    with quiverdb.open(path, readonly=True) as db:
        assert db["key"] == b"value"
        flip(path, HEADERS + 3)
        assert db["key"] == b"value"
        with pytest.raises(quiverdb.CorruptError):
            quiverdb.open(path)


def test_values_around_the_size_of_small_ones(path: Path) -> None:
    sizes = [4095, 4096, 4097]
    with quiverdb.open(path) as db:
        for size in sizes:
            db[str(size)] = value_of(size, size)
            db["key" * 2000 + str(size)] = value_of(-size, size)
        for _ in range(3):
            for size in sizes:
                assert db[str(size)] == value_of(size, size)
                assert db["key" * 2000 + str(size)] == value_of(-size, size)
            with pytest.raises(KeyError):
                db["4098"]
