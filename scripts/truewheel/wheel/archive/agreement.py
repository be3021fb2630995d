"""Whether the local headers, the central directory and the end records of an archive agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from truewheel.wheel.archive import format as zip_format
from truewheel.wheel.archive.anomalies import AnomalyKind, AnomalyList
from truewheel.wheel.archive.format import EndRecord, MemberHeader, Zip64Locator


@dataclass(frozen=True, slots=True)
class CentralDirectory:
    """The central directory and the records after it, as read."""

    begin: int  # where the first entry is, or would be
    size: int  # of all entries, in bytes
    entries: Sequence[MemberHeader]
    zip64_end: EndRecord | None  # the zip64 end record, if there is one; it is right after the entries
    locator: Zip64Locator | None  # the zip64 locator, if there is one
    end: EndRecord  # the end record


def compare(
    local_headers: Sequence[MemberHeader], directory: CentralDirectory, anomalies: AnomalyList
) -> Mapping[int, int]:
    """Add an anomaly for every disagreement; return the Unix modes by the offset of the local header."""
    counts = Counter(header.name for header in local_headers) | Counter(entry.name for entry in directory.entries)
    for name, count in counts.items():
        if count > 1:
            anomalies.add(AnomalyKind.NAME_TWICE, name, f"{count} members of the archive have this name")
    modes = _compare_members(local_headers, directory.entries, anomalies)
    _compare_end(directory, anomalies)
    return modes


def _compare_members(
    local_headers: Sequence[MemberHeader], entries: Sequence[MemberHeader], anomalies: AnomalyList
) -> dict[int, int]:
    by_offset = {header.offset: header for header in local_headers}
    modes: dict[int, int] = {}
    for entry in entries:
        header = by_offset.get(entry.offset)
        if header is None:
            detail = f"the central directory lists it at byte {entry.offset:,}, where no member begins"
            anomalies.add(AnomalyKind.NOT_IN_BOTH, entry.name, detail)
            continue
        if entry.unix_mode is not None:
            modes[entry.offset] = entry.unix_mode
        for detail in _differences(header, entry):
            anomalies.add(AnomalyKind.HEADERS_DIFFER, entry.name, detail)
    listed = {entry.offset for entry in entries}
    for header in local_headers:
        if header.offset not in listed:
            detail = f"it is at byte {header.offset:,} of the file, but the central directory does not list it"
            anomalies.add(AnomalyKind.NOT_IN_BOTH, header.name, detail)
    return modes


def _differences(local: MemberHeader, entry: MemberHeader) -> Iterator[str]:
    compared: tuple[tuple[str, object, object], ...] = (
        ("name", local.raw_name, entry.raw_name),
        ("flags", local.flags, entry.flags),
        ("compression method", local.method, entry.method),
        ("CRC-32", f"{local.crc:08x}", f"{entry.crc:08x}"),
        ("compressed size", local.compressed_size, entry.compressed_size),
        ("size", local.size, entry.size),
    )
    for what, ours, theirs in compared:
        if ours != theirs:
            yield f"the {what} is {ours} in the local header, but {theirs} in the central directory"


def _compare_end(directory: CentralDirectory, anomalies: AnomalyList) -> None:
    end, zip64 = directory.end, directory.zip64_end
    for detail in _zip64_problems(directory):
        anomalies.add(AnomalyKind.ZIP64, "", detail)
    # PyPI compares the two in every end record, even where the values of the plain one do not count.
    for record, name in ((end, "end record"), (zip64, "zip64 end record")):
        if record is not None and record.entries_here != record.entries:
            detail = f"the {name} has {record.entries_here:,} entries on this disk, but {record.entries:,} in total"
            anomalies.add(AnomalyKind.ENTRY_COUNTS, "", detail)
    if zip64 is None and zip_format.MAX_32 in (end.size, end.offset):
        return  # these values mean "see the zip64 end record"
    count = len(directory.entries)
    stated = zip64 or end
    for what, found, expected in (
        ("the disk with the central directory", stated.directory_disk, 0),
        ("the number of this disk", stated.disk, 0),
        ("the number of entries", stated.entries, count),
        ("the size of the central directory", stated.size, directory.size),
        ("the offset of the central directory", stated.offset, directory.begin),
    ):
        if found != expected:
            anomalies.add(AnomalyKind.END_RECORD, "", f"{what} is {found:,} in the end record, expected {expected:,}")


def _zip64_problems(directory: CentralDirectory) -> Iterator[str]:
    end, zip64, locator = directory.end, directory.zip64_end, directory.locator
    if zip64 is None:
        if locator is not None or zip_format.MAX_32 in (end.size, end.offset):
            yield "there is no zip64 end record, but another record refers to one"
        return
    if zip64.tail:
        yield f"the zip64 end record has {zip64.tail:+,} bytes of extensible data; PyPI accepts none"
    for what, plain, wide, limit in (
        ("number of entries", end.entries, zip64.entries, zip_format.MAX_16),
        ("size of the central directory", end.size, zip64.size, zip_format.MAX_32),
        ("offset of the central directory", end.offset, zip64.offset, zip_format.MAX_32),
    ):
        if plain not in (limit, wide):
            yield f"the {what} is {plain:,} in the end record, but {wide:,} in the zip64 end record"
    at = directory.begin + directory.size
    if locator is None:
        yield "there is a zip64 end record, but no zip64 locator"
    elif locator.offset != at:
        yield f"the zip64 locator says byte {locator.offset:,}, but the zip64 end record is at {at:,}"
    elif locator.disk or locator.disks > 1:
        yield f"the zip64 locator says disk {locator.disk} of {locator.disks}; there is one, disk 0"
