"""Are the wheels of a release one release? What a user gets must not depend on the machine, but for native code."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from truewheel.checks.registers import wheel_set_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

_HINT = "build all of them again from one commit: nox -s wheels"
_LINE_ENDS = f"{_HINT}; if only line ends differ, put * text=auto eol=lf into .gitattributes"
# Modules for one platform say so in their names.
_OF_PLATFORM = re.compile(r"(?:^|[/_])(?:windows|win32|win|nt|posix|unix|linux|macos|darwin|osx)(?:[_./]|$)", re.ASCII)


@wheel_set_check(
    "metadata-alike",
    "all wheels have the same METADATA, field by field",
    by=By.CARE,
    source="PyPI shows that of the file that came first, and resolvers take one wheel's for all",
    hint=_HINT,
)
def metadata_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    known = [(wheel, wheel.metadata) for wheel in wheels if isinstance(wheel.metadata, HeaderFile)]
    for wheel, metadata in known[1:]:
        one, expected = known[0]
        names = [*dict.fromkeys([*expected.fields, *metadata.fields])]
        for name in names:
            if _values(expected, name) != _values(metadata, name):
                yield Problem(_difference(name, metadata, wheel, expected, one), where=wheel.name)
        line = _first_difference(expected.body, metadata.body)
        if line:
            yield Problem(
                f"the description of {wheel.name} is not that of {one.name}: they differ in line {line}",
                where=wheel.name,
            )


def _difference(name: str, metadata: HeaderFile, wheel: Wheel, expected: HeaderFile, one: Wheel) -> str:
    field = "-".join(part.capitalize() for part in abbreviate(name).split("-"))
    found, wanted = _values(metadata, name), _values(expected, name)
    if set(found) == set(wanted):
        return f"{field} of {wheel.name} has the values of {one.name}, but in another order or number"
    only_here = [value for value in found if value not in set(wanted)]
    only_there = [value for value in wanted if value not in set(found)]
    return f"{field} has {_quoted(only_here)} in {wheel.name}, but {_quoted(only_there)} in {one.name}"


def _values(metadata: HeaderFile, name: str) -> list[str]:
    return ["\n".join(_lines(value)) for value in metadata.all(name)]


def _lines(text: str) -> list[str]:
    """The lines of a text, without what nobody sees: how lines end, and blanks at their ends and at that of all."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _quoted(values: list[str]) -> str:
    return join_names([repr(abbreviate(value)) for value in values], 3) or "nothing more"


def _first_difference(one: str, other: str) -> int:
    """The number of the first line in which two texts differ; 0 when they do not."""
    pairs = itertools.zip_longest(_lines(one), _lines(other))
    return next((number for number, (left, right) in enumerate(pairs, 1) if left != right), 0)


@wheel_set_check(
    "entry-points-alike",
    "all wheels have the same entry points",
    by=By.CARE,
    source="the same commands and plug-ins must be there on every platform",
    hint=_HINT,
)
def entry_points_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    for wheel in wheels[1:]:
        found, expected = _entry_points(wheel), _entry_points(wheels[0])
        changed = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        if changed:
            yield Problem(
                f"the entry points of {wheel.name} are not those of {wheels[0].name}: {join_names(changed)} differ",
                where=wheel.name,
            )


def _entry_points(wheel: Wheel) -> dict[str, str]:
    return {f"{entry.name} of [{entry.group}]": entry.value for entry in wheel.entry_points.entries}


@wheel_set_check(
    "python-files-alike",
    "all wheels have the same Python files, but for those that are named after a platform",
    by=By.CARE,
    source="spec: the same Python files in every wheel",
    hint=_LINE_ENDS,
)
def python_files_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    yield from _alike(wheels, _python_files)


@wheel_set_check(
    "license-files-alike",
    "all wheels have the same licence files",
    by=By.CARE,
    source="PEP 639: METADATA, the same in all wheels, names them",
    hint=_LINE_ENDS,
)
def license_files_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    yield from _alike(wheels, _license_files)


def _alike(wheels: Sequence[Wheel], files: Callable[[Wheel], dict[str, str]]) -> Iterator[Problem]:
    if not wheels:
        return
    one, expected = wheels[0], files(wheels[0])
    patched = _delvewheel_patched
    for wheel in wheels[1:]:
        found = files(wheel)
        missing, extra = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
        changed = [
            name
            for name in sorted(expected.keys() & found.keys())
            if expected[name] != found[name] and not (patched(name, one) or patched(name, wheel))
        ]
        if missing:
            yield Problem(f"{wheel.name} lacks {join_names(missing)} of {one.name}", where=wheel.name)
        if extra:
            yield Problem(f"{wheel.name} has {join_names(extra)}, which {one.name} has not", where=wheel.name)
        if changed:
            yield Problem(f"{wheel.name} has other contents than {one.name} in {join_names(changed)}", where=wheel.name)


def _python_files(wheel: Wheel) -> dict[str, str]:
    return {
        member.name: member.sha256
        for member in wheel.members
        if member.name.endswith((".py", ".pyi", "/py.typed")) and not _OF_PLATFORM.search(member.name)
    }


def _license_files(wheel: Wheel) -> dict[str, str]:
    folder = f"{wheel.dist_info}/licenses/"
    return {member.name: member.sha256 for member in wheel.members if member.name.startswith(folder)}


def _delvewheel_patched(name: str, wheel: Wheel) -> bool:
    """Whether delvewheel changed the file: where it bundles libraries, it lets each __init__.py find them."""
    return name.endswith("/__init__.py") and wheel.has_dist_info_file("DELVEWHEEL")
