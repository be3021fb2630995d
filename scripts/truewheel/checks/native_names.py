"""Do the names of native libraries and the wheel's tags match the contents?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.tags import Tag

from truewheel.checks.libraries import grouped, parts_of_platform
from truewheel.checks.registers import of_metadata, wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.versions import allowed_minors
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.native.facts import Kind, NativeLibrary, is_module_export
from truewheel.wheel.native.policies import stable_abi
from truewheel.wheel.reader import Wheel

_LIBRARY = re.compile(r".*\.(?:so(?:\.\d+)*|dll|pyd|dylib)", re.ASCII | re.IGNORECASE | re.DOTALL)
# Modules for one version of CPython: x.cpython-312-x86_64-linux-gnu.so, x.cp312-win_amd64.pyd.
# Until 3.7 there was an m in them, and in the tags: cp36m.
_OF_VERSION = re.compile(r".*\.(?:cpython-|cp)(3\d+t?)[dm]*(?:-[\w.-]+)?\.(?:so|pyd)", re.ASCII | re.DOTALL)
_CPYTHON = re.compile(r"cp(3\d+t?)[dm]*", re.ASCII)
# The end of a module's name that says for which platform it is, as CPython spells it.
_PLATFORM = re.compile(r".*\.(?:cpython|cp|pypy)-?3\d+t?[dm]*(?:-pp\d+)?-([\w-]+)\.(?:so|pyd)", re.ASCII | re.DOTALL)
_TRIPLETS = {"x86": "i386", "armv7l": "arm", "ppc64le": "powerpc64le"}
_WINDOWS = {"x86_64": "win_amd64", "aarch64": "win_arm64", "x86": "win32"}
_PYTHON_SYMBOL = re.compile(r"_?Py[A-Z_]\w*", re.ASCII)
_ANY_PYTHON = re.compile(r"py\d+", re.ASCII)


@wheel_check(
    By.LOADER,
    source="a program that loads it by its name would find text, a program, an object file or nothing",
    hint="check the build step that created or copied the file, then run nox -s wheels",
)
def library_files_native(wheel: Wheel) -> Iterator[Problem]:
    """a file that is named like a shared library is one"""
    kinds = {library.name: library.kind for library in wheel.libraries}
    # Unreadable ones have findings of their own.
    unread = wheel.sealed | wheel.unreadable_libraries.keys()
    if wheel.filename is not None and wheel.filename.is_webassembly:
        return
    for member in wheel.members:
        # macOS has the debug information of a library in a folder, in a file of the library's name.
        if member.name in unread or not _LIBRARY.fullmatch(member.name) or ".dSYM/" in member.name:
            continue
        kind = kinds.get(member.name, "not native code" if member.size else "empty")
        if kind not in (Kind.SHARED_LIBRARY, Kind.MANAGED_ASSEMBLY):
            found = f"{'an' if kind[0] in 'aeioAEIO' else 'a'} {kind}" if member.name in kinds else kind
            yield Problem.of([member.name], f"{abbreviate(member.name)} is {found}, but is named like a shared library")


@wheel_check(
    By.SPECIFICATION,
    source="PEP 425 and PEP 3149: every Python 3 installs a py3-none wheel, but none could import the module",
    hint="tag the wheel for the Python that it was built with (or with abi3), or build it without extension modules",
)
def extension_matches_tag(wheel: Wheel) -> Iterator[Problem]:
    """the tags of a wheel with extension modules name the Python that they were built for"""
    tags, spelled = wheel.tags, _spelled(wheel.tags)
    # A module may be there for any one of the tags.
    for_any = all(tag.abi == "none" and _ANY_PYTHON.fullmatch(tag.interpreter) for tag in tags)
    versions = {version for tag in tags if (version := _version(tag)) is not None}
    for library in wheel.libraries if tags else ():
        match, shown = _OF_VERSION.fullmatch(library.name), abbreviate(library.name)
        if for_any and (match or library.is_extension_module or library.name.lower().endswith(".pyd")):
            message = f"{shown} is an extension module, but the wheel is {spelled}, for every Python"
            yield Problem.of([library.name], message)
        elif match and match[1] not in versions:
            yield Problem.of([library.name], f"{shown} is for CPython {match[1]}, but the wheel is {spelled}")


def _spelled(tags: Iterable[Tag]) -> str:
    return join_names(sorted({f"{tag.interpreter}-{tag.abi}" for tag in tags}))


def _version(tag: Tag) -> str | None:
    """The only CPython that a tag is for, `312` or `313t`; None if it is for several, or for another Python."""
    match = _CPYTHON.fullmatch(tag.interpreter if tag.abi == "none" else tag.abi)
    return match[1] if match else None


@wheel_check(
    By.LOADER,
    source="PEP 489, export hook name: the import of x.so calls PyInit_x, and fails without it",
    hint="build it again under its own name; an extension module cannot be renamed",
)
def module_init_named(wheel: Wheel) -> Iterator[Problem]:
    """an extension module exports the init function that belongs to its file name"""
    for library in wheel.libraries:
        hooks = [name.partition("_")[2] for name in library.exports if is_module_export(name)]
        name = _module_name(library)
        # Names that are not ASCII are encoded.
        is_known = name.isascii() and name.isidentifier() and len(library.exports) == library.export_count
        if is_known and hooks and name not in hooks:
            exported = f"{abbreviate(library.name)} exports {join_names(f'PyInit_{hook}' for hook in hooks)}"
            yield Problem.of([library.name], f"{exported}, but not PyInit_{abbreviate(name)}")


def _module_name(library: NativeLibrary) -> str:
    """The name under which Python imports the file: for an `__init__` that of its folder; empty for other files."""
    stem, _, end = library.file_name.partition(".")
    folder = library.name.rpartition("/")[0].rpartition("/")[2]
    # lib… is a name for libraries; some of them can also serve as a module.
    return "" if not end.endswith(("so", "pyd")) or stem.startswith("lib") else folder if stem == "__init__" else stem


@wheel_check(
    By.LOADER,
    source="PEP 3149; importlib.machinery.EXTENSION_SUFFIXES: Python does not look for any other name",
    hint="build it on the platform that it is for, or with the suffix of that platform (SETUPTOOLS_EXT_SUFFIX, SOABI)",
)
@grouped
def module_suffix_importable(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """the name of an extension module has a suffix that Python imports on the wheel's platform"""
    for library, _ in parts_of_platform(wheel):
        match, native_format = _PLATFORM.fullmatch(library.file_name), library.target.format
        expected = _suffixes(library, wheel.platform_tags)
        if match and match[1] not in expected:
            yield abbreviate(library.name), f"is named for {match[1]}; Python looks for {' or '.join(sorted(expected))}"
        elif library.is_extension_module and library.file_name.endswith(".so" if native_format == "PE" else ".pyd"):
            yield abbreviate(library.name), f"is {native_format}, which Python does not import under this name"


def _suffixes(library: NativeLibrary, tags: list[str]) -> set[str]:
    machine = library.target.machine
    if library.target.format != "ELF":
        return {"darwin"} if library.target.format == "Mach-O" else {_WINDOWS.get(machine, machine)}
    triplet = f"{_TRIPLETS.get(machine, machine)}-linux-"
    end = "eabihf" if machine == "armv7l" else ""
    # Before Python 3.11, modules for musl had the names of those for glibc.
    old = re.search(r"-3(?:[6-9]|10)[dm]?-", library.file_name) is not None
    musl = any(tag.startswith("musllinux") for tag in tags)
    glibc = old or any(not tag.startswith("musllinux") for tag in tags)
    return {f"{triplet}{libc}{end}" for libc, is_there in (("gnu", glibc), ("musl", musl)) if is_there}


@wheel_check(
    By.LOADER,
    source="docs.python.org, C API stability: Limited API contents; the package abi3info",
    hint="compile with Py_LIMITED_API set to the oldest Python of the tag, or tag the wheel for a newer one",
)
@grouped
def stable_abi_kept(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """a module for the stable ABI uses only what the oldest Python of the tag has"""
    oldest = min(
        (int(tag.interpreter[3:]) for tag in wheel.tags if tag.abi == "abi3" and _CPYTHON.fullmatch(tag.interpreter)),
        default=0,
    )
    for library, facts in parts_of_platform(wheel) if oldest else ():
        # Only PE says from which library a symbol comes.
        imported = (name for dll, name in facts.imports if dll.lower() in ("", "python3.dll"))
        used = set(filter(_PYTHON_SYMBOL.fullmatch, imported))
        if used and (outside := sorted(used - stable_abi(oldest) - {*library.exports})):
            yield abbreviate(library.name), f"uses {join_names(outside)}, not in the stable ABI of Python 3.{oldest}"


@wheel_check(
    By.INSTALLERS,
    source="core metadata, Requires-Python: with every Python that it excludes, installers ignore the wheel",
    hint="correct requires-python in [project], or build for the Pythons that it allows",
)
@of_metadata
def tag_allowed(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """Requires-Python allows a Python that the wheel's tags name"""
    requirement = metadata.one("Requires-Python")
    versions = [_version(tag) for tag in wheel.tags]
    allowed = allowed_minors(requirement) if requirement and all(versions) else None  # metadata-valid reports others
    if allowed is not None and {int(version[1:].rstrip("t")) for version in versions if version}.isdisjoint(allowed):
        yield f"the wheel is {_spelled(wheel.tags)}, but Requires-Python is {abbreviate(requirement or '')}"
