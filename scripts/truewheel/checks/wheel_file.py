"""Does WHEEL say what the file name and the contents say?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from packaging.tags import Tag

from truewheel.checks.registers import of_wheel_file, wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel
from truewheel.wheel.unreadable import Unreadable

_PEP_427 = "binary distribution format specification (PEP 427)"
_REBUILD = "build it again: nox -s wheels; do not rename or edit a wheel by hand"
_TAG = re.compile(r"(\w+(?:\.\w+)*)-(\w+(?:\.\w+)*)-(\w+(?:\.\w+)*)", re.ASCII)
# An honest wheel has some dozens at most; each further part of a compressed tag multiplies them.
_MOST_TAGS = 1000


@wheel_check(
    "wheel-file-valid",
    "WHEEL is there, of version 1.x, names its generator, and says that a wheel with native code is not pure",
    by=By.SPECIFICATION,
    source=_PEP_427,
    hint="build it again: nox -s wheels; a wheel with native code must not be marked pure (wheel.platlib)",
)
def wheel_file_valid(wheel: Wheel) -> Iterator[str]:
    match wheel.wheel_file:
        case Unreadable(reason):
            yield f"{wheel.dist_info}/WHEEL {reason}"
        case HeaderFile() as fields:
            yield from _field_problems(wheel, fields)


def _field_problems(wheel: Wheel, fields: HeaderFile) -> Iterator[str]:
    if not re.fullmatch(r"1\.\d+", fields.one("Wheel-Version") or "", re.ASCII):
        yield f"expected one Wheel-Version 1.x, found {_found(fields, 'Wheel-Version')}"
    if not fields.one("Generator"):
        yield f"expected one Generator, found {_found(fields, 'Generator')}"
    yield from _purity_flaws(wheel, fields)


def _purity_flaws(wheel: Wheel, fields: HeaderFile) -> Iterator[str]:
    # A wheel for any platform may carry libraries of many as data; whether it should is another check's question.
    for_any = wheel.filename is not None and wheel.filename.platform_tags == ["any"]
    native = bool(wheel.libraries or wheel.unreadable_libraries) and not for_any
    purelib = (fields.one("Root-Is-Purelib") or "").lower()
    # Where there is native code the root is platlib; a wheel without any may choose.
    if purelib not in ({"false"} if native else {"true", "false"}):
        expected = "false, for there is native code" if native else "true or false"
        yield f"expected Root-Is-Purelib: {expected}; found {_found(fields, 'Root-Is-Purelib')}"


def _found(fields: HeaderFile, name: str) -> str:
    return join_names(fields.all(name)) or "none"


@wheel_check(
    "wheel-file-matches-filename",
    "WHEEL has the tags of the file name, each once, and its build number",
    by=By.SPECIFICATION,
    source=_PEP_427,
    hint=_REBUILD,
)
@of_wheel_file
def wheel_file_matches_filename(wheel: Wheel, fields: HeaderFile) -> Iterator[str]:
    if wheel.filename is None:
        return
    written: Counter[Tag] = Counter()
    for line in fields.all("Tag"):
        tags = _expand(line)
        if not tags:
            yield f"WHEEL has the tag {abbreviate(line)!r}, which is not of the form python-abi-platform"
        written.update(tags)
    expected = {*wheel.filename.tags}
    yield from (f"the tag {tag} is in the file name, but not in WHEEL" for tag in _sorted(expected - {*written}))
    yield from (f"the tag {tag} is in WHEEL, but not in the file name" for tag in _sorted({*written} - expected))
    doubled = {tag for tag, count in written.items() if count > 1}
    yield from (f"the tag {tag} is in WHEEL {written[tag]} times" for tag in _sorted(doubled))
    build = "".join(map(str, wheel.filename.build))
    if list(fields.all("Build")) != ([build] if build else []):
        yield f"WHEEL has the build number {_found(fields, 'Build')}, the file name {build or 'none'}"


def _sorted(tags: set[Tag]) -> list[Tag]:
    return sorted(tags, key=str)


def _expand(line: str) -> set[Tag]:
    """The tags of a line, which may be a compressed one; none when it is malformed, or endless."""
    match = _TAG.fullmatch(line)
    if match is None:
        return set()
    pythons, abis, platforms = (part.split(".") for part in match.groups())
    if len(pythons) * len(abis) * len(platforms) > _MOST_TAGS:
        return set()
    return {Tag(python, abi, platform) for python in pythons for abi in abis for platform in platforms}
