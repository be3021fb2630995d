"""Is the native code for the wheel's platform, and does it export only its API?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from truewheel.checks.libraries import grouped, is_grafted, own_libraries, shown_stem
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import PLATFORM_TAGS, PYPI_UPLOAD, abbreviate, is_mangled, join_names, join_symbols
from truewheel.findings import By, Problem
from truewheel.platforms import NativeTarget, native_target
from truewheel.wheel.native.facts import Kind, NativeLibrary, Trait, is_module_export
from truewheel.wheel.reader import Wheel

# The platform tags that PyPI accepts. For the platforms that cannot be configured, only the form is judged.
_LINUX = r"x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64"
_ACCEPTED = re.compile(
    r"any|win32|win_amd64|win_arm64"
    r"|manylinux(?:1|2010)_(?:x86_64|i686)"
    r"|manylinux2014_(?:x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)"
    rf"|(?:many|musl)linux_\d+_\d+_(?:{_LINUX})"
    r"|macosx_(?:10_\d+|1[1-5]_0|26_0)_\w+"
    r"|ios_\d+_\d+_\w+|android_\d+_\w+|pyemscripten_\w+_wasm32",
    re.ASCII,
)
# What compilers and linkers add to a library: Itanium C++ (operator new and delete, std::, type information of std::,
# exceptions), unwinding, Rust's allocator and panics.
_RUNTIME = re.compile(r"_Zn[wa]|_Zd[la]|_ZN?K?S[tabdios]|_ZT[ISV]N?S[tabdios]|__cxa_|__gxx_|_Unwind_|__rust_|rust_eh_")
# GNU ld exports these from every library.
_LINKER = frozenset(("_init", "_fini", "_edata", "_end", "__bss_start"))
# Fewer C++ symbols may be an API of classes.
_MANY = 100
_PREBUILT = "look for a prebuilt library in the source tree"


@wheel_check(
    By.CARE,
    source="a platform wheel without native code comes from a build that silently left it out",
    hint="find the step in the build log that should have built it, then run nox -s wheels",
)
def native_present(wheel: Wheel) -> Iterator[str]:
    """a wheel with a platform tag has a native library"""
    pure = wheel.platform_tags == ["any"] or (wheel.filename is not None and wheel.filename.is_webassembly)
    # A member that could not be unpacked may be the library; the archive's checks refuse it.
    if not (pure or wheel.libraries or wheel.unreadable_libraries or wheel.sealed):
        yield "there is no native library in it"


@wheel_check(
    By.LOADER,
    source="ELF, PE and Mach-O, the formats of native libraries",
    hint="build it again: nox -s wheels; the file is damaged",
)
def native_readable(wheel: Wheel) -> Iterator[Problem]:
    """every native library can be read"""
    for name, reason in sorted(wheel.unreadable_libraries.items()):
        yield Problem.of([name], f"{name}: {reason}")


@wheel_check(
    By.PYPI,
    source=PYPI_UPLOAD,
    hint="repair the wheel: auditwheel gives it a manylinux tag, delocate and delvewheel those of their platforms",
)
def platform_tag_accepted(wheel: Wheel) -> Iterator[str]:
    """PyPI accepts every platform tag"""
    refused = (tag for tag in wheel.platform_tags if not _ACCEPTED.fullmatch(tag))
    yield from (f"PyPI refuses the platform tag {abbreviate(tag)}" for tag in refused)


@wheel_check(By.LOADER, source=PLATFORM_TAGS, hint=f"build it again for the right platform; {_PREBUILT}")
def native_platform(wheel: Wheel) -> Iterator[str | Problem]:
    """the format and machine of the native code match the wheel's platform tags"""
    for tag, target, library in _foreign_libraries(wheel, of_a_set=False):
        yield Problem.of([library.name], f"{library.name} is {library.target}; the tag {tag} needs {target}")
    # Pure wheels may have libraries for several systems, as launchers and debuggers do. Other tags without a target are
    # for platforms whose native code is not judged, or platform-tag-accepted reports them.
    is_any = any(tag == "any" for tag, _ in _targets(wheel))
    if is_any and len({library.target for library in wheel.libraries if library.is_shared_library}) == 1:
        yield "the platform tag any does not name a platform whose native code can be checked"


@release_wheel_check(
    By.DECISION,
    source="decision D8: each wheel is for one platform, so code for another is a stray file from another build",
    hint=f"empty the build folder and build again: nox -s wheels; {_PREBUILT}",
)
def native_one_platform(subject: ReleaseWheel) -> Iterator[Problem]:
    """there is no native code for other platforms, not even next to the right one"""
    # native-platform reports the others.
    for tag, _, library in _foreign_libraries(subject.wheel, of_a_set=True):
        message = f"{library.name} is {library.target}, which a wheel with the tag {tag} cannot use"
        yield Problem.of([library.name], message)


def _targets(wheel: Wheel) -> list[tuple[str, NativeTarget | None]]:
    return [(tag, native_target(tag)) for tag in wheel.platform_tags]


def _foreign_libraries(wheel: Wheel, *, of_a_set: bool) -> Iterator[tuple[str, NativeTarget, NativeLibrary]]:
    """Each tag with each library that is for another target, and that may be one of a set or not."""
    for tag, target in _targets(wheel):
        for library in wheel.libraries if target is not None else ():
            if target and not _is_for(library, target) and _is_one_of_a_set(library, wheel, target) == of_a_set:
                yield tag, target, library


def _is_for(library: NativeLibrary, target: NativeTarget) -> bool:
    universal = library.target == NativeTarget("Mach-O", "universal2") and target.format == "Mach-O"
    return library.target == target or universal


def _is_one_of_a_set(library: NativeLibrary, wheel: Wheel, target: NativeTarget) -> bool:
    """Whether a foreign library may be one of a set for several platforms, from which the package picks its own.

    Debuggers have such sets, to step into processes of other machines. Extension modules and libraries that others
    need are never picked; object files and .NET assemblies are not loaded as machine code at all.
    """
    if library.kind in (Kind.OBJECT_FILE, Kind.MANAGED_ASSEMBLY):
        return True
    if library.is_extension_module or any(library.file_name in other.needed for other in wheel.libraries):
        return False
    folder = library.name.rpartition("/")[0]
    return any(_is_for(other, target) for other in wheel.libraries if other.name.rpartition("/")[0] == folder)


@wheel_check(
    By.CARE,
    source="SELinux and hardened systems refuse such a library; no toolchain makes it by default",
    hint="find the option or the packer (UPX) that makes it so, and link without it",
)
@grouped
def code_not_writable(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """no part of a library is writable and executable"""
    for library in wheel.libraries:
        if any(Trait.WRITABLE_CODE in facts.traits for facts in library.parts):
            yield library.name, Trait.WRITABLE_CODE


@release_wheel_check(
    By.DECISION,
    source="[tool.release] in pyproject.toml: what is exported can clash with other libraries of the process",
    hint="hide the rest (-fvisibility=hidden, a version script, a .def file), or widen exports in [tool.release]",
)
def exports_public(subject: ReleaseWheel) -> Iterator[Problem]:
    """a library exports only its public API, as in `exports` of [tool.release]"""
    patterns = subject.config.exports or ()
    for library in own_libraries(subject.wheel) if patterns else ():
        yield from _export_problems(library, patterns)


@release_wheel_check.note(
    By.CARE,
    source="another library of the process may use them in place of those of its own compiler",
    hint="hide them: -fvisibility=hidden and -static-libstdc++ with --exclude-libs, or a version script",
)
@grouped
def runtime_not_exported(subject: ReleaseWheel) -> Iterator[tuple[str, str]]:
    """a library does not export symbols of the compiler's runtime"""
    # With `exports`, exports-public finds them; among many C++ symbols, cxx-symbols-hidden does.
    for library in own_libraries(subject.wheel) if not subject.config.exports else ():
        stray = [name for name in library.exports if _RUNTIME.match(name)]
        if stray and sum(map(is_mangled, library.exports)) < _MANY:
            yield library.name, f"exports symbols of the compiler's runtime: {join_symbols(stray)}"


@release_wheel_check.note(
    By.CARE,
    source="their names change with the compiler, they can clash with those of other libraries, and they slow loading",
    hint="compile with -fvisibility=hidden -fvisibility-inlines-hidden (CMake: CXX_VISIBILITY_PRESET); mark the API",
)
def cxx_symbols_hidden(subject: ReleaseWheel) -> Iterator[str]:
    """no library exports hundreds of C++ symbols"""
    counts: dict[str, tuple[int, str]] = {}
    for library in subject.wheel.libraries:
        count = sum(is_mangled(name) for name in library.exports) if not is_grafted(library.name) else 0
        # The copies of a library under its other names export the same.
        counts.setdefault(shown_stem(library), (count, library.name))
    if many := [(count, name) for count, name in counts.values() if count >= _MANY]:
        names = join_names(f"{name} ({count})" for count, name in many)
        yield f"{sum(count for count, _ in many)} C++ symbols are exported: {names}"


def _export_problems(library: NativeLibrary, patterns: tuple[str, ...]) -> Iterator[Problem]:
    exported = [name for name in library.exports if name not in _LINKER and not is_module_export(name)]
    written = ", ".join(patterns)
    public = [name for name in exported if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if stray := sorted(set(exported) - set(public)):
        yield Problem.of([library.name], f"{library.name} exports more than {written}: {join_symbols(stray)}")
    if library.export_count > len(library.exports):
        count = library.export_count
        message = f"{library.name} exports {count} symbols, of which the first {len(library.exports)} were compared"
        yield Problem.of([library.name], message)
    if not public and not library.is_extension_module:
        yield Problem(
            f"{library.name} exports nothing that matches {written}, so nothing can call it",
            subject=library.name,
            hint="export the API (a visibility attribute, __declspec(dllexport), a .def file), or correct exports in "
            "[tool.release]",
        )
