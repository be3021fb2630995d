"""A wheel, read once: its members with their hashes, its RECORD, WHEEL and METADATA, its native libraries.

Nothing is extracted to disk. Reading states facts and does not judge them; what can be wrong and still be
read (a RECORD that does not fit, a library for another machine) is kept as it is, for the checks.
Source: the binary distribution format specification (PEP 427).
"""

from __future__ import annotations

import csv
import email.parser
import email.policy
import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.native import NativeLibrary, UnreadableLibrary, detect_format, read_library
from scripts.wheel_filename import WheelFilename, try_parse

_CHUNK = 1 << 20
# PyPI refuses archives that unpack to more than both; so does this reader, before unpacking anything.
_BOMB_SIZE = 64 << 20
_BOMB_RATIO = 50
# What zipfile and the decompressors raise at damaged bytes. A seek to an impossible place is an OSError too, and no
# fault of the disk: the whole file has been read before, for its hash.
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, OverflowError, ValueError)
_ENCRYPTED = 1
# METADATA holds a description and RECORD a line per file: nothing honest comes near.
_LARGEST_TEXT = 16 << 20


class UnreadableWheel(Exception):
    """The file cannot be read as a wheel's archive; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive.

    Attributes:
        name: its name there, with `/` between the parts.
        size: its unpacked size in bytes.
        sha256: of its unpacked bytes, as RECORD writes it but in hexadecimal.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of RECORD: a path, `algorithm=digest` (or nothing), a size in bytes (or nothing)."""

    path: str
    hash: str
    size: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel as read.

    Attributes:
        path: the file.
        size: of the file, in bytes.
        sha256: of the file, in hexadecimal.
        filename: its file name, taken apart; None when it is no wheel's name.
        members: its files in the order of the archive; folder entries are left out.
        texts: the contents of the files in dist-info folders, by member name.
        libraries: its native libraries.
        unreadable_libraries: member names of what begins like one but cannot be read, with the reason.
    """

    path: Path
    size: int
    sha256: str
    filename: WheelFilename | None
    members: tuple[Member, ...]
    texts: Mapping[str, bytes]
    libraries: tuple[NativeLibrary, ...]
    unreadable_libraries: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def dist_info_folders(self) -> list[str]:
        """The top-level folders called `….dist-info`, sorted."""
        tops = {member.name.split("/")[0] for member in self.members if "/" in member.name}
        return sorted(top for top in tops if top.endswith(".dist-info"))

    @property
    def dist_info(self) -> str | None:
        """The one dist-info folder; None when there is none, or more than one."""
        folders = self.dist_info_folders
        return folders[0] if len(folders) == 1 else None

    def dist_info_file(self, name: str) -> bytes | None:
        """The content of a file in the dist-info folder, e.g. `METADATA`; None when it is not there."""
        return self.texts.get(f"{self.dist_info}/{name}")

    @property
    def record(self) -> list[RecordRow] | None:
        """The lines of RECORD; None when there is no RECORD that can be read as UTF-8 and CSV."""
        content = self.dist_info_file("RECORD")
        if content is None:
            return None
        try:
            rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            return None
        return [RecordRow(*[*row, "", "", ""][:3]) for row in rows if row]

    @property
    def wheel_fields(self) -> dict[str, list[str]] | None:
        """The fields of the file WHEEL, each with its values in order; None when it is not there."""
        content = self.dist_info_file("WHEEL")
        if content is None:
            return None
        message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(content)
        fields: dict[str, list[str]] = {}
        for key, value in message.items():
            fields.setdefault(key, []).append(str(value).strip())
        return fields


def read_wheel(path: Path) -> Wheel:
    """Read the wheel at `path`, each member once.

    Raises:
        UnreadableWheel: it is not a zip archive, is truncated or damaged, or unpacks to absurd sizes.
        OSError: the file itself cannot be read.
    """
    with path.open("rb") as stream:
        digest = _sha256_of_stream(stream)
        size = stream.tell()
        try:
            with zipfile.ZipFile(stream) as archive:
                _refuse_bomb(archive, size)
                reader = _MemberReader()
                for info in archive.infolist():
                    _refuse_oddity(info)
                    if not info.is_dir():
                        reader.read(archive, info)
        except _DAMAGE as error:
            raise UnreadableWheel(f"the archive is damaged: {error}") from error
        except NotImplementedError as error:
            raise UnreadableWheel(f"the archive uses what installers do not know: {error}") from error
    return Wheel(
        path,
        size,
        digest,
        try_parse(path.name),
        tuple(reader.members),
        reader.texts,
        tuple(reader.libraries),
        reader.unreadable_libraries,
    )


def _sha256_of_stream(stream: io.BufferedReader) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _refuse_bomb(archive: zipfile.ZipFile, size: int) -> None:
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > _BOMB_SIZE and unpacked > _BOMB_RATIO * size:
        raise UnreadableWheel(f"{size} bytes that unpack to {unpacked}: PyPI would call it a zip bomb")


def _refuse_oddity(info: zipfile.ZipInfo) -> None:
    if not info.filename:
        raise UnreadableWheel("the archive is damaged: a file in it has no name")
    if info.is_dir() and info.file_size:
        raise UnreadableWheel(f"the archive is damaged: {info.filename} is a folder with contents")
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableWheel(f"{info.filename} is encrypted, and installers have no password")


class _MemberReader:
    """Reads members one after the other; keeps the bytes of dist-info files, and of a library while it is read."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.texts: dict[str, bytes] = {}
        self.libraries: list[NativeLibrary] = []
        self.unreadable_libraries: dict[str, str] = {}

    def read(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        digest = hashlib.sha256()
        kept: list[bytes] | None = None
        is_text = ".dist-info/" in info.filename
        if is_text and info.file_size > _LARGEST_TEXT:
            raise UnreadableWheel(f"{info.filename} is larger than any metadata: {info.file_size} bytes")
        with archive.open(info) as stream:
            first = True
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                if first and (is_text or detect_format(chunk[:64])):
                    kept = []
                if kept is not None:
                    kept.append(chunk)
                first = False
        self.members.append(Member(info.filename, info.file_size, digest.hexdigest()))
        if is_text:
            self.texts[info.filename] = b"".join(kept or [])
        elif kept is not None:
            self._read_library(info.filename, b"".join(kept))

    def _read_library(self, name: str, data: bytes) -> None:
        try:
            self.libraries.append(read_library(name, data))
        except UnreadableLibrary as error:
            self.unreadable_libraries[name] = str(error)
