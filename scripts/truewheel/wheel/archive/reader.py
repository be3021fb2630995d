"""The archive of a wheel, read as PyPI reads it: once, from the first byte to the last.

`zipfile`, like every reader that begins at the end, sees only what the central directory lists. Bytes between members,
unlisted members and sizes that disagree stay hidden, so one file can be two different wheels for two installers. Here
the records are read in order, each member is unpacked in pieces, and every disagreement is an anomaly. An archive with
a byte that belongs to no record is unreadable.

Bounds for hostile input: memory holds headers but no contents, no member is unpacked beyond the size that its header
declares, and all of them together not beyond PyPI's limit for zip bombs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from truewheel.wheel.archive import format as zip_format
from truewheel.wheel.archive.agreement import CentralDirectory, compare
from truewheel.wheel.archive.anomalies import Anomaly, AnomalyKind, AnomalyList, UnreadableWheel
from truewheel.wheel.archive.data import MemberData, MemberSink
from truewheel.wheel.archive.format import EndRecord, Layout, MemberHeader, Zip64Locator
from truewheel.wheel.archive.source import CutOff, ZipSource

_MEBIBYTE = 1 << 20
LARGEST_FILE = 100 * _MEBIBYTE
# PyPI calls an archive that exceeds both a zip bomb.
BOMB_SIZE = 64 * _MEBIBYTE
BOMB_RATIO = 50
# Headers are kept in memory; the largest known wheels have some ten thousand members.
MOST_MEMBERS = 100_000
MOST_HEADER_BYTES = 64 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of the archive, folders included."""

    name: str  # from the local header, with `/` between the parts; a folder's name ends with one
    size: int  # how many bytes of it could be unpacked
    compressed_size: int  # how many bytes its data takes in the file
    mode: int | None  # Unix type and permissions, from the central directory; None if it has none

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive as read."""

    size: int  # of the file, in bytes
    sha256: str  # of the file, in hexadecimal
    entries: tuple[Entry, ...]  # its members, in the order of the file
    anomalies: tuple[Anomaly, ...]  # every way in which it is not what the archive of a wheel should be


def read_archive(stream: BinaryIO, open_member: Callable[[str], MemberSink]) -> Archive:
    """Read the archive `stream`.

    `open_member` is called with the name of every member that is not a folder, in the order of `Archive.entries`; the
    unpacked bytes go into the sink that it returns. UnreadableWheel if it is not a zip archive from its first byte to
    its last, or is a zip bomb; OSError if the file, which must be seekable, cannot be read.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    try:
        return _Reader(stream, size, open_member).read()
    finally:
        # Whatever was found in it, or was not, is of no use.
        if (now := stream.seek(0, os.SEEK_END)) != size:
            raise UnreadableWheel(
                f"it changed while it was read, from {size:,} to {now:,} bytes: wait until it is complete"
            )


class _Reader:
    def __init__(self, stream: BinaryIO, size: int, open_member: Callable[[str], MemberSink]) -> None:
        self._size = size
        self._source = ZipSource(stream)
        self._open_member = open_member
        self._anomalies = AnomalyList()
        self._unpacked: list[tuple[MemberHeader, int]] = []  # each member, and how many bytes of it were unpacked
        self._total = 0  # of those bytes
        self._header_bytes = 0

    def read(self) -> Archive:
        if not self._size:
            raise UnreadableWheel("the file is empty")
        if self._size > LARGEST_FILE:
            detail = f"the file has {self._size:,} bytes; PyPI accepts {LARGEST_FILE:,}"
            self._anomalies.add(AnomalyKind.FILE_TOO_LARGE, "", detail)
        try:
            while self._is_next(zip_format.LOCAL_HEADER):
                self._member()
            directory = self._central_directory()
        except CutOff:
            count = len(self._unpacked)
            members = f"{count:,} member{'' if count == 1 else 's'}"
            raise UnreadableWheel(
                f"the archive is cut off: it ends after {self._size:,} bytes and {members}, without an end record"
            ) from None
        modes = compare([header for header, _ in self._unpacked], directory, self._anomalies)
        entries = (
            Entry(header.name, size, header.compressed_size, modes.get(header.offset))
            for header, size in self._unpacked
        )
        return Archive(self._size, self._source.sha256(), tuple(entries), self._anomalies.all())

    def _is_next(self, kind: Layout) -> bool:
        return self._source.peek(4) == kind.signature

    def _take(self, kind: Layout) -> bytes:
        """The next header, with the parts of variable length after its fixed part."""
        fixed = self._source.take(kind.fields.size)
        record = fixed + self._source.take(kind.tail(fixed))
        self._header_bytes += len(record)
        if self._header_bytes > MOST_HEADER_BYTES:
            raise UnreadableWheel(f"the archive has more than {MOST_HEADER_BYTES:,} bytes of headers")
        return record

    def _add_problems(self, header: MemberHeader, number: int) -> None:
        if number > MOST_MEMBERS:
            raise UnreadableWheel(f"the archive has more than {MOST_MEMBERS:,} members")
        for kind, detail in header.problems:
            self._anomalies.add(kind, header.name, detail)

    def _member(self) -> None:
        offset = self._source.position
        header = zip_format.parse_local_header(self._take(zip_format.LOCAL_HEADER), offset)
        self._add_problems(header, len(self._unpacked) + 1)
        if header.has_descriptor:
            detail = "its sizes are after its data, in a data descriptor (flag bit 3); PyPI accepts none"
            raise UnreadableWheel(f"{header.name}: {detail}")
        room = self._size - self._source.position
        if header.compressed_size > room:
            raise UnreadableWheel(
                f"the archive is cut off or damaged: the data of {header.name} should take "
                f"{header.compressed_size:,} bytes, but the file has only {room:,} more"
            )
        size = self._skip_folder(header) if header.name.endswith("/") else self._unpack(header)
        self._unpacked.append((header, size))
        self._total += size

    def _skip_folder(self, header: MemberHeader) -> int:
        if header.size:
            detail = f"a folder with {_bytes(header.size)} of contents, which installers drop"
            self._anomalies.add(AnomalyKind.FOLDER_WITH_DATA, header.name, detail)
        self._source.skip(header.compressed_size)
        return 0

    def _unpack(self, header: MemberHeader) -> int:
        total = self._total + header.size
        if total > max(BOMB_SIZE, BOMB_RATIO * self._size):
            raise UnreadableWheel(
                f"it unpacks from {self._size:,} to {total:,} bytes or more; PyPI calls more than {BOMB_SIZE:,} bytes "
                f"and more than {BOMB_RATIO} times the file a zip bomb"
            )
        sink = self._open_member(header.name)
        data = MemberData(self._source, header, sink, self._anomalies)
        data.unpack()
        sink.finish()
        return data.size

    def _central_directory(self) -> CentralDirectory:
        begin = self._source.position
        entries: list[MemberHeader] = []
        while self._is_next(zip_format.DIRECTORY_ENTRY):
            entries.append(zip_format.parse_directory_entry(self._take(zip_format.DIRECTORY_ENTRY)))
            self._add_problems(entries[-1], len(entries))
        size = self._source.position - begin
        zip64_end = locator = None
        if self._is_next(zip_format.ZIP64_END_RECORD):
            zip64_end = zip_format.parse_zip64_end_record(self._take(zip_format.ZIP64_END_RECORD))
        if self._is_next(zip_format.ZIP64_LOCATOR):
            kind = zip_format.ZIP64_LOCATOR
            locator = Zip64Locator(*kind.fields.unpack(self._take(kind)))
        return CentralDirectory(begin, size, entries, zip64_end, locator, self._end_record())

    def _end_record(self) -> EndRecord:
        kind = zip_format.END_RECORD
        if not self._is_next(kind):
            raise self._foreign_bytes()
        end = EndRecord(*kind.fields.unpack(self._take(kind)))
        if kind.signature in self._source.take(end.tail):
            detail = "the archive's comment has another end record, which readers that begin at the end may use"
            self._anomalies.add(AnomalyKind.END_RECORD, "", detail)
        if self._source.position < self._size:
            raise UnreadableWheel(f"{_bytes(self._size - self._source.position)} after the end of the archive")
        return end

    def _foreign_bytes(self) -> Exception:
        at, found = self._source.position, self._source.peek(4)
        if at == 0:
            return UnreadableWheel(f"it is not a zip archive: it begins with {found!r}")
        if len(found) < 4:
            return CutOff()
        return UnreadableWheel(f"byte {at:,} of the archive should begin its next record, but {found!r} does not")


def _bytes(count: int) -> str:
    return f"{count:,} byte{'' if count == 1 else 's'}"
