"""Does the native code of a Windows wheel find every DLL that it loads, and is it linked safely?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.platforms import native_target
from truewheel.wheel.native.facts import EXECUTABLE, NativeLibrary
from truewheel.wheel.native.policies import windows_policy
from truewheel.wheel.reader import Wheel

_PYTHON_DLL = re.compile(r"python(3\d+)(t?)\.dll", re.ASCII | re.IGNORECASE)
_PYTHON_ABI = re.compile(r"cp(3\d+)(t?)d?", re.ASCII)


def _for_windows(wheel: Wheel) -> list[NativeLibrary]:
    """The libraries that the wheel's own platform can load; what is for another one is native-platform's."""
    targets = {native_target(tag) for tag in wheel.filename.platform_tags} if wheel.filename else set()
    return [library for library in wheel.libraries if library.pe is not None and library.target in targets]


# A DLL of the wheel counts as found wherever it is: Python code names further folders (os.add_dll_directory), as the
# code that delvewheel adds does for NAME.libs, or loads it beforehand.
@wheel_check(
    "needed-dll-found",
    "every DLL that is imported, at once or later, is in the wheel, part of Windows, or part of Python",
    by=By.LOADER,
    source="delvewheel's lists of the DLLs of Windows and of each Python",
    hint="let delvewheel repair the wheel with --analyze-existing, which bundles what it needs, or link it statically",
)
def needed_dll_found(wheel: Wheel) -> Iterator[str]:
    yield from _dll_problems(wheel)


def _dll_problems(wheel: Wheel) -> Iterator[str]:
    libraries = _for_windows(wheel)
    if wheel.filename is None or not libraries:
        return
    policy = windows_policy(wheel.filename.tags)
    if policy is None:
        return
    present = {member.name.rpartition("/")[2].lower() for member in wheel.members}
    for library in libraries:
        by_python = _runs_with_python(library)
        whose = "Windows or of Python" if by_python else "Windows, and a program finds none of Python's"
        for dll in (*library.needed, *(library.pe.delayed if library.pe else ())):
            if dll.lower() not in present and not policy.has(dll, library.file_name, by_python=by_python):
                yield f"{library.name} needs {abbreviate(dll)}, which is neither in the wheel nor part of {whose}"


def _runs_with_python(library: NativeLibrary) -> bool:
    """Whether it is loaded by Python, or is a program with Python in it, which can only run where Python's DLLs are.

    Windows does not look there for the DLLs of any other program.
    """
    return library.kind != EXECUTABLE or any(_PYTHON_DLL.fullmatch(dll) for dll in library.needed)


@wheel_check(
    "python-dll-matches-tag",
    "a library that is linked with one version of Python is in a wheel for that version",
    by=By.LOADER,
    source="PEP 425; Python on Windows loads pythonXY.dll by its name",
    hint="build it again with the Python that the wheel is for, from an empty build folder",
)
def python_dll_matches_tag(wheel: Wheel) -> Iterator[str]:
    yield from _python_problems(wheel)


def _python_problems(wheel: Wheel) -> Iterator[str]:
    abis = {tag.abi for tag in wheel.filename.tags} if wheel.filename else set()
    versions = {match[1] + match[2] for abi in abis if (match := _PYTHON_ABI.fullmatch(abi))}
    stable = bool(abis & {"abi3", "abi3t"})
    if not versions and not stable:
        return
    for library in _for_windows(wheel):
        for dll in (*library.needed, *(library.pe.delayed if library.pe else ())):
            match = _PYTHON_DLL.fullmatch(dll)
            if match and match[1] + match[2] not in versions:
                yield f"{library.name} needs {dll}, but the wheel's ABI is {', '.join(sorted(abis))}"


@wheel_check(
    "aslr-and-dep",
    "every library may be loaded at any address, and needs no executable data",
    by=By.CARE,
    source="Microsoft's PE format, DllCharacteristics: DYNAMIC_BASE, HIGH_ENTROPY_VA, NX_COMPAT",
    hint="link with /DYNAMICBASE /HIGHENTROPYVA /NXCOMPAT (MSVC) or --dynamicbase,--high-entropy-va,--nxcompat (GNU)",
)
def aslr_and_dep(wheel: Wheel) -> Iterator[str]:
    yield from _flag_problems(wheel)


def _flag_problems(wheel: Wheel) -> Iterator[str]:
    for library in _for_windows(wheel):
        pe = library.pe
        if pe is None:
            continue
        flags = {"DYNAMIC_BASE": pe.dynamic_base, "NX_COMPAT": pe.nx_compatible}
        if library.target.machine != "x86":
            flags["HIGH_ENTROPY_VA"] = pe.high_entropy
        if lacking := [name for name, is_set in flags.items() if not is_set]:
            yield f"{library.name} is linked without {', '.join(lacking)}"


# Not for any wheel: a path of the building machine is in every second Windows wheel of PyPI, and does no harm there.
@release_wheel_check.note(
    "pdb-path-plain",
    "the debug record of a library names its .pdb file without a folder of the building machine",
    by=By.CARE,
    source="reproducible builds: the path differs from machine to machine, and tells whose it was",
    hint="link with /PDBALTPATH:%_PDB% (MSVC), or strip it (-s)",
)
def pdb_path_plain(subject: ReleaseWheel) -> Iterator[str]:
    yield from _pdb_problems(subject)


def _pdb_problems(subject: ReleaseWheel) -> Iterator[str]:
    for library in _for_windows(subject.wheel):
        path = library.pe.pdb_path if library.pe else None
        if path and ("/" in path or "\\" in path):
            yield f"{library.name} names {abbreviate(path)}"
