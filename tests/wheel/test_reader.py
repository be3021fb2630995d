"""A wheel as read: what is gathered in one pass over its bytes."""

from __future__ import annotations

import array
import hashlib
import pickle
import stat
import tracemalloc
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest

from tests.support.archive_bytes import Header, Record, Zip
from tests.support.factories import (
    DIST_INFO,
    LINUX_LIBRARY,
    LINUX_WHEEL,
    WINDOWS_LIBRARY,
    WINDOWS_TAG,
    make_wheel,
    wheel_filename,
)
from tests.support.native_factories import elf_library, pe_library
from truewheel.wheel import reader as wheel_module
from truewheel.wheel.content_scan import ContentScan, ScanHit
from truewheel.wheel.dist_info import EntryPoint, EntryPoints, HeaderFile, Unreadable
from truewheel.wheel.dist_info import Record as RecordFile
from truewheel.wheel.reader import UnreadableWheel, Wheel, read_wheel


def read_zip(folder: Path, *records: Record) -> Wheel:
    path = folder / LINUX_WHEEL
    path.write_bytes(bytes(Zip(records=records)))
    return read_wheel(path)


def test_a_wheel_as_read(tmp_path: Path) -> None:
    path = make_wheel(tmp_path)
    wheel = read_wheel(path)
    assert wheel.path == path
    assert wheel.name == LINUX_WHEEL
    assert wheel.filename == wheel_filename(LINUX_WHEEL)
    assert wheel.size == path.stat().st_size
    assert wheel.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert wheel.anomalies == ()
    assert wheel.folders == ()
    assert wheel.scan_hits == ()
    assert wheel.dist_info_folders == (DIST_INFO,)
    assert wheel.dist_info == DIST_INFO
    assert [library.name for library in wheel.libraries] == [LINUX_LIBRARY]
    assert wheel.unreadable_libraries == {}


def test_members_are_the_same_as_those_of_zipfile(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, change={"quiverdb/large.bin": b"quiver" * 300_000, "quiverdb/empty": b""})
    with zipfile.ZipFile(path) as archive:
        expected = [
            (
                info.filename,
                info.file_size,
                hashlib.sha256(archive.read(info)).hexdigest(),
                info.compress_size,
                info.external_attr >> 16,
            )
            for info in archive.infolist()
        ]
    members = read_wheel(path).members
    assert [(one.name, one.size, one.sha256, one.compressed_size, one.mode) for one in members] == expected


def test_the_mode_is_none_if_the_archive_has_none(tmp_path: Path) -> None:
    wheel = read_zip(tmp_path, Record(b"a", b"1", entry=Header(attributes=0)), Record(b"b", b"2"))
    assert [member.mode for member in wheel.members] == [None, stat.S_IFREG | 0o644]


def test_folder_entries_are_not_members(tmp_path: Path) -> None:
    wheel = read_zip(tmp_path, Record(b"a/"), Record(b"a/b", b"x"))
    assert wheel.folders == ("a/",)
    assert [member.name for member in wheel.members] == ["a/b"]


def test_a_wheel_can_be_sent_to_another_process(tmp_path: Path) -> None:
    for tag in ("py3-none-manylinux_2_28_x86_64", WINDOWS_TAG):
        wheel = read_wheel(make_wheel(tmp_path, tag=tag))
        sent = pickle.loads(pickle.dumps(wheel))  # noqa: S301
        for field in fields(wheel):
            assert getattr(sent, field.name) == getattr(wheel, field.name)


def test_the_files_of_dist_info_are_parsed(tmp_path: Path) -> None:
    entry_points = "[console_scripts]\nquiver = quiverdb.cli:main\n"
    vendored = {"quiverdb/_vendor/x-1.dist-info/METADATA": "Name: x\n"}
    wheel = read_wheel(make_wheel(tmp_path, change={f"{DIST_INFO}/entry_points.txt": entry_points, **vendored}))
    assert isinstance(wheel.record, RecordFile)
    assert [row.path for row in wheel.record.rows] == [member.name for member in wheel.members]
    assert isinstance(wheel.metadata, HeaderFile)
    assert wheel.metadata.one("Name") == "quiverdb"
    assert isinstance(wheel.wheel_file, HeaderFile)
    assert wheel.wheel_file.one("Wheel-Version") == "1.0"
    assert wheel.entry_points == EntryPoints((EntryPoint(2, "console_scripts", "quiver", "quiverdb.cli:main"),))
    assert [wheel.has_dist_info_file(name) for name in ("licenses/LICENSE", "LICENSE")] == [True, False]


def test_files_that_are_missing_or_cannot_be_parsed(tmp_path: Path) -> None:
    change = {f"{DIST_INFO}/METADATA": None, f"{DIST_INFO}/WHEEL": b"\xff"}
    wheel = read_wheel(make_wheel(tmp_path, change=change, record=b'"'))
    assert wheel.metadata == Unreadable("is missing")
    assert wheel.wheel_file == Unreadable("is not UTF-8: byte 0 is 0xff")
    assert wheel.record == Unreadable("is not CSV: line 1: unexpected end of data")
    assert wheel.entry_points == EntryPoints()


def test_with_two_dist_info_folders_nothing_is_parsed(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={"a-1.dist-info/METADATA": "no"}))
    assert wheel.dist_info_folders == ("a-1.dist-info", DIST_INFO)
    assert wheel.dist_info is None
    assert (wheel.record, wheel.metadata, wheel.wheel_file) == (None, None, None)


@pytest.mark.parametrize("name", ["METADATA", "WHEEL", "RECORD", "entry_points.txt"])
def test_a_parsed_file_of_absurd_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(wheel_module, "_LARGEST_PARSED", 5_000)
    path = make_wheel(tmp_path, change={f"{DIST_INFO}/{name}": b"x" * 5_001})
    with pytest.raises(UnreadableWheel) as caught:
        read_wheel(path)
    assert str(caught.value) == f"{DIST_INFO}/{name} has more than 5,000 bytes"


@pytest.mark.parametrize(("name", "end"), [("RECORD", "\n"), ("entry_points.txt", "\n"), ("entry_points.txt", "\r")])
def test_a_parsed_file_of_absurd_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, end: str) -> None:
    monkeypatch.setattr(wheel_module, "_MOST_LINES", 20)
    read_wheel(make_wheel(tmp_path / "a", change={f"{DIST_INFO}/{name}": end * 20}))
    path = make_wheel(tmp_path / "b", change={f"{DIST_INFO}/{name}": end * 21})
    with pytest.raises(UnreadableWheel) as caught:
        read_wheel(path)
    assert str(caught.value) == f"{DIST_INFO}/{name} has more than 20 lines"


def test_a_forged_record_takes_little_memory(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, record=b"," * (4 << 20), compression=zipfile.ZIP_STORED)
    tracemalloc.start()
    try:
        wheel = read_wheel(path)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(wheel.record, RecordFile)
    assert [row.problem for row in wheel.record.malformed] == [f"has {(4 << 20) + 1} fields, expected 3"]
    assert kept < 6 << 20


def test_libraries_are_found_by_content(tmp_path: Path) -> None:
    change = {"quiverdb/data.bin": elf_library("aarch64"), "quiverdb/x": pe_library(), LINUX_LIBRARY: b"\x7fELF"}
    wheel = read_wheel(make_wheel(tmp_path, change=change))
    found = {library.name: str(library.target) for library in wheel.libraries}
    assert found == {"quiverdb/data.bin": "ELF for aarch64", "quiverdb/x": "PE for x86_64"}
    assert list(wheel.unreadable_libraries) == [LINUX_LIBRARY]


def test_a_library_is_detected_in_pieces_of_any_size(tmp_path: Path) -> None:
    """With empty deflate blocks the first piece can be of any length."""
    library = pe_library()
    empty = b"\0\0\0\xff\xff"
    first = b"\0\x03\0\xfc\xff" + library[:3]
    rest = b"\1" + len(library[3:]).to_bytes(2, "little") + (0xFFFF - len(library[3:])).to_bytes(2, "little")
    packed = first + empty * 20_000 + rest + library[3:]
    wheel = read_zip(tmp_path, Record(WINDOWS_LIBRARY.encode(), library, packed=packed))
    assert wheel.anomalies == ()
    assert [found.name for found in wheel.libraries] == [WINDOWS_LIBRARY]


def test_every_file_is_scanned_completely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: dict[str, bytes] = {}

    class Scan(ContentScan):
        def __init__(self, name: str) -> None:
            self._called = name
            scanned[name] = b""

        def update(self, chunk: bytes) -> None:
            scanned[self._called] += chunk

        def finish(self) -> tuple[ScanHit, ...]:
            return (ScanHit("test", self._called, 0, ""),)

    monkeypatch.setattr(wheel_module, "ContentScan", Scan)
    path = make_wheel(tmp_path, change={"quiverdb/large.bin": bytes(900_000)})
    wheel = read_wheel(path)
    with zipfile.ZipFile(path) as archive:
        assert scanned == {name: archive.read(name) for name in archive.namelist()}
    assert [hit.member for hit in wheel.scan_hits] == [member.name for member in wheel.members]


def test_size_and_hash_of_a_damaged_member_are_those_of_the_part_that_was_read(tmp_path: Path) -> None:
    wheel = read_zip(tmp_path, Record(b"a", b"abc", packed=b"\xff"), Record(b"b", b"abc", flags=1), Record(b"c", b"x"))
    assert wheel.sealed == {"a", "b"}
    nothing = hashlib.sha256(b"").hexdigest()
    assert [(member.name, member.size, member.sha256) for member in wheel.members] == [
        ("a", 0, nothing),
        ("b", 0, nothing),
        ("c", 1, hashlib.sha256(b"x").hexdigest()),
    ]


@pytest.mark.once
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_memory_does_not_grow_with_a_member_that_is_not_parsed(tmp_path: Path, compression: int) -> None:
    # Numbers, so that it is not a zip bomb or a library.
    data = array.array("I", range(4_000_000)).tobytes()
    path = make_wheel(tmp_path, change={"quiverdb/data.bin": data}, compression=compression)
    del data
    tracemalloc.start()
    try:
        wheel = read_wheel(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert wheel.anomalies == ()
    assert peak < 8 << 20


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_wheel(tmp_path / LINUX_WHEEL)


def test_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "folder"
    inside.mkdir()
    monkeypatch.chdir(inside)
    path = make_wheel(tmp_path / "dist", change={"../climbed": b"x", "quiverdb/fine": b"y"})
    read_wheel(path)
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "dist", path, inside]
