"""What several checks of native code ask: whose library it is, and what may provide those that it needs."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from truewheel.checks.registers import Judged
from truewheel.checks.sentences import join_names
from truewheel.findings import Problem
from truewheel.platforms import native_target
from truewheel.wheel.dist_info import HeaderFile, requirement_of
from truewheel.wheel.native.facts import Kind, NativeFacts, NativeLibrary
from truewheel.wheel.reader import Wheel

# Where auditwheel, delvewheel and delocate put the libraries of others that they bundle.
_GRAFTED = re.compile(r"(?:[^/]+\.libs|(?:.*/)?\.dylibs)/", re.DOTALL)
# Tags for several machines.
_MACHINES = {"universal2": ("aarch64", "x86_64"), "intel": ("x86_64",)}


def is_grafted(name: str) -> bool:
    """Whether the member `name` is a library of somebody else that a repair tool bundled."""
    return _GRAFTED.match(name) is not None


def own_libraries(wheel: Wheel) -> Iterator[NativeLibrary]:
    """The shared libraries that are there for the package's own code, not for other libraries of the wheel."""
    needed = {name.rpartition("/")[2] for library in wheel.libraries for name in library.needed}
    for library in wheel.libraries:
        is_own = library.is_extension_module or library.names.isdisjoint(needed)
        if is_own and library.is_shared_library and not is_grafted(library.name):
            yield library


def shown_stem(library: NativeLibrary) -> str:
    """The name of a library on every platform: `quiver` for `libquiver.so.1`, `quiver.dll` and `libquiver.1.dylib`."""
    return library.file_name.lower().removeprefix("lib").partition(".")[0]


# The checks of a wheel ask one after the other.
@functools.lru_cache(maxsize=1)
def parts_of_platform(wheel: Wheel) -> list[tuple[NativeLibrary, NativeFacts]]:
    """Each library with its part for each machine of the wheel's platform; native-platform reports the others."""
    targets = [target for target in map(native_target, wheel.platform_tags) if target]
    machines = {(one.format, machine) for one in targets for machine in _MACHINES.get(one.machine, [one.machine])}
    return [
        (library, facts)
        for library in wheel.libraries
        for facts in library.parts
        if (library.target.format, facts.machine) in machines and library.kind != Kind.OBJECT_FILE
    ]


def parts_in(wheel: Wheel, native_format: str) -> list[tuple[NativeLibrary, NativeFacts]]:
    """Those of them in a format: `ELF`, `PE` or `Mach-O`."""
    return [part for part in parts_of_platform(wheel) if part[0].target.format == native_format]


@functools.lru_cache(maxsize=1)
def pinned_requirements(wheel: Wheel) -> list[str]:
    """The projects of which Requires-Dist names one version: their wheels may provide libraries for this one."""
    texts = wheel.metadata.all("Requires-Dist") if isinstance(wheel.metadata, HeaderFile) else ()
    return [
        requirement.name
        for requirement in filter(None, map(requirement_of, texts))
        if any(part.operator in ("==", "===") and not part.version.endswith(".*") for part in requirement.specifier)
    ]


def grouped(judge: Callable[[Judged], Iterator[tuple[str, str]]]) -> Callable[[Judged], Iterator[Problem]]:
    """Decorate a check that yields a file and what is wrong with it: what is wrong with several is one problem."""

    @functools.wraps(judge)
    def judge_together(subject: Judged) -> Iterator[Problem]:
        files: dict[str, list[str]] = {}
        for name, problem in judge(subject):
            files.setdefault(problem, []).append(name)
        for problem, (first, *others) in files.items():
            also = f" (also {join_names(others, 3)})" if others else ""
            yield Problem.of([first, *others], f"{first} {problem}{also}")

    return judge_together
