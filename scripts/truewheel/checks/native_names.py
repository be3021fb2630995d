"""Do the names of native libraries and the wheel's tags match the contents?"""

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
# Modules for one version of CPython: x.cpython-312-x86_64-linux-gnu.so, x.cp312-win_amd64.pyd.
# Until 3.7 there was an m in them, and in the tags: cp36m.
_OF_VERSION = re.compile(r".*\.(?:cpython-|cp)(3\d+t?)[dm]*(?:-[\w.-]+)?\.(?:so|pyd)", re.ASCII | re.DOTALL)
_CPYTHON = re.compile(r"cp(3\d+t?)[dm]*", re.ASCII)
_ANY_PYTHON = re.compile(r"py\d+", re.ASCII)


@wheel_check(
    "library-files-native",
    "a file that is named like a shared library is one",
    by=By.LOADER,
    source="a program that loads it by its name would find text, a program, an object file or nothing",
    hint="check the build step that created or copied the file, then run nox -s wheels",
)
def library_files_native(wheel: Wheel) -> Iterator[str]:
    kinds = {library.name: library.kind for library in wheel.libraries}
    # Unreadable ones have findings of their own.
    unread = wheel.sealed | wheel.unreadable_libraries.keys()
    for member in wheel.members:
        if member.name in unread or not _LIBRARY.fullmatch(member.name):
            continue
        kind = kinds.get(member.name, "not native code" if member.size else "empty")
        if kind not in (SHARED_LIBRARY, MANAGED_ASSEMBLY):
            found = f"{_article(kind)} {kind}" if member.name in kinds else kind
            yield f"{abbreviate(member.name)} is {found}, but is named like a shared library"


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeioAEIO" else "a"


@wheel_check(
    "extension-matches-tag",
    "the tags of a wheel with extension modules name the Python that they were built for",
    by=By.SPECIFICATION,
    source="PEP 425 and PEP 3149: every Python 3 installs a py3-none wheel, but none could import the module",
    hint="tag the wheel for the Python that it was built with (or with abi3), or build it without extension modules",
)
def extension_matches_tag(wheel: Wheel) -> Iterator[str]:
    tags = wheel.filename.tags if wheel.filename else frozenset()
    spelled = join_names(sorted({f"{tag.interpreter}-{tag.abi}" for tag in tags}))
    # A module may be there for any one of the tags.
    for_any = all(tag.abi == "none" and _ANY_PYTHON.fullmatch(tag.interpreter) for tag in tags)
    versions = {version for tag in tags if (version := _version(tag)) is not None}
    for library in wheel.libraries if tags else ():
        match = _OF_VERSION.fullmatch(library.name)
        if for_any and _is_module(library):
            yield f"{abbreviate(library.name)} is an extension module, but the wheel is {spelled}, for every Python"
        elif match and match[1] not in versions:
            yield f"{abbreviate(library.name)} is for CPython {match[1]}, but the wheel is {spelled}"


def _is_module(library: NativeLibrary) -> bool:
    named = library.name.lower().endswith(".pyd") or _OF_VERSION.fullmatch(library.name)
    return library.is_extension_module or bool(named)


def _version(tag: Tag) -> str | None:
    """The only CPython that a tag is for, `312` or `313t`; None if it is for several, or for another Python."""
    match = _CPYTHON.fullmatch(tag.interpreter if tag.abi == "none" else tag.abi)
    return match[1] if match else None
