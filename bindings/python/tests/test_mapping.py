"""A database behaves like a dict."""

from __future__ import annotations

import array
import copy
import ctypes
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import quiverdb


def test_values_survive_reopening(path: Path) -> None:
    with quiverdb.open(path) as db:
        db["ä€🏹"] = b"\x00\xff"
        db[""] = b""
    with quiverdb.open(path) as db:
        assert dict(db) == {"ä€🏹": b"\x00\xff", "": b""}
        assert db == {"ä€🏹": b"\x00\xff", "": b""}


def test_methods_of_a_mapping(path: Path) -> None:
    with quiverdb.open(path) as db:
        db.update({"a": b"1", "b": b"2"}, c=b"3")
        assert db.get("a") == b"1"
        assert db.get("x") is None
        assert db.get("x", b"d") == b"d"
        assert "a" in db
        assert "x" not in db
        assert db.setdefault("a", b"new") == b"1"
        assert db.setdefault("d", bytearray(b"new")) == b"new"
        assert db["d"] == b"new"
        assert db.pop("d") == b"new"
        assert db.pop("d", "nothing") == "nothing"
        assert list(db.keys()) == ["a", "b", "c"]
        assert list(db.values()) == [b"1", b"2", b"3"]
        assert ("b", b"2") in db.items()
        assert db.keys() & {"a", "x"} == {"a"}
        assert db.popitem() == ("c", b"3")
        del db["a"]
        assert list(db) == ["b"]
        db.clear()
        assert not db


@pytest.mark.parametrize("call", [lambda db: db["x"], lambda db: db.pop("x"), lambda db: db.__delitem__("x")])
def test_a_missing_key_is_a_key_error(path: Path, call: object) -> None:
    with quiverdb.open(path) as db, pytest.raises(KeyError) as caught:
        call(db)  # type: ignore[operator]
    assert caught.value.args == ("x",)


def test_popitem_of_an_empty_database_is_a_key_error(path: Path) -> None:
    with quiverdb.open(path) as db, pytest.raises(KeyError) as caught:
        db.popitem()
    assert caught.value.args == ("popitem(): the database is empty",)


@pytest.mark.parametrize(
    "value",
    [
        bytearray(b"abcd"),
        memoryview(b"abcd"),
        memoryview(b"a-b-c-d-")[::2],
        array.array("B", b"abcd"),
        memoryview(b"abcd").cast("B", (2, 2)),
    ],
    ids=["bytearray", "memoryview", "non-contiguous", "array", "two-dimensional"],
)
def test_any_buffer_is_a_value(path: Path, value: memoryview) -> None:
    with quiverdb.open(path) as db:
        db["key"] = value
        assert db["key"] == b"abcd"
        assert type(db["key"]) is bytes


def test_wrong_types_are_type_errors(path: Path) -> None:
    with quiverdb.open(path) as db:
        with pytest.raises(TypeError, match=r"^a key must be str, not bytes$"):
            db[b"key"]  # type: ignore[index]
        assert 5 not in db  # type: ignore[comparison-overlap,unused-ignore]
        with pytest.raises(TypeError, match=r"^a value must be bytes or another buffer, not str$"):
            db["key"] = "text"  # type: ignore[assignment]
        with pytest.raises(TypeError, match=r"^a value must be bytes or another buffer, not NoneType$"):
            db.setdefault("key", None)  # type: ignore[arg-type]
        assert len(db) == 0


def test_a_lone_surrogate_is_not_a_key(path: Path) -> None:
    with quiverdb.open(path) as db:
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            db["\ud800"] = b""
        assert len(db) == 0
        assert "\ud800" not in db
        assert db.get("\ud800", b"none") == db.pop("\ud800", b"none") == b"none"
        with pytest.raises(KeyError):
            del db["\ud800"]


@pytest.mark.parametrize("item", [5, None, [], "ab", (), ("a",), (5, b"1"), ([], b"1"), ("\ud800", b""), ("a", None)])
def test_anything_can_be_sought(path: Path, item: object) -> None:
    with quiverdb.open(path) as db:
        db["a"] = b"1"
        assert item not in db
        assert item not in db.items()
        assert item not in db.values()
        assert ("a", b"1") in db.items()


def test_the_order_can_be_reversed_and_mappings_united(path: Path) -> None:
    with quiverdb.open(path) as db:
        db |= {"a": b"1", "b": b"2"}
        db |= [("c", b"3")]
        model = {"a": b"1", "b": b"2", "c": b"3"}
        assert isinstance(db, quiverdb.Database)
        assert dict(db) == model
        other: dict[str, object] = {"b": 5, "d": 6}
        assert list((db | other).items()) == list((model | other).items())
        assert list((other | db).items()) == list((other | model).items())
        with pytest.raises(TypeError):
            db | [("c", b"3")]  # type: ignore[operator]
        assert list(reversed(db)) == list(reversed(db.keys())) == ["c", "b", "a"]
        assert list(reversed(db.values())) == [b"3", b"2", b"1"]
        assert list(reversed(db.items())) == [("c", b"3"), ("b", b"2"), ("a", b"1")]


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, pickle.dumps, lambda db: pickle.dumps(db, 0)])
def test_a_database_is_not_copied(path: Path, make: Callable[[object], object]) -> None:
    with quiverdb.open(path) as db:
        with pytest.raises(TypeError) as caught:
            make(db)
        assert str(caught.value) == (
            "a quiverdb.Database cannot be copied or pickled; open it again, or copy its items: dict(db)"
        )
        db["key"] = b"value"
        with pytest.raises(TypeError, match="cannot be copied"):
            copy.deepcopy(db.items())
    assert repr(db) == f"<quiverdb.Database {str(path)!r}, closed>"


def test_a_replaced_value_keeps_the_place_of_its_key(path: Path) -> None:
    with quiverdb.open(path) as db:
        db.update({"b": b"1", "a": b"2"})
        db["b"] = b"3"
        assert list(db.items()) == [("b", b"3"), ("a", b"2")]
    with quiverdb.open(path) as db:
        assert list(db.items()) == [("b", b"3"), ("a", b"2")]
        db.compact()
        assert list(db.items()) == [("b", b"3"), ("a", b"2")]


@pytest.mark.parametrize("deleted", [1, 5, 9])
def test_replacing_after_deleting_survives_reopening(path: Path, deleted: int) -> None:
    # Around the sizes at which the index grows, and drops its deleted entries.
    for size in range(8, 24):
        model = {f"{size}-{number}": b"old" for number in range(size)}
        with quiverdb.open(path) as db:
            db.clear()
            db.update(model)
            for number in range(deleted - 1):
                del db[f"{size}-{number}"], model[f"{size}-{number}"]
            for key in list(model)[::2]:
                db[key] = model[key] = key.encode()
        with quiverdb.open(path) as db:
            assert list(db.items()) == list(model.items())


def test_changed_keys_end_an_iteration(path: Path) -> None:
    with quiverdb.open(path) as db:
        db.update(dict.fromkeys("abc", b""))
        for key in db:
            db[key] = b"replaced values are fine"
        for change in (lambda: db.setdefault("d", b""), lambda: db.pop("d"), db.clear):
            keys = iter(db)
            next(keys)
            change()
            with pytest.raises(RuntimeError) as caught:
                next(keys)
            assert str(caught.value) == "keys were added to or deleted from the database during iteration"


def test_16_mebibytes_in_one_value(path: Path) -> None:
    value = bytes(range(256)) * (64 * 1024) + b"!"
    with quiverdb.open(path) as db:
        db["large"] = value
        db["small"] = b"after it"
    with quiverdb.open(path) as db:
        assert db["large"] == value
        assert db["small"] == b"after it"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux has this file")
def test_the_memory_of_large_keys_and_values_is_given_back(path: Path) -> None:
    def used() -> int:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096

    # M_MMAP_THRESHOLD: what is larger goes back to the system when it is freed, or is leaked; musl knows no other way.
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        assert mallopt(-3, 1_000_000) == 1
    large = 4_000_000
    key = "k" * large
    with quiverdb.open(path) as db:
        db["value"] = bytes(large)
        db[key] = b""
        db["pop"] = bytes(large)
        del db["value"]
        db["value"] = bytes(large)
        start = used()
        uses = [
            lambda: db["value"],
            lambda: db.setdefault("value", b""),
            lambda: db.pop("pop"),
            lambda: db[key],
            lambda: key in db,
            lambda: next(iter(db.values())),
            lambda: next(iter(db.items())),
            lambda: next(iter(db)),
            lambda: next(reversed(db.values())),
            lambda: db.__setitem__(key, b"new"),
            db.popitem,
            db.compact,
        ]
        for use in uses:
            use()
            assert used() < start + large // 2
        db["value"] = bytes(large)
    with quiverdb.open(path) as db:
        assert used() < start + large // 2
        assert len(db) == 2


def test_20_000_keys(path: Path) -> None:
    model = {f"key-{number}": b"%d" % number for number in range(20_000)}
    with quiverdb.open(path) as db:
        db.update(model)
    with quiverdb.open(path) as db:
        assert len(db) == 20_000
        assert list(db.items()) == list(model.items())
        assert db["key-17777"] == b"17777"


def test_a_closed_database_says_so(path: Path) -> None:
    db = quiverdb.open(path)
    db["key"] = b"value"
    assert not db.closed
    assert (db.path, db.readonly) == (str(path), False)
    assert repr(db) == f"<quiverdb.Database {str(path)!r}, 1 key>"
    with quiverdb.open(path, readonly=True) as reader:
        assert reader.readonly
        assert repr(reader) == f"<quiverdb.Database {str(path)!r}, 1 key, read-only>"
    db["other"] = b""
    assert repr(db) == f"<quiverdb.Database {str(path)!r}, 2 keys>"
    iterator = iter(db)
    db.close()
    db.close()
    assert db.closed
    assert repr(db) == f"<quiverdb.Database {str(path)!r}, closed>"
    uses = [
        lambda: db["key"],
        lambda: db.__setitem__("key", b""),
        lambda: db.pop("key"),
        lambda: "key" in db,
        lambda: len(db),
        lambda: next(iterator),
        db.popitem,
        db.clear,
        db.sync,
        db.compact,
    ]
    for use in uses:
        with pytest.raises(quiverdb.ClosedError) as caught:
            use()
        assert str(caught.value) == f"{path} is closed; open it again"
