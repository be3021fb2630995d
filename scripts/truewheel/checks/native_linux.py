"""Does the native code run on every Linux that accepts the wheel?"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from truewheel.checks.libraries import grouped, libraries_of_platform, pinned_requirements
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names, join_symbols
from truewheel.findings import By
from truewheel.wheel.native.facts import ElfFacts, NativeLibrary
from truewheel.wheel.native.loading import SITE_PACKAGES, MissingLibrary, missing_libraries, search_folder
from truewheel.wheel.native.policies import LinuxPolicy, linux_policy, promised_glibc, required_glibc
from truewheel.wheel.reader import Wheel

_POLICIES = "manylinux and musllinux policies (PEP 600, PEP 656), as in auditwheel's data"
_LIBPYTHON = re.compile(r"libpython\d+(?:\.\d+)*[a-z]*\.so(?:\.\d+)*", re.ASCII)
# Symbols without a version that every process of Python has, linked or not: those of Python, those of glibc's smaller
# libraries (names like theirs: their lists differ from version to version), and of promised libraries that have none.
_OF_PLATFORM = re.compile(
    r"_?Py(?:Py)?[A-Z_]\w*|__(?!asan|tsan|msan|ubsan|gcov|llvm)\w+|[a-z][a-z0-9]{1,11}|lgamma[fl]?_r|fe\w+except\w*"
    r"|(?:pthread|sem|shm|clock|timer|mq|aio|lio|thrd|mtx|cnd|tss|g|XML)_\w+|gl[A-Z]\w+|X\w+|Ice\w+|Sm[cs]\w+"
    r"|(?:inflate|deflate|crc32|adler32|compress|uncompress|gz|z)[A-Z_]\w*|get_crc_table|zlib\w+|pthread\w+",
    re.ASCII,
)
_OLDER_SYSTEM = "build on an older system (an older manylinux image)"


def _elf_libraries(wheel: Wheel) -> list[tuple[NativeLibrary, ElfFacts]]:
    return [(library, library.elf) for library in libraries_of_platform(wheel) if library.elf]


def _policies(wheel: Wheel) -> list[LinuxPolicy]:
    """The strictest policy of the wheel's tags: one for glibc, one for musl, if they name both."""
    tags = wheel.filename.platform_tags if wheel.filename else []
    found = [policy for tag in tags if (policy := linux_policy(tag)) is not None]
    newest_first = sorted(found, key=lambda policy: (policy.version, policy.tag), reverse=True)
    return list({policy.is_glibc: policy for policy in newest_first}.values())


@functools.lru_cache(maxsize=1)
def _missing(wheel: Wheel) -> list[MissingLibrary]:
    """The libraries that the loader will look for outside of the wheel."""
    return list(missing_libraries(library for library, _ in _elf_libraries(wheel)))


@wheel_check(
    "symbol-versions-promised",
    "no library needs a symbol version that the platform tag does not promise",
    by=By.SPECIFICATION,
    source=_POLICIES,
    hint=f"{_OLDER_SYSTEM}, or let auditwheel choose the tag that the wheel fits",
)
@grouped
def symbol_versions_promised(wheel: Wheel) -> Iterator[tuple[str, str]]:
    outside = {(missing.needed_by.name, missing.name) for missing in _missing(wheel)}
    for policy in _policies(wheel):
        for library, elf in _elf_libraries(wheel):
            # A bundled library defines its versions itself, regardless of the platform.
            needed = [
                version for name, versions in elf.versions if (library.name, name) in outside for version in versions
            ]
            if newer := {version for version in needed if not policy.has_version(version)}:
                names = join_names(sorted(newer, key=_natural))
                yield library.name, f"needs {names}, which {policy.tag} does not promise"


def _natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts 2.9 before 2.10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]


@wheel_check(
    "private-symbols-unused",
    "no library uses symbols that the platform's libraries may not have",
    by=By.SPECIFICATION,
    source=_POLICIES,
    hint=f"link that library statically, or {_OLDER_SYSTEM}",
)
@grouped
def private_symbols_unused(wheel: Wheel) -> Iterator[tuple[str, str]]:
    outside = {(missing.needed_by.name, missing.name) for missing in _missing(wheel)}
    for policy in _policies(wheel):
        for library, elf in _elf_libraries(wheel):
            for name, symbols in sorted(policy.private_symbols.items()):
                used = sorted(symbols.intersection(elf.imports)) if (library.name, name) in outside else []
                if used:
                    yield library.name, f"uses {join_names(used)} of {name}, which {policy.tag} does not promise"


@wheel_check(
    "needed-library-found",
    "every needed library is in the wheel, where the loader finds it, or part of the platform",
    by=By.LOADER,
    source=f"{_POLICIES}; ld.so(8)",
    hint="let auditwheel bundle it (nox -s wheels does); give the library that needs it a RUNPATH that begins with "
    "$ORIGIN (in CMake: INSTALL_RPATH)",
)
@grouped
def needed_library_found(wheel: Wheel) -> Iterator[tuple[str, str]]:
    yield from unfound_libraries(wheel, brought_by_others=False)


def unfound_libraries(wheel: Wheel, *, brought_by_others: bool) -> Iterator[tuple[str, str]]:
    """Each library that needs another one which the loader does not find, and what it needs.

    A project that Requires-Dist pins may provide those that are not in the wheel: with `brought_by_others`, these only.
    """
    present = {library.file_name: library.name for library in wheel.libraries}
    pinned, policies = bool(pinned_requirements(wheel)), _policies(wheel)
    for missing in _missing(wheel):
        refusing = [policy.tag for policy in policies if not policy.has_library(missing.name)]
        # libpython-not-linked reports libpython, with a remedy of its own.
        if not refusing or _LIBPYTHON.fullmatch(missing.name):
            continue
        if (pinned and missing.name not in present) != brought_by_others:
            continue
        needs = f"needs {abbreviate(missing.name)}, which is"
        if missing.name in present:
            needs = f"{needs} {present[missing.name]}, but {_search_path_problem(missing.needed_by.elf)}"
        else:
            needs = f"{needs} not in the wheel, and {' and '.join(refusing)} does not promise it"
        yield missing.needed_by.name, needs


def _search_path_problem(elf: ElfFacts | None) -> str:
    if elf is None or not elf.search_tag:
        return "it has no RUNPATH"
    return f"its {elf.search_tag} {abbreviate(':'.join(elf.search_path))} does not lead there"


@wheel_check(
    "libpython-not-linked",
    "no library is linked with libpython",
    by=By.SPECIFICATION,
    source="PEP 513: not every Python has a libpython, and a second one in the process crashes it",
    hint="build an extension module without -lpython (in CMake: Python_add_library, target Python::Module)",
)
@grouped
def libpython_not_linked(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, _ in _elf_libraries(wheel):
        yield from ((library.name, f"needs {name}") for name in library.needed if _LIBPYTHON.fullmatch(name))


@wheel_check(
    "search-path-inside",
    "RPATH and RUNPATH begin with $ORIGIN and stay in the Python environment",
    by=By.CARE,
    source="ld.so(8): any other folder belongs to the build machine, or could be filled by somebody else",
    hint="link with -Wl,-rpath,'$ORIGIN/…' or without -rpath; patchelf --set-rpath fixes a built library",
)
@grouped
def search_path_inside(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, elf in _elf_libraries(wheel):
        for entry in elf.search_path:
            if problem := _entry_problem(entry, library):
                yield library.name, f"has the {elf.search_tag} {abbreviate(':'.join(elf.search_path))}: {problem}"


def _entry_problem(entry: str, library: NativeLibrary) -> str | None:
    if not entry:
        return "an empty entry means the current folder of the process"
    if entry.startswith("/"):
        return f"{entry} is absolute"
    folder = search_folder(entry, library)
    if folder is None:
        return f"{entry} does not begin with $ORIGIN"
    # Scripts and data are next to site-packages, in the same environment.
    root = "/prefix" if library.name.partition("/")[0].endswith(".data") else SITE_PACKAGES
    if not f"{folder}/".startswith(f"{root}/"):
        return f"{entry} climbs out of {'site-packages' if root == SITE_PACKAGES else 'the environment'}"
    return None


@wheel_check(
    "stack-not-executable",
    "no library needs an executable stack",
    by=By.LOADER,
    source="glibc 2.41 and hardened kernels refuse to load such a library",
    hint="add the section .note.GNU-stack to assembler sources, and link with -z noexecstack",
)
@grouped
def stack_not_executable(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, elf in _elf_libraries(wheel):
        if elf.executable_stack:
            yield library.name, "needs an executable stack (its PT_GNU_STACK is missing or executable)"


@wheel_check(
    "no-text-relocations",
    "no library has relocations in its code",
    by=By.LOADER,
    source="SELinux and musl refuse to load such a library",
    hint="compile everything with -fPIC, and link with -z text",
)
@grouped
def no_text_relocations(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, elf in _elf_libraries(wheel):
        if elf.text_relocations:
            yield library.name, "has text relocations (DT_TEXTREL)"


# Only for libraries, which run in another program's process: Go and static programs have reasons to be linked without.
@wheel_check(
    "relocations-read-only",
    "every shared library write-protects its relocations once they are done (RELRO)",
    by=By.CARE,
    source="hardening that every manylinux toolchain applies by default",
    hint="link with -z relro",
)
@grouped
def relocations_read_only(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, elf in _elf_libraries(wheel):
        if library.is_shared_library and not elf.relro:
            yield library.name, "has no PT_GNU_RELRO"


@wheel_check(
    "library-openable",
    "every library can be opened by itself, as Python and ctypes do",
    by=By.LOADER,
    source="dlopen(3) refuses a library that is linked with -z nodlopen (DF_1_NOOPEN)",
    hint="link without -z nodlopen",
)
@grouped
def library_openable(wheel: Wheel) -> Iterator[tuple[str, str]]:
    needed = {name for library, _ in _elf_libraries(wheel) for name in library.needed}
    for library, elf in _elf_libraries(wheel):
        # One that others need is loaded with them.
        if elf.unopenable and library.is_shared_library and needed.isdisjoint({library.file_name, elf.soname}):
            yield library.name, "cannot be opened: it is linked with -z nodlopen"


@wheel_check(
    "processor-baseline",
    "no library needs a newer processor than the tag x86_64 promises",
    by=By.LOADER,
    source="x86-64 psABI, x86-64-v2 to v4; glibc refuses the library on older processors, and auditwheel the wheel",
    hint="compile with -march=x86-64; RHEL 9 and its rebuilds (manylinux_2_34) compile for x86-64-v2 by default",
)
@grouped
def processor_baseline(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, elf in _elf_libraries(wheel):
        if elf.isa_level > 1:
            yield library.name, f"needs a processor of the level x86-64-v{elf.isa_level}"


@wheel_check(
    "needed-symbols-found",
    "every symbol that a library needs is exported by a library in the wheel, by the platform or by Python",
    by=By.LOADER,
    source="dlopen(3): Python binds all symbols when it opens a library, and fails if one is undefined",
    hint="link the library that defines them, and link with -z defs, which finds such symbols at build time",
)
@grouped
def needed_symbols_found(wheel: Wheel) -> Iterator[tuple[str, str]]:
    policies, exported = _policies(wheel), {name for library in wheel.libraries for name in library.exports}
    complete = all(library.export_count == len(library.exports) for library in wheel.libraries)
    # The symbols of musl have no versions, and those of a library from elsewhere are not known.
    if not complete or not policies or not all(policy.is_glibc for policy in policies):
        return
    if any(not policy.has_library(missing.name) for missing in _missing(wheel) for policy in policies):
        return
    for library, elf in _elf_libraries(wheel):
        # What was linked with glibc needs its symbols by their versions; other libraries leave them open.
        if library.is_shared_library and "libc.so.6" in library.needed:
            absent = [name for name in elf.unversioned if name not in exported and not _OF_PLATFORM.fullmatch(name)]
            if absent:
                yield library.name, f"needs {join_symbols(absent)}, which no library exports"


@release_wheel_check(
    "newest-glibc",
    "the wheel runs with the glibc in `newest-glibc` of its platform",
    by=By.DECISION,
    source="[tool.release.platforms] in pyproject.toml; PEP 600",
    hint=f"{_OLDER_SYSTEM}, or raise newest-glibc",
)
def newest_glibc(subject: ReleaseWheel) -> Iterator[str]:
    filename = subject.wheel.filename
    for platform in subject.config.platforms if filename else ():
        newest = platform.newest_glibc
        if filename is None or newest is None or not platform.accepts_any(filename.platform_tags):
            continue
        allowed = f"newest-glibc of {platform.name} is {newest}"
        needed = [(library.name, required_glibc(library)) for library, _ in _elf_libraries(subject.wheel)]
        newer = [f"{name} needs glibc {version}; {allowed}" for name, version in needed if version and version > newest]
        yield from newer
        promised = [version for tag in filename.platform_tags if (version := promised_glibc(tag)) is not None]
        # The tags follow from the libraries.
        if promised and min(promised) > newest and not newer:
            yield f"its tags need glibc {min(promised)}; {allowed}"
