"""A wheel's archive, read once from front to back, as a stream, and compared with its own directory.

A zip archive tells its story twice: in the local headers before the data, and in the directory at the end. Installers
and scanners differ in which of the two they believe, so an archive in which they differ may install what nobody has
looked at. This reader follows the local headers, unpacks every member, reads the directory and the end records where
they come, and states as anomalies whatever the two, or the data, disagree about. Nothing is written to disk, and
nothing is kept but the headers.
Sources: PKWARE's APPNOTE; the rules of PyPI's upload endpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from truewheel.wheel.archive import format as zip_format
from truewheel.wheel.archive.agreement import Directory, compare
from truewheel.wheel.archive.anomalies import Anomaly, AnomalyKind, AnomalyList, UnreadableWheel
from truewheel.wheel.archive.data import MemberData, MemberSink, Promise, UnpacksToTooMuch
from truewheel.wheel.archive.format import MemberHeader
from truewheel.wheel.archive.outline import read_outline, refuse_too_many
from truewheel.wheel.archive.source import CutOff, ZipSource

_MEBIBYTE = 1 << 20
LARGEST_FILE = 100 * _MEBIBYTE
# More than both is a bomb to PyPI.
BOMB_SIZE = 64 * _MEBIBYTE
BOMB_RATIO = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of the archive, folders included.

    Attributes:
        name: as the local header has it, with `/` between the parts; a folder's ends with one.
        size: how many bytes of it could be unpacked.
        compressed_size: how many bytes its data take in the file.
        mode: type and permissions as Unix knows them, from the directory; None where it gives none.
    """

    name: str
    size: int
    compressed_size: int
    mode: int | None

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive as read.

    Attributes:
        size: of the file, in bytes.
        sha256: of the file, in hexadecimal.
        entries: its members in the order in which they stand in the file.
        anomalies: everything in which the file is not what a wheel's archive should be.
    """

    size: int
    sha256: str
    entries: tuple[Entry, ...]
    anomalies: tuple[Anomaly, ...]


def read_archive(stream: BinaryIO, open_member: Callable[[str, int], MemberSink]) -> Archive:
    """Read the archive `stream`.

    Args:
        stream: the file, at its beginning; it must be seekable.
        open_member: called with the name and the declared size of every member that is not a folder, in the order
            of `Archive.entries`; what it returns is given the unpacked bytes.

    Raises:
        UnreadableWheel: it is not a zip archive, or it is cut off, or a bomb.
        OSError: the file itself cannot be read.
    """
    return _Reader(stream, open_member).read()


class _Nothing:
    """Takes the bytes of what is no file."""

    def update(self, chunk: bytes) -> None:
        pass

    def finish(self) -> None:
        pass


class _Reader:
    def __init__(self, stream: BinaryIO, open_member: Callable[[str, int], MemberSink]) -> None:
        self._outline = read_outline(stream)
        self._size = self._outline.file_size
        self._limit = max(BOMB_SIZE, BOMB_RATIO * self._size)
        self._allowance = self._limit  # what is left of it
        self._source = ZipSource(stream)
        self._open_member = open_member
        self._anomalies = AnomalyList()
        self._locals: list[MemberHeader] = []
        self._unpacked: list[tuple[int, int]] = []  # size and compressed size of each, as they really are
        self._header_bytes = 0
        self._directory = Directory()
        self._is_ended = False
        self._begins_with = b""

    def read(self) -> Archive:
        self._refuse_hopeless()
        self._begins_with = self._source.peek(4)
        try:
            while not self._is_ended:
                self._record()
        except CutOff:
            self._cut_off()
        modes = compare(self._locals, self._directory, self._anomalies)
        digest = self._source.finish()
        entries = (
            Entry(header.name, size, compressed_size, modes.get(header.offset))
            for header, (size, compressed_size) in zip(self._locals, self._unpacked, strict=True)
        )
        return Archive(self._size, digest, tuple(entries), self._anomalies.all())

    def _refuse_hopeless(self) -> None:
        if not self._size:
            raise UnreadableWheel("the file is empty")
        if self._outline.unpacked_size > self._limit:
            raise self._bomb(self._outline.unpacked_size)
        if self._size > LARGEST_FILE:
            self._anomalies.add(
                AnomalyKind.FILE_TOO_LARGE, "", f"the file has {self._size:,} bytes, PyPI takes {LARGEST_FILE:,}"
            )

    def _bomb(self, unpacked: int) -> UnreadableWheel:
        return UnreadableWheel(
            f"{self._size:,} bytes that unpack to {unpacked:,} or more; PyPI calls what is over {BOMB_SIZE:,} bytes "
            f"and over {BOMB_RATIO} times the file a zip bomb, so it was not unpacked"
        )

    def _cut_off(self) -> NoReturn:
        if not self._locals and not self._directory.entries:
            raise UnreadableWheel(f"it is no zip archive: it begins with {self._begins_with!r}, and has no zip records")
        count = len(self._locals)
        raise UnreadableWheel(
            f"the archive is cut off or damaged: the file ends after {self._size:,} bytes "
            f"and {count:,} member{'' if count == 1 else 's'} without an end record"
        )

    # The records, in the order in which they come.

    def _record(self) -> None:
        signature = self._source.peek(4)
        match signature:
            case zip_format.LOCAL_HEADER:
                self._member()
            case zip_format.DIRECTORY_ENTRY:
                self._directory_entry()
            case zip_format.ZIP64_END_RECORD:
                self._zip64_end_record()
            case zip_format.ZIP64_LOCATOR:
                at = self._source.position
                locator = zip_format.parse_zip64_locator(self._source.take(zip_format.ZIP64_LOCATOR_SIZE))
                self._directory.locators.append((at, locator))
            case zip_format.END_RECORD:
                self._end_record()
            case b"":
                raise CutOff
            case _:
                self._stray(signature)

    def _stray(self, signature: bytes) -> None:
        begin = self._source.position
        count = self._source.skip_to_signature()
        if begin == 0:
            self._anomalies.add(AnomalyKind.BYTES_BEFORE, "", f"{_bytes(count)} before the first member")
        elif signature.startswith(b"PK"):
            detail = f"a record {signature!r} at byte {begin:,}, which no wheel needs and PyPI does not know"
            self._anomalies.add(AnomalyKind.UNKNOWN_RECORD, "", detail)
        else:
            detail = f"{_bytes(count)} outside every record, from byte {begin:,}"
            self._anomalies.add(AnomalyKind.BYTES_BETWEEN, "", detail)

    def _directory_entry(self) -> None:
        at = self._source.position
        tail = zip_format.directory_entry_tail(self._whole(self._source.peek(zip_format.DIRECTORY_ENTRY_SIZE), 46))
        record = self._source.take(zip_format.DIRECTORY_ENTRY_SIZE + tail)
        header = zip_format.parse_directory_entry(record)
        self._directory.add(header, at, len(record))
        refuse_too_many(len(self._directory.entries), self._directory.size)
        self._state_flaws(header)

    def _zip64_end_record(self) -> None:
        at = self._source.position
        record = zip_format.parse_zip64_end_record(self._source.take(zip_format.ZIP64_END_RECORD_SIZE))
        self._directory.zip64_ends.append((at, record))
        self._source.skip(max(0, record.tail) if record.tail < self._size else 0)

    def _end_record(self) -> None:
        at = self._source.position
        record = zip_format.parse_end_record(self._source.take(zip_format.END_RECORD_SIZE))
        comment = self._source.peek(record.tail)
        self._source.skip(len(comment))
        self._directory.end = (at, record)
        self._is_ended = True
        if len(comment) < record.tail:
            detail = f"the end record announces a comment of {record.tail} bytes, and there are {len(comment)}"
            self._anomalies.add(AnomalyKind.END_RECORD, "", detail)
        if zip_format.END_RECORD in comment:
            detail = "the archive's comment holds another end record, which readers that begin at the end may take"
            self._anomalies.add(AnomalyKind.END_RECORD, "", detail)
        if self._source.position < self._size:
            count = self._size - self._source.position
            self._anomalies.add(AnomalyKind.BYTES_AFTER, "", f"{_bytes(count)} after the end of the archive")

    @staticmethod
    def _whole(fixed: bytes, size: int) -> bytes:
        if len(fixed) < size:
            raise CutOff
        return fixed

    def _state_flaws(self, header: MemberHeader) -> None:
        for kind, detail in header.flaws:
            self._anomalies.add(kind, header.name, detail)

    # Members.

    def _member(self) -> None:
        offset = self._source.position
        tail = zip_format.local_header_tail(self._whole(self._source.peek(zip_format.LOCAL_HEADER_SIZE), 30))
        header = zip_format.parse_local_header(self._source.take(zip_format.LOCAL_HEADER_SIZE + tail), offset)
        self._header_bytes += zip_format.LOCAL_HEADER_SIZE + tail
        refuse_too_many(len(self._locals) + 1, self._header_bytes)
        self._locals.append(header)
        self._state_flaws(header)
        if self._directory.entries:
            self._anomalies.add(AnomalyKind.RECORD_ORDER, header.name, "its local header comes after the directory")
        is_folder = header.name.endswith("/")
        sink = _Nothing() if is_folder else self._open_member(header.name, header.size)
        data = MemberData(self._source, header, self._promise(header), sink, self._anomalies)
        try:
            data.read(self._allowance)
        except UnpacksToTooMuch:
            raise self._bomb(max(self._outline.unpacked_size, self._limit + 1)) from None
        sink.finish()
        self._unpacked.append((data.size, data.compressed_size))
        self._allowance -= data.size
        if is_folder and data.size:
            detail = f"a folder with {_bytes(data.size)} of contents, which installers drop"
            self._anomalies.add(AnomalyKind.FOLDER_WITH_DATA, header.name, detail)

    def _promise(self, header: MemberHeader) -> Promise:
        """What is known about the data of a member before they are read."""
        promise = Promise(header.compressed_size, header.size, header.crc)
        listed = self._outline.headers.get(header.offset)
        is_open = header.has_descriptor and not header.compressed_size
        if is_open and listed is not None:
            promise = Promise(listed.compressed_size, listed.size, listed.crc)
        elif is_open:
            return Promise(None, None, None)
        room = self._size - self._source.position
        if (promise.compressed_size or 0) <= room:
            return promise
        # It cannot be as long as it says; where it is deflated, it tells by itself where it ends.
        detail = f"its data should take {promise.compressed_size:,} bytes, and the file has only {room:,} more"
        self._anomalies.add(AnomalyKind.TRUNCATED, header.name, detail)
        if listed is not None and listed.compressed_size <= room:
            return Promise(listed.compressed_size, promise.size, promise.crc)
        return Promise(None, promise.size, promise.crc)


def _bytes(count: int) -> str:
    return f"{count:,} byte{'' if count == 1 else 's'}"
