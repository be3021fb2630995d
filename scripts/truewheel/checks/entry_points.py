"""Can installers make the commands that entry_points.txt promises?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.wheel.entry_points import EntryPoint
from truewheel.wheel.import_names import has_module
from truewheel.wheel.reader import Wheel

_HINT = "mend [project.scripts] or [project.entry-points] in the package's pyproject.toml, and build again"
_SPECIFICATION = "entry points specification"
_REFERENCE = re.compile(r"(?P<module>[\w.]+)(?:\s*:\s*(?P<attribute>[\w.]+))?(?:\s*\[[^\[\]]*\])?")


@wheel_check(
    "entry-points-readable",
    "entry_points.txt is UTF-8 and well-formed: groups in brackets, a name = an object in each line, no doubles",
    by=By.PYPI,
    source=f"{_SPECIFICATION}; PyPI's upload rules",
    hint=_HINT,
)
def entry_points_readable(wheel: Wheel) -> Iterator[str]:
    yield from (
        f"line {line.number}: {line.problem}: {abbreviate(line.text)!r}" for line in wheel.entry_points.malformed
    )


@wheel_check(
    "entry-point-objects",
    "every entry point names an object that can be imported: module or module:attribute",
    by=By.SPECIFICATION,
    source=_SPECIFICATION,
    hint=_HINT,
)
def entry_point_objects(wheel: Wheel) -> Iterator[str]:
    yield from _object_flaws(wheel)


def _object_flaws(wheel: Wheel) -> Iterator[str]:
    for entry in wheel.entry_points.entries:
        match = _REFERENCE.fullmatch(entry.value)
        where = f"line {entry.line}: {abbreviate(entry.name)} in [{abbreviate(entry.group)}]"
        if match is None or not all(map(_is_dotted_name, filter(None, match.groups()))):
            yield f"{where} is {abbreviate(entry.value)!r}, expected module or module:attribute"
        elif entry.is_command and match["attribute"] is None:
            yield f"{where} is {abbreviate(entry.value)!r}, expected module:function, for a command calls a function"


# Not for any wheel: a command may well call what a dependency brings.
@release_wheel_check(
    "command-modules-present",
    "every command calls a module that is in the wheel",
    by=By.CARE,
    source="a command whose module is missing fails for everybody who has installed it",
    hint=_HINT,
)
def command_modules_present(subject: ReleaseWheel) -> Iterator[str]:
    yield from _missing_modules(subject.wheel)


def _missing_modules(wheel: Wheel) -> Iterator[str]:
    for entry in wheel.entry_points.commands:
        match = _REFERENCE.fullmatch(entry.value)
        if match and not has_module(wheel, match["module"]):
            where = f"line {entry.line}: {abbreviate(entry.name)} in [{entry.group}]"
            yield f"{where} calls {abbreviate(match['module'])}, which is not in the wheel"


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
    yield from _script_flaws(wheel)


def _script_flaws(wheel: Wheel) -> Iterator[str]:
    taken: dict[str, EntryPoint] = {}
    for entry in wheel.entry_points.commands:
        if not re.fullmatch(r"[\w.-]+", entry.name):
            yield f"line {entry.line}: the command {abbreviate(entry.name)!r} has a character other than those"
        # Both groups make files in one folder, and on Windows and macOS case makes no other file.
        earlier = taken.setdefault(entry.name.lower(), entry)
        if earlier is not entry and (earlier.name, earlier.group) != (entry.name, entry.group):
            yield (
                f"line {entry.line}: the command {abbreviate(entry.name)!r} of [{entry.group}] takes the place of "
                f"{abbreviate(earlier.name)!r} of [{earlier.group}] in line {earlier.line}"
            )
