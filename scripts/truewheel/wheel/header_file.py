"""METADATA and WHEEL: fields like those of an email header, from an untrusted file.

Source: the core metadata specification and PEP 427, which both use the format of email headers.
"""

from __future__ import annotations

import email.errors
import email.parser
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from truewheel.wheel.unreadable import Unreadable, decode

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
