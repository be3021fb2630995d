"""Files made by hand as native/FORMAT.md describes them: they are what the library writes and reads."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import quiverdb

SALT = b"saltsalt"
PUT, DELETE, CLEAR = 1, 2, 3


def crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def file_header(version: int = 2, synced: int = 0) -> bytes:
    header = b"\x89QUIVER\n" + struct.pack("<I", version) + SALT
    if version > 1:
        header += struct.pack("<Q", synced)
    return header + struct.pack("<I", crc32c(header))


def append(content: bytes, kind: int, key: bytes = b"", value: bytes = b"") -> bytes:
    fields = struct.pack("<IIII", crc32c(key + value), kind, len(key), len(value))
    header_crc = crc32c(SALT + struct.pack("<Q", len(content)) + fields)
    return content + struct.pack("<I", header_crc) + fields + key + value


def test_crc32c_has_the_documented_value() -> None:
    assert crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_made_by_hand_opens(path: Path, version: int) -> None:
    content = append(file_header(version), PUT, b"before", b"the clear")
    content = append(content, CLEAR)
    content = append(content, PUT, b"key", b"a value that is long enough for every path of the checksum")
    content = append(content, PUT, b"gone", b"")
    content = append(content, DELETE, b"gone")
    path.write_bytes(content)
    with quiverdb.open(path) as db:
        assert dict(db) == {"key": b"a value that is long enough for every path of the checksum"}
    assert path.read_bytes() == content


@pytest.mark.parametrize("version", [1, 2])
def test_a_written_file_is_the_one_made_by_hand(path: Path, version: int) -> None:
    path.write_bytes(file_header(version))
    expected = append(append(file_header(version), PUT, b"key", b"value"), DELETE, b"key")
    with quiverdb.open(path) as db:
        db["key"] = b"value"
        del db["key"]
        assert path.read_bytes() == expected
        # An old file stays one until it is compacted.
        db.sync()
        synced = len(expected) if version == 2 else 0
        assert path.read_bytes() == file_header(version, synced) + expected[len(file_header(version)) :]
        db.compact()
    content = path.read_bytes()
    assert struct.unpack_from("<IxxxxxxxxQ", content, 8) == (2, 32)
    assert len(content) == 32


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [(0, b"", b""), (4, b"k", b"v"), (DELETE, b"k", b"v"), (CLEAR, b"k", b"")],
    ids=["kind 0", "kind 4", "delete with a value", "clear with a key"],
)
def test_a_record_of_no_known_kind_is_damage(path: Path, kind: int, key: bytes, value: bytes) -> None:
    path.write_bytes(append(append(file_header(), kind, key, value), PUT, b"key", b"value"))
    with pytest.raises(quiverdb.CorruptError) as caught:
        quiverdb.open(path)
    assert caught.value.offset == 32


def test_a_key_that_is_not_utf_8_is_an_error_only_for_this_key(path: Path) -> None:
    path.write_bytes(append(append(file_header(), PUT, b"\xff", b"value"), PUT, b"key", b"value"))
    with quiverdb.open(path) as db:
        assert db["key"] == b"value"
        with pytest.raises(UnicodeDecodeError):
            list(db)


def test_a_newer_format_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(file_header(version=3))
    with pytest.raises(quiverdb.FormatError) as caught:
        quiverdb.open(path)
    assert str(caught.value) == f"{path} has a newer format than this quiverdb reads; upgrade quiverdb"
    assert path.read_bytes() == file_header(version=3)
