"""A wheel, read once: its members with their hashes, its RECORD, WHEEL and METADATA, its native libraries.

Every member is unpacked once, in pieces, and the pieces go to all that want them: the checksum, the hash, the content
scan, the parsers of native libraries. Nothing is extracted to disk. Reading states facts and does not judge them; what
can be wrong and still be read (a RECORD that does not fit, a library for another machine) is kept as it is, for the
checks.
Source: the binary distribution format specification (PEP 427).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.wheel.archive.anomalies import Anomaly, AnomalyKind, UnreadableWheel
from truewheel.wheel.archive.reader import Archive, read_archive
from truewheel.wheel.content_scan import ContentScan, ScanHit
from truewheel.wheel.filename import WheelFilename, try_parse
from truewheel.wheel.native.facts import NativeLibrary, UnreadableLibrary
from truewheel.wheel.native.library import detect_format, read_library

__all__ = ["Member", "RecordRow", "UnreadableWheel", "Wheel", "read_wheel"]

# How much of a file's beginning tells a native library from anything else; and how much of it is shown to do so.
_START_NEEDED = 64
_START_SHOWN = 4096
# What is kept of the files in dist-info folders: of one file, and of all. Licences and bills of materials beyond that
# are left out; the files that are parsed must be complete, and nothing honest comes near.
_LARGEST_TEXT = 16 << 20
_LARGEST_TEXTS = 64 << 20
_PARSED = ("METADATA", "WHEEL", "RECORD", "entry_points.txt")
_MOST_ROWS = 200_000
_SEALING = (AnomalyKind.ENCRYPTED, AnomalyKind.COMPRESSION, AnomalyKind.DATA_DAMAGED)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive.

    Attributes:
        name: its name there, with `/` between the parts.
        size: its unpacked size in bytes.
        sha256: of its unpacked bytes, as RECORD writes it but in hexadecimal.
        compressed_size: how many bytes it takes in the archive.
        mode: type and permissions as Unix knows them; None where the archive gives none.

    Of a member that cannot be unpacked (damaged, encrypted), size and hash are of the part that could be.
    """

    name: str
    size: int
    sha256: str
    compressed_size: int = 0
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of RECORD: a path, `algorithm=digest` (or nothing), a size in bytes (or nothing)."""

    path: str
    hash: str
    size: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel as read. It is plain data, so that it can be handed to another process.

    Attributes:
        path: the file.
        size: of the file, in bytes.
        sha256: of the file, in hexadecimal.
        filename: its file name, taken apart; None when it is no wheel's name.
        members: its files in the order of the archive.
        folders: the names of its folder entries, each with a `/` at its end.
        anomalies: in what the archive is not what a wheel's should be.
        texts: the contents of the files in dist-info folders, by member name; those over 16 MiB are left out.
        libraries: its native libraries.
        unreadable_libraries: member names of what begins like one but cannot be read, with the reason.
        scan_hits: what the content scan found, in the order of the archive.
        dist_info_folders: the top-level folders called `….dist-info`, sorted.
    """

    path: Path
    size: int
    sha256: str
    filename: WheelFilename | None
    members: tuple[Member, ...]
    folders: tuple[str, ...]
    anomalies: tuple[Anomaly, ...]
    texts: Mapping[str, bytes]
    libraries: tuple[NativeLibrary, ...]
    unreadable_libraries: Mapping[str, str]
    scan_hits: tuple[ScanHit, ...]
    dist_info_folders: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def dist_info(self) -> str | None:
        """The one dist-info folder; None when there is none, or more than one."""
        return self.dist_info_folders[0] if len(self.dist_info_folders) == 1 else None

    @property
    def sealed(self) -> frozenset[str]:
        """The names of the members that could not be unpacked, or not to their ends."""
        return frozenset(anomaly.member for anomaly in self.anomalies if anomaly.kind in _SEALING)

    def dist_info_file(self, name: str) -> bytes | None:
        """The content of a file in the dist-info folder, e.g. `METADATA`; None when it is not there."""
        return self.texts.get(f"{self.dist_info}/{name}")


def read_wheel(path: Path) -> Wheel:
    """Read the wheel at `path`, each member once.

    Raises:
        UnreadableWheel: it is not a zip archive, is cut off, or is larger than anything honest: unpacked, in the number
            of its members, or in its metadata.
        OSError: the file itself cannot be read.
    """
    contents = _Contents()
    with path.open("rb", buffering=0) as stream:
        archive = read_archive(stream, contents.open_member)
    return _wheel(path, archive, contents)


def _wheel(path: Path, archive: Archive, contents: _Contents) -> Wheel:
    files = [entry for entry in archive.entries if not entry.is_folder]
    members = tuple(
        Member(entry.name, entry.size, digest, entry.compressed_size, entry.mode)
        for entry, digest in zip(files, contents.digests, strict=True)
    )
    return Wheel(
        path=path,
        size=archive.size,
        sha256=archive.sha256,
        filename=try_parse(path.name),
        members=members,
        folders=tuple(entry.name for entry in archive.entries if entry.is_folder),
        anomalies=archive.anomalies,
        texts=contents.texts,
        libraries=tuple(contents.libraries),
        unreadable_libraries=contents.unreadable_libraries,
        scan_hits=tuple(contents.scan_hits),
        dist_info_folders=_dist_info_folders(member.name for member in members),
    )


def _dist_info_folders(names: Iterable[str]) -> tuple[str, ...]:
    tops = {name.partition("/")[0] for name in names if "/" in name}
    return tuple(sorted(top for top in tops if top.endswith(".dist-info")))


class _Contents:
    """What is gathered from the members' bytes while they pass."""

    def __init__(self) -> None:
        self.digests: list[str] = []
        self.texts: dict[str, bytes] = {}
        self.libraries: list[NativeLibrary] = []
        self.unreadable_libraries: dict[str, str] = {}
        self.scan_hits: list[ScanHit] = []
        self._texts_size = 0

    def open_member(self, name: str, size: int) -> _OpenMember:
        return _OpenMember(self, name, size)

    def keep_text(self, name: str, content: bytes) -> None:
        """Keep a file of a dist-info folder, if it may still be kept."""
        if name.endswith("/RECORD") and content.count(b"\n") > _MOST_ROWS:
            raise UnreadableWheel(f"{name} has more than {_MOST_ROWS:,} lines; no wheel is read that far")
        self._texts_size += len(content)
        if self._texts_size <= _LARGEST_TEXTS or _is_parsed(name):
            self.texts[name] = content

    def read_library(self, name: str, data: bytes) -> None:
        try:
            self.libraries.append(read_library(name, data))
        except UnreadableLibrary as error:
            self.unreadable_libraries[name] = str(error)


class _OpenMember:
    """Takes the bytes of one file; keeps them only while they are needed whole."""

    def __init__(self, contents: _Contents, name: str, size: int) -> None:
        self._contents = contents
        self._name = name
        self._digest = hashlib.sha256()
        self._scan = ContentScan(name, size)
        self._is_text = name.partition("/")[0].endswith(".dist-info")
        self._kept: io.BytesIO | None = io.BytesIO()
        self._size = 0
        self._is_decided = False

    def update(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self._scan.update(chunk)
        if self._kept is None:
            return
        self._kept.write(chunk)
        self._size += len(chunk)
        if not self._is_decided and self._size >= _START_NEEDED:
            self._decide()
        if self._is_text and self._size > _LARGEST_TEXT:
            self._let_go()

    def _decide(self) -> None:
        """Keep the bytes only of what begins like a native library, wherever it is, and of texts."""
        self._is_decided = True
        if self._kept is None:
            return
        if detect_format(bytes(self._kept.getbuffer()[:_START_SHOWN])):
            self._is_text = False
        elif not self._is_text:
            self._kept = None

    def _let_go(self) -> None:
        if _is_parsed(self._name):
            raise UnreadableWheel(f"{self._name} has more than {_LARGEST_TEXT:,} bytes; no wheel is read that far")
        self._kept = None

    def finish(self) -> None:
        self._contents.digests.append(self._digest.hexdigest())
        self._contents.scan_hits += self._scan.finish()
        if not self._is_decided:
            self._decide()
        if self._kept is None:
            return
        data = self._kept.getvalue()  # which is not copied: the bytes are there once
        self._kept = None
        if self._is_text:
            self._contents.keep_text(self._name, data)
        else:
            self._contents.read_library(self._name, data)


def _is_parsed(name: str) -> bool:
    return name.partition("/")[2] in _PARSED
