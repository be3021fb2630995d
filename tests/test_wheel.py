"""A wheel read into facts; and everything that makes a file unreadable as one."""

from __future__ import annotations

import hashlib
import random
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.platforms import NativeTarget
from scripts.wheel import RecordRow, UnreadableWheel, read_wheel

from .factories import DIST_INFO, LINUX_LIBRARY, LINUX_WHEEL, encrypt, flip, make_wheel
from .native_factories import elf_library

LIBRARY = elf_library()


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableWheel) as caught:
        read_wheel(path)
    return str(caught.value)


def in_directory(member: str, offset: int, layout: str, value: int) -> Callable[[bytes], bytes]:
    """An edit that writes a number into the archive's directory, `offset` bytes into the entry of `member`."""

    def edit(data: bytes) -> bytes:
        start = data.rfind(member.encode()) - 46
        assert data[start : start + 4] == b"PK\1\2"
        number = struct.pack(layout, value)
        return data[: start + offset] + number + data[start + offset + len(number) :]

    return edit


def test_everything_in_a_wheel_is_read(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, change={"quiverdb/data/": b"", "quiverdb/text.txt": b"some text"})
    wheel = read_wheel(path)
    assert wheel.path == path
    assert wheel.name == LINUX_WHEEL
    assert wheel.size == path.stat().st_size
    assert wheel.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert wheel.filename is not None
    assert wheel.filename.text == LINUX_WHEEL
    with zipfile.ZipFile(path) as archive:
        expected = [
            (info.filename, info.file_size, hashlib.sha256(archive.read(info)).hexdigest())
            for info in archive.infolist()
            if info.filename != "quiverdb/data/"
        ]
        texts = {name: archive.read(name) for name in archive.namelist() if name.startswith(DIST_INFO)}
    assert [(member.name, member.size, member.sha256) for member in wheel.members] == expected
    assert wheel.texts == texts
    assert sorted(texts) == [f"{DIST_INFO}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")]
    assert [(library.name, library.target) for library in wheel.libraries] == [
        (LINUX_LIBRARY, NativeTarget("ELF", "x86_64"))
    ]
    assert wheel.unreadable_libraries == {}


def test_libraries_are_known_by_their_content_not_by_their_names(tmp_path: Path) -> None:
    wheel = read_wheel(
        make_wheel(
            tmp_path,
            change={
                LINUX_LIBRARY: b"this is no library",
                "quiverdb/data.bin": LIBRARY,
                "quiverdb/half.so": LIBRARY[:30],
                "quiverdb/large.so": LIBRARY + bytes(3 << 20),
            },
        )
    )
    assert [library.name for library in wheel.libraries] == ["quiverdb/data.bin", "quiverdb/large.so"]
    assert list(wheel.unreadable_libraries) == ["quiverdb/half.so"]
    assert wheel.unreadable_libraries["quiverdb/half.so"].startswith("its ELF headers cannot be read: ")


def test_a_name_that_is_no_wheels_leaves_the_rest_readable(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, filename="notes.whl"))
    assert wheel.filename is None
    assert wheel.dist_info == DIST_INFO


def test_a_name_that_is_twice_there_is_twice_read(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, again=[("quiverdb/py.typed", "other")]))
    sizes = [member.size for member in wheel.members if member.name == "quiverdb/py.typed"]
    assert sizes == [0, 5]


@pytest.mark.parametrize(
    ("extra", "folders", "the_one"),
    [
        ({}, [DIST_INFO], DIST_INFO),
        ({"a-1.dist-info/X": ""}, ["a-1.dist-info", DIST_INFO], None),
        # Neither of these is a folder at the top.
        ({"quiverdb/a-1.dist-info/X": "", "b.dist-info": ""}, [DIST_INFO], DIST_INFO),
    ],
)
def test_the_dist_info_folder_is_the_only_one_at_the_top(
    tmp_path: Path, extra: dict[str, str], folders: list[str], the_one: str | None
) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change=extra))
    assert (wheel.dist_info_folders, wheel.dist_info) == (folders, the_one)
    assert (wheel.dist_info_file("WHEEL") is None) == (the_one is None)
    assert wheel.dist_info_file("NOTHING") is None


def test_record_is_read_as_csv(tmp_path: Path) -> None:
    record = 'a,sha256=x,1\r\n"b,""c""\nd",,\n\ne\nf,g,2,surplus\n'
    assert read_wheel(make_wheel(tmp_path, record=record)).record == [
        RecordRow("a", "sha256=x", "1"),
        RecordRow('b,"c"\nd', "", ""),
        RecordRow("e", "", ""),
        RecordRow("f", "g", "2"),
    ]


@pytest.mark.parametrize("record", [b"\xff,,\n", b'"open', b'"a"b,,\n'])
def test_a_record_that_is_no_csv_is_none(tmp_path: Path, record: bytes) -> None:
    assert read_wheel(make_wheel(tmp_path, record=record)).record is None


def test_a_missing_record_and_a_missing_wheel_file_are_none(tmp_path: Path) -> None:
    gone = {f"{DIST_INFO}/RECORD": None, f"{DIST_INFO}/WHEEL": None}
    wheel = read_wheel(make_wheel(tmp_path, change=gone))
    assert (wheel.record, wheel.wheel_fields) == (None, None)


def test_the_fields_of_the_wheel_file_are_read(tmp_path: Path) -> None:
    text = b"Wheel-Version: 1.0\nTag:  a-b-c \nTag: d-e-f\nOdd: \xff\n"
    fields = read_wheel(make_wheel(tmp_path, wheel_file=text)).wheel_fields
    assert fields is not None
    assert fields["Wheel-Version"] == ["1.0"]
    assert fields["Tag"] == ["a-b-c", "d-e-f"]
    assert "Odd" in fields


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the archive is damaged: File is not a zip file"),
        (b"just some text\n", "the archive is damaged: File is not a zip file"),
        (b"PK\3\4" + bytes(200), "the archive is damaged: File is not a zip file"),
    ],
)
def test_archive_readable_refuses_what_is_no_archive(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / LINUX_WHEEL
    path.write_bytes(data)
    assert refusal(path) == reason


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            encrypt(LINUX_LIBRARY),
            f"{LINUX_LIBRARY} is encrypted, and installers have no password",
        ),
        (
            in_directory(LINUX_LIBRARY, 10, "<H", 99),
            "the archive uses what installers do not know: That compression method is not supported",
        ),
        (
            in_directory(LINUX_LIBRARY, 16, "<I", 0),
            f"the archive is damaged: Bad CRC-32 for file '{LINUX_LIBRARY}'",
        ),
        (
            in_directory(f"{DIST_INFO}/METADATA", 24, "<I", 17 << 20),
            f"{DIST_INFO}/METADATA is larger than any metadata: {17 << 20} bytes",
        ),
        (
            lambda data: data.replace(b"quiverdb/__init__.py", b"quiverdb/__init__py/"),
            "the archive is damaged: quiverdb/__init__py/ is a folder with contents",
        ),
        (lambda data: data[:-30], "the archive is damaged: File is not a zip file"),
        (lambda data: data[len(data) // 2 :], None),
    ],
    ids=["encrypted", "compression", "checksum", "large metadata", "folder", "no end", "no beginning"],
)
def test_archive_readable_refuses_a_damaged_archive(
    tmp_path: Path, edit: Callable[[bytes], bytes], reason: str | None
) -> None:
    found = refusal(make_wheel(tmp_path, edit=edit))
    assert found == reason or (reason is None and found.startswith("the archive is damaged: "))


def test_archive_readable_refuses_a_member_without_a_name(tmp_path: Path) -> None:
    # Its name becomes an extra field of 257 bytes: the two lengths stand side by side in the directory.
    name = "id\1\1" + "x" * 257
    path = make_wheel(tmp_path, change={name: b""}, edit=in_directory(name, 28, "<I", len(name) << 16))
    assert refusal(path) == "the archive is damaged: a file in it has no name"


def test_archive_readable_accepts_stored_and_deflated_members(tmp_path: Path) -> None:
    stored = read_wheel(make_wheel(tmp_path, compression=zipfile.ZIP_STORED))
    deflated = read_wheel(make_wheel(tmp_path, compression=zipfile.ZIP_DEFLATED))
    assert stored.members == deflated.members
    assert stored.size > deflated.size


def test_a_bomb_is_refused_before_anything_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_wheel(tmp_path, edit=in_directory(LINUX_LIBRARY, 24, "<I", 65 << 20))

    def unpack(*_arguments: object) -> None:
        pytest.fail("something is unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    assert refusal(path) == (f"{path.stat().st_size} bytes that unpack to {unpacked}: PyPI would call it a zip bomb")


def test_a_file_that_cannot_be_opened_is_no_damaged_wheel(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_wheel(tmp_path / LINUX_WHEEL)


def test_a_wheel_cut_off_anywhere_is_unreadable(tmp_path: Path) -> None:
    path = make_wheel(tmp_path)
    data = path.read_bytes()
    for length in [*range(0, len(data), 37), len(data) - 1]:
        path.write_bytes(data[:length])
        assert refusal(path).startswith("the archive is damaged: "), f"cut off at byte {length}"


def unpacked(path: Path) -> list[tuple[str, bytes]]:
    """What an installer would write to disk, in order."""
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


@pytest.mark.skipif(sys.platform == "win32", reason="the same everywhere, and slow there")
def test_a_wheel_damaged_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    path = make_wheel(tmp_path)
    data = path.read_bytes()
    chance = random.Random(20260102)  # noqa: S311  to fail again tomorrow
    for _ in range(300):
        damaged = data
        for _ in range(chance.choice([1, 2, 8])):
            damaged = flip(damaged, chance.randrange(len(data)), chance.choice([0xFF, 1, 0x40]))
        path.write_bytes(damaged)
        try:
            wheel = read_wheel(path)
        except UnreadableWheel as error:
            assert str(error)  # noqa: PT017
        else:
            hashes = [(name, hashlib.sha256(content).hexdigest()) for name, content in unpacked(path)]
            assert [(member.name, member.sha256) for member in wheel.members] == hashes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=st.one_of(st.binary(max_size=60), st.text(alphabet='a,"\r\n\0é', max_size=30).map(str.encode)))
def test_any_record_is_read_or_none(record: bytes, tmp_path: Path) -> None:
    rows = read_wheel(make_wheel(tmp_path, record=record)).record
    assert rows is None or all(isinstance(row, RecordRow) for row in rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.binary(max_size=60), st.text(alphabet="Tag: \r\n\0é-=?", max_size=30).map(str.encode)))
def test_any_wheel_file_has_fields(text: bytes, tmp_path: Path) -> None:
    fields = read_wheel(make_wheel(tmp_path, wheel_file=text)).wheel_fields
    assert fields is not None
    assert all(isinstance(value, str) for values in fields.values() for value in values)
