"""What several checks of native code ask: whose library it is, and what may provide those that it needs."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from packaging.requirements import InvalidRequirement, Requirement

from truewheel.checks.registers import Judged
from truewheel.checks.sentences import join_names
from truewheel.findings import Problem
from truewheel.platforms import native_target
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.reader import Wheel

# Where auditwheel, delvewheel and delocate put the libraries of others that they bundle.
_GRAFTED = re.compile(r"(?:[^/]+\.libs|(?:.*/)?\.dylibs)/", re.DOTALL)


def is_grafted(name: str) -> bool:
    """Whether the member `name` is a library of somebody else that a repair tool bundled."""
    return _GRAFTED.match(name) is not None


def own_libraries(wheel: Wheel) -> Iterator[NativeLibrary]:
    """The shared libraries that are there for the package's own code, not for other libraries of the wheel."""
    needed = {name.rpartition("/")[2] for library in wheel.libraries for name in library.needed}
    for library in wheel.libraries:
        names = {library.file_name, library.elf.soname if library.elf else None}
        is_own = library.is_extension_module or names.isdisjoint(needed)
        if is_own and library.is_shared_library and not is_grafted(library.name):
            yield library


def shown_stem(library: NativeLibrary) -> str:
    """The name of a library on every platform: `quiver` for `libquiver.so.1`, `quiver.dll` and `libquiver.1.dylib`."""
    return library.file_name.lower().removeprefix("lib").partition(".")[0]


# The checks of a wheel ask one after the other.
@functools.lru_cache(maxsize=1)
def libraries_of_platform(wheel: Wheel) -> list[NativeLibrary]:
    """The libraries for the wheel's own platform; native-platform reports the others."""
    targets = {native_target(tag) for tag in wheel.filename.platform_tags} if wheel.filename else set()
    return [library for library in wheel.libraries if library.target in targets]


@functools.lru_cache(maxsize=1)
def pinned_requirements(wheel: Wheel) -> list[str]:
    """The projects of which Requires-Dist names one version: their wheels may provide libraries for this one."""
    metadata = wheel.metadata
    return (
        [name for text in metadata.all("Requires-Dist") if (name := _pinned(text))]
        if isinstance(metadata, HeaderFile)
        else []
    )


def _pinned(text: str) -> str:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:  # metadata-valid reports it
        return ""
    one = any(part.operator in ("==", "===") and not part.version.endswith(".*") for part in requirement.specifier)
    return requirement.name if one else ""


def grouped(judge: Callable[[Judged], Iterator[tuple[str, str]]]) -> Callable[[Judged], Iterator[Problem]]:
    """Decorate a check that yields a file and what is wrong with it: what is wrong with several is one problem.

    @wheel_check("stack-not-executable", …)
    @grouped
    def stack_not_executable(wheel: Wheel) -> Iterator[tuple[str, str]]:
        … yield library.name, "needs an executable stack"
    """

    @functools.wraps(judge)
    def judge_together(subject: Judged) -> Iterator[Problem]:
        files: dict[str, list[str]] = {}
        for name, problem in judge(subject):
            files.setdefault(problem, []).append(name)
        for problem, (first, *others) in files.items():
            also = f" (also {join_names(others, 3)})" if others else ""
            yield Problem.of([first, *others], f"{first} {problem}{also}")

    return judge_together
