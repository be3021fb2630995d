"""Does the native code run on every Mac that accepts the wheel?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from truewheel.checks.libraries import grouped, pinned_requirements
from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.checks.sources import PLATFORM_TAGS
from truewheel.findings import By
from truewheel.wheel.native.facts import MachoFacts, NativeLibrary
from truewheel.wheel.native.loading import SITE_PACKAGES, installed_path
from truewheel.wheel.reader import Wheel

_TAG = re.compile(r"macosx_(\d+)_(\d+)_(\w+)", re.ASCII)
_MACHINES = {"arm64": ("aarch64",), "x86_64": ("x86_64",), "universal2": ("aarch64", "x86_64"), "intel": ("x86_64",)}
_OF_SYSTEM = ("/usr/lib/", "/System/Library/")


def _promised(wheel: Wheel) -> dict[str, tuple[int, int]]:
    """The oldest version of macOS that accepts the wheel, for each machine."""
    oldest: dict[str, tuple[int, int]] = {}
    for tag in wheel.filename.platform_tags if wheel.filename else ():
        if match := _TAG.fullmatch(tag):
            for machine in _MACHINES.get(match[3], ()):
                # There are no older Macs with an Apple processor.
                version = max((int(match[1]), int(match[2])), (11, 0) if machine == "aarch64" else (0, 0))
                oldest[machine] = min(version, oldest.get(machine, version))
    return oldest


def _parts(wheel: Wheel) -> Iterator[tuple[NativeLibrary, MachoFacts, tuple[int, int]]]:
    """Each library with its part for each machine of the tags, and the oldest macOS there."""
    promised = _promised(wheel)
    for library in wheel.libraries if promised else ():
        for facts in library.macho:
            if facts.machine in promised:
                yield library, facts, promised[facts.machine]


@wheel_check(
    "macos-version-promised",
    "no library was built for a newer macOS than the tag promises",
    by=By.SPECIFICATION,
    source=f"{PLATFORM_TAGS}; delocate refuses such a wheel",
    hint="build with the same MACOSX_DEPLOYMENT_TARGET as the tag, or let delocate write the tag",
)
@grouped
def macos_version_promised(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, facts, promised in _parts(wheel):
        # Since macOS 11, a tag cannot name a minor version.
        oldest = facts.oldest_macos and (facts.oldest_macos if promised < (11, 0) else (facts.oldest_macos[0], 0))
        if oldest and oldest > promised:
            yield library.name, f"needs macOS {_dotted(oldest)}, but the tag promises {_dotted(promised)}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


@wheel_check(
    "needed-dylib-found",
    "every needed library is in the wheel, where the loader finds it, or part of macOS",
    by=By.LOADER,
    source="dyld(1): a path of the build machine does not exist on others",
    hint="let delocate bundle it; give the library that needs it an rpath that begins with @loader_path",
)
@grouped
def needed_dylib_found(wheel: Wheel) -> Iterator[tuple[str, str]]:
    yield from unfound_dylibs(wheel, brought_by_others=False)


def unfound_dylibs(wheel: Wheel, *, brought_by_others: bool) -> Iterator[tuple[str, str]]:
    """Each library that needs another one which the loader does not find, and what it needs.

    A project that Requires-Dist pins may provide those that are not in the wheel: with `brought_by_others`, these only.
    """
    by_path = {installed_path(library.name): library for library in wheel.libraries}
    present = {library.file_name: library.name for library in wheel.libraries}
    pinned = bool(pinned_requirements(wheel))
    # An rpath also counts for the libraries that a library needs.
    rpaths = [_absolute(path, library) for library, facts, _ in _parts(wheel) for path in facts.rpaths]
    for library, facts, _ in _parts(wheel):
        for name in facts.needed:
            first, _, rest = name.partition("/")
            places = [f"{path}/{rest}" for path in rpaths] if first == "@rpath" else [_absolute(name, library)]
            base = name.rpartition("/")[2]
            if name.startswith(_OF_SYSTEM) or not by_path.keys().isdisjoint(map(posixpath.normpath, places)):
                continue
            if (pinned and base not in present) != brought_by_others:
                continue
            where = f"is {present[base]}, but no path leads there" if base in present else "is not in the wheel"
            yield library.name, f"needs {abbreviate(name)}, which {where}"


def _absolute(path: str, library: NativeLibrary) -> str:
    """A path in a load command; `@executable_path` is the folder of python."""
    folder = posixpath.dirname(installed_path(library.name))
    path = path.replace("@loader_path", folder, 1).replace("@executable_path", f"{SITE_PACKAGES}/../../../bin", 1)
    return posixpath.normpath(path)


@wheel_check(
    "signed-for-apple-processors",
    "every library for Apple processors has a signature",
    by=By.LOADER,
    source="macOS ends a process on an Apple processor that loads unsigned code; linkers sign by themselves",
    hint="sign it after the last change (strip, install_name_tool): codesign --force --sign - FILE",
)
@grouped
def signed_for_apple_processors(wheel: Wheel) -> Iterator[tuple[str, str]]:
    for library, facts, _ in _parts(wheel):
        if facts.machine == "aarch64" and not facts.signed and library.is_shared_library:
            yield library.name, "has no signature"
