"""Does the native code of a Windows wheel find its DLLs, and is it hardened?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.libraries import grouped, libraries_of_platform, pinned_requirements
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names, join_symbols
from truewheel.checks.sources import PLATFORM_TAGS
from truewheel.findings import By
from truewheel.wheel.native.facts import EXECUTABLE, NativeLibrary, PeFacts
from truewheel.wheel.native.loading import installed_path
from truewheel.wheel.native.policies import windows_policy
from truewheel.wheel.reader import Wheel

# The names of Microsoft's runtime, perhaps with the hash that delvewheel adds.
_MICROSOFT = re.compile(
    r"(?:msvcp|vcruntime|concrt|vcomp|vcamp|vccorlib|mfc\w*?|ucrtbase)\d*", re.ASCII | re.IGNORECASE
)
_LOADING = re.compile(rb"add_dll_directory|LoadLibrary|WinDLL|CDLL|cdll|dlopen|environ")
_PYTHON_DLL = re.compile(r"python(3\d+)(t?)\.dll", re.ASCII | re.IGNORECASE)
_PYTHON_ABI = re.compile(r"cp(3\d+)(t?)d?", re.ASCII)


def _pe_libraries(wheel: Wheel) -> list[tuple[NativeLibrary, PeFacts]]:
    return [(library, library.pe) for library in libraries_of_platform(wheel) if library.pe]


# In a package whose code may add folders (as that of delvewheel does) or load DLLs beforehand, a DLL counts as found
# wherever it is in the wheel.
@wheel_check(
    "needed-dll-found",
    "every DLL that is imported, at once or later, is in the wheel, part of Windows, or part of Python",
    by=By.LOADER,
    source="delvewheel's lists of the DLLs of Windows and of each Python",
    hint="let delvewheel repair the wheel with --analyze-existing, which bundles needed DLLs, or link it statically",
)
@grouped
def needed_dll_found(wheel: Wheel) -> Iterator[tuple[str, str]]:
    yield from unfound_dlls(wheel, brought_by_others=False)
    misplaced = list(_misplaced_dlls(wheel))
    if misplaced and not any(_LOADING.search(source) for source in wheel.sources.values()):
        yield from misplaced


def _misplaced_dlls(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """Each library that needs a DLL which is in another folder of the wheel, and where."""
    libraries = _pe_libraries(wheel)
    policy = windows_policy(wheel.filename.tags) if wheel.filename and libraries else None
    places = {installed_path(member.name).lower() for member in wheel.members} if libraries else set()
    named = {member.name.rpartition("/")[2].lower(): member.name for member in wheel.members}
    for library, _ in libraries if policy else ():
        folder = installed_path(library.name).rpartition("/")[0].lower()
        for dll in library.needed:
            is_found = f"{folder}/{dll.lower()}" in places or (policy and policy.has(dll, library.file_name))
            if not is_found and (elsewhere := named.get(dll.lower())):
                yield library.name, f"needs {abbreviate(dll)}, which is {elsewhere}, where Windows does not look"


def unfound_dlls(wheel: Wheel, *, brought_by_others: bool) -> Iterator[tuple[str, str]]:
    """Each library that needs a DLL which Windows does not find, and what it needs.

    A project that Requires-Dist pins may provide them: with `brought_by_others`, these only.
    """
    libraries = _pe_libraries(wheel)
    policy = windows_policy(wheel.filename.tags) if wheel.filename and libraries else None
    if policy is None or bool(pinned_requirements(wheel)) != brought_by_others:
        return
    present = {member.name.rpartition("/")[2].lower() for member in wheel.members}
    for library, pe in libraries:
        by_python = _runs_with_python(library)
        whose = "Windows or Python" if by_python else "Windows, and a program does not find Python's DLLs"
        # Microsoft's own runtime does without what it loads later.
        delayed = () if _MICROSOFT.match(library.file_name) else pe.delayed
        absent = [
            dll
            for dll in (*library.needed, *delayed)
            if dll.lower() not in present and not policy.has(dll, library.file_name, by_python=by_python)
        ]
        if absent:
            are = "are" if len(absent) > 1 else "is"
            yield library.name, f"needs {join_names(absent)}, which {are} neither in the wheel nor part of {whose}"


def _runs_with_python(library: NativeLibrary) -> bool:
    """Whether it is loaded by Python, or is a program that embeds Python and so is next to Python's DLLs.

    Windows does not search there for the DLLs of other programs.
    """
    return library.kind != EXECUTABLE or any(_PYTHON_DLL.fullmatch(dll) for dll in library.needed)


@wheel_check(
    "python-dll-matches-tag",
    "a library that is linked with one version of Python is in a wheel for that version",
    by=By.LOADER,
    source=f"{PLATFORM_TAGS}; Windows loads pythonXY.dll by its name",
    hint="build it again with the Python that the wheel is for, from an empty build folder",
)
@grouped
def python_dll_matches_tag(wheel: Wheel) -> Iterator[tuple[str, str]]:
    abis = {tag.abi for tag in wheel.filename.tags} if wheel.filename else set()
    versions = {match[1] + match[2] for abi in abis if (match := _PYTHON_ABI.fullmatch(abi))}
    # Of wheels without an ABI (py3-none), those for one version name it too (cp312-none).
    tags = wheel.filename.tags if wheel.filename else ()
    versions |= {match[1] for tag in tags if tag.abi == "none" and (match := _PYTHON_ABI.fullmatch(tag.interpreter))}
    if not versions and abis.isdisjoint({"abi3", "abi3t", "none"}):
        return
    for library, pe in _pe_libraries(wheel):
        for dll in (*library.needed, *pe.delayed):
            match = _PYTHON_DLL.fullmatch(dll)
            if match and match[1] + match[2] not in versions:
                yield library.name, f"needs {dll}, but the wheel's ABI is {', '.join(sorted(abis))}"


@wheel_check(
    "imported-functions-found",
    "every function that a library imports from a DLL in the wheel is exported there",
    by=By.LOADER,
    source="Microsoft's PE format, the import table: Windows does not load the library (error 127)",
    hint="build all libraries of the wheel together, from an empty build folder",
)
@grouped
def imported_functions_found(wheel: Wheel) -> Iterator[tuple[str, str]]:
    exports: dict[str, set[str]] = {}
    for library, _ in _pe_libraries(wheel):
        exports.setdefault(library.file_name.lower(), set()).update(library.exports)
    cut = {library.file_name.lower() for library in wheel.libraries if library.export_count > len(library.exports)}
    for library, pe in _pe_libraries(wheel):
        absent: dict[str, list[str]] = {}
        for dll, function in pe.functions:
            if dll.lower() not in cut and function not in exports.get(dll.lower(), {function}):
                absent.setdefault(dll, []).append(function)
        for dll, functions in absent.items():
            yield library.name, f"imports {join_symbols(functions)} from {abbreviate(dll)}, which does not export it"


@wheel_check(
    "subsystem-released",
    "no library needs a version of Windows that does not exist",
    by=By.LOADER,
    source="Microsoft's PE format, MajorSubsystemVersion: Windows 10 and 11 are 10.0",
    hint="link with /SUBSYSTEM:WINDOWS,6.00 (MSVC) or --subsystem windows:6.0 (GNU)",
)
@grouped
def subsystem_released(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, pe in _pe_libraries(wheel):
        if pe.subsystem > (10, 0):
            yield library.name, f"needs Windows {'.'.join(map(str, pe.subsystem))}; the newest is 10.0"


@wheel_check(
    "aslr-and-dep",
    "every library can be loaded at any address, and needs no executable data",
    by=By.CARE,
    source="Microsoft's PE format, DllCharacteristics: DYNAMIC_BASE, HIGH_ENTROPY_VA, NX_COMPAT",
    hint="link with /DYNAMICBASE /HIGHENTROPYVA /NXCOMPAT (MSVC) or --dynamicbase,--high-entropy-va,--nxcompat (GNU)",
)
@grouped
def aslr_and_dep(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, pe in _pe_libraries(wheel):
        flags = {"DYNAMIC_BASE": pe.dynamic_base, "NX_COMPAT": pe.nx_compatible}
        if library.target.machine != "x86":
            flags["HIGH_ENTROPY_VA"] = pe.high_entropy
        if lacking := [name for name, is_set in flags.items() if not is_set]:
            yield library.name, f"is linked without {', '.join(lacking)}"


# Only for wheels of the release: every second Windows wheel on PyPI has such a path.
@release_wheel_check.note(
    "pdb-path-plain",
    "the debug record of a library names its .pdb file without a folder of the build machine",
    by=By.CARE,
    source="reproducible-builds.org: build paths differ from machine to machine, and reveal names of users",
    hint="link with /PDBALTPATH:%_PDB% (MSVC), or strip it (-s)",
)
@grouped
def pdb_path_plain(subject: ReleaseWheel) -> Iterator[tuple[str, str]]:
    for library, pe in _pe_libraries(subject.wheel):
        if pe.pdb_path and ("/" in pe.pdb_path or "\\" in pe.pdb_path):
            yield library.name, f"names {abbreviate(pe.pdb_path)}"
