"""Does the loader find what the native code needs, on every system that accepts the wheel?"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from truewheel.checks.libraries import grouped, parts_in, pinned_requirements
from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import PLATFORM_TAGS, abbreviate, join_names, join_symbols
from truewheel.findings import By, Problem
from truewheel.wheel.native.facts import Kind, NativeLibrary
from truewheel.wheel.native.loading import SITE_PACKAGES, installed_path, missing_libraries
from truewheel.wheel.native.policies import LinuxPolicy, WindowsPolicy, linux_policy, windows_policy
from truewheel.wheel.reader import Wheel

_LIBPYTHON = re.compile(r"libpython\d+(?:\.\d+)*[a-z]*\.so(?:\.\d+)*", re.ASCII)
_PYTHON_DLL = re.compile(r"python(3\d+t?)\.dll", re.ASCII | re.IGNORECASE)
# That of a debug build of Python, which only such a Python has.
_DEBUG_DLL = re.compile(r"python3\d*t?_d\.dll", re.ASCII | re.IGNORECASE)
_PYTHON_ABI = re.compile(r"cp(3\d+t?)d?", re.ASCII)
# The names of Microsoft's runtime, perhaps with the hash that delvewheel adds.
_MICROSOFT = re.compile(
    r"(?:msvcp|vcruntime|concrt|vcomp|vcamp|vccorlib|mfc\w*?|ucrtbase)\d*", re.ASCII | re.IGNORECASE
)
# Code that adds folders to the search for DLLs (as that of delvewheel does) or loads DLLs beforehand. In a package with
# such code, a DLL counts as found wherever it is in the wheel.
_LOADING = re.compile(rb"add_dll_directory|LoadLibrary|WinDLL|CDLL|cdll|dlopen|environ")
_REMEDIES = {
    "ELF": "let auditwheel bundle it (nox -s wheels does); give the library that needs it a RUNPATH that begins with "
    "$ORIGIN (in CMake: INSTALL_RPATH)",
    "PE": "let delvewheel repair the wheel with --analyze-existing, which bundles needed DLLs, or link it statically",
    "Mach-O": "let delocate bundle it; give the library that needs it an rpath that begins with @loader_path",
}
_OF_MACOS = ("/usr/lib/", "/System/Library/")
# Symbols without a version that every process of Python has, linked or not: those of Python, those of glibc's smaller
# libraries (names like theirs: their lists differ from version to version), and of promised libraries that have none.
_OF_PLATFORM = re.compile(
    r"_?Py(?:Py)?[A-Z_]\w*|__(?!asan|tsan|msan|ubsan|gcov|llvm)\w+|[a-z][a-z0-9]{1,11}|lgamma[fl]?_r|fe\w+except\w*"
    r"|(?:pthread|sem|shm|clock|timer|mq|aio|lio|thrd|mtx|cnd|tss|g|XML)_\w+|gl[A-Z]\w+|X\w+|Ice\w+|Sm[cs]\w+"
    r"|(?:inflate|deflate|crc32|adler32|compress|uncompress|gz|z)[A-Z_]\w*|get_crc_table|zlib\w+|pthread\w+",
    re.ASCII,
)


@functools.lru_cache(maxsize=1)
def missing_on_linux(wheel: Wheel) -> list[tuple[NativeLibrary, str]]:
    """Each library, with each name that the loader of Linux will look for outside of the wheel."""
    return list(missing_libraries(library for library, _ in parts_in(wheel, "ELF")))


def linux_policies(wheel: Wheel) -> list[LinuxPolicy]:
    """The strictest policy of the wheel's tags: one for glibc, one for musl, if they name both."""
    found = [policy for tag in wheel.platform_tags if (policy := linux_policy(tag)) is not None]
    newest_first = sorted(found, key=lambda policy: (policy.version, policy.tag), reverse=True)
    return list({policy.is_glibc: policy for policy in newest_first}.values())


@functools.lru_cache(maxsize=1)
def _unfound(wheel: Wheel) -> list[tuple[str, str, bool]]:
    """Each library that needs another one which the loader does not find, what is wrong, and if it is in the wheel."""
    return [*_unfound_on_linux(wheel), *_unfound_on_windows(wheel), *_unfound_on_macos(wheel)]


def _unfound_on_linux(wheel: Wheel) -> Iterator[tuple[str, str, bool]]:
    present = {library.file_name: library.name for library in wheel.libraries}
    policies = linux_policies(wheel)
    for library, name in missing_on_linux(wheel):
        refusing = [policy.tag for policy in policies if not policy.has_library(name)]
        tag, path = library.facts.search_tag, abbreviate(":".join(library.facts.search_path))
        why = f"not in the wheel, and {' and '.join(refusing)} does not promise it"
        if name in present:
            why = f"{present[name]}, but {f'its {tag} {path} does not lead there' if tag else 'it has no RUNPATH'}"
        # libpython-not-linked reports libpython, with a remedy of its own.
        if refusing and not _LIBPYTHON.fullmatch(name):
            yield library.name, f"needs {abbreviate(name)}, which is {why}", name in present


def _unfound_on_windows(wheel: Wheel) -> Iterator[tuple[str, str, bool]]:
    parts = parts_in(wheel, "PE")
    policy = windows_policy(wheel.tags) if parts else None
    present = {member.name.rpartition("/")[2].lower(): member.name for member in wheel.members}
    places = {installed_path(member.name).lower() for member in wheel.members} if parts else set()
    for library, facts in parts if policy else ():
        lacking = [dll for dll in (*facts.needed, *_delayed(library)) if policy and not _is_there(dll, library, policy)]
        if absent := [dll for dll in lacking if dll.lower() not in present]:
            by_python = _runs_with_python(library)
            whose = "Windows or Python" if by_python else "Windows, and a program does not find Python's DLLs"
            needs = f"needs {join_names(absent)}, which {'are' if len(absent) > 1 else 'is'}"
            yield library.name, f"{needs} neither in the wheel nor part of {whose}", False
        folder = installed_path(library.name).rpartition("/")[0].lower()
        elsewhere = [dll for dll in lacking if dll in facts.needed and dll not in absent]
        for dll in (dll for dll in elsewhere if f"{folder}/{dll.lower()}" not in places and not _loads_dlls(wheel)):
            found = f"needs {abbreviate(dll)}, which is {present[dll.lower()]}"
            yield library.name, f"{found}, where Windows does not look", True


@functools.lru_cache(maxsize=1)
def _loads_dlls(wheel: Wheel) -> bool:
    return any(_LOADING.search(source) for source in wheel.sources.values())


def _is_there(dll: str, library: NativeLibrary, policy: WindowsPolicy) -> bool:
    return policy.has(dll, library.file_name, by_python=_runs_with_python(library))


def _delayed(library: NativeLibrary) -> tuple[str, ...]:
    """The DLLs that it loads later; Microsoft's own runtime does without."""
    return () if _MICROSOFT.match(library.file_name) else library.facts.delayed


def _runs_with_python(library: NativeLibrary) -> bool:
    """Whether it is loaded by Python, or is a program that embeds Python and so is next to Python's DLLs.

    Windows does not search there for the DLLs of other programs.
    """
    return library.kind != Kind.EXECUTABLE or any(_PYTHON_DLL.fullmatch(dll) for dll in library.needed)


def _unfound_on_macos(wheel: Wheel) -> Iterator[tuple[str, str, bool]]:
    paths = {installed_path(library.name) for library in wheel.libraries}
    present = {library.file_name: library.name for library in wheel.libraries}
    parts = parts_in(wheel, "Mach-O")
    # An rpath also counts for the libraries that a library needs.
    rpaths = [_absolute(path, library) for library, facts in parts for path in facts.search_path]
    for library, facts in parts:
        for name in facts.needed:
            first, _, rest = name.partition("/")
            places = [f"{path}/{rest}" for path in rpaths] if first == "@rpath" else [_absolute(name, library)]
            base = name.rpartition("/")[2]
            if not name.startswith(_OF_MACOS) and paths.isdisjoint(map(posixpath.normpath, places)):
                why = f"is {present[base]}, but no path leads there" if base in present else "is not in the wheel"
                yield library.name, f"needs {abbreviate(name)}, which {why}", base in present


def _absolute(path: str, library: NativeLibrary) -> str:
    """A path in a load command; `@executable_path` is the folder of python."""
    folder = posixpath.dirname(installed_path(library.name))
    path = path.replace("@loader_path", folder, 1).replace("@executable_path", f"{SITE_PACKAGES}/../../../bin", 1)
    return posixpath.normpath(path)


@wheel_check(
    By.LOADER,
    source="ld.so(8) and auditwheel's policies; delvewheel's lists of the DLLs of Windows and of each Python; dyld(1)",
    hint="let the repair tool of the platform (auditwheel, delvewheel, delocate) bundle it, or link it statically",
)
def needed_library_found(wheel: Wheel) -> Iterator[Problem]:
    """every needed library is in the wheel, where the loader finds it, or part of the platform or of Python"""
    formats = {library.name: library.target.format for library in wheel.libraries}
    for problem in _unfound_together(wheel):
        yield replace(problem, hint=_REMEDIES[formats[problem.subject]])


@grouped
def _unfound_together(wheel: Wheel) -> Iterator[tuple[str, str]]:
    pinned = bool(pinned_requirements(wheel))
    yield from ((name, problem) for name, problem, is_present in _unfound(wheel) if is_present or not pinned)


@wheel_check.note(
    By.LOADER,
    source="such a library is found only if the other project's wheel has it and its package is imported first",
    hint="install the wheel in a clean environment and import it, as nox -s verify does",
)
@grouped
def libraries_from_others(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library depends on libraries that a pinned requirement must provide"""
    pinned = join_names(pinned_requirements(wheel))
    for name, problem, is_present in _unfound(wheel) if pinned else ():
        if not is_present:
            yield name, f"{problem}; Requires-Dist pins {pinned}, which may provide it"


@wheel_check(
    By.SPECIFICATION,
    source="PEP 513: not every Python has a libpython, and a second one in the process crashes it",
    hint="build an extension module without -lpython (in CMake: Python_add_library, target Python::Module)",
)
@grouped
def libpython_not_linked(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library is linked with libpython"""
    for library, facts in parts_in(wheel, "ELF"):
        yield from ((library.name, f"needs {name}") for name in facts.needed if _LIBPYTHON.fullmatch(name))


@wheel_check(
    By.LOADER,
    source=f"{PLATFORM_TAGS}; Windows loads pythonXY.dll by its name",
    hint="build it again with the Python that the wheel is for, from an empty build folder",
)
@grouped
def python_dll_matches_tag(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """a library that is linked with one version of Python is in a wheel for that version"""
    abis = {tag.abi for tag in wheel.tags}
    # Of wheels without an ABI (py3-none), those for one version name it too (cp312-none).
    named = [*abis, *(tag.interpreter for tag in wheel.tags if tag.abi == "none")]
    versions = {match[1] for name in named if (match := _PYTHON_ABI.fullmatch(name))}
    is_judged = versions or not abis.isdisjoint({"abi3", "abi3t", "none"})
    for library, facts in parts_in(wheel, "PE") if is_judged else ():
        for dll in (*facts.needed, *facts.delayed):
            match = _PYTHON_DLL.fullmatch(dll)
            is_debug = _DEBUG_DLL.fullmatch(dll) and not any(abi.endswith("d") for abi in abis)
            if is_debug or (match and match[1] not in versions):
                yield library.name, f"needs {dll}, but the wheel's ABI is {', '.join(sorted(abis))}"


@wheel_check(
    By.LOADER,
    source="dlopen(3): Python binds all symbols when it opens a library; Windows does not load the library (error 127)",
    hint="build all libraries of the wheel together, link the one that defines them, and link with -z defs on Linux, "
    "which finds such symbols at build time",
)
@grouped
def needed_symbols_found(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """every symbol that a library needs is exported by a library in the wheel, by the platform or by Python"""
    # Those of a library with more exports than were read are not known.
    cut = {library.file_name.lower() for library in wheel.libraries if library.export_count > len(library.exports)}
    yield from _undefined_on_linux(wheel) if not cut else ()
    exports: dict[str, set[str]] = {}
    for library, _ in parts_in(wheel, "PE"):
        exports.setdefault(library.file_name.lower(), set()).update(library.exports)
    for library, facts in parts_in(wheel, "PE"):
        absent: dict[str, list[str]] = {}
        for dll, function in facts.imports:
            if dll.lower() not in cut and function not in exports.get(dll.lower(), {function}):
                absent.setdefault(dll, []).append(function)
        for dll, functions in absent.items():
            yield library.name, f"imports {join_symbols(functions)} from {abbreviate(dll)}, which does not export it"


def _undefined_on_linux(wheel: Wheel) -> Iterator[tuple[str, str]]:
    policies, exported = linux_policies(wheel), {name for library in wheel.libraries for name in library.exports}
    # The symbols of musl have no versions, and those of a library from elsewhere are not known.
    if not policies or not all(policy.is_glibc for policy in policies):
        return
    if any(not policy.has_library(name) for _, name in missing_on_linux(wheel) for policy in policies):
        return
    for library, facts in parts_in(wheel, "ELF"):
        # What was linked with glibc needs its symbols by their versions; other libraries leave them open.
        if library.is_shared_library and "libc.so.6" in library.needed:
            absent = [name for name in facts.unversioned if name not in exported and not _OF_PLATFORM.fullmatch(name)]
            if absent:
                yield library.name, f"needs {join_symbols(absent)}, which no library exports"
