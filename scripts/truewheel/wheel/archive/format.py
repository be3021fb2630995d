"""The records of a zip archive, taken apart. Numbers are little-endian; sizes and places are in bytes.

Each `parse_…` takes the bytes of one whole record and states what stands there, flaws of the record included;
what the records say about each other is compared elsewhere.
Source: PKWARE's APPNOTE, sections 4.3 to 4.6; the section of a record stands at its class.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from truewheel.wheel.archive.anomalies import AnomalyKind

LOCAL_HEADER = b"PK\x03\x04"
DIRECTORY_ENTRY = b"PK\x01\x02"
END_RECORD = b"PK\x05\x06"
ZIP64_END_RECORD = b"PK\x06\x06"
ZIP64_LOCATOR = b"PK\x06\x07"
DATA_DESCRIPTOR = b"PK\x07\x08"
KNOWN_SIGNATURES = (LOCAL_HEADER, DIRECTORY_ENTRY, END_RECORD, ZIP64_END_RECORD, ZIP64_LOCATOR)

# The parts of fixed length, signature included.
LOCAL_HEADER_SIZE = 30
DIRECTORY_ENTRY_SIZE = 46
END_RECORD_SIZE = 22
ZIP64_END_RECORD_SIZE = 56
ZIP64_LOCATOR_SIZE = 20

STORED, DEFLATED = 0, 8
# What the bits of the flags mean (section 4.4.4).
ENCRYPTED, HAS_DESCRIPTOR, STRONGLY_ENCRYPTED, IS_UTF8, MASKED_HEADERS = 1 << 0, 1 << 3, 1 << 6, 1 << 11, 1 << 13
# The values that refer to the zip64 record or extra field.
MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF

_LOCAL = struct.Struct("<4x2xHH4xIIIHH")
_ENTRY = struct.Struct("<4x4xHH4xIIIHHHHHII")
_END = struct.Struct("<4xHHHHIIH")
_ZIP64_END = struct.Struct("<4xQ4xIIQQQQ")
_ZIP64_LOCATOR = struct.Struct("<4xIQI")
_EXTRA = struct.Struct("<HH")
_ZIP64_ID, _UNICODE_PATH_ID = 0x0001, 0x7075
# Uncompressed size; both sizes; and the place; and the disk (4.5.3).
_ZIP64_LENGTHS = (0, 8, 16, 24, 28)
_CONTROL = bytes([*range(0x20), 0x7F])

Flaw = tuple[AnomalyKind, str]


@dataclass(frozen=True, slots=True)
class MemberHeader:
    """What a local header (4.3.7) or an entry of the directory (4.3.12) says about a member.

    Attributes:
        name: decoded; what is not UTF-8 is shown as well as it can be.
        raw_name: as it stands there.
        flags: the general purpose bits.
        method: of compression.
        crc: CRC-32 of the unpacked bytes.
        compressed_size: of the data behind the local header.
        size: of the unpacked bytes.
        offset: where the local header is in the file.
        attributes: the external attributes; 0 in a local header, which has none.
        flaws: what is wrong with the record by itself.
    """

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed_size: int
    size: int
    offset: int
    attributes: int
    flaws: tuple[Flaw, ...]

    @property
    def has_descriptor(self) -> bool:
        return bool(self.flags & HAS_DESCRIPTOR)

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & (ENCRYPTED | STRONGLY_ENCRYPTED | MASKED_HEADERS))

    @property
    def unix_mode(self) -> int | None:
        """Type and permissions as Unix knows them; None where the archive gives none."""
        return self.attributes >> 16 or None


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The end record (4.3.16) or its zip64 form (4.3.14): where the directory is and what it holds.

    Attributes:
        disk: the number of this disk.
        directory_disk: the number of the disk with the directory.
        entries_here: entries of the directory on this disk.
        entries: all entries of the directory.
        size: of the directory.
        offset: where the directory begins.
        tail: how many bytes follow the fixed part and belong to it (a comment; in zip64, extensible data).
    """

    disk: int
    directory_disk: int
    entries_here: int
    entries: int
    size: int
    offset: int
    tail: int


@dataclass(frozen=True, slots=True)
class Zip64Locator:
    """The zip64 end record's locator (4.3.15): where that record is, and how many disks there are."""

    disk: int
    offset: int
    disks: int


def local_header_tail(fixed: bytes) -> int:
    """How many bytes of name and extra fields follow the fixed part of a local header."""
    return int.from_bytes(fixed[26:28], "little") + int.from_bytes(fixed[28:30], "little")


def directory_entry_tail(fixed: bytes) -> int:
    """How many bytes of name, extra fields and comment follow the fixed part of an entry of the directory."""
    return sum(struct.unpack_from("<HHH", fixed, 28))


def parse_local_header(record: bytes, offset: int) -> MemberHeader:
    """Take apart a local header, name and extra fields included, that stands at `offset` in the file."""
    flags, method, crc, packed, size, name_size, _ = _LOCAL.unpack_from(record)
    name_end = LOCAL_HEADER_SIZE + name_size
    raw_name, extra = record[LOCAL_HEADER_SIZE:name_end], record[name_end:]
    flaws: list[Flaw] = []
    name = _decode_name(raw_name, flags, flaws)
    if extra or MAX_32 in (size, packed):
        size, packed = _read_extras(extra, raw_name, [size, packed], method, flaws)
    return MemberHeader(name, raw_name, flags, method, crc, packed, size, offset, 0, tuple(flaws))


def parse_directory_entry(record: bytes) -> MemberHeader:
    """Take apart an entry of the directory, with name, extra fields and comment."""
    fields = _ENTRY.unpack_from(record)
    flags, method, crc, packed, size, name_size, extra_size, comment_size, disk, _, attributes, offset = fields
    name_end = DIRECTORY_ENTRY_SIZE + name_size
    raw_name, extra = record[DIRECTORY_ENTRY_SIZE:name_end], record[name_end : name_end + extra_size]
    flaws: list[Flaw] = []
    name = _decode_name(raw_name, flags, flaws)
    if comment_size:
        flaws.append((AnomalyKind.MEMBER_COMMENT, f"a comment of {comment_size} bytes in the directory"))
    if disk not in (0, MAX_16):
        flaws.append((AnomalyKind.END_RECORD, f"the directory says that it is on disk {disk}; there is one, disk 0"))
    if extra or MAX_32 in (size, packed, offset):
        size, packed, offset = _read_extras(extra, raw_name, [size, packed, offset], method, flaws)
    return MemberHeader(name, raw_name, flags, method, crc, packed, size, offset, attributes, tuple(flaws))


def parse_end_record(record: bytes) -> EndRecord:
    """Take apart the fixed part of the end record."""
    return EndRecord(*_END.unpack_from(record))


def parse_zip64_end_record(record: bytes) -> EndRecord:
    """Take apart the fixed part of the zip64 end record; a `tail` below 0 says that it claims to be shorter."""
    length, disk, directory_disk, entries_here, entries, size, offset = _ZIP64_END.unpack_from(record)
    # The length counts neither the signature nor itself.
    tail = length - (ZIP64_END_RECORD_SIZE - 12)
    return EndRecord(disk, directory_disk, entries_here, entries, size, offset, tail)


def parse_zip64_locator(record: bytes) -> Zip64Locator:
    """Take apart the zip64 locator."""
    return Zip64Locator(*_ZIP64_LOCATOR.unpack_from(record))


def _decode_name(raw: bytes, flags: int, flaws: list[Flaw]) -> str:
    # str.isprintable would also refuse, say, a soft hyphen, which PyPI takes.
    if raw.translate(None, _CONTROL) != raw:
        flaws.append((AnomalyKind.NAME_UNPRINTABLE, f"control characters in the name {raw!r}"))
    if raw.isascii():
        return raw.decode("ascii")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        flaws.append((AnomalyKind.NAME_NOT_UTF8, f"the name {raw!r} is not UTF-8"))
        return raw.decode("utf-8", "backslashreplace")
    if not flags & IS_UTF8:
        flaws.append((AnomalyKind.NAME_NOT_UTF8, "the name is not ASCII, and is not marked as UTF-8 (flag bit 11)"))
    return name


def _read_extras(extra: bytes, raw_name: bytes, plain: list[int], method: int, flaws: list[Flaw]) -> tuple[int, ...]:
    """Read the extra fields; gives the values `plain` (size, compressed size, place) as zip64 has them.

    A local header does not say where it is: there are two values.
    """
    is_local = len(plain) == 2
    seen: set[int] = set()
    zip64: bytes | None = None
    for identifier, data in _extra_fields(extra, flaws):
        if identifier in seen and identifier in (_ZIP64_ID, _UNICODE_PATH_ID):
            what = "zip64" if identifier == _ZIP64_ID else "Unicode path"
            flaws.append((AnomalyKind.EXTRA_FIELD, f"two {what} extra fields in {_place(is_local=is_local)}"))
            continue
        seen.add(identifier)
        if identifier == _ZIP64_ID:
            zip64 = data
        elif identifier == _UNICODE_PATH_ID:
            flaws += _unicode_path_flaws(data, raw_name)
    return _zip64_values(zip64, plain, method, flaws)


def _extra_fields(extra: bytes, flaws: list[Flaw]) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(extra):
        if len(extra) - at < _EXTRA.size:
            flaws.append((AnomalyKind.EXTRA_FIELD, f"{len(extra) - at} stray bytes after its extra fields"))
            return
        identifier, size = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if size > len(extra) - at:
            here = len(extra) - at
            flaws.append((AnomalyKind.EXTRA_FIELD, f"extra field {identifier:#06x} claims {size} bytes of {here}"))
            return
        yield identifier, extra[at : at + size]
        at += size


def _unicode_path_flaws(data: bytes, raw_name: bytes) -> Iterator[Flaw]:
    """Some readers take the name from this field, others from the header: the two must be one."""
    name = data[5:]
    if len(data) < 5 or data[0] != 1 or name != raw_name or int.from_bytes(data[1:5], "little") != zlib.crc32(raw_name):
        yield AnomalyKind.EXTRA_FIELD, f"its Unicode path extra field has another name: {name!r}"
    if name.translate(None, _CONTROL) != name:
        yield AnomalyKind.NAME_UNPRINTABLE, f"control characters in the name {name!r} of the Unicode path extra field"


def _zip64_values(data: bytes | None, plain: list[int], method: int, flaws: list[Flaw]) -> tuple[int, ...]:
    is_local = len(plain) == 2
    place = _place(is_local=is_local)
    if data is not None and len(data) not in _ZIP64_LENGTHS:
        flaws.append((AnomalyKind.EXTRA_FIELD, f"a zip64 extra field of {len(data)} bytes in {place}"))
        return tuple(plain)
    given = struct.unpack_from(f"<{len(data) // 8}Q", data) if data else ()
    if is_local and len(given) == 1 and method == STORED:
        given *= 2  # of what is stored, both sizes are one
    # A local header holds both sizes, asked for or not; the directory only what is asked for, by the rules. Who writes
    # more than that must at least say the same twice, for readers differ in which of the two they take.
    asked = [at for at, value in enumerate(plain) if value == MAX_32]
    positions = list(range(len(plain))) if is_local or len(given) > len(asked) else asked
    values = list(plain)
    for at, value in zip(positions, given, strict=False):
        if plain[at] not in (MAX_32, value):
            flaws.append((AnomalyKind.EXTRA_FIELD, f"zip64 says {value} where {place} says {plain[at]}"))
        else:
            values[at] = value
    if (is_local and len(given) == 1) or any(plain[at] == MAX_32 for at in positions[len(given) :]):
        flaws.append((AnomalyKind.EXTRA_FIELD, f"{place} needs a zip64 extra field with more than it has"))
    return tuple(values)


def _place(*, is_local: bool) -> str:
    return "the local header" if is_local else "the directory"
