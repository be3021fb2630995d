"""Whether the local headers, the directory and the end records of an archive tell the same story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from truewheel.wheel.archive import format as zip_format
from truewheel.wheel.archive.anomalies import AnomalyKind, AnomalyList
from truewheel.wheel.archive.format import EndRecord, MemberHeader, Zip64Locator


class Directory:
    """The directory and the end records, as they came.

    Attributes:
        entries: of the directory.
        begin: where the first entry stands; None while there is none.
        size: of all entries.
        zip64_ends: the zip64 end records, each with its place.
        locators: the zip64 locators, each with its place.
        end: the end record with its place.
    """

    def __init__(self) -> None:
        self.entries: list[MemberHeader] = []
        self.begin: int | None = None
        self.size = 0
        self.zip64_ends: list[tuple[int, EndRecord]] = []
        self.locators: list[tuple[int, Zip64Locator]] = []
        self.end: tuple[int, EndRecord] | None = None

    def add(self, header: MemberHeader, at: int, size: int) -> None:
        """Add an entry of `size` bytes that stands at `at`."""
        if self.begin is None:
            self.begin = at
        self.size += size
        self.entries.append(header)


def compare(local_headers: Sequence[MemberHeader], directory: Directory, anomalies: AnomalyList) -> Mapping[int, int]:
    """State every disagreement; gives the Unix modes by the place of the local header."""
    _names_once(local_headers, AnomalyKind.NAME_TWICE_LOCAL, "local headers", anomalies)
    _names_once(directory.entries, AnomalyKind.NAME_TWICE_DIRECTORY, "entries of the directory", anomalies)
    modes = _compare_members(local_headers, directory.entries, anomalies)
    _check_end(directory, anomalies)
    return modes


def _names_once(headers: Iterable[MemberHeader], kind: AnomalyKind, where: str, anomalies: AnomalyList) -> None:
    for name, count in Counter(header.name for header in headers).items():
        if count > 1:
            anomalies.add(kind, name, f"{count} {where} have this name")


def _compare_members(
    local_headers: Sequence[MemberHeader], entries: Sequence[MemberHeader], anomalies: AnomalyList
) -> dict[int, int]:
    by_offset = {header.offset: header for header in local_headers}
    by_name = {header.raw_name: header for header in local_headers}
    listed: set[int] = set()
    modes: dict[int, int] = {}
    for entry in entries:
        header = by_offset.get(entry.offset)
        if header is None or (header.offset in listed and entry.raw_name in by_name):
            header = by_name.get(entry.raw_name)
        if header is None:
            detail = f"the directory lists it at byte {entry.offset:,} of the file, and there is no such member"
            anomalies.add(AnomalyKind.ONLY_DIRECTORY, entry.name, detail)
            continue
        listed.add(header.offset)
        if entry.unix_mode is not None:
            modes[header.offset] = entry.unix_mode
        for detail in _differences(header, entry):
            anomalies.add(AnomalyKind.HEADERS_DIFFER, entry.name, detail)
    for header in local_headers:
        if header.offset not in listed:
            detail = f"it stands at byte {header.offset:,} of the file, and the directory does not list it"
            anomalies.add(AnomalyKind.ONLY_LOCAL, header.name, detail)
    return modes


def _differences(local: MemberHeader, entry: MemberHeader) -> list[str]:
    compared: list[tuple[str, object, object]] = [
        ("name", local.raw_name, entry.raw_name),
        ("place", local.offset, entry.offset),
        ("flags", local.flags, entry.flags),
        ("compression method", local.method, entry.method),
    ]
    # Behind a data descriptor the local header has nothing to compare, and a finding of its own.
    if not local.has_descriptor:
        compared += [
            ("CRC-32", f"{local.crc:08x}", f"{entry.crc:08x}"),
            ("compressed size", local.compressed_size, entry.compressed_size),
            ("size", local.size, entry.size),
        ]
    return [
        f"the {what}: {ours} in the local header, {theirs} in the directory"
        for what, ours, theirs in compared
        if ours != theirs
    ]


def _check_end(directory: Directory, anomalies: AnomalyList) -> None:
    if directory.end is None:
        return
    end_at, end = directory.end
    told = end
    if directory.zip64_ends or directory.locators:
        told = _check_zip64(directory, end_at, end, anomalies)
    elif zip_format.MAX_32 in (end.size, end.offset):
        anomalies.add(AnomalyKind.ZIP64, "", "the end record refers to a zip64 end record, and there is none")
        return
    # An archive without members has an empty directory just before the end.
    begin = directory.begin if directory.begin is not None else end_at
    count = len(directory.entries)
    facts = [
        ("the directory is spread over disks, from", told.directory_disk, 0),
        ("this is disk", told.disk, 0),
        ("entries on this disk:", told.entries_here, count),
        ("entries in the directory:", told.entries, count),
        ("bytes in the directory:", told.size, directory.size),
        ("the directory begins at byte", told.offset, begin),
    ]
    for what, said, true in facts:
        if said != true:
            anomalies.add(AnomalyKind.END_RECORD, "", f"the end record says: {what} {said:,}; true is {true:,}")


def _check_zip64(directory: Directory, end_at: int, end: EndRecord, anomalies: AnomalyList) -> EndRecord:
    """Check the zip64 records against each other and the end record; gives the one that counts in the end."""
    ends, locators = directory.zip64_ends, directory.locators
    if len(ends) != 1 or len(locators) != 1:
        detail = f"expected one zip64 end record and one locator, found {len(ends)} and {len(locators)}"
        anomalies.add(AnomalyKind.ZIP64, "", detail)
    for detail in _locator_problems(locators, ends, end_at):
        anomalies.add(AnomalyKind.ZIP64, "", detail)
    if not ends:
        return end
    zip64 = ends[-1][1]
    for detail in _zip64_problems(end, zip64):
        anomalies.add(AnomalyKind.ZIP64, "", detail)
    return zip64


def _zip64_problems(end: EndRecord, zip64: EndRecord) -> Iterator[str]:
    if zip64.tail:
        yield f"the zip64 end record has {zip64.tail:+,} bytes of extensible data; PyPI takes none"
    for what, plain, wide, limit in (
        ("number of entries", end.entries, zip64.entries, zip_format.MAX_16),
        ("number of entries on this disk", end.entries_here, zip64.entries_here, zip_format.MAX_16),
        ("size of the directory", end.size, zip64.size, zip_format.MAX_32),
        ("place of the directory", end.offset, zip64.offset, zip_format.MAX_32),
    ):
        if plain not in (limit, wide):
            yield f"the {what} is {plain:,} in the end record and {wide:,} in the zip64 end record"


def _locator_problems(
    locators: Sequence[tuple[int, Zip64Locator]], ends: Sequence[tuple[int, EndRecord]], end_at: int
) -> Iterator[str]:
    for at, locator in locators:
        if at + zip_format.ZIP64_LOCATOR_SIZE != end_at:
            yield f"the zip64 locator at byte {at:,} does not stand right before the end record at {end_at:,}"
        if ends and locator.offset != ends[-1][0]:
            yield f"the zip64 locator says byte {locator.offset:,}, the zip64 end record is at {ends[-1][0]:,}"
        if locator.disk or locator.disks > 1:
            yield f"the zip64 locator speaks of disk {locator.disk} of {locator.disks}; there is one, disk 0"
