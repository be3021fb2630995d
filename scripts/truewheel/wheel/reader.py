"""A wheel, read once: its members with their hashes, its dist-info files, its native libraries.

Every member is unpacked once, in pieces; each piece goes to the CRC-32, the SHA-256, the content scan and the parsers.
Nothing is extracted to disk. The reader reports facts and judges nothing: a RECORD that does not match or a library for
another machine is kept as it is, for the checks.
Source: the binary distribution format specification (PEP 427).
"""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from packaging.tags import Tag

from truewheel.wheel.archive.anomalies import Anomaly, AnomalyKind, UnreadableWheel
from truewheel.wheel.archive.reader import read_archive
from truewheel.wheel.content_scan import ContentScan, ScanHit
from truewheel.wheel.dist_info import (
    EntryPoints,
    HeaderFile,
    Record,
    Unreadable,
    parse_entry_points,
    parse_header_file,
    parse_record,
)
from truewheel.wheel.filename import WheelFilename, try_parse
from truewheel.wheel.native.facts import NativeLibrary, UnreadableLibrary
from truewheel.wheel.native.library import detect_format, read_library

__all__ = ["UNDERSTUDY", "Member", "UnreadableWheel", "Wheel", "read_wheel"]

Parsed = TypeVar("Parsed")

# A native library is recognized by its first bytes: how many must be there, and how many are looked at.
_START_NEEDED = 64
_START_SHOWN = 4096
# The files in dist-info that are parsed; no real one comes near these limits.
_PARSED = ("METADATA", "WHEEL", "RECORD", "entry_points.txt")
_LARGEST_PARSED = 16 << 20
# The sources that are kept, each and together; no larger ones are written by hand.
_LARGEST_SOURCE = 2 << 20
_MOST_SOURCE = 64 << 20
_MOST_LINES = 200_000
# The file in the dist-info of a wheel that only a rehearsal may have (rehearsal/understudy.py).
UNDERSTUDY = "UNDERSTUDY"
_SEALING = (AnomalyKind.ENCRYPTED, AnomalyKind.COMPRESSION, AnomalyKind.DATA_DAMAGED, AnomalyKind.WRONG_DATA)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive.

    If a member cannot be unpacked (damaged, encrypted), size and hash are those of the part that could be.
    """

    name: str  # with `/` between the parts
    size: int  # unpacked, in bytes
    sha256: str  # of the unpacked bytes, in hexadecimal
    compressed_size: int = 0  # in the archive, in bytes
    mode: int | None = None  # Unix type and permissions; None if the archive has none
    start: bytes = b""  # its first bytes, by which many formats can be told; eight, if it has as many


# Compared by identity, so that what several checks ask of a wheel can be cached.
@dataclass(frozen=True, slots=True, eq=False)
class Wheel:
    """A wheel as read: plain data, which can be sent to another process."""

    path: Path  # the file
    size: int  # of the file, in bytes
    sha256: str  # of the file, in hexadecimal
    filename: WheelFilename | None  # its file name, parsed; None if that is not the name of a wheel
    members: tuple[Member, ...]  # its files, in the order of the archive
    folders: tuple[str, ...]  # its folder entries, each with a `/` at its end
    anomalies: tuple[Anomaly, ...]  # what is wrong with the archive
    libraries: tuple[NativeLibrary, ...]  # its native libraries
    # Members that begin like a native library but cannot be read, each with the reason.
    unreadable_libraries: Mapping[str, str]
    scan_hits: tuple[ScanHit, ...]  # what the content scan found, in the order of the archive
    dist_info_folders: tuple[str, ...]  # the top-level folders whose names end in `.dist-info`, sorted
    record: Record | Unreadable | None  # RECORD, parsed; None if `dist_info` is None
    metadata: HeaderFile | Unreadable | None  # METADATA, parsed; None if `dist_info` is None
    wheel_file: HeaderFile | Unreadable | None  # WHEEL, parsed; None if `dist_info` is None
    entry_points: EntryPoints  # entry_points.txt, parsed; empty if there is no such file
    # Its .py, .pyi and .pth files, scripts and top_level.txt; not those of more than 2 MiB, and at most 64 MiB of them.
    sources: Mapping[str, bytes]
    # The SHA-384 or SHA-512, in hexadecimal, of the members for which RECORD has one, by their names.
    longer_hashes: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def tags(self) -> frozenset[Tag]:
        """The tags of its file name, expanded; none if that is not the name of a wheel."""
        return self.filename.tags if self.filename else frozenset()

    @property
    def platform_tags(self) -> list[str]:
        return self.filename.platform_tags if self.filename else []

    @property
    def dist_info(self) -> str | None:
        """The dist-info folder; None if there is none, or more than one."""
        return self.dist_info_folders[0] if len(self.dist_info_folders) == 1 else None

    @property
    def sealed(self) -> frozenset[str]:
        """The names of the members that could not be unpacked completely, or are damaged."""
        return frozenset(anomaly.member for anomaly in self.anomalies if anomaly.kind in _SEALING)

    def has_dist_info_file(self, name: str) -> bool:
        """Whether a file, e.g. `INSTALLER`, is in the dist-info folder."""
        path = f"{self.dist_info}/{name}"
        return any(member.name == path for member in self.members)


def read_wheel(path: Path) -> Wheel:
    """Read the wheel at `path`, each member once.

    UnreadableWheel if it is not a zip archive from its first byte to its last, or it exceeds a limit: of the unpacked
    size, the number of members, or the size of a file in dist-info; OSError if the file itself cannot be read.
    """
    contents = _Contents()
    with path.open("rb", buffering=0) as stream:
        archive = read_archive(stream, functools.partial(_OpenMember, contents))
    files = [entry for entry in archive.entries if not entry.is_folder]
    members = tuple(
        Member(entry.name, entry.size, digest, entry.compressed_size, entry.mode, start)
        for entry, (digest, start) in zip(files, contents.summaries, strict=True)
    )
    tops = {member.name.partition("/")[0] for member in members if "/" in member.name}
    dist_infos = tuple(sorted(top for top in tops if top.endswith(".dist-info")))

    def parsed(name: str, parse: Callable[[bytes], Parsed]) -> Parsed | Unreadable | None:
        if len(dist_infos) != 1:
            return None
        content = contents.parsed_files.get(f"{dist_infos[0]}/{name}")
        return Unreadable("is missing") if content is None else parse(content)

    entry_points, record = parsed("entry_points.txt", parse_entry_points), parsed("RECORD", parse_record)
    return Wheel(
        path=path,
        size=archive.size,
        sha256=archive.sha256,
        filename=try_parse(path.name),
        members=members,
        folders=tuple(entry.name for entry in archive.entries if entry.is_folder),
        anomalies=archive.anomalies,
        libraries=tuple(contents.libraries),
        unreadable_libraries=contents.unreadable_libraries,
        scan_hits=tuple(contents.scan_hits),
        dist_info_folders=dist_infos,
        record=record,
        metadata=parsed("METADATA", parse_header_file),
        wheel_file=parsed("WHEEL", parse_header_file),
        entry_points=entry_points if isinstance(entry_points, EntryPoints) else EntryPoints(),
        sources=contents.sources,
        longer_hashes=_longer_hashes(path, record) if isinstance(record, Record) else {},
    )


def _longer_hashes(path: Path, record: Record) -> dict[str, str]:
    """Read the archive once more if RECORD, at its end, has other hashes than SHA-256. Hardly any wheel has."""
    algorithms = {row.path: row.hash.partition("=")[0] for row in record.rows}
    longer = {name: algorithm for name, algorithm in algorithms.items() if algorithm in ("sha384", "sha512")}
    if not longer:
        return {}
    hashed: dict[str, _HashedMember] = {}
    with path.open("rb", buffering=0) as stream:
        read_archive(stream, lambda name: hashed.setdefault(name, _HashedMember(longer.get(name, "sha256"))))
    return {name: hashed[name].hexdigest() for name in longer.keys() & hashed.keys()}


class _HashedMember:
    """Takes the bytes of one file; keeps only their hash."""

    def __init__(self, algorithm: str) -> None:
        digest = hashlib.new(algorithm)
        self.update, self.hexdigest = digest.update, digest.hexdigest

    def finish(self) -> None:
        pass


class _Contents:
    """Everything that is gathered while the members are unpacked."""

    def __init__(self) -> None:
        self.summaries: list[tuple[str, bytes]] = []
        self.parsed_files: dict[str, bytes] = {}
        self.libraries: list[NativeLibrary] = []
        self.unreadable_libraries: dict[str, str] = {}
        self.scan_hits: list[ScanHit] = []
        self.sources: dict[str, bytes] = {}
        self.room = _MOST_SOURCE

    def add_library(self, name: str, content: bytes) -> None:
        try:
            self.libraries.append(read_library(name, content))
        except UnreadableLibrary as error:
            self.unreadable_libraries[name] = str(error)


class _OpenMember:
    """Takes the bytes of one file; keeps them only if they are needed as a whole."""

    def __init__(self, contents: _Contents, name: str) -> None:
        self._contents = contents
        self._name = name
        self._digest = hashlib.sha256()
        self._start = b""
        self._scan = ContentScan(name)
        top, _, rest = name.partition("/")
        self._is_source = name.endswith((".py", ".pyi", ".pth", "/top_level.txt")) or ".data/scripts/" in name
        self._is_parsed = top.endswith(".dist-info") and rest in _PARSED
        self._is_library: bool | None = None  # not known yet
        self._kept: io.BytesIO | None = io.BytesIO()

    def update(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self._start = self._start or bytes(chunk[:8])
        self._scan.update(chunk)
        if self._kept is None:
            return
        self._kept.write(chunk)
        size = self._kept.tell()
        if self._is_parsed and size > _LARGEST_PARSED:
            raise UnreadableWheel(f"{self._name} has more than {_LARGEST_PARSED:,} bytes")
        is_large = self._is_source and size > _LARGEST_SOURCE
        self._is_source = self._is_source and not is_large
        if is_large or (self._is_library is None and size >= _START_NEEDED):
            self._decide(self._kept)

    def _decide(self, kept: io.BytesIO) -> None:
        self._is_library = detect_format(bytes(kept.getbuffer()[:_START_SHOWN])) is not None
        if not (self._is_library or self._is_parsed or self._is_source):
            self._kept = None

    def finish(self) -> None:
        self._contents.summaries.append((self._digest.hexdigest(), self._start))
        self._contents.scan_hits += self._scan.finish()
        if self._kept is not None and self._is_library is None:
            self._decide(self._kept)
        if self._kept is None:
            return
        content = self._kept.getvalue()  # no copy: the BytesIO shares its buffer
        self._kept = None
        if self._is_parsed:
            has_rows = self._name.endswith(("/RECORD", "/entry_points.txt"))
            if has_rows and max(content.count(b"\n"), content.count(b"\r")) > _MOST_LINES:
                raise UnreadableWheel(f"{self._name} has more than {_MOST_LINES:,} lines")
            self._contents.parsed_files[self._name] = content
        if self._is_source:
            self._contents.room -= len(content)
            if self._contents.room >= 0:
                self._contents.sources[self._name] = content
        if self._is_library:
            self._contents.add_library(self._name, content)
