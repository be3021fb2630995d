"""Are the wheels' Python files those that git tracks?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from truewheel.checks.registers import ReleaseSources, source_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.import_names import DATA_ROOT, modules
from truewheel.wheel.reader import Wheel

# What build backends write or fill in when they build.
_GENERATED = re.compile(r"(?:.*/)?_*version(?:_?info)?_*\.pyi?", re.DOTALL)
# What is in a package's folder, but often not meant for users.
_DEVELOPMENT = re.compile(
    r".*/(?:(?:tests?|testing|benchmarks?|examples?|docs?)/.*|(?:test|bench)_\w+\.py|\w+_test\.py|conftest\.py|setup\.py"
    r"|_?build\w*\.py|\w+_build\.py)",
    re.DOTALL,
)


@source_check(
    "sources-match-git",
    "a Python file of a wheel that git tracks has the contents that git has, line ends aside",
    by=By.CARE,
    source="users read the tagged sources to know what they run",
    hint="it was built from other sources: empty dist/ and build again from a clean checkout: nox -s wheels",
)
def sources_match_git(subject: ReleaseSources) -> Iterator[Problem]:
    changed = {wheel.name: [*_changed(wheel, subject)] for wheel in subject.wheels}
    for where, names in _at_one_place(changed):
        yield Problem(f"{join_names(names)} {'is' if len(names) == 1 else 'are'} not as in git", where=where)


def _changed(wheel: Wheel, subject: ReleaseSources) -> Iterator[str]:
    for name, content in wheel.sources.items():
        origin = subject.origin(_installed(name))
        # delvewheel makes each __init__.py find the libraries that it bundled.
        is_patched = name.endswith("/__init__.py") and wheel.has_dist_info_file("DELVEWHEEL")
        if origin and not is_patched and not _GENERATED.fullmatch(name):
            if content.replace(b"\r\n", b"\n") != subject.tracked[origin].replace(b"\r\n", b"\n"):
                yield name


def _at_one_place(found: Mapping[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """What was found in each wheel; once, and in no wheel, if it is the same in all of them: that has one cause."""
    different = {tuple(names) for names in found.values()}
    alike = {"": [*different.pop()]} if len(different) == 1 else found
    return ((where, names) for where, names in alike.items() if names)


@source_check(
    "tracked-modules-present",
    "a module of the package that git tracks is in a wheel",
    by=By.CARE,
    source="who imports it finds it in the repository only",
    hint="look at the settings of the build backend (wheel.packages or the like), or delete the module",
)
def tracked_modules_present(subject: ReleaseSources) -> Iterator[str]:
    present = {module.name for wheel in subject.wheels for module in modules(wheel)}
    tops = {_installed(name) for wheel in subject.wheels for name in wheel.sources}
    # The folder of each package, e.g. `src/quiverdb/` for the file `quiverdb/__init__.py`.
    origins = {subject.origin(name) or "" for name in tops if name.count("/") == 1 and name.endswith("/__init__.py")}
    folders = [origin.removesuffix("__init__.py") for origin in sorted(origins) if origin]
    for path in sorted(subject.tracked):
        for folder in folders:
            inside = path.removeprefix(folder)
            if path.startswith(folder) and path.endswith(".py") and not _DEVELOPMENT.fullmatch(f"/{inside}"):
                name = (
                    f"{folder.split('/')[-2]}/{inside}".removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                )
                if name not in present:
                    yield f"{abbreviate(path)} is in no wheel"


@source_check.note(
    "sources-tracked",
    "git tracks the Python files of the wheels, or they are generated under a name that says so",
    by=By.CARE,
    source="a file that was left over from an earlier build is not in the tagged sources",
    hint="commit it, or make sure that the build generates it anew",
)
def sources_tracked(subject: ReleaseSources) -> Iterator[Problem]:
    unknown = {
        wheel.name: [
            name
            for name in wheel.sources
            if subject.origin(_installed(name)) is None
            and ".data/scripts/" not in name
            and not _GENERATED.fullmatch(name)
        ]
        for wheel in subject.wheels
    }
    for where, names in _at_one_place(unknown):
        yield Problem(f"git does not track {join_names(names)}", where=where)


def _installed(name: str) -> str:
    return DATA_ROOT.sub("", name)
