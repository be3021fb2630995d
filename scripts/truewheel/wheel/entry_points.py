"""entry_points.txt: the commands and plug-ins of a wheel.

Source: entry points specification.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from truewheel.wheel.unreadable import Malformed, Unreadable, decode

_COMMANDS = ("console_scripts", "gui_scripts")


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One entry, e.g. `quiver = quiverdb.cli:main` in the group `console_scripts`."""

    line: int  # the number of its line
    group: str  # e.g. `console_scripts`
    name: str  # e.g. `quiver`
    value: str  # e.g. `quiverdb.cli:main`

    @property
    def is_command(self) -> bool:
        """Whether installers make a command of it."""
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
