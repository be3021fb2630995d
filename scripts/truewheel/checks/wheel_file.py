"""Does WHEEL match the file name and the contents?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from packaging.tags import Tag

from truewheel.checks.registers import of_wheel_file, wheel_check
from truewheel.checks.sentences import PEP_427, abbreviate, join_names
from truewheel.findings import By
from truewheel.wheel.dist_info import HeaderFile, Unreadable
from truewheel.wheel.reader import Wheel

_TAG = re.compile(r"(\w+(?:\.\w+)*)-(\w+(?:\.\w+)*)-(\w+(?:\.\w+)*)", re.ASCII)
# An honest wheel has some dozens at most; each further part of a compressed tag multiplies them.
_MOST_TAGS = 1000


@wheel_check(
    By.SPECIFICATION,
    source=PEP_427,
    hint="build it again: nox -s wheels; a wheel with native code must not be marked pure (wheel.platlib)",
)
def wheel_file_valid(wheel: Wheel) -> Iterator[str]:
    """WHEEL has version 1.x and a generator, and does not call a wheel with native code pure"""
    match wheel.wheel_file:
        case Unreadable(reason):
            yield f"{wheel.dist_info}/WHEEL {reason}"
        case HeaderFile() as fields:
            if not re.fullmatch(r"1\.\d+", fields.one("Wheel-Version") or "", re.ASCII):
                yield f"expected one Wheel-Version 1.x, found {_found(fields, 'Wheel-Version')}"
            # delocate adds a second one, and installers ignore all of them.
            if not any(fields.all("Generator")):
                yield "expected a Generator, found none"
            yield from _purity_problems(wheel, fields)


def _purity_problems(wheel: Wheel, fields: HeaderFile) -> Iterator[str]:
    # A wheel for any platform may have libraries for several as data; native-platform judges them.
    native = bool(wheel.libraries or wheel.unreadable_libraries) and wheel.platform_tags != ["any"]
    # Native code belongs in platlib; a wheel without any may choose.
    if (fields.one("Root-Is-Purelib") or "").lower() not in ({"false"} if native else {"true", "false"}):
        expected = "false, because there is native code" if native else "true or false"
        yield f"expected Root-Is-Purelib: {expected}; found {_found(fields, 'Root-Is-Purelib')}"


def _found(fields: HeaderFile, name: str) -> str:
    return join_names(fields.all(name)) or "none"


@wheel_check(
    By.SPECIFICATION, source=PEP_427, hint="build it again: nox -s wheels; do not rename or edit a wheel by hand"
)
@of_wheel_file
def wheel_file_matches_filename(wheel: Wheel, fields: HeaderFile) -> Iterator[str]:
    """WHEEL has the tags of the file name, each once, and its build number"""
    if wheel.filename is None:
        return
    written: Counter[Tag] = Counter()
    for line in fields.all("Tag"):
        tags = _expand(line)
        if not tags:
            yield f"WHEEL has the tag {abbreviate(line)!r}, which is not of the form python-abi-platform"
        written.update(tags)
    for tag in sorted({*wheel.filename.tags, *written}, key=str):
        if tag not in written:
            yield f"the tag {tag} is in the file name, but not in WHEEL"
        elif tag not in wheel.filename.tags:
            yield f"the tag {tag} is in WHEEL, but not in the file name"
        elif written[tag] > 1:
            yield f"the tag {tag} is in WHEEL {written[tag]} times"
    build = "".join(map(str, wheel.filename.build))
    if list(fields.all("Build")) != ([build] if build else []):
        yield f"WHEEL has the build number {_found(fields, 'Build')}, the file name {build or 'none'}"


def _expand(line: str) -> set[Tag]:
    """The tags of a line, which may be compressed; none if it is malformed or has far too many."""
    match = _TAG.fullmatch(line)
    if match is None:
        return set()
    pythons, abis, platforms = (part.split(".") for part in match.groups())
    if len(pythons) * len(abis) * len(platforms) > _MOST_TAGS:
        return set()
    return {Tag(python, abi, platform) for python in pythons for abi in abis for platform in platforms}
