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
    r"(?:.*/)?(?:(?:tests?|testing|benchmarks?|examples?|docs?)/.*|(?:test|bench)_\w+\.py|\w+_test\.py|conftest\.py"
    r"|setup\.py|_?build\w*\.py|\w+_build\.py)",
    re.DOTALL,
)


@source_check(
    "sources-match-git",
    "a Python file of a wheel that git tracks has the same contents as in git, apart from line ends",
    by=By.CARE,
    source="users read the tagged sources to know what they run",
    hint="it was built from other sources: empty dist/ and build again from a clean checkout: nox -s wheels",
)
def sources_match_git(subject: ReleaseSources) -> Iterator[Problem]:
    changed = {wheel.name: [*_changed(wheel, subject)] for wheel in subject.wheels}
    for where, names in _at_one_place(changed):
        yield Problem.of(names, f"{join_names(names)} {'differs' if len(names) == 1 else 'differ'} from git", where)


def _changed(wheel: Wheel, subject: ReleaseSources) -> Iterator[str]:
    for name, content in wheel.sources.items():
        origin = subject.origin(_installed(name))
        # delvewheel makes each __init__.py find the libraries that it bundled.
        is_patched = name.endswith("/__init__.py") and wheel.has_dist_info_file("DELVEWHEEL")
        if origin and not is_patched and not _GENERATED.fullmatch(name):
            found, expected = (text.replace(b"\r\n", b"\n") for text in (content, subject.tracked[origin]))
            if found != expected:
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
    source="users cannot import it, although the repository has it",
    hint="look at the settings of the build backend (wheel.packages or the like), or delete the module",
)
def tracked_modules_present(subject: ReleaseSources) -> Iterator[Problem]:
    # An extension module may have been made of it.
    present = {module.name for wheel in subject.wheels for module in modules(wheel)}
    packages = {f"{name}/__init__.py" for name in present if "." not in name}
    # The folder of each package with a slash, e.g. `src/quiverdb/` for the file `quiverdb/__init__.py`.
    folders = [origin.removesuffix("__init__.py") for name in packages if (origin := subject.origin(name))]
    for folder in sorted(folders):
        above = folder[: -len(folder.split("/")[-2]) - 1]
        for path in sorted(subject.tracked):
            name = path.removeprefix(above).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            is_inside = path.startswith(folder) and path.endswith(".py")
            if is_inside and name not in present and not _DEVELOPMENT.fullmatch(path.removeprefix(folder)):
                yield Problem.of([path], f"{abbreviate(path)} is in no wheel")


@source_check.note(
    "sources-tracked",
    "git tracks the Python files of the wheels, or they are generated under a name that says so",
    by=By.CARE,
    source="a file that was left over from an earlier build is not in the tagged sources",
    hint="commit it, or make sure that the build generates it anew",
)
def sources_tracked(subject: ReleaseSources) -> Iterator[Problem]:
    for where, names in _at_one_place({wheel.name: [*_untracked(wheel, subject)] for wheel in subject.wheels}):
        yield Problem(f"git does not track {join_names(names)}", where=where)


def _untracked(wheel: Wheel, subject: ReleaseSources) -> Iterator[str]:
    for name in wheel.sources:
        is_module = name.endswith((".py", ".pyi")) and not _GENERATED.fullmatch(name)
        if is_module and subject.origin(_installed(name)) is None:
            yield name


def _installed(name: str) -> str:
    return DATA_ROOT.sub("", name)
