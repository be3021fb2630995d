"""Does the native code of a Windows wheel find its DLLs, and is it hardened?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.checks.sources import PLATFORM_TAGS
from truewheel.findings import By
from truewheel.platforms import native_target
from truewheel.wheel.native.facts import EXECUTABLE, NativeLibrary, PeFacts
from truewheel.wheel.native.policies import windows_policy
from truewheel.wheel.reader import Wheel

_PYTHON_DLL = re.compile(r"python(3\d+)(t?)\.dll", re.ASCII | re.IGNORECASE)
_PYTHON_ABI = re.compile(r"cp(3\d+)(t?)d?", re.ASCII)


def _pe_libraries(wheel: Wheel) -> list[tuple[NativeLibrary, PeFacts]]:
    """The libraries for the wheel's own platform; native-platform reports the others."""
    targets = {native_target(tag) for tag in wheel.filename.platform_tags} if wheel.filename else set()
    return [(library, library.pe) for library in wheel.libraries if library.pe and library.target in targets]


# A DLL in the wheel counts as found wherever it is: Python code adds folders (os.add_dll_directory), as does the code
# that delvewheel adds for NAME.libs, or loads the DLL beforehand.
@wheel_check(
    "needed-dll-found",
    "every DLL that is imported, at once or later, is in the wheel, part of Windows, or part of Python",
    by=By.LOADER,
    source="delvewheel's lists of the DLLs of Windows and of each Python",
    hint="let delvewheel repair the wheel with --analyze-existing, which bundles needed DLLs, or link it statically",
)
def needed_dll_found(wheel: Wheel) -> Iterator[str]:
    libraries = _pe_libraries(wheel)
    policy = windows_policy(wheel.filename.tags) if wheel.filename and libraries else None
    if policy is None:
        return
    present = {member.name.rpartition("/")[2].lower() for member in wheel.members}
    for library, pe in libraries:
        by_python = _runs_with_python(library)
        whose = "Windows or Python" if by_python else "Windows, and a program does not find Python's DLLs"
        for dll in (*library.needed, *pe.delayed):
            if dll.lower() not in present and not policy.has(dll, library.file_name, by_python=by_python):
                yield f"{library.name} needs {abbreviate(dll)}, which is neither in the wheel nor part of {whose}"


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
def python_dll_matches_tag(wheel: Wheel) -> Iterator[str]:
    abis = {tag.abi for tag in wheel.filename.tags} if wheel.filename else set()
    versions = {match[1] + match[2] for abi in abis if (match := _PYTHON_ABI.fullmatch(abi))}
    if not versions and abis.isdisjoint({"abi3", "abi3t"}):
        return
    for library, pe in _pe_libraries(wheel):
        for dll in (*library.needed, *pe.delayed):
            match = _PYTHON_DLL.fullmatch(dll)
            if match and match[1] + match[2] not in versions:
                yield f"{library.name} needs {dll}, but the wheel's ABI is {', '.join(sorted(abis))}"


@wheel_check(
    "aslr-and-dep",
    "every library can be loaded at any address, and needs no executable data",
    by=By.CARE,
    source="Microsoft's PE format, DllCharacteristics: DYNAMIC_BASE, HIGH_ENTROPY_VA, NX_COMPAT",
    hint="link with /DYNAMICBASE /HIGHENTROPYVA /NXCOMPAT (MSVC) or --dynamicbase,--high-entropy-va,--nxcompat (GNU)",
)
def aslr_and_dep(wheel: Wheel) -> Iterator[str]:
    for library, pe in _pe_libraries(wheel):
        flags = {"DYNAMIC_BASE": pe.dynamic_base, "NX_COMPAT": pe.nx_compatible}
        if library.target.machine != "x86":
            flags["HIGH_ENTROPY_VA"] = pe.high_entropy
        if lacking := [name for name, is_set in flags.items() if not is_set]:
            yield f"{library.name} is linked without {', '.join(lacking)}"


# Only for wheels of the release: every second Windows wheel on PyPI has such a path.
@release_wheel_check.note(
    "pdb-path-plain",
    "the debug record of a library names its .pdb file without a folder of the build machine",
    by=By.CARE,
    source="reproducible-builds.org: build paths differ from machine to machine, and reveal names of users",
    hint="link with /PDBALTPATH:%_PDB% (MSVC), or strip it (-s)",
)
def pdb_path_plain(subject: ReleaseWheel) -> Iterator[str]:
    for library, pe in _pe_libraries(subject.wheel):
        if pe.pdb_path and ("/" in pe.pdb_path or "\\" in pe.pdb_path):
            yield f"{library.name} names {abbreviate(pe.pdb_path)}"
