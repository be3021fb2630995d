"""Are the native libraries what their names say, and can the Pythons of the wheel's tags import its modules?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.tags import Tag

from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By
from truewheel.wheel.native.facts import MANAGED_ASSEMBLY, SHARED_LIBRARY, NativeLibrary
from truewheel.wheel.reader import Wheel

_LIBRARY = re.compile(r".*\.(?:so(?:\.\d+)*|dll|pyd|dylib)", re.ASCII | re.IGNORECASE | re.DOTALL)
# What CPython calls the modules of one version of it: x.cpython-312-x86_64-linux-gnu.so, x.cp312-win_amd64.pyd.
_OF_VERSION = re.compile(r".*\.(?:cpython-|cp)(3\d+t?)d?(?:-[\w.-]+)?\.(?:so|pyd)", re.ASCII | re.DOTALL)
_CPYTHON = re.compile(r"cp(3\d+t?)d?", re.ASCII)
_ANY_PYTHON = re.compile(r"py\d+", re.ASCII)


@wheel_check(
    "library-files-native",
    "a file that is called like a shared library is one",
    by=By.LOADER,
    source="whoever loads it by its name finds a text, a program, an object file or nothing",
    hint="look at the step of the build that made or copied the file, then nox -s wheels",
)
def library_files_native(wheel: Wheel) -> Iterator[str]:
    yield from _name_problems(wheel)


def _name_problems(wheel: Wheel) -> Iterator[str]:
    kinds = {library.name: library.kind for library in wheel.libraries}
    # They have findings of their own.
    unread = wheel.sealed | wheel.unreadable_libraries.keys()
    for member in wheel.members:
        if member.name in unread or not _LIBRARY.fullmatch(member.name):
            continue
        kind = kinds.get(member.name)
        if kind is None:
            found = "is not native code" if member.size else "is empty"
            yield f"{abbreviate(member.name)} {found}, and is called like a shared library"
        elif kind not in (SHARED_LIBRARY, MANAGED_ASSEMBLY):
            yield f"{abbreviate(member.name)} is {_article(kind)} {kind}, and is called like a shared library"


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeioAEIO" else "a"


@wheel_check(
    "extension-matches-tag",
    "an extension module is in a wheel whose tags name its Python",
    by=By.SPECIFICATION,
    source="PEP 425 and 3149: what is tagged py3-none is installed into every Python 3, and would be imported by none",
    hint="tag the wheel for the Python that it was built with (or with abi3), or build it without extension modules",
)
def extension_matches_tag(wheel: Wheel) -> Iterator[str]:
    if wheel.filename is not None:
        yield from _module_problems(wheel, wheel.filename.tags)


def _module_problems(wheel: Wheel, tags: frozenset[Tag]) -> Iterator[str]:
    spelled = join_names(sorted({f"{tag.interpreter}-{tag.abi}" for tag in tags}))
    # Whether any of the tags could mean this or that, for a module may be there for one of them.
    for_any = all(tag.abi == "none" and _ANY_PYTHON.fullmatch(tag.interpreter) for tag in tags)
    versions = {version for tag in tags if (version := _version(tag)) is not None}
    for library in wheel.libraries:
        match = _OF_VERSION.fullmatch(library.name)
        if for_any and _is_module(library):
            yield f"{abbreviate(library.name)} is an extension module, but the wheel is {spelled}, for every Python"
        elif match and match[1] not in versions:
            yield f"{abbreviate(library.name)} is for CPython {match[1]}, but the wheel is {spelled}"


def _is_module(library: NativeLibrary) -> bool:
    named = library.name.lower().endswith(".pyd") or _OF_VERSION.fullmatch(library.name)
    return library.is_extension_module or bool(named)


def _version(tag: Tag) -> str | None:
    """The one CPython that a tag is for, `312` or `313t`; None when it is for several, or for another Python."""
    match = _CPYTHON.fullmatch(tag.interpreter if tag.abi == "none" else tag.abi)
    return match[1] if match else None
