"""Does the native code run on every system that accepts the wheel, and is it hardened?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.libraries import grouped, parts_in, parts_of_platform
from truewheel.checks.native_needs import linux_policies, missing_on_linux
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import PLATFORM_TAGS, abbreviate, join_names
from truewheel.findings import By
from truewheel.wheel.native.facts import NativeLibrary, Trait
from truewheel.wheel.native.loading import SITE_PACKAGES, search_folder
from truewheel.wheel.native.policies import promised_glibc, required_glibc
from truewheel.wheel.reader import Wheel

_POLICIES = "manylinux and musllinux policies (PEP 600, PEP 656), as in auditwheel's data"
_OLDER_SYSTEM = "build on an older system (an older manylinux image)"
_MACOS_TAG = re.compile(r"macosx_(\d+)_(\d+)_(\w+)", re.ASCII)


@wheel_check(
    By.SPECIFICATION, source=_POLICIES, hint=f"{_OLDER_SYSTEM}, or let auditwheel choose the tag that the wheel fits"
)
@grouped
def symbol_versions_promised(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library needs a symbol version that the platform tag does not promise"""
    for policy in linux_policies(wheel):
        for library, facts in parts_in(wheel, "ELF"):
            # A bundled library defines its versions itself, regardless of the platform.
            needed = [one for name, versions in facts.versions if _is_outside(wheel, library, name) for one in versions]
            if newer := {version for version in needed if not policy.has_version(version)}:
                # 2.9 before 2.10.
                names = sorted(newer, key=lambda name: [(len(part), part) for part in re.split(r"[._]", name)])
                yield library.name, f"needs {join_names(names)}, which {policy.tag} does not promise"


def _is_outside(wheel: Wheel, library: NativeLibrary, name: str) -> bool:
    return (library, name) in missing_on_linux(wheel)


@wheel_check(By.SPECIFICATION, source=_POLICIES, hint=f"link that library statically, or {_OLDER_SYSTEM}")
@grouped
def private_symbols_unused(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library uses symbols that the platform's libraries may not have"""
    for policy in linux_policies(wheel):
        for library, facts in parts_in(wheel, "ELF"):
            imported = {symbol for _, symbol in facts.imports}
            for name, symbols in sorted(policy.private_symbols.items()):
                used = sorted(symbols & imported)
                if used and _is_outside(wheel, library, name):
                    yield library.name, f"uses {join_names(used)} of {name}, which {policy.tag} does not promise"


@wheel_check(
    By.CARE,
    source="ld.so(8): any other folder belongs to the build machine, or could be filled by somebody else",
    hint="link with -Wl,-rpath,'$ORIGIN/…' or without -rpath; patchelf --set-rpath fixes a built library",
)
@grouped
def search_path_inside(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """RPATH and RUNPATH begin with $ORIGIN and stay in the Python environment"""
    for library, facts in parts_in(wheel, "ELF"):
        for entry in facts.search_path:
            if problem := _entry_problem(entry, library):
                yield library.name, f"has the {facts.search_tag} {abbreviate(':'.join(facts.search_path))}: {problem}"


def _entry_problem(entry: str, library: NativeLibrary) -> str | None:
    if not entry:
        return "an empty entry means the current folder of the process"
    folder = search_folder(entry, library)
    if folder is None or entry.startswith("/"):
        return f"{entry} {'is absolute' if folder else 'does not begin with $ORIGIN'}"
    # Scripts and data are next to site-packages, in the same environment.
    root = "/prefix" if library.name.partition("/")[0].endswith(".data") else SITE_PACKAGES
    if not f"{folder}/".startswith(f"{root}/"):
        return f"{entry} climbs out of {'site-packages' if root == SITE_PACKAGES else 'the environment'}"
    return None


@release_wheel_check(
    By.DECISION,
    source="[tool.release.platforms] in pyproject.toml; PEP 600",
    hint=f"{_OLDER_SYSTEM}, or raise newest-glibc",
)
def newest_glibc(subject: ReleaseWheel) -> Iterator[str]:
    """the wheel runs with the glibc in `newest-glibc` of its platform"""
    tags = subject.wheel.platform_tags
    for platform in subject.config.platforms:
        newest = platform.newest_glibc
        if newest is None or not platform.accepts_any(tags):
            continue
        allowed = f"newest-glibc of {platform.name} is {newest}"
        needed = [(library.name, required_glibc(library)) for library, _ in parts_in(subject.wheel, "ELF")]
        newer = [f"{name} needs glibc {version}; {allowed}" for name, version in needed if version and version > newest]
        yield from newer
        promised = [version for tag in tags if (version := promised_glibc(tag)) is not None]
        # The tags follow from the libraries.
        if promised and min(promised) > newest and not newer:
            yield f"its tags need glibc {min(promised)}; {allowed}"


@wheel_check(
    By.SPECIFICATION,
    source=f"{PLATFORM_TAGS}; delocate refuses such a wheel",
    hint="build with the same MACOSX_DEPLOYMENT_TARGET as the tag, or let delocate write the tag",
)
@grouped
def macos_version_promised(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library was built for a newer macOS than the tag promises"""
    matches = map(_MACOS_TAG.fullmatch, wheel.platform_tags)
    named = [(int(match[1]), int(match[2])) for match in matches if match]
    for library, facts in parts_in(wheel, "Mach-O"):
        # There are no older Macs with an Apple processor.
        promised = max(min(named), (11, 0) if facts.machine == "aarch64" else (0, 0))
        # Since macOS 11, a tag cannot name a minor version.
        oldest = facts.system and (facts.system if promised < (11, 0) else (facts.system[0], 0))
        if oldest and oldest > promised:
            yield library.name, f"needs macOS {_dotted(oldest)}, but the tag promises {_dotted(promised)}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


@wheel_check(
    By.LOADER,
    source="Microsoft's PE format, MajorSubsystemVersion: Windows 10 and 11 are 10.0",
    hint="link with /SUBSYSTEM:WINDOWS,6.00 (MSVC) or --subsystem windows:6.0 (GNU)",
)
@grouped
def subsystem_released(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library needs a version of Windows that does not exist"""
    for library, facts in parts_in(wheel, "PE"):
        if facts.system and facts.system > (10, 0):
            yield library.name, f"needs Windows {_dotted(facts.system)}; the newest is 10.0"


@wheel_check(
    By.LOADER,
    source="x86-64 psABI, x86-64-v2 to v4; glibc refuses the library on older processors, and auditwheel the wheel",
    hint="compile with -march=x86-64; RHEL 9 and its rebuilds (manylinux_2_34) compile for x86-64-v2 by default",
)
@grouped
def processor_baseline(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library needs a newer processor than the tag x86_64 promises"""
    for library, facts in parts_of_platform(wheel):
        if facts.isa_level > 1:
            yield library.name, f"needs a processor of the level x86-64-v{facts.isa_level}"


def _with_trait(wheel: Wheel, trait: str) -> Iterator[tuple[str, str]]:
    return ((library.name, trait) for library, facts in parts_of_platform(wheel) if trait in facts.traits)


@wheel_check(
    By.LOADER,
    source="glibc 2.41 and hardened kernels refuse to load such a library",
    hint="add the section .note.GNU-stack to assembler sources, and link with -z noexecstack",
)
@grouped
def stack_not_executable(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library needs an executable stack"""
    return _with_trait(wheel, Trait.EXECUTABLE_STACK)


@wheel_check(
    By.LOADER,
    source="SELinux and musl refuse to load such a library",
    hint="compile everything with -fPIC, and link with -z text",
)
@grouped
def no_text_relocations(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no library has relocations in its code"""
    return _with_trait(wheel, Trait.TEXT_RELOCATIONS)


@wheel_check(
    By.LOADER,
    source="on an Apple processor, macOS ends a process that loads unsigned code; linkers sign by themselves",
    hint="sign it after the last change (strip, install_name_tool): codesign --force --sign - FILE",
)
@grouped
def signed_for_apple_processors(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """every library for Apple processors has a signature"""
    return _with_trait(wheel, Trait.UNSIGNED)


# Only for libraries, which run in another program's process: Go and static programs have reasons to be linked without.
@wheel_check(By.CARE, source="hardening that every manylinux toolchain applies by default", hint="link with -z relro")
@grouped
def relocations_read_only(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """every shared library write-protects its relocations once they are done (RELRO)"""
    for library, facts in parts_of_platform(wheel):
        if library.is_shared_library and Trait.NO_RELRO in facts.traits:
            yield library.name, Trait.NO_RELRO


@wheel_check(
    By.LOADER,
    source="dlopen(3) refuses a library that is linked with -z nodlopen (DF_1_NOOPEN)",
    hint="link without -z nodlopen",
)
@grouped
def library_openable(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """every library can be opened by itself, as Python and ctypes do"""
    needed = {name for _, facts in parts_of_platform(wheel) for name in facts.needed}
    for library, facts in parts_of_platform(wheel):
        # One that others need is loaded with them.
        is_opened = library.is_shared_library and needed.isdisjoint(library.names)
        if is_opened and Trait.UNOPENABLE in facts.traits:
            yield library.name, Trait.UNOPENABLE


@wheel_check(
    By.CARE,
    source="Microsoft's PE format, DllCharacteristics: DYNAMIC_BASE, HIGH_ENTROPY_VA, NX_COMPAT",
    hint="link with /DYNAMICBASE /HIGHENTROPYVA /NXCOMPAT (MSVC) or --dynamicbase,--high-entropy-va,--nxcompat (GNU)",
)
@grouped
def aslr_and_dep(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """every library can be loaded at any address, and needs no executable data"""
    for library, facts in parts_of_platform(wheel):
        if facts.unset_flags:
            yield library.name, f"is linked without {', '.join(facts.unset_flags)}"


# Only for wheels of the release: every second Windows wheel on PyPI has such a path.
@release_wheel_check.note(
    By.CARE,
    source="reproducible-builds.org: build paths differ from machine to machine, and reveal names of users",
    hint="link with /PDBALTPATH:%_PDB% (MSVC), or strip it (-s)",
)
@grouped
def pdb_path_plain(subject: ReleaseWheel) -> Iterator[tuple[str, str]]:
    """the debug record of a library names its .pdb file without a folder of the build machine"""
    for library, facts in parts_of_platform(subject.wheel):
        if "/" in facts.pdb_path or "\\" in facts.pdb_path:
            yield library.name, f"names {abbreviate(facts.pdb_path)}"
