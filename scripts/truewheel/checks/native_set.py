"""Are the native libraries of all platforms the same release?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from truewheel.checks.libraries import own_libraries, shown_stem
from truewheel.checks.registers import ReleaseSources, source_check, wheel_set_check
from truewheel.checks.sentences import abbreviate, join_symbols
from truewheel.findings import By, Problem
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.reader import Wheel

_HINT = "build all of them again from one commit, from empty build folders: nox -s wheels"
_VERSIONED = re.compile(r".*\.so\.(\d+)\.(\d+)\.(\d+)|.*\.(\d+)\.(\d+)\.(\d+)\.dylib", re.ASCII | re.DOTALL)


def _opened_libraries(wheel: Wheel) -> dict[str, NativeLibrary]:
    """The libraries that the package opens, by their names without `lib` and suffix: `quiver` for `libquiver.so`."""
    return {shown_stem(library): library for library in own_libraries(wheel) if not library.is_extension_module}


@source_check(
    By.CARE,
    source="a function that one platform lacks fails there when it is first called",
    hint=f"export it there too (a .def file, __declspec(dllexport), a version script); or {_HINT}",
)
def exports_alike(subject: ReleaseSources) -> Iterator[Problem]:
    """every function that `exports` of [tool.release] selects is exported on every platform"""
    functions: dict[str, dict[str, set[str]]] = {}
    for wheel in subject.wheels if subject.exports else ():
        for stem, library in _opened_libraries(wheel).items():
            public = {name for name in library.exports if any(fnmatchcase(name, one) for one in subject.exports or ())}
            functions.setdefault(stem, {})[wheel.name] = public
    for stem, by_wheel in functions.items():
        every = set().union(*by_wheel.values())
        for name, public in by_wheel.items():
            if lacking := every - public:
                other = next(one for one, found in by_wheel.items() if lacking & found)
                yield Problem(f"{stem} lacks {join_symbols(lacking)}, which it exports in {other}", name, subject=stem)


@wheel_set_check(
    By.CARE,
    source="a library under a name that the code does not know is never opened",
    hint="give it one name everywhere (in CMake: OUTPUT_NAME), or name it in the code that opens it",
)
def library_names_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    """a library that the package opens has the same name on every platform, or a name that the Python files contain"""
    named = {wheel.name: _opened_libraries(wheel) for wheel in wheels}
    for wheel in wheels:
        others = [name for name, libraries in named.items() if libraries and name != wheel.name]
        for stem, library in named[wheel.name].items():
            lacking = [name for name in others if stem not in named[name]]
            name = rb"(?i:(?<![a-z0-9])(?:lib)?" + re.escape(stem.encode()) + rb"(?![a-z0-9]))"
            if lacking and not any(re.search(name, content) for content in wheel.sources.values()):
                other = f"{abbreviate(library.name)} has another name in {lacking[0]}"
                yield Problem(f"{other}, and no Python file contains {stem}", wheel.name, subject=library.name)


@wheel_set_check(
    By.CARE,
    source="another one comes from an older build; it is in the resources of a DLL, or in names such as libx.so.1.2.3",
    hint=_HINT,
)
def library_versions_current(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    """a library that states a version of the project states that of this release"""
    for wheel in wheels:
        release = (*(wheel.filename.version.release if wheel.filename else ()), 0, 0, 0)[:3]
        for stem, library in _opened_libraries(wheel).items():
            version = _version(library)
            # Many libraries have versions of their own; those of this one are the release's on another platform, or in
            # the resources of a DLL with the project's name.
            alike = any(_version(other) == release for one in wheels if (other := _opened_libraries(one).get(stem)))
            is_named = library.target.format == "PE" and wheel.name.lower().startswith(stem)
            if version not in (None, release) and (alike or is_named):
                spelled = ".".join(map(str, version or ()))
                yield Problem(f"{abbreviate(library.name)} is version {spelled}", wheel.name, subject=library.name)


def _version(library: NativeLibrary) -> tuple[int, ...] | None:
    """The version that a library states; None if it states none."""
    match = _VERSIONED.fullmatch(library.file_name) if library.target.format != "PE" else None
    if match is not None:
        return tuple(int(part) for part in match.groups() if part)
    return next((facts.version[:3] for facts in library.parts if facts.version and any(facts.version)), None)
