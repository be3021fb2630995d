"""The files in dist-info: METADATA and WHEEL, RECORD, entry_points.txt; each parsed, or the reason why it cannot be.

Sources: the core metadata specification and PEP 427, which both use the format of email headers; recording installed
projects (PEP 376, 627); the entry points specification.
"""

from __future__ import annotations

import csv
import email.errors
import email.parser
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

# No real file comes near: a wheel with a thousand dependencies has a few thousand lines, and there are 40 fields.
_MOST_LINES = 20_000
_MOST_NAMES = 200
_LONGEST_VALUE = 20_000
_BLANK_LINE = re.compile(r"\n\r?\n")
# What the parser reports for lines that are not fields.
_LINE_DEFECTS = (
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.MisplacedEnvelopeHeaderDefect,
    email.errors.MissingHeaderBodySeparatorDefect,
)
# These hold whole texts; all others a name, a list of names or an address.
_LONG_FIELDS = frozenset({"description", "keywords", "license"})
_COMMANDS = ("console_scripts", "gui_scripts")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Takes the place of a parsed file."""

    reason: str  # why there is none, as a predicate of the file, e.g. `is missing`


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line or a row of a parsed file that is not what it should be."""

    number: int  # from 1
    problem: str  # as a predicate of the line, e.g. `is before the first [group]`
    text: str  # the line itself


def decode(content: bytes) -> str | Unreadable:
    """Decode a file that must be UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Unreadable(f"is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}")


@dataclass(frozen=True, slots=True)
class HeaderFile:
    """METADATA or WHEEL."""

    content: bytes  # the file itself
    fields: Mapping[str, tuple[str, ...]]  # the values of each field in order, by its lower-cased name
    body: str  # the text after the fields: the description, in METADATA

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of a field, named in any case; none if it is missing."""
        return self.fields.get(name.lower(), ())

    def one(self, name: str) -> str | None:
        """Return the value of a field that occurs once; else None."""
        values = self.all(name)
        return values[0] if len(values) == 1 else None


def parse_header_file(content: bytes) -> HeaderFile | Unreadable:
    """Parse METADATA or WHEEL; `Unreadable` also where the fields may not be what they seem to be."""
    text = decode(content)
    if isinstance(text, Unreadable):
        return text
    header = _BLANK_LINE.split(text, maxsplit=1)[0]
    if "\0" in header:
        return Unreadable(f"has a NUL character on line {header.count(chr(10), 0, header.index(chr(0))) + 1}")
    if header.count("\n") > _MOST_LINES:
        return Unreadable(f"has {header.count(chr(10))} lines of fields, more than {_MOST_LINES}")
    # Only the header is parsed: the description is text, even if there are fields that would make it something else.
    message = email.parser.HeaderParser(policy=email.policy.compat32).parsestr(text)
    fields: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        fields.setdefault(name.lower(), []).append(value.strip())
    if problem := _problem(fields, message.defects):
        return Unreadable(problem)
    body = message.get_payload()
    return HeaderFile(
        content, {name: tuple(values) for name, values in fields.items()}, body if isinstance(body, str) else ""
    )


def _problem(fields: Mapping[str, list[str]], defects: list[email.errors.MessageDefect]) -> str:
    # Only these: Python 3.10 also reports a body that does not match its Content-Type.
    of_lines = [defect for defect in defects if isinstance(defect, _LINE_DEFECTS)]
    if of_lines:
        line = getattr(of_lines[0], "line", None)
        return f"has a line that is not a header field{f': {line.strip()[:80]!r}' if line else ''}"
    if len(fields) > _MOST_NAMES:
        return f"has {len(fields)} different fields, more than {_MOST_NAMES}"
    for name, values in fields.items():
        longest = max(map(len, values))
        if longest > _LONGEST_VALUE and name not in _LONG_FIELDS:
            return f"has a field {name[:40]!r} of {longest} characters, more than {_LONGEST_VALUE}"
    return ""


def requirement_of(value: str) -> Requirement | None:
    """Parse a value of Requires-Dist; None if it is not a requirement, which metadata-valid reports."""
    try:
        return Requirement(value)
    except (InvalidRequirement, RecursionError, ValueError):
        return None


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


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One entry, e.g. `quiver = quiverdb.cli:main` in the group `console_scripts`."""

    line: int  # the number of its line
    group: str  # e.g. `console_scripts`
    name: str  # e.g. `quiver`
    value: str  # e.g. `quiverdb.cli:main`

    @property
    def is_command(self) -> bool:
        """Whether installers turn it into a command."""
        return self.group in _COMMANDS


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """entry_points.txt; empty if the wheel has none."""

    entries: tuple[EntryPoint, ...] = ()  # in order
    malformed: tuple[Malformed, ...] = ()  # the lines that were skipped, or that repeat a group

    @property
    def commands(self) -> list[EntryPoint]:
        return [entry for entry in self.entries if entry.is_command]


def parse_entry_points(content: bytes) -> EntryPoints:
    """Parse entry_points.txt.

    PyPI reads it with configparser, with `=` as the only delimiter. This parser needs linear time for any line, and
    knows the numbers of malformed lines.
    """
    entries: dict[tuple[str, str], EntryPoint] = {}
    malformed: list[Malformed] = []
    groups: set[str] = set()
    group: str | None = None
    for number, raw in enumerate(re.split(rb"\r\n|\r|\n", content), 1):
        decoded = decode(raw)
        text = raw.decode("utf-8", "backslashreplace").strip()
        if not text or text[0] in "#;":
            continue
        name, equals, value = (part.strip() for part in text.partition("="))
        problem = ""
        if isinstance(decoded, Unreadable):
            problem = decoded.reason
        elif text[0] == "[" and text[-1] == "]":
            group = text[1:-1].strip()
            problem = "is a group without a name" if not group else "repeats a group" if group in groups else ""
            groups.add(group)
        elif group is None:
            problem = "is before the first [group]"
        elif not name or not equals:
            problem = "is not of the form name = object"
        elif (group, name) in entries:
            problem = "repeats a name of its group"
        else:
            entries[group, name] = EntryPoint(number, group, name, value)
        if problem:
            malformed.append(Malformed(number, problem, text))
    return EntryPoints(tuple(entries.values()), tuple(malformed))
