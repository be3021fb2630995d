"""Which Python of this machine can run a wheel."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.version import Version

from truewheel.builds import Build
from truewheel.clean_room.windows_python import windows_python, windows_tags
from truewheel.errors import ReleaseError
from truewheel.system import machine
from truewheel.system.pythons import Interpreter, describe_python, pythons
from truewheel.system.wine import Wine, find_wine
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.native.policies import windows_policy
from truewheel.wheel.reader import Wheel

# The platform whose wheels Wine runs.
WINDOWS = "win_amd64"


def tags_run_here() -> list[str]:
    """Return the platform tags of the wheels that this machine, or its Wine, runs."""
    return [*machine.here().tags, *([WINDOWS] if isinstance(find_wine(), Wine) else [])]


def interpreter_for(wheel: Wheel) -> Interpreter | str:
    """Return a Python of this machine that can run `wheel`, or why there is none, as the end of a sentence.

    It is the one that runs this program, if that fits; otherwise the newest that fits.
    """
    if wheel.filename is None:
        return "its file name is not that of a wheel"
    if not (tags := _tags_for(None, wheel)):
        return _windows_interpreter(wheel)
    reason = f"there is no {' or '.join(sorted({_name(tag) for tag in tags}))} on this machine"
    for python in pythons():
        if _accepts(python, wheel):
            if _allows(wheel, python):
                return python
            reason = f"Requires-Python {_requires_python(wheel)} allows no Python on this machine"
    return reason


def _windows_interpreter(wheel: Wheel) -> Interpreter | str:
    """Return a Windows Python that can run `wheel` under Wine, or why there is none, as the end of a sentence."""
    reason = f"this machine ({machine.here()}) does not run {', '.join(wheel.platform_tags)}"
    tags = frozenset(tag for tag in wheel.tags if tag.platform == WINDOWS)
    if not tags:
        return reason
    if isinstance(wine := find_wine(), str):
        return "; ".join(filter(None, [reason, wine]))
    if lacking := _not_in_wine(wheel, wine):
        return f"{reason}; Wine {wine.version} lacks {' and '.join(lacking)}, which Windows has"
    for python in windows_tags(os.environ):
        if Build(python, WINDOWS).accepts(tags):
            try:
                found = replace(windows_python(python), wine=wine)
            except ReleaseError as error:
                return f"{reason}; under Wine it would: {error.message}; {error.hint}"
            if _allows(wheel, found):
                return found
    return f"{reason}, and there is no CPython for Windows that it is for"


def _not_in_wine(wheel: Wheel, wine: Wine) -> list[str]:
    """The DLLs of Windows that a wheel needs and Wine lacks: with those, its libraries may well be sound."""
    policy = windows_policy(wheel.filename.tags) if wheel.filename else None
    there = {*wine.dlls(), *(library.file_name.lower() for library in wheel.libraries)}
    needed = {dll.lower() for library in wheel.libraries for dll in library.needed}
    # A set of functions (api-ms-win-…) is not a file.
    missing = sorted(dll for dll in needed - there if not dll.startswith(("api-ms-", "ext-ms-")))
    return [dll for dll in missing if policy and policy.has(dll, "", by_python=False)]


def best_wheels(wheels: Sequence[Wheel]) -> list[tuple[Interpreter, Wheel]]:
    """Return the wheel of a release that pip installs on this machine, and the one that it installs under Wine.

    Each is with the Python for which it does: the one that runs this program, if it can install any.
    """
    found = [python for wheel in wheels if isinstance(python := interpreter_for(wheel), Interpreter) and python.wine]
    return [*_best_wheel(wheels, pythons()), *_best_wheel(wheels, found)]


def _best_wheel(wheels: Sequence[Wheel], pythons: Iterable[Interpreter]) -> Iterator[tuple[Interpreter, Wheel]]:
    for python in pythons:
        if fitting := [wheel for wheel in wheels if _accepts(python, wheel) and _allows(wheel, python)]:
            yield python, min(fitting, key=functools.partial(_preference, python))
            return


def _accepts(python: Interpreter, wheel: Wheel) -> bool:
    """Whether a Python can install a wheel, as far as the tags say that are for this machine."""
    return any(Build(python.tag, tag.platform).accepts([tag]) for tag in _tags_for(python, wheel))


def _preference(python: Interpreter, wheel: Wheel) -> int:
    """Where pip ranks a wheel that it can install, the best first."""
    minor = Version(python.version).minor
    tags = [*cpython_tags((3, minor), [python.tag]), *compatible_tags((3, minor), f"cp3{minor}")]
    ranks = {tag: rank for rank, tag in enumerate(tags)}
    return min(ranks.get(tag, len(ranks)) for tag in _tags_for(python, wheel))


def _tags_for(python: Interpreter | None, wheel: Wheel) -> list[Tag]:
    """The tags of a wheel that are for this machine, or for Windows if Wine runs the Python."""
    here = {WINDOWS} if python and python.wine else {*machine.here().tags, "any"}
    return [tag for tag in wheel.tags if tag.platform in here]


def _name(tag: Tag) -> str:
    """The Python that a tag is for: `CPython 3.13`, `CPython 3.11 or newer`, `free-threaded CPython 3.13`."""
    python = describe_python(tag.abi if tag.abi.startswith("cp") else tag.interpreter)
    return f"{python} or newer" if tag.abi.startswith("abi3") else python


def _allows(wheel: Wheel, python: Interpreter) -> bool:
    """Whether Requires-Python allows a Python."""
    try:
        return SpecifierSet(_requires_python(wheel)).contains(python.version, prereleases=True)
    except InvalidSpecifier:  # metadata-valid reports it
        return True


def _requires_python(wheel: Wheel) -> str:
    return (wheel.metadata.one("Requires-Python") if isinstance(wheel.metadata, HeaderFile) else None) or ""
