"""Is there native code, is it for the platform that the wheel's tag names, and does it offer no more than it should?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By
from truewheel.platforms import NativeTarget, native_target
from truewheel.wheel.native.facts import MANAGED_ASSEMBLY, OBJECT_FILE, NativeLibrary, is_module_export
from truewheel.wheel.reader import Wheel

_PLATFORM_TAGS = "platform compatibility tags specification"
# Of the operating systems that are no concern of this project, the form of the tag is all that is judged.
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
# What compilers and linkers put into a library by themselves: Itanium C++ (operator new and delete, std::, type
# information of std::, exceptions), unwinding, Rust's allocator and panics.
_RUNTIME = re.compile(r"_Zn[wa]|_Zd[la]|_ZN?K?S[tabdios]|_ZT[ISV]N?S[tabdios]|__cxa_|__gxx_|_Unwind_|__rust_|rust_eh_")
# GNU ld exports these from every library, whatever the sources say.
_LINKER = frozenset(("_init", "_fini", "_edata", "_end", "__bss_start"))


@wheel_check(
    "native-present",
    "there is a native library in a wheel with a platform tag",
    by=By.CARE,
    source="a platform wheel without native code is a build that silently left it out",
    hint="look into the build log for the step that should have made it, then nox -s wheels",
)
def native_present(wheel: Wheel) -> Iterator[str]:
    # A wheel for every platform says by its tag that it has none.
    pure = wheel.filename is not None and wheel.filename.platform_tags == ["any"]
    # What could not be unpacked may be the library, and the archive's checks refuse it.
    found = wheel.libraries or wheel.unreadable_libraries or wheel.sealed
    if not found and not pure:
        yield "there is no native library in it"


@wheel_check(
    "native-readable",
    "every native library can be read as one",
    by=By.LOADER,
    source=_PLATFORM_TAGS,
    hint="build it again: nox -s wheels; the file is damaged",
)
def native_readable(wheel: Wheel) -> Iterator[str]:
    yield from (f"{name}: {reason}" for name, reason in sorted(wheel.unreadable_libraries.items()))


@wheel_check(
    "platform-tag-accepted",
    "every platform tag is one that PyPI takes",
    by=By.PYPI,
    source="PyPI's upload rules",
    hint="repair the wheel: auditwheel repair gives it a manylinux tag, delocate and delvewheel those of their systems",
)
def platform_tag_accepted(wheel: Wheel) -> Iterator[str]:
    tags = wheel.filename.platform_tags if wheel.filename else []
    yield from (f"PyPI refuses the platform tag {abbreviate(tag)}" for tag in tags if not _ACCEPTED.fullmatch(tag))


@wheel_check(
    "native-platform",
    "the native code has the format and the machine of the wheel's platform tags",
    by=By.LOADER,
    source=_PLATFORM_TAGS,
    hint="build it again for the right platform; look for a prebuilt library among the sources",
)
def native_platform(wheel: Wheel) -> Iterator[str]:
    yield from _platform_problems(wheel)


def _platform_problems(wheel: Wheel) -> Iterator[str]:
    for tag, target in _targets(wheel):
        if target is None:
            # Pure wheels may carry what is there for several systems, as launchers and debuggers do.
            if tag != "any" or len({one.target for one in wheel.libraries if one.is_shared_library}) == 1:
                yield f"the platform tag {tag} names no platform that native code could be judged for"
            continue
        at_home = {_folder(library) for library in wheel.libraries if _is_for(library, target)}
        for library in wheel.libraries:
            if not _is_for(library, target) and not _may_be_foreign(library, wheel, at_home):
                yield f"{library.name} is {library.target}; the tag {tag} needs {target}"


@release_wheel_check(
    "native-one-platform",
    "there is no native code for other platforms, not even beside the right one",
    by=By.DECISION,
    source="each wheel is for one platform (decision D8); code for another is a stray file of another build",
    hint="empty the build folder and build again: nox -s wheels; look for a prebuilt library among the sources",
)
def native_one_platform(subject: ReleaseWheel) -> Iterator[str]:
    yield from _foreign_problems(subject.wheel)


def _foreign_problems(wheel: Wheel) -> Iterator[str]:
    for tag, target in _targets(wheel):
        if target is None:
            continue
        at_home = {_folder(library) for library in wheel.libraries if _is_for(library, target)}
        for library in wheel.libraries:
            # The others are findings of native-platform.
            if not _is_for(library, target) and _may_be_foreign(library, wheel, at_home):
                yield f"{library.name} is {library.target}; nothing of a wheel with the tag {tag} can use it"


def _targets(wheel: Wheel) -> list[tuple[str, NativeTarget | None]]:
    return [(tag, native_target(tag)) for tag in wheel.filename.platform_tags] if wheel.filename else []


def _is_for(library: NativeLibrary, target: NativeTarget) -> bool:
    universal = library.target == NativeTarget("Mach-O", "universal2") and target.format == "Mach-O"
    return library.target == target or universal


def _may_be_foreign(library: NativeLibrary, wheel: Wheel, at_home: set[str]) -> bool:
    """Whether a library for another platform is one of a set for several, from which the package picks its own.

    Debuggers carry such sets, to step into processes of other machines. What Python imports and what other
    libraries need is never picked; object files and .NET assemblies are not loaded as machine code at all.
    """
    if library.kind in (OBJECT_FILE, MANAGED_ASSEMBLY):
        return True
    needed = any(library.file_name in other.needed for other in wheel.libraries)
    return _folder(library) in at_home and not library.is_extension_module and not needed


def _folder(library: NativeLibrary) -> str:
    return library.name.rpartition("/")[0]


@release_wheel_check(
    "exports-public",
    "a library offers the public API alone: what `exports` in [tool.release] says",
    by=By.DECISION,
    source="what is exported is what others come to rely on, and what clashes with other libraries of the process",
    hint="hide the rest (-fvisibility=hidden, a version script, a .def file), or widen exports in [tool.release]",
)
def exports_public(subject: ReleaseWheel) -> Iterator[str]:
    yield from (
        problem
        for library in subject.wheel.libraries
        if library.is_shared_library and not _is_grafted(library)
        for problem in _export_problems(library, subject.config.exports)
    )


def _is_grafted(library: NativeLibrary) -> bool:
    """Whether a repair tool put it there: auditwheel and delvewheel bundle others' libraries in `NAME.libs/`."""
    folder, _, _ = library.name.partition("/")
    return folder.endswith(".libs")


def _export_problems(library: NativeLibrary, patterns: tuple[str, ...] | None) -> Iterator[str]:
    offered = [name for name in library.exports if name not in _LINKER and not is_module_export(name)]
    if patterns is None:
        # Without a promise there is still what no API consists of.
        if stray := sorted(name for name in offered if _RUNTIME.match(name)):
            yield f"{library.name} exports symbols of the compiler's runtime: {join_names(stray)}"
        return
    written = ", ".join(patterns)
    public = [name for name in offered if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if stray := sorted(set(offered) - set(public)):
        yield f"{library.name} exports more than {written}: {join_names(stray)}"
    if library.export_count > len(library.exports):
        count = library.export_count
        yield f"{library.name} exports {count} symbols, of which the first {len(library.exports)} were compared"
    if not public and not library.is_extension_module:
        yield f"{library.name} exports nothing of {written}, so nothing could call it"
