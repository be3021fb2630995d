"""Can installers make the commands that entry_points.txt promises?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import first, shown
from truewheel.findings import By
from truewheel.wheel.import_names import has_module
from truewheel.wheel.reader import Wheel

_HINT = "mend [project.scripts] or [project.entry-points] in the package's pyproject.toml, and build again"
_SPECIFICATION = "entry points specification"
_SCRIPTS = ("console_scripts", "gui_scripts")
_REFERENCE = re.compile(r"(?P<module>[\w.]+)(?:\s*:\s*(?P<attribute>[\w.]+))?(?:\s*\[[^\[\]]*\])?")


@dataclass(frozen=True, slots=True)
class _EntryPoint:
    line: int
    group: str
    name: str
    value: str


@wheel_check(
    "entry-points-readable",
    "entry_points.txt is UTF-8 and well-formed: groups in brackets, a name = an object in each line, no doubles",
    by=By.PYPI,
    source=f"{_SPECIFICATION}; PyPI's upload rules",
    hint=_HINT,
)
def entry_points_readable(wheel: Wheel) -> Iterator[str]:
    yield from first(flaw for flaw in _read(wheel) if isinstance(flaw, str))


@wheel_check(
    "entry-point-objects",
    "every entry point names an object that can be imported: module or module:attribute",
    by=By.SPECIFICATION,
    source=_SPECIFICATION,
    hint=_HINT,
)
def entry_point_objects(wheel: Wheel) -> Iterator[str]:
    yield from first(_object_flaws(wheel))


def _object_flaws(wheel: Wheel) -> Iterator[str]:
    for entry in _entries(wheel):
        match = _REFERENCE.fullmatch(entry.value)
        where = f"line {entry.line}: {shown(entry.name)} in [{shown(entry.group)}]"
        if match is None or not all(map(_is_dotted_name, filter(None, match.groups()))):
            yield f"{where} is {shown(entry.value)!r}, expected module or module:attribute"
        elif entry.group in _SCRIPTS and match["attribute"] is None:
            yield f"{where} is {shown(entry.value)!r}, expected module:function, for a command calls a function"


# Not for any wheel: a command may well call what a dependency brings.
@release_wheel_check(
    "command-modules-there",
    "every command calls a module that is in the wheel",
    by=By.CARE,
    source="a command whose module is missing fails for everybody who has installed it",
    hint=_HINT,
)
def command_modules_there(subject: ReleaseWheel) -> Iterator[str]:
    yield from first(_missing_modules(subject.wheel))


def _missing_modules(wheel: Wheel) -> Iterator[str]:
    for entry in _entries(wheel):
        match = _REFERENCE.fullmatch(entry.value)
        if entry.group in _SCRIPTS and match and not has_module(wheel, match["module"]):
            where = f"line {entry.line}: {shown(entry.name)} in [{entry.group}]"
            yield f"{where} calls {shown(match['module'])}, which is not in the wheel"


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


@wheel_check(
    "script-names",
    "commands have names of letters, digits, _, - and ., each once, whatever its case",
    by=By.PYPI,
    source=f"{_SPECIFICATION}; PyPI's upload rules",
    hint=_HINT,
)
def script_names(wheel: Wheel) -> Iterator[str]:
    yield from first(_script_flaws(wheel))


def _script_flaws(wheel: Wheel) -> Iterator[str]:
    taken: dict[str, _EntryPoint] = {}
    for entry in _entries(wheel):
        if entry.group not in _SCRIPTS:
            continue
        if not re.fullmatch(r"[\w.-]+", entry.name):
            yield f"line {entry.line}: the command {shown(entry.name)!r} has a character that no file name should have"
        # Both groups make files in one folder, and on Windows and macOS case makes no other file.
        earlier = taken.setdefault(entry.name.lower(), entry)
        if earlier is not entry and (earlier.name, earlier.group) != (entry.name, entry.group):
            yield (
                f"line {entry.line}: the command {shown(entry.name)!r} of [{entry.group}] takes the place of "
                f"{shown(earlier.name)!r} of [{earlier.group}] in line {earlier.line}"
            )


def command_names(wheel: Wheel) -> list[str]:
    """The names of the commands that installers make."""
    return [entry.name for entry in _entries(wheel) if entry.group in _SCRIPTS]


def _entries(wheel: Wheel) -> Iterator[_EntryPoint]:
    return (entry for entry in _read(wheel) if isinstance(entry, _EntryPoint))


def _read(wheel: Wheel) -> Iterator[_EntryPoint | str]:
    """The entry points, and a sentence for each line that is none.

    What PyPI reads with configparser, where only = separates, is read here in a way that takes the same time for
    every line, and that knows the number of the line that is wrong.
    """
    content = wheel.dist_info_file("entry_points.txt")
    if content is None:
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"entry_points.txt is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}"
        return
    yield from _parse(text)


def _parse(text: str) -> Iterator[_EntryPoint | str]:
    group: str | None = None
    seen: set[tuple[str, str]] = set()
    groups: set[str] = set()
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if stripped[0] == "[" and stripped[-1] == "]":
            group = stripped[1:-1].strip()
            if not group or group in groups:
                yield f"line {number}: the group [{shown(group)}] is {'there twice' if group else 'without a name'}"
            groups.add(group)
            continue
        name, equals, value = (part.strip() for part in stripped.partition("="))
        if group is None:
            yield f"line {number} stands before any [group]: {shown(stripped)!r}"
        elif not name or not equals:
            yield f"line {number} of [{shown(group)}] is not of the form name = object: {shown(stripped)!r}"
        elif (group, name) in seen:
            yield f"line {number}: {shown(name)!r} is in [{shown(group)}] twice"
        else:
            seen.add((group, name))
            yield _EntryPoint(number, group, name, value)
