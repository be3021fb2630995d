"""The records of a zip archive, parsed. Numbers are little-endian; sizes and offsets are in bytes.

Each `parse_…` takes the bytes of one whole record and returns its fields and its own problems; agreement.py compares
the records with each other.
Source: PKWARE's APPNOTE, sections 4.3 to 4.6; each class names the section of its record.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from truewheel.wheel.archive.anomalies import AnomalyKind

STORED, DEFLATED = 0, 8
# The flags (section 4.4.4).
ENCRYPTED, HAS_DESCRIPTOR, STRONGLY_ENCRYPTED, IS_UTF8, MASKED_HEADERS = 1 << 0, 1 << 3, 1 << 6, 1 << 11, 1 << 13
# The values that refer to the zip64 record or extra field.
MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF
# The newest version of the format, times ten, that Python's zip reader knows; it opens no archive that needs more.
NEWEST_VERSION = 63

_EXTRA = struct.Struct("<HH")
_ZIP64_ID, _UNICODE_PATH_ID = 0x0001, 0x7075
# By the number of values that it may leave to zip64.
_PLACES = {2: "the local header", 3: "the central directory"}
_CONTROL = bytes([*range(0x20), 0x7F])
_NO_LENGTHS = struct.Struct("")


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of record."""

    signature: bytes  # its first four bytes
    fields: struct.Struct  # its fixed part, with the signature
    lengths: struct.Struct = _NO_LENGTHS  # those of its fields that are the lengths of the parts after it

    def tail(self, fixed: bytes) -> int:
        """Return how many bytes of names, extra fields and comments follow the fixed part."""
        return sum(self.lengths.unpack_from(fixed))


LOCAL_HEADER = Layout(b"PK\x03\x04", struct.Struct("<4x2xHH4xIIIHH"), struct.Struct("<26xHH"))
DIRECTORY_ENTRY = Layout(b"PK\x01\x02", struct.Struct("<4x4xHH4xIIIHHHHHII"), struct.Struct("<28xHHH"))
END_RECORD = Layout(b"PK\x05\x06", struct.Struct("<4xHHHHIIH"))
ZIP64_END_RECORD = Layout(b"PK\x06\x06", struct.Struct("<4xQ4xIIQQQQ"))
ZIP64_LOCATOR = Layout(b"PK\x06\x07", struct.Struct("<4xIQI"))

HeaderProblem = tuple[AnomalyKind, str]


@dataclass(frozen=True, slots=True)
class MemberHeader:
    """A local header (4.3.7), or an entry of the central directory (4.3.12)."""

    name: str  # decoded; bytes that are not UTF-8 are escaped
    raw_name: bytes  # as it is in the file
    flags: int  # the general purpose bits
    method: int  # of compression
    crc: int  # CRC-32 of the unpacked bytes
    compressed_size: int  # of the data after the local header
    size: int  # of the unpacked bytes
    offset: int  # of the local header in the file
    attributes: int  # the external attributes; 0 in a local header, which has none
    problems: tuple[HeaderProblem, ...]  # what is wrong with this record

    @property
    def has_descriptor(self) -> bool:
        return bool(self.flags & HAS_DESCRIPTOR)

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & (ENCRYPTED | STRONGLY_ENCRYPTED | MASKED_HEADERS))

    @property
    def unix_mode(self) -> int | None:
        """Unix type and permissions; None if the archive has none."""
        return self.attributes >> 16 or None


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The end record (4.3.16), or its zip64 form (4.3.14)."""

    disk: int  # the number of this disk
    directory_disk: int  # the number of the disk with the central directory
    entries_here: int  # how many entries of the central directory are on this disk
    entries: int  # how many entries the central directory has
    size: int  # of the central directory
    offset: int  # of the central directory
    tail: int  # how many bytes after the fixed part belong to the record (a comment; in zip64, extensible data)


@dataclass(frozen=True, slots=True)
class Zip64Locator:
    """The locator of the zip64 end record (4.3.15): the record's offset, and the number of disks."""

    disk: int
    offset: int
    disks: int


def parse_local_header(record: bytes, offset: int) -> MemberHeader:
    """Parse a local header at `offset` in the file, with its name and extra fields."""
    flags, method, crc, packed, size, name_size, _ = LOCAL_HEADER.fields.unpack_from(record)
    name_end = LOCAL_HEADER.fields.size + name_size
    raw_name, extra = record[LOCAL_HEADER.fields.size : name_end], record[name_end:]
    problems: list[HeaderProblem] = []
    name = _decode_name(raw_name, flags, problems)
    if extra or MAX_32 in (size, packed):
        size, packed = _read_extras(extra, raw_name, [size, packed], problems)
    return MemberHeader(name, raw_name, flags, method, crc, packed, size, offset, 0, tuple(problems))


def parse_directory_entry(record: bytes) -> MemberHeader:
    """Parse an entry of the central directory, with its name, extra fields and comment."""
    fields = DIRECTORY_ENTRY.fields.unpack_from(record)
    flags, method, crc, packed, size, name_size, extra_size, comment_size, disk, _, attributes, offset = fields
    name_end = DIRECTORY_ENTRY.fields.size + name_size
    raw_name, extra = record[DIRECTORY_ENTRY.fields.size : name_end], record[name_end : name_end + extra_size]
    problems: list[HeaderProblem] = []
    name = _decode_name(raw_name, flags, problems)
    # One byte: the next one is reserved.
    if record[6] > NEWEST_VERSION:
        detail = f"it needs version {record[6] / 10} of the zip format, expected at most {NEWEST_VERSION / 10}"
        problems.append((AnomalyKind.VERSION_NEEDED, detail))
    if comment_size:
        problems.append((AnomalyKind.MEMBER_COMMENT, f"a comment of {comment_size} bytes in the central directory"))
    if disk not in (0, MAX_16):
        problems.append(
            (AnomalyKind.END_RECORD, f"the central directory says that it is on disk {disk}; there is one, disk 0")
        )
    if extra or MAX_32 in (size, packed, offset):
        size, packed, offset = _read_extras(extra, raw_name, [size, packed, offset], problems)
    return MemberHeader(name, raw_name, flags, method, crc, packed, size, offset, attributes, tuple(problems))


def parse_zip64_end_record(record: bytes) -> EndRecord:
    """Parse the fixed part of the zip64 end record; `tail` is negative if the record claims to be shorter."""
    length, disk, directory_disk, entries_here, entries, size, offset = ZIP64_END_RECORD.fields.unpack_from(record)
    # The length counts neither the signature nor itself.
    tail = length - (ZIP64_END_RECORD.fields.size - 12)
    return EndRecord(disk, directory_disk, entries_here, entries, size, offset, tail)


def _decode_name(raw: bytes, flags: int, problems: list[HeaderProblem]) -> str:
    # Not str.isprintable, which also refuses characters that PyPI accepts, such as a soft hyphen.
    if raw.translate(None, _CONTROL) != raw:
        problems.append((AnomalyKind.NAME_UNPRINTABLE, f"control characters in the name {raw!r}"))
    if raw.isascii():
        return raw.decode("ascii")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        problems.append((AnomalyKind.NAME_NOT_UTF8, f"the name {raw!r} is not UTF-8"))
        return raw.decode("utf-8", "backslashreplace")
    if not flags & IS_UTF8:
        problems.append((AnomalyKind.NAME_NOT_UTF8, "the name is not ASCII, and is not marked as UTF-8 (flag bit 11)"))
    return name


def _read_extras(extra: bytes, raw_name: bytes, plain: list[int], problems: list[HeaderProblem]) -> tuple[int, ...]:
    """Read the extra fields; return the values of `plain` (size, compressed size, offset), replaced by those of zip64.

    A local header has no offset, so only two values.
    """
    seen: set[int] = set()
    zip64 = b""
    for identifier, data in _extra_fields(extra, problems):
        if identifier in seen and identifier in (_ZIP64_ID, _UNICODE_PATH_ID):
            what = "zip64" if identifier == _ZIP64_ID else "Unicode path"
            problems.append((AnomalyKind.EXTRA_FIELD, f"two {what} extra fields in {_PLACES[len(plain)]}"))
            continue
        seen.add(identifier)
        if identifier == _ZIP64_ID:
            zip64 = data
        elif identifier == _UNICODE_PATH_ID:
            problems += _unicode_path_problems(data, raw_name)
    return _zip64_values(zip64, plain, problems)


def _extra_fields(extra: bytes, problems: list[HeaderProblem]) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(extra):
        if len(extra) - at < _EXTRA.size:
            problems.append((AnomalyKind.EXTRA_FIELD, f"{len(extra) - at} stray bytes after its extra fields"))
            return
        identifier, size = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if size > len(extra) - at:
            here = len(extra) - at
            problems.append((AnomalyKind.EXTRA_FIELD, f"extra field {identifier:#06x} claims {size} bytes of {here}"))
            return
        yield identifier, extra[at : at + size]
        at += size


def _unicode_path_problems(data: bytes, raw_name: bytes) -> Iterator[HeaderProblem]:
    """Some readers take the name from this field, others from the header, so both must be the same."""
    name = data[5:]
    if len(data) < 5 or data[0] != 1 or name != raw_name or int.from_bytes(data[1:5], "little") != zlib.crc32(raw_name):
        yield AnomalyKind.EXTRA_FIELD, f"its Unicode path extra field has another name: {name!r}"
    if name.translate(None, _CONTROL) != name:
        yield AnomalyKind.NAME_UNPRINTABLE, f"control characters in the name {name!r} of the Unicode path extra field"


def _zip64_values(data: bytes, plain: list[int], problems: list[HeaderProblem]) -> tuple[int, ...]:
    """Return `plain` with the values of `data` in the place of those that refer to them; there must be no others.

    Both sizes in a local header may repeat it: Bazel and older Pythons write them so, and PyPI accepts them.
    """
    if len(plain) == 2 and data == struct.pack("<QQ", *plain):
        return tuple(plain)
    size = 8 * plain.count(MAX_32)
    if len(data) != size:
        detail = f"{len(data)} bytes of zip64 values for {_PLACES[len(plain)]}, expected {size}"
        problems.append((AnomalyKind.ZIP64_VALUES, detail))
        return tuple(plain)
    values = iter(struct.unpack(f"<{size // 8}Q", data))
    return tuple(next(values) if value == MAX_32 else value for value in plain)
