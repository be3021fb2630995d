"""What the end of an archive claims, looked up before anything is unpacked.

The true reading goes from front to back and comes to the directory last. This glance finds the directory as installers
do, from the end, for two reasons: a bomb is refused before a byte of it is unpacked, and a member whose local header
does not say how long it is can still be read. It believes everything and complains about nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from truewheel.wheel.archive import format as zip_format
from truewheel.wheel.archive.anomalies import UnreadableWheel
from truewheel.wheel.archive.format import EndRecord, MemberHeader

# The longest comment, and the records before it.
_LONGEST_END = 0xFFFF + zip_format.END_RECORD_SIZE + zip_format.ZIP64_LOCATOR_SIZE
# Headers are what is kept of an archive; the largest wheels known have some ten thousand.
MOST_MEMBERS = 100_000
MOST_HEADER_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Outline:
    """What the directory claims.

    Attributes:
        file_size: of the file, in bytes; not a claim.
        unpacked_size: of all members together.
        headers: its entries, by the place of the local header that they refer to.
    """

    file_size: int
    unpacked_size: int = 0
    headers: Mapping[int, MemberHeader] = field(default_factory=dict)


def refuse_too_many(members: int, header_bytes: int) -> None:
    """Refuse an archive whose headers alone would fill the memory.

    Raises:
        UnreadableWheel: there are too many members, or their headers are too long.
    """
    if members > MOST_MEMBERS:
        raise UnreadableWheel(f"the archive has more than {MOST_MEMBERS:,} members; no wheel is read that far")
    if header_bytes > MOST_HEADER_BYTES:
        raise UnreadableWheel(
            f"the headers of the archive take more than {MOST_HEADER_BYTES:,} bytes; no wheel is read that far"
        )


def read_outline(stream: BinaryIO) -> Outline:
    """Look up the directory of the archive `stream`, which is left at its beginning.

    Raises:
        UnreadableWheel: the directory is too large to be kept.
        OSError: the file itself cannot be read.
    """
    size = stream.seek(0, os.SEEK_END)
    directory = _directory(stream, size)
    stream.seek(0)
    unpacked = 0
    headers: dict[int, MemberHeader] = {}
    for count, header in enumerate(_entries(directory), start=1):
        refuse_too_many(count, 0)
        unpacked += header.size
        headers.setdefault(header.offset, header)
    return Outline(size, unpacked, headers)


def _directory(stream: BinaryIO, size: int) -> bytes:
    """The bytes of the directory, or nothing where the end of the file leads to none."""
    tail_at = stream.seek(max(0, size - _LONGEST_END))
    tail = stream.read(_LONGEST_END)
    at = _end_record_at(tail)
    if at is None:
        return b""
    end, end_at = zip_format.parse_end_record(tail[at:]), tail_at + at
    locator = tail[max(0, at - zip_format.ZIP64_LOCATOR_SIZE) : at]
    if locator.startswith(zip_format.ZIP64_LOCATOR) and len(locator) == zip_format.ZIP64_LOCATOR_SIZE:
        end, end_at = _zip64_end(stream, locator, size) or (end, end_at)
    # Counted back from its end: that is right even where something was put before the archive.
    begin = end_at - end.size
    if begin < 0:
        return b""
    refuse_too_many(0, end.size)
    stream.seek(begin)
    return stream.read(end.size)


def _end_record_at(tail: bytes) -> int | None:
    last = len(tail) - zip_format.END_RECORD_SIZE
    if last >= 0 and tail.startswith(zip_format.END_RECORD, last) and tail.endswith(b"\0\0"):
        return last
    at = tail.rfind(zip_format.END_RECORD)
    return at if 0 <= at <= last else None


def _zip64_end(stream: BinaryIO, locator: bytes, size: int) -> tuple[EndRecord, int] | None:
    at = zip_format.parse_zip64_locator(locator).offset
    if at > size:
        return None
    stream.seek(at)
    record = stream.read(zip_format.ZIP64_END_RECORD_SIZE)
    if len(record) < zip_format.ZIP64_END_RECORD_SIZE or not record.startswith(zip_format.ZIP64_END_RECORD):
        return None
    return zip_format.parse_zip64_end_record(record), at


def _entries(directory: bytes) -> Iterator[MemberHeader]:
    at = 0
    while directory.startswith(zip_format.DIRECTORY_ENTRY, at):
        fixed = directory[at : at + zip_format.DIRECTORY_ENTRY_SIZE]
        if len(fixed) < zip_format.DIRECTORY_ENTRY_SIZE:
            return
        length = len(fixed) + zip_format.directory_entry_tail(fixed)
        yield zip_format.parse_directory_entry(directory[at : at + length])
        at += length
