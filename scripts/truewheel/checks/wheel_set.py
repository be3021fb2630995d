"""Are the wheels of all platforms the same release?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from truewheel.checks.libraries import own_libraries, shown_stem
from truewheel.checks.registers import ReleaseSources, source_check, wheel_set_check
from truewheel.checks.sentences import abbreviate, join_names, join_symbols
from truewheel.findings import By, Problem
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.reader import Wheel

_HINT = "build all of them again from one commit, from empty build folders: nox -s wheels"
_VERSIONED = re.compile(r".*\.so\.(\d+)\.(\d+)\.(\d+)|.*\.(\d+)\.(\d+)\.(\d+)\.dylib", re.ASCII | re.DOTALL)
# Files for one platform are named after it, or are scripts of its shell.
OF_PLATFORM = re.compile(
    r"(?:^|[/_])(?:windows|win32|win|nt|posix|unix|linux|macos|darwin|osx)(?:[_./]|$)|\.(?:bat|cmd|ps1|sh|manifest|plist)$",
    re.ASCII,
)


@wheel_set_check(
    By.CARE,
    source="PyPI shows the metadata of the first file, and resolvers read one wheel's metadata for all",
    hint=_HINT,
)
def metadata_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    """all wheels have the same METADATA, field by field"""
    known = [(wheel, wheel.metadata) for wheel in wheels if isinstance(wheel.metadata, HeaderFile)]
    for wheel, metadata in known[1:]:
        one, expected = known[0]
        for name in dict.fromkeys([*expected.fields, *metadata.fields]):
            found, wanted = _values(metadata, name), _values(expected, name)
            if found != wanted:
                field = "-".join(part.capitalize() for part in abbreviate(name).split("-"))
                yield Problem(f"{field} {_difference(found, wanted)} in {one.name}", wheel.name)
        pairs = itertools.zip_longest(text_lines(metadata.body), text_lines(expected.body))
        line = next((number for number, (found, wanted) in enumerate(pairs, 1) if found != wanted), 0)
        if line:
            yield Problem(f"the description differs from that of {one.name} on line {line}", wheel.name)


def _difference(found: list[str], wanted: list[str]) -> str:
    if set(found) == set(wanted):
        return "has the same values, but in another order or number than"
    only_here = [value for value in found if value not in set(wanted)]
    only_there = [value for value in wanted if value not in set(found)]
    return f"has {_quoted(only_here)}, but {_quoted(only_there)}"


def _values(metadata: HeaderFile, name: str) -> list[str]:
    return ["\n".join(text_lines(value)) for value in metadata.all(name)]


def text_lines(text: str) -> list[str]:
    """The lines of a text, without differences that nobody sees: line ends, and blanks at the ends."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _quoted(values: list[str]) -> str:
    return join_names([repr(abbreviate(value)) for value in values], 3) or "nothing more"


@wheel_set_check(By.CARE, source="users need the same commands and plug-ins on every platform", hint=_HINT)
def entry_points_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    """all wheels have the same entry points"""
    for wheel in wheels[1:]:
        found, expected = _entry_points(wheel), _entry_points(wheels[0])
        if changed := sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)):
            message = f"the entry points differ from those of {wheels[0].name}: {join_names(changed)}"
            yield Problem(message, where=wheel.name)


def _entry_points(wheel: Wheel) -> dict[str, str]:
    return {f"{entry.name} of [{entry.group}]": entry.value for entry in wheel.entry_points.entries}


@wheel_set_check(
    By.CARE,
    source="the platform must make no difference in pure Python; PEP 639, licences in Core Metadata",
    hint=f"{_HINT}; if only line endings differ, put * text=auto eol=lf in .gitattributes",
)
def files_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    """all wheels have the same Python and licence files, except Python files named after a platform"""
    for wheel in wheels[1:]:
        one, expected, found = wheels[0], _comparable_files(wheels[0]), _comparable_files(wheel)
        missing, extra = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
        changed = [name for name in expected if found.get(name, expected[name]) != expected[name]]
        changed = [name for name in changed if not _is_patched(name, one) and not _is_patched(name, wheel)]
        if missing:
            yield Problem(f"lacks {join_names(missing)}, which {one.name} has", where=wheel.name)
        if extra:
            yield Problem(f"has {join_names(extra)}, which {one.name} does not have", where=wheel.name)
        if changed:
            yield Problem(f"differs from {one.name} in the contents of {join_names(sorted(changed))}", where=wheel.name)


def _comparable_files(wheel: Wheel) -> dict[str, str]:
    """The Python and licence files that must be the same in all wheels, with their hashes."""
    licenses = f"{wheel.dist_info}/licenses/"
    return {
        member.name: member.sha256
        for member in wheel.members
        if member.name.startswith(licenses) or (is_comparable(member.name) and not OF_PLATFORM.search(member.name))
    }


def is_comparable(name: str) -> bool:
    """Whether files-alike compares a member."""
    return name.endswith((".py", ".pyi", "/py.typed"))


def _is_patched(name: str, wheel: Wheel) -> bool:
    """Whether delvewheel changed the file: if it bundles libraries, it makes each __init__.py find them."""
    return name.endswith("/__init__.py") and wheel.has_dist_info_file("DELVEWHEEL")


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
    source="another version is that of an older build; it is in a DLL's resources, or in a name such as libx.so.1.2.3",
    hint=_HINT,
)
def library_versions_current(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    """a library that states the project's version states that of this release"""
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
