"""Does the native code of a Linux wheel run on every Linux that takes the wheel, and safely?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By
from truewheel.platforms import GlibcVersion, native_target
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.native.loading import SITE_PACKAGES, MissingLibrary, missing_libraries, search_folder
from truewheel.wheel.native.policies import LinuxPolicy, glibc_version, linux_policy, promised_glibc
from truewheel.wheel.reader import Wheel

_AUDITWHEEL = "manylinux and musllinux policies (PEP 600, PEP 656), by auditwheel's data"
_LIBPYTHON = re.compile(r"libpython\d+(?:\.\d+)*[a-z]*\.so(?:\.\d+)*", re.ASCII)
_REPAIR = (
    "let auditwheel repair the wheel, which bundles what it needs (nox -s wheels does); "
    "what the build puts beside it is found by a RUNPATH that begins with $ORIGIN (in CMake: INSTALL_RPATH)"
)


def required_glibc(library: NativeLibrary) -> GlibcVersion | None:
    """The oldest glibc with all that `library` needs of it; None when it names no version."""
    versions = [glibc_version(version) for _, version in _versions(library)]
    return max((version for version in versions if version is not None), default=None)


def _versions(library: NativeLibrary) -> Iterator[tuple[str, str]]:
    """The symbol versions that `library` needs, each with the library that must define it."""
    for name, versions in library.elf.versions if library.elf else ():
        for version in versions:
            yield name, version


def _for_linux(wheel: Wheel) -> list[NativeLibrary]:
    """The libraries that the wheel's own platform can load; what is for another one is native-platform's."""
    targets = {native_target(tag) for tag in wheel.filename.platform_tags} if wheel.filename else set()
    return [library for library in wheel.libraries if library.elf is not None and library.target in targets]


def _policies(wheel: Wheel) -> list[LinuxPolicy]:
    """The strictest of the wheel's tags: one for glibc, one for musl, if they name both."""
    tags = wheel.filename.platform_tags if wheel.filename else []
    found = [policy for tag in tags if (policy := linux_policy(tag)) is not None]
    newest_first = sorted(found, key=lambda policy: (policy.version, policy.tag), reverse=True)
    return list({policy.is_glibc: policy for policy in newest_first}.values())


def _lost(wheel: Wheel) -> list[MissingLibrary]:
    """What the loader will look for outside of the wheel."""
    return list(missing_libraries(_for_linux(wheel)))


@wheel_check(
    "symbol-versions-promised",
    "no library needs a symbol version that the platform tag does not promise",
    by=By.SPECIFICATION,
    source=_AUDITWHEEL,
    hint="build on an older system (an older manylinux image), or let auditwheel give the wheel the tag that it keeps",
)
def symbol_versions_promised(wheel: Wheel) -> Iterator[str]:
    yield from _version_problems(wheel)


def _version_problems(wheel: Wheel) -> Iterator[str]:
    outside = {(missing.needed_by.name, missing.name) for missing in _lost(wheel)}
    for policy in _policies(wheel):
        for library in _for_linux(wheel):
            # A library that is bundled defines its versions itself, whatever the platform has.
            found = [version for name, version in _versions(library) if (library.name, name) in outside]
            if newer := [version for version in found if not policy.has_version(version)]:
                needs = join_names(sorted(set(newer), key=_natural))
                yield f"{library.name} needs {needs}, which {policy.tag} does not promise"


def _natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts 2.9 before 2.10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]


@wheel_check(
    "private-symbols-unused",
    "no library uses symbols that the libraries of the platform tag need not have",
    by=By.SPECIFICATION,
    source=_AUDITWHEEL,
    hint="link that library statically, or build on an older system (an older manylinux image)",
)
def private_symbols_unused(wheel: Wheel) -> Iterator[str]:
    yield from _private_problems(wheel)


def _private_problems(wheel: Wheel) -> Iterator[str]:
    outside = {(missing.needed_by.name, missing.name) for missing in _lost(wheel)}
    for policy in _policies(wheel):
        for library in _for_linux(wheel):
            imports = frozenset(library.elf.imports if library.elf else ())
            for name, symbols in sorted(policy.private_symbols.items()):
                used = sorted(symbols & imports) if (library.name, name) in outside else []
                if used:
                    yield f"{library.name} uses {join_names(used)} of {name}, which {policy.tag} does not promise"


@wheel_check(
    "needed-library-found",
    "every library that is needed is in the wheel, where the loader finds it, or part of the platform",
    by=By.LOADER,
    source=f"{_AUDITWHEEL}; ld.so(8)",
    hint=_REPAIR,
)
def needed_library_found(wheel: Wheel) -> Iterator[str]:
    yield from _needed_problems(wheel)


def _needed_problems(wheel: Wheel) -> Iterator[str]:
    present = {library.file_name: library.name for library in wheel.libraries}
    policies = _policies(wheel)
    for missing in _lost(wheel):
        refusing = [policy.tag for policy in policies if not policy.has_library(missing.name)]
        # Linking with libpython has a check, and a remedy, of its own.
        if not refusing or _LIBPYTHON.fullmatch(missing.name):
            continue
        needs = f"{missing.needed_by.name} needs {abbreviate(missing.name)}, which is"
        if missing.name in present:
            yield f"{needs} {present[missing.name]}, but {_no_way(missing.needed_by)}"
        else:
            yield f"{needs} not in the wheel, and {' and '.join(refusing)} does not promise it"


def _no_way(library: NativeLibrary) -> str:
    elf = library.elf
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
def libpython_not_linked(wheel: Wheel) -> Iterator[str]:
    yield from (
        f"{library.name} needs {name}"
        for library in _for_linux(wheel)
        for name in library.needed
        if _LIBPYTHON.fullmatch(name)
    )


@wheel_check(
    "search-path-inside",
    "RPATH and RUNPATH begin with $ORIGIN and lead to places of the Python environment",
    by=By.CARE,
    source="ld.so(8): any other folder is one of the building machine, or one that somebody else may fill",
    hint="link with -Wl,-rpath,'$ORIGIN/…' or without -rpath; patchelf --set-rpath mends a built library",
)
def search_path_inside(wheel: Wheel) -> Iterator[str]:
    yield from _search_problems(wheel)


def _search_problems(wheel: Wheel) -> Iterator[str]:
    for library in _for_linux(wheel):
        elf = library.elf
        for entry in elf.search_path if elf else ():
            if elf and (reason := _search_problem(entry, library)):
                yield f"{library.name} has the {elf.search_tag} {abbreviate(':'.join(elf.search_path))}: {reason}"


def _search_problem(entry: str, library: NativeLibrary) -> str | None:
    if not entry:
        return "an empty entry is whatever folder the process is in"
    if entry.startswith("/"):
        return f"{entry} is absolute"
    folder = search_folder(entry, library)
    if folder is None:
        return f"{entry} does not begin with $ORIGIN"
    # Scripts and data lie beside site-packages, in the same environment.
    root = "/prefix" if library.name.partition("/")[0].endswith(".data") else SITE_PACKAGES
    if not f"{folder}/".startswith(f"{root}/"):
        return f"{entry} climbs out of {'site-packages' if root == SITE_PACKAGES else 'the environment'}"
    return None


@wheel_check(
    "stack-not-executable",
    "no library asks for an executable stack",
    by=By.LOADER,
    source="glibc 2.41 and hardened kernels refuse to load such a library",
    hint="add the section .note.GNU-stack to assembler sources, and link with -z noexecstack",
)
def stack_not_executable(wheel: Wheel) -> Iterator[str]:
    yield from (
        f"{library.name} asks for an executable stack (its PT_GNU_STACK is missing or executable)"
        for library in _for_linux(wheel)
        if library.elf and library.elf.executable_stack
    )


@wheel_check(
    "no-text-relocations",
    "no library has relocations in its code",
    by=By.LOADER,
    source="SELinux and musl refuse to load such a library",
    hint="compile everything with -fPIC, and link with -z text",
)
def no_text_relocations(wheel: Wheel) -> Iterator[str]:
    yield from (
        f"{library.name} has text relocations (DT_TEXTREL)"
        for library in _for_linux(wheel)
        if library.elf and library.elf.text_relocations
    )


# Of libraries alone: they live in somebody else's process. Go and static programs are linked without, for good reasons.
@wheel_check(
    "relocations-read-only",
    "every shared library has its relocations write-protected once they are done (RELRO)",
    by=By.CARE,
    source="hardening that every manylinux toolchain applies by default",
    hint="link with -z relro",
)
def relocations_read_only(wheel: Wheel) -> Iterator[str]:
    yield from (
        f"{library.name} has no PT_GNU_RELRO"
        for library in _for_linux(wheel)
        if library.is_shared_library and library.elf and not library.elf.relro
    )


@release_wheel_check(
    "newest-glibc",
    "the wheel runs with the glibc that `newest-glibc` of its platform names",
    by=By.DECISION,
    source="[tool.release.platforms]; PEP 600",
    hint="build on an older system (an older manylinux image), or raise newest-glibc",
)
def newest_glibc(subject: ReleaseWheel) -> Iterator[str]:
    yield from _glibc_problems(subject)


def _glibc_problems(subject: ReleaseWheel) -> Iterator[str]:
    filename = subject.wheel.filename
    if filename is None:
        return
    for platform in subject.config.platforms:
        newest = platform.newest_glibc
        if newest is None or not platform.accepts_all(filename.platform_tags):
            continue
        allowed = f"newest-glibc of {platform.name} is {_dotted(newest)}"
        promised = [version for tag in filename.platform_tags if (version := promised_glibc(tag)) is not None]
        if promised and min(promised) > newest:
            yield f"its tags ask for glibc {_dotted(min(promised))}; {allowed}"
        for library in _for_linux(subject.wheel):
            required = required_glibc(library)
            if required is not None and required > newest:
                yield f"{library.name} needs glibc {_dotted(required)}; {allowed}"


def _dotted(version: GlibcVersion) -> str:
    return ".".join(map(str, version))
