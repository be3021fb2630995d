"""RECORD: the files of a wheel with their hashes and sizes.

Source: recording installed projects (PEP 376, 627).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from truewheel.wheel.unreadable import Malformed, Unreadable, decode


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One row of RECORD, e.g. `quiverdb/__init__.py,sha256=AbCd…,1234`."""

    path: str  # the file, relative to the root of the wheel
    hash: str  # `algorithm=digest`, or empty
    size: str  # in bytes, as it is written, or empty


@dataclass(frozen=True, slots=True)
class Record:
    """RECORD."""

    rows: tuple[RecordRow, ...]  # its rows. A malformed one is here too, with empty fields for what it lacks
    malformed: tuple[Malformed, ...] = ()  # those that do not have three fields


def parse_record(content: bytes) -> Record | Unreadable:
    """Parse RECORD: UTF-8 and CSV; empty lines are skipped."""
    text = decode(content)
    if isinstance(text, Unreadable):
        return text
    if "\0" in text:  # an error for Python 3.10's csv, a character like any other since 3.11
        line = text.count("\n", 0, text.index("\0")) + 1
        return Unreadable(f"is not CSV: line {line} has a NUL character")
    reader = csv.reader((f"{line}\n" for line in text.split("\n")), strict=True)
    rows: list[RecordRow] = []
    malformed: list[Malformed] = []
    try:
        for number, fields in enumerate(reader, 1):
            if not fields:
                continue
            if len(fields) != 3:
                malformed.append(Malformed(number, f"has {len(fields)} fields, expected 3", ",".join(fields)))
            rows.append(RecordRow(*[*fields, "", ""][:3]))
    except csv.Error as error:
        return Unreadable(f"is not CSV: line {reader.line_num}: {error}")
    return Record(tuple(rows), tuple(malformed))
