"""Archives in which a test chooses every field of every record, right or wrong.

`Zip(...)` is a sound archive of a few members; a test changes a field of a `Record` and asks for `bytes`.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field, replace

UTF8 = 1 << 11


def deflated(data: bytes) -> bytes:
    """Return `data` as a raw deflate stream; up to 64 KiB it is stored, the same with every zlib."""
    if len(data) > 0xFFFF:
        engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return engine.compress(data) + engine.flush()
    return b"\1" + struct.pack("<HH", len(data), 0xFFFF - len(data)) + data


@dataclass(frozen=True)
class Header:
    """The fields of a local header, or of an entry of the central directory; None is the correct value."""

    name: bytes | None = None
    flags: int | None = None
    method: int | None = None
    crc: int | None = None
    packed_size: int | None = None
    size: int | None = None
    extra: bytes = b""
    comment: bytes = b""
    attributes: int = 0o100644 << 16
    offset: int | None = None
    disk: int = 0
    version: int = 20


@dataclass(frozen=True)
class Record:
    """A member: its name and bytes, its headers, and the bytes around it in the file."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    packed: bytes | None = None
    local: Header = field(default_factory=Header)
    entry: Header = field(default_factory=Header)
    before: bytes = b""
    after: bytes = b""
    is_listed: bool = True
    is_written: bool = True

    @property
    def packed_data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == 8 else self.data

    def local_header(self) -> bytes:
        values = self._values(self.local)
        fixed = struct.pack("<4sHHHIIIIHH", b"PK\3\4", 20, *values[:2], 0x5C220000, *values[2:5], *values[5:])
        return fixed + self._name(self.local) + self.local.extra

    def directory_entry(self, offset: int) -> bytes:
        values = self._values(self.entry)
        where = offset if self.entry.offset is None else self.entry.offset
        fixed = struct.pack(
            "<4sHHHHIIIIHHHHHII",
            *(b"PK\1\2", 0x0314, self.entry.version, *values[:2], 0x5C220000, *values[2:5], *values[5:]),
            *(len(self.entry.comment), self.entry.disk, 0, self.entry.attributes, where),
        )
        return fixed + self._name(self.entry) + self.entry.extra + self.entry.comment

    def _name(self, header: Header) -> bytes:
        return self.name if header.name is None else header.name

    def _values(self, header: Header) -> tuple[int, ...]:
        """Return flags, method, CRC, packed size, size, lengths of name and extra fields."""
        true = (self.flags, self.method, zlib.crc32(self.data), len(self.packed_data), len(self.data))
        said = (header.flags, header.method, header.crc, header.packed_size, header.size)
        values = tuple(fact if claim is None else claim for fact, claim in zip(true, said, strict=True))
        return (*values, len(self._name(header)), len(header.extra))


@dataclass(frozen=True)
class Zip:
    """An archive. The numbers of the end record are correct, unless they are given."""

    records: tuple[Record, ...] = (Record(b"a/b.py", b"pass\n" * 50), Record(b"a/c.txt", b"text", method=0))
    comment: bytes = b""
    comment_size: int | None = None
    disk: int = 0
    directory_disk: int = 0
    entries_here: int | None = None
    entries: int | None = None
    directory_size: int | None = None
    directory_offset: int | None = None
    before_end: bytes = b""
    after: bytes = b""
    zip64: bool = False
    zip64_changes: tuple[tuple[int, int], ...] = ()  # (which of the ten fields, its value)
    locator_changes: tuple[tuple[int, int], ...] = ()  # (which of the three fields, its value)
    with_zip64_end: bool = True
    with_locator: bool = True

    def changed(self, number: int, **changes: object) -> Zip:
        """Return the archive with one record changed."""
        records = list(self.records)
        records[number] = replace(records[number], **changes)  # type: ignore[arg-type]
        return replace(self, records=tuple(records))

    def __bytes__(self) -> bytes:
        file = bytearray()
        directory = b""
        for record in self.records:
            file += record.before
            if record.is_listed:
                directory += record.directory_entry(len(file))
            if record.is_written:
                file += record.local_header() + record.packed_data + record.after
        count = sum(record.is_listed for record in self.records)
        begin = len(file)
        file += directory + self.before_end
        if self.zip64:
            file += self._zip64(count, len(directory), begin, len(file))
        numbers = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) if self.zip64 else (count, count, len(directory), begin)
        said = (self.entries_here, self.entries, self.directory_size, self.directory_offset)
        values = [fact if claim is None else claim for fact, claim in zip(numbers, said, strict=True)]
        comment_size = len(self.comment) if self.comment_size is None else self.comment_size
        end = struct.pack("<4sHHHHIIH", b"PK\5\6", self.disk, self.directory_disk, *values, comment_size)
        return bytes(file) + end + self.comment + self.after

    def _zip64(self, count: int, size: int, begin: int, here: int) -> bytes:
        fields = [44, 45, 45, 0, 0, count, count, size, begin]
        for at, value in self.zip64_changes:
            fields[at] = value
        end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", *fields) if self.with_zip64_end else b""
        places = [0, here, 1]
        for at, value in self.locator_changes:
            places[at] = value
        locator = struct.pack("<4sIQI", b"PK\6\7", *places) if self.with_locator else b""
        return end + locator


def extra_field(identifier: int, data: bytes) -> bytes:
    """Return an extra field."""
    return struct.pack("<HH", identifier, len(data)) + data


def unicode_path(name: bytes, shown: bytes) -> bytes:
    """Return a Unicode path extra field that shows `shown` for the header name `name`."""
    return extra_field(0x7075, b"\1" + struct.pack("<I", zlib.crc32(name)) + shown)
