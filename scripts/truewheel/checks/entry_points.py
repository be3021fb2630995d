"""Can installers create the commands, and do they work?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import PYPI_UPLOAD, abbreviate
from truewheel.findings import By
from truewheel.wheel.dist_info import EntryPoint
from truewheel.wheel.import_names import modules, with_namespaces
from truewheel.wheel.reader import Wheel

_HINT = "fix [project.scripts] or [project.entry-points] in the package's pyproject.toml and build again"
_SPECIFICATION = "entry points specification (Python Packaging User Guide)"
_REFERENCE = re.compile(r"(?P<module>[\w.]+)(?:\s*:\s*(?P<attribute>[\w.]+))?(?:\s*\[[^\[\]]*\])?")


@wheel_check(By.PYPI, source=f"{_SPECIFICATION}; {PYPI_UPLOAD}", hint=_HINT)
def entry_points_readable(wheel: Wheel) -> Iterator[str]:
    """the file entry_points.txt is UTF-8, with groups in brackets and name = object on each line, none of them twice"""
    for line in wheel.entry_points.malformed:
        yield f"line {line.number} {line.problem}: {abbreviate(line.text)!r}"


@wheel_check(By.SPECIFICATION, source=_SPECIFICATION, hint=_HINT)
def entry_point_objects(wheel: Wheel) -> Iterator[str]:
    """every entry point names an object that can be imported: module or module:attribute"""
    for entry in wheel.entry_points.entries:
        match = _REFERENCE.fullmatch(entry.value)
        if match is None or not all(map(_is_dotted_name, filter(None, match.groups()))):
            yield f"{_place(entry)} is {abbreviate(entry.value)!r}, expected module or module:attribute"
        elif entry.is_command and match["attribute"] is None:
            yield f"{_place(entry)} is {abbreviate(entry.value)!r}, expected module:function, which a command calls"


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _place(entry: EntryPoint) -> str:
    return f"line {entry.line}: {abbreviate(entry.name)} in [{abbreviate(entry.group)}]"


# Only for wheels of the release: elsewhere a command may call a module of a dependency.
@release_wheel_check(By.CARE, source="a command without its function fails for every user", hint=_HINT)
def entry_points_present(subject: ReleaseWheel) -> Iterator[str]:
    """every command calls a module that is in the wheel, and entry points name what its modules define"""
    present = {module.name: module for module in modules(subject.wheel)}
    for entry in subject.wheel.entry_points.entries:
        match = _REFERENCE.fullmatch(entry.value)
        module, attribute = (match["module"], match["attribute"] or "") if match else ("", "")
        # A plug-in may be a module of another project.
        if match is None or not (entry.is_command or module.partition(".")[0] in present):
            continue
        verb = "calls" if entry.is_command else "names"
        name = attribute.partition(".")[0]
        if module not in (present if name else with_namespaces(present)):
            yield f"{_place(entry)} {verb} {abbreviate(module)}, which is not in the wheel"
        elif name and not present[module].may_define(name) and f"{module}.{name}" not in present:
            found = f"{abbreviate(name)}, which {abbreviate(present[module].member)} does not define"
            yield f"{_place(entry)} {verb} {found}"


@wheel_check(By.PYPI, source=f"{_SPECIFICATION}; {PYPI_UPLOAD}", hint=_HINT)
def script_names(wheel: Wheel) -> Iterator[str]:
    """the names of commands have only letters, digits, _, - and ., and do not differ only in case"""
    taken: dict[str, EntryPoint] = {}
    for entry in wheel.entry_points.commands:
        command = f"line {entry.line}: the command {abbreviate(entry.name)!r}"
        if not re.fullmatch(r"[\w.-]+", entry.name):
            yield f"{command} has other characters than letters, digits, _, - and ."
        # Both groups become files in one folder, and Windows and macOS ignore case.
        earlier = taken.setdefault(entry.name.lower(), entry)
        if (earlier.name, earlier.group) != (entry.name, entry.group):
            yield (
                f"{command} of [{entry.group}] would overwrite {abbreviate(earlier.name)!r} of [{earlier.group}] "
                f"on line {earlier.line}"
            )
