"""An archive read from its first byte to its last: its anomalies, and that no file can do harm."""

from __future__ import annotations

import hashlib
import io
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.archive_bytes import UTF8, Header, Record, Zip, deflated, extra_field, unicode_path
from truewheel.wheel.archive import reader as archive_module
from truewheel.wheel.archive.anomalies import AnomalyKind, UnreadableWheel
from truewheel.wheel.archive.reader import Archive, read_archive

SOUND = Zip()
BIG = 0xFFFFFFFF


class Sink:
    """Keeps the bytes that it gets."""

    def __init__(self, contents: dict[str, list[bytes]], name: str) -> None:
        self._chunks = contents.setdefault(name, [])

    def update(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def finish(self) -> None:
        pass


def read(data: bytes) -> tuple[Archive, dict[str, bytes]]:
    contents: dict[str, list[bytes]] = {}
    archive = read_archive(io.BytesIO(data), lambda name: Sink(contents, name))
    return archive, {name: b"".join(chunks) for name, chunks in contents.items()}


def anomalies_of(source: Zip | bytes) -> list[tuple[str, str]]:
    """Return the anomalies of an archive: the name of the kind, and the sentence."""
    return [(anomaly.kind.name, str(anomaly)) for anomaly in read(bytes(source))[0].anomalies]


def test_a_sound_archive_has_no_anomalies() -> None:
    data = bytes(SOUND)
    archive, contents = read(data)
    assert archive.anomalies == ()
    assert contents == {"a/b.py": b"pass\n" * 50, "a/c.txt": b"text"}
    assert [(entry.name, entry.size, entry.mode, entry.is_folder) for entry in archive.entries] == [
        ("a/b.py", 250, 0o100644, False),
        ("a/c.txt", 4, 0o100644, False),
    ]
    assert archive.size == len(data)
    assert archive.sha256 == hashlib.sha256(data).hexdigest()
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None, "the maker of the tests' archives is right"


@pytest.mark.parametrize(
    "sound",
    [
        Zip(records=()),
        Zip(zip64=True),
        Zip(comment=b"made by hand"),
        Zip(records=(Record(b"a/", entry=Header(attributes=0o40755 << 16), method=0), Record(b"a/b", b""))),
        Zip(records=(Record("a/ä.py".encode(), b"x", flags=UTF8),)),
        SOUND.changed(0, local=Header(size=BIG, packed_size=BIG, extra=extra_field(1, struct.pack("<QQ", 250, 255)))),
        SOUND.changed(0, local=Header(extra=extra_field(1, struct.pack("<QQ", 250, 255)))),
        SOUND.changed(0, entry=Header(size=BIG, extra=extra_field(1, struct.pack("<Q", 250)))),
        SOUND.changed(0, local=Header(extra=unicode_path(b"a/b.py", b"a/b.py"))),
        SOUND.changed(0, entry=Header(version=63)),
        replace(SOUND, zip64=True, entries=2, entries_here=2),
    ],
)
def test_unusual_but_allowed_archives_have_no_anomalies(sound: Zip) -> None:
    assert len(SOUND.records[0].packed_data) == 255
    assert anomalies_of(sound) == []


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archives_of_zipfile_have_no_anomalies(method: int) -> None:
    buffer = io.BytesIO()
    members = {f"package/{number}.bin": bytes([number]) * (number * 40_000) for number in range(9)}
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            with archive.open(name, "w", force_zip64=True) as stream:
                stream.write(data)
    read_back, contents = read(buffer.getvalue())
    assert read_back.anomalies == ()
    assert contents == members


CASES: list[tuple[Zip, list[tuple[str, str]]]] = [
    (
        SOUND.changed(1, local=Header(name=b"a/b.py"), entry=Header(name=b"a/b.py")),
        [("NAME_TWICE", "a/b.py: 2 members of the archive have this name")],
    ),
    (
        SOUND.changed(1, is_listed=False),
        [("NOT_IN_BOTH", "a/c.txt: it is at byte 291 of the file, but the central directory does not list it")],
    ),
    (
        SOUND.changed(1, is_written=False),
        [("NOT_IN_BOTH", "a/c.txt: the central directory lists it at byte 291, where no member begins")],
    ),
    (
        SOUND.changed(1, entry=Header(name=b"a/d.txt")),
        [
            (
                "HEADERS_DIFFER",
                "a/d.txt: the name is b'a/c.txt' in the local header, but b'a/d.txt' in the central directory",
            )
        ],
    ),
    (
        SOUND.changed(1, entry=Header(size=5)),
        [("HEADERS_DIFFER", "a/c.txt: the size is 4 in the local header, but 5 in the central directory")],
    ),
    (
        SOUND.changed(0, entry=Header(packed_size=254)),
        [
            (
                "HEADERS_DIFFER",
                "a/b.py: the compressed size is 255 in the local header, but 254 in the central directory",
            )
        ],
    ),
    (
        SOUND.changed(1, entry=Header(crc=0)),
        [
            (
                "HEADERS_DIFFER",
                "a/c.txt: the CRC-32 is 3b8ba7c7 in the local header, but 00000000 in the central directory",
            )
        ],
    ),
    (
        SOUND.changed(1, entry=Header(method=8)),
        [
            (
                "HEADERS_DIFFER",
                "a/c.txt: the compression method is 0 in the local header, but 8 in the central directory",
            )
        ],
    ),
    (
        SOUND.changed(1, entry=Header(flags=UTF8)),
        [("HEADERS_DIFFER", "a/c.txt: the flags is 0 in the local header, but 2048 in the central directory")],
    ),
    (
        SOUND.changed(1, entry=Header(offset=3)),
        [
            ("NOT_IN_BOTH", "a/c.txt: the central directory lists it at byte 3, where no member begins"),
            ("NOT_IN_BOTH", "a/c.txt: it is at byte 291 of the file, but the central directory does not list it"),
        ],
    ),
    (
        SOUND.changed(1, entry=Header(comment=b"hi")),
        [("MEMBER_COMMENT", "a/c.txt: a comment of 2 bytes in the central directory")],
    ),
    (
        Zip(records=(Record(b"a\0b", b"x"),)),
        [("NAME_UNPRINTABLE", "a\0b: control characters in the name b'a\\x00b'")],
    ),
    (
        Zip(records=(Record(b"a\xff", b"x", flags=UTF8),)),
        [("NAME_NOT_UTF8", "a\\xff: the name b'a\\xff' is not UTF-8")],
    ),
    (
        Zip(records=(Record("ä".encode(), b"x"),)),
        [("NAME_NOT_UTF8", "ä: the name is not ASCII, and is not marked as UTF-8 (flag bit 11)")],
    ),
    (
        SOUND.changed(0, local=Header(extra=b"\1\2\3")),
        [("EXTRA_FIELD", "a/b.py: 3 stray bytes after its extra fields")],
    ),
    (
        SOUND.changed(0, entry=Header(extra=struct.pack("<HH", 7, 5) + b"1234")),
        [("EXTRA_FIELD", "a/b.py: extra field 0x0007 claims 5 bytes of 4")],
    ),
    (
        SOUND.changed(0, local=Header(extra=extra_field(1, b"") * 2)),
        [("EXTRA_FIELD", "a/b.py: two zip64 extra fields in the local header")],
    ),
    (
        SOUND.changed(0, entry=Header(extra=unicode_path(b"a/b.py", b"a/b.py") * 2)),
        [("EXTRA_FIELD", "a/b.py: two Unicode path extra fields in the central directory")],
    ),
    (
        SOUND.changed(0, local=Header(extra=unicode_path(b"a/b.py", b"a/x.py"))),
        [("EXTRA_FIELD", "a/b.py: its Unicode path extra field has another name: b'a/x.py'")],
    ),
    (
        SOUND.changed(0, local=Header(extra=unicode_path(b"a/b.py", b"\n"))),
        [
            ("EXTRA_FIELD", "a/b.py: its Unicode path extra field has another name: b'\\n'"),
            ("NAME_UNPRINTABLE", "a/b.py: control characters in the name b'\\n' of the Unicode path extra field"),
        ],
    ),
    (
        SOUND.changed(0, local=Header(extra=extra_field(1, b"12345"))),
        [("ZIP64_VALUES", "a/b.py: 5 bytes of zip64 values for the local header, expected 0")],
    ),
    (
        SOUND.changed(0, local=Header(extra=extra_field(1, struct.pack("<QQ", 250, 16)))),
        [("ZIP64_VALUES", "a/b.py: 16 bytes of zip64 values for the local header, expected 0")],
    ),
    (
        SOUND.changed(0, entry=Header(size=BIG)),
        [
            ("ZIP64_VALUES", "a/b.py: 0 bytes of zip64 values for the central directory, expected 8"),
            (
                "HEADERS_DIFFER",
                "a/b.py: the size is 250 in the local header, but 4294967295 in the central directory",
            ),
        ],
    ),
    (
        replace(SOUND, entries=3, entries_here=3),
        [("END_RECORD", "the number of entries is 3 in the end record, expected 2")],
    ),
    (
        replace(SOUND, entries_here=1),
        [("ENTRY_COUNTS", "the end record has 1 entries on this disk, but 2 in total")],
    ),
    (
        replace(SOUND, zip64=True, entries_here=2),
        [("ENTRY_COUNTS", "the end record has 2 entries on this disk, but 65,535 in total")],
    ),
    (
        replace(SOUND, zip64=True, zip64_changes=((5, 1),)),
        [("ENTRY_COUNTS", "the zip64 end record has 1 entries on this disk, but 2 in total")],
    ),
    (
        SOUND.changed(1, entry=Header(version=64)),
        [("VERSION_NEEDED", "a/c.txt: it needs version 6.4 of the zip format, expected at most 6.3")],
    ),
    (
        replace(SOUND, directory_size=107),
        [("END_RECORD", "the size of the central directory is 107 in the end record, expected 105")],
    ),
    (
        replace(SOUND, directory_offset=331),
        [("END_RECORD", "the offset of the central directory is 331 in the end record, expected 332")],
    ),
    (
        replace(SOUND, disk=1),
        [("END_RECORD", "the number of this disk is 1 in the end record, expected 0")],
    ),
    (
        SOUND.changed(0, entry=Header(disk=2)),
        [("END_RECORD", "a/b.py: the central directory says that it is on disk 2; there is one, disk 0")],
    ),
    (
        replace(SOUND, comment=b"PK\5\6" + bytes(18)),
        [
            (
                "END_RECORD",
                "the archive's comment has another end record, which readers that begin at the end may use",
            )
        ],
    ),
    (
        replace(SOUND, directory_offset=BIG),
        [("ZIP64", "there is no zip64 end record, but another record refers to one")],
    ),
    (
        replace(SOUND, zip64=True, with_locator=False),
        [("ZIP64", "there is a zip64 end record, but no zip64 locator")],
    ),
    (
        replace(
            SOUND, zip64=True, with_zip64_end=False, entries=2, entries_here=2, directory_size=105, directory_offset=332
        ),
        [("ZIP64", "there is no zip64 end record, but another record refers to one")],
    ),
    (
        replace(SOUND, zip64=True, entries=3, entries_here=3),
        [("ZIP64", "the number of entries is 3 in the end record, but 2 in the zip64 end record")],
    ),
    (
        replace(SOUND, zip64=True, zip64_changes=((7, 99),)),
        [("END_RECORD", "the size of the central directory is 99 in the end record, expected 105")],
    ),
    (
        replace(SOUND, zip64=True, zip64_changes=((0, 43),)),
        [("ZIP64", "the zip64 end record has -1 bytes of extensible data; PyPI accepts none")],
    ),
    (
        replace(SOUND, zip64=True, locator_changes=((1, 5),)),
        [("ZIP64", "the zip64 locator says byte 5, but the zip64 end record is at 437")],
    ),
    (
        replace(SOUND, zip64=True, locator_changes=((2, 7),)),
        [("ZIP64", "the zip64 locator says disk 0 of 7; there is one, disk 0")],
    ),
    (SOUND.changed(1, flags=1), [("ENCRYPTED", "a/c.txt: it is encrypted")]),
    (
        SOUND.changed(1, method=12),
        [("COMPRESSION", "a/c.txt: compression method 12, expected 0 (stored) or 8 (deflated)")],
    ),
    (
        SOUND.changed(0, packed=b"\xff" * 255),
        [
            (
                "DATA_DAMAGED",
                "a/b.py: its compressed data is damaged after 0 unpacked bytes (invalid block type)",
            )
        ],
    ),
    (
        SOUND.changed(0, packed=deflated(b"pass\n" * 50) + b"more"),
        [("DATA_DAMAGED", "a/b.py: its compressed data ends after 255 of 259 bytes")],
    ),
    (
        SOUND.changed(0, packed=deflated(b"pass\n" * 50)[:-2]),
        [("DATA_DAMAGED", "a/b.py: its compressed data does not end within its 253 bytes")],
    ),
    (
        SOUND.changed(0, packed=deflated(b"pass\n" * 51)),
        [("WRONG_DATA", "a/b.py: it unpacks to more than the 250 bytes that it declares")],
    ),
    (
        SOUND.changed(0, packed=deflated(b"pass\n" * 49)),
        [("WRONG_DATA", "a/b.py: it unpacks to 245 bytes, but declares 250")],
    ),
    (
        SOUND.changed(1, packed=b"next"),
        [
            (
                "WRONG_DATA",
                (
                    f"a/c.txt: its bytes have the CRC-32 {zlib.crc32(b'next'):08x}, "
                    "but its header says 3b8ba7c7: it is damaged"
                ),
            )
        ],
    ),
    (
        Zip(records=(Record(b"a/", b"secret"),)),
        [("FOLDER_WITH_DATA", "a/: a folder with 6 bytes of contents, which installers drop")],
    ),
]


@pytest.mark.parametrize(("broken", "expected"), CASES)
def test_anomalies_are_reported(broken: Zip, expected: list[tuple[str, str]]) -> None:
    assert anomalies_of(broken) == expected


def test_a_file_larger_than_pypi_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "LARGEST_FILE", 458)
    assert anomalies_of(SOUND) == [("FILE_TOO_LARGE", "the file has 459 bytes; PyPI accepts 458")]
    monkeypatch.setattr(archive_module, "LARGEST_FILE", 459)
    assert anomalies_of(SOUND) == []
    monkeypatch.undo()
    assert archive_module.LARGEST_FILE == 100 * 1024 * 1024


def test_of_ten_thousand_anomalies_the_first_are_reported() -> None:
    many = Zip(records=tuple(Record(b"m%d" % number, local=Header(extra=b"x")) for number in range(120)))
    reported = anomalies_of(many)
    assert len(reported) == 51
    assert reported[-1] == ("EXTRA_FIELD", "and 70 more like these")


STREAMED = Header(crc=0, packed_size=0, size=0)
BROKEN: list[tuple[bytes | Zip, str]] = [
    (b"", "the file is empty"),
    (b"<html>not found</html>", "it is not a zip archive: it begins with b'<htm'"),
    (b"PK", "it is not a zip archive: it begins with b'PK'"),
    (SOUND.changed(0, before=b"#!/bin/sh\n"), "it is not a zip archive: it begins with b'#!/b'"),
    (
        bytes(SOUND)[:300],
        "the archive is cut off: it ends after 300 bytes and 1 member, without an end record",
    ),
    (
        bytes(SOUND)[:332],
        "the archive is cut off: it ends after 332 bytes and 2 members, without an end record",
    ),
    (
        bytes(SOUND)[:-1],
        "the archive is cut off: it ends after 458 bytes and 2 members, without an end record",
    ),
    (
        replace(SOUND, comment=b"short", comment_size=9),
        "the archive is cut off: it ends after 464 bytes and 2 members, without an end record",
    ),
    (
        SOUND.changed(0, after=b"\0"),
        "byte 291 of the archive should begin its next record, but b'\\x00PK\\x03' does not",
    ),
    (
        replace(SOUND, before_end=b"hole"),
        "byte 437 of the archive should begin its next record, but b'hole' does not",
    ),
    (
        SOUND.changed(1, before=b"PK\6\x08\1\0\0\0x"),
        "byte 291 of the archive should begin its next record, but b'PK\\x06\\x08' does not",
    ),
    (
        replace(SOUND, before_end=Record(b"late", b"x").local_header()),
        "byte 437 of the archive should begin its next record, but b'PK\\x03\\x04' does not",
    ),
    (
        SOUND.changed(0, local=Header(packed_size=254)),
        "byte 290 of the archive should begin its next record, but b'\\nPK\\x03' does not",
    ),
    (
        SOUND.changed(0, local=Header(packed_size=9_999)),
        "the archive is cut off or damaged: the data of a/b.py should take 9,999 bytes, but the file has only 423 more",
    ),
    (
        SOUND.changed(0, flags=8, local=STREAMED),
        "a/b.py: its sizes are after its data, in a data descriptor (flag bit 3); PyPI accepts none",
    ),
    (replace(SOUND, after=b"\n"), "1 byte after the end of the archive"),
    (replace(SOUND, after=bytes(SOUND)), "459 bytes after the end of the archive"),
]


@pytest.mark.parametrize(("broken", "message"), BROKEN)
def test_an_archive_that_is_not_one_from_its_first_byte_to_its_last(broken: bytes | Zip, message: str) -> None:
    with pytest.raises(UnreadableWheel) as caught:
        read(bytes(broken))
    assert str(caught.value) == message


def zeros(size: int) -> Record:
    """A member that unpacks to `size` zero bytes."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join(engine.compress(bytes(min(1 << 20, size - at))) for at in range(0, size, 1 << 20))
    true = Header(size=size, crc=0)
    return Record(b"zeros", packed=packed + engine.flush(), local=true, entry=true)


BOMB = zeros(65 << 20)


class CountingSink:
    """Counts the bytes that are unpacked into it."""

    def __init__(self) -> None:
        self.size = 0

    def update(self, chunk: bytes) -> None:
        self.size += len(chunk)

    def finish(self) -> None:
        pass


def read_cheaply(data: bytes, unpacked: int) -> list[tuple[str, str]]:
    """Read `data`, and return its anomalies; little memory is needed, and at most `unpacked` bytes are unpacked."""
    sink = CountingSink()
    tracemalloc.start()
    try:
        archive = read_archive(io.BytesIO(data), lambda _: sink)
        return [(anomaly.kind.name, str(anomaly)) for anomaly in archive.anomalies]
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 << 20
        assert sink.size <= unpacked


def assert_refused_cheaply(data: bytes, message: str, unpacked: int) -> None:
    with pytest.raises(UnreadableWheel) as caught:
        read_cheaply(data, unpacked)
    assert str(caught.value) == message


def bomb_message(size: int, unpacked: int) -> str:
    return (
        f"it unpacks from {size:,} to {unpacked:,} bytes or more; PyPI calls more than 67,108,864 bytes "
        "and more than 50 times the file a zip bomb"
    )


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    for entry in (BOMB.entry, Header(size=9, crc=0)):
        data = bytes(Zip(records=(replace(BOMB, entry=entry),)))
        assert_refused_cheaply(data, bomb_message(len(data), 65 << 20), unpacked=0)


def test_a_bomb_of_several_members_is_refused_at_the_one_that_is_too_much() -> None:
    half = zeros(40 << 20)
    data = bytes(Zip(records=(half, replace(half, name=b"more"))))
    assert_refused_cheaply(data, bomb_message(len(data), 80 << 20), unpacked=40 << 20)


def test_a_member_that_unpacks_to_more_than_it_declares_is_stopped_at_once() -> None:
    small = Header(size=1_000, crc=0)
    anomalies = read_cheaply(bytes(Zip(records=(replace(BOMB, local=small, entry=small),))), unpacked=1_000)
    assert anomalies == [("WRONG_DATA", "zeros: it unpacks to more than the 1,000 bytes that it declares")]


def test_members_that_share_their_data_are_unpacked_once() -> None:
    """A zip bomb whose central directory refers to the same data many times."""
    one = zeros(1 << 20)
    entries = tuple(
        Record(
            b"m%d" % number, is_written=False, entry=Header(size=1 << 20, offset=0, packed_size=len(one.packed_data))
        )
        for number in range(60)
    )
    kinds = {kind for kind, _ in read_cheaply(bytes(Zip(records=(one, *entries))), unpacked=1 << 20)}
    assert kinds == {"HEADERS_DIFFER", "WRONG_DATA"}


def test_too_many_members_and_headers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MOST_MEMBERS", 1)
    for archive in (SOUND, SOUND.changed(1, is_written=False)):
        with pytest.raises(UnreadableWheel, match=r"^the archive has more than 1 members$"):
            read(bytes(archive))
    monkeypatch.undo()
    monkeypatch.setattr(archive_module, "MOST_HEADER_BYTES", 90)
    for archive in (Zip(records=SOUND.records * 2), SOUND):
        with pytest.raises(UnreadableWheel, match=r"^the archive has more than 90 bytes of headers$"):
            read(bytes(archive))


def survives(data: bytes) -> None:
    """Any bytes are an archive with anomalies, or UnreadableWheel."""
    try:
        archive, _ = read(data)
    except UnreadableWheel:
        pass
    else:
        assert archive.size == len(data)
        assert archive.sha256 == hashlib.sha256(data).hexdigest()


@given(st.binary(max_size=300))
def test_garbage(data: bytes) -> None:
    survives(data)


SIGNATURES = [b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08"]


@given(st.lists(st.one_of(st.sampled_from(SIGNATURES), st.binary(max_size=60), st.just(bytes(20))), max_size=12))
def test_garbage_that_looks_like_records(parts: list[bytes]) -> None:
    survives(b"".join(parts))


WHOLE = [bytes(SOUND), bytes(replace(SOUND, zip64=True, comment=b"abc"))]


@given(st.sampled_from(WHOLE), st.data())
def test_archives_with_changed_bytes(data: bytes, draw: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data) - 1))
        new = draw.draw(st.one_of(st.binary(min_size=1, max_size=4), st.sampled_from([b"\xff" * 4, bytes(4)])))
        changed[at : at + len(new)] = new
    survives(bytes(changed))


@settings(max_examples=50)
@given(st.sampled_from(WHOLE), st.data())
def test_archives_with_a_part_cut_out_or_repeated(data: bytes, draw: st.DataObject) -> None:
    begin, end = sorted(draw.draw(st.tuples(*[st.integers(0, len(data))] * 2)))
    survives(data[:begin] + data[end:])
    survives(data[:end] + data[begin:])
    survives(data[:begin])


FIELDS = st.builds(
    Header,
    name=st.none() | st.binary(max_size=9),
    flags=st.none() | st.integers(0, 0xFFFF),
    method=st.none() | st.sampled_from([0, 8, 9, 14]),
    crc=st.none() | st.integers(0, BIG),
    packed_size=st.none() | st.sampled_from([0, 1, 254, 256, BIG]) | st.integers(0, BIG),
    size=st.none() | st.sampled_from([0, 249, 251, BIG]) | st.integers(0, BIG),
    extra=st.binary(max_size=9) | st.builds(extra_field, st.sampled_from([1, 0x7075]), st.binary(max_size=28)),
    comment=st.binary(max_size=3),
    attributes=st.integers(0, BIG),
    offset=st.none() | st.integers(0, BIG),
)


@given(FIELDS, FIELDS, st.none() | st.binary(max_size=40))
def test_archives_with_any_header_fields(local: Header, entry: Header, packed: bytes | None) -> None:
    survives(bytes(SOUND.changed(0, local=local, entry=entry, packed=packed)))
    survives(bytes(replace(SOUND.changed(1, local=local, packed=packed), zip64=True)))


@given(st.binary(max_size=80), st.integers(0, 400))
def test_without_anomalies_zipfile_reads_the_same(noise: bytes, at: int) -> None:
    """zipfile is the reader that most installers use."""
    data = bytes(SOUND)[:at] + noise + bytes(SOUND)[at:]
    try:
        archive, contents = read(data)
    except UnreadableWheel:
        return
    if not archive.anomalies:
        with zipfile.ZipFile(io.BytesIO(data)) as other:
            assert {info.filename: other.read(info) for info in other.infolist()} == contents


def test_every_kind_of_anomaly_is_tested() -> None:
    shown = {kind for _, expected in CASES for kind, _ in expected} | {"FILE_TOO_LARGE"}
    assert shown == {kind.name for kind in AnomalyKind}


class Growing(io.BytesIO):
    """A file that something else still writes."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        at = self.tell()
        self.seek(0, io.SEEK_END)
        self.write(b"more")
        self.seek(at)
        return data


@pytest.mark.parametrize("data", [bytes(SOUND), bytes(SOUND)[:300], b"PK"])
def test_a_file_that_grows_while_it_is_read_is_called_that(data: bytes) -> None:
    with pytest.raises(
        UnreadableWheel, match=rf"it changed while it was read, from {len(data)} to [\d,]+ bytes: wait "
    ):
        read_archive(Growing(data), lambda name: Sink({}, name))
