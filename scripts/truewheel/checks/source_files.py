"""Are the wheels' files those that git tracks?"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterator, Mapping

from truewheel.checks.registers import ReleaseSources, source_check
from truewheel.checks.sentences import PEP_639, abbreviate, join_names
from truewheel.checks.wheel_set import OF_PLATFORM, is_comparable, text_lines
from truewheel.findings import By, Problem
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.import_names import DATA_ROOT, modules
from truewheel.wheel.reader import Wheel

# What build backends write or fill in when they build.
_GENERATED = re.compile(r"(?:.*/)?_*version(?:_?info)?_*\.pyi?", re.DOTALL)
# What is installed elsewhere than in site-packages.
_OUTSIDE = re.compile(r"[^/]*\.data/(?:scripts|data|headers)/(.+)", re.DOTALL)
# What is in a package's folder, but often not meant for users.
_DEVELOPMENT = re.compile(
    r"(?:.*/)?(?:(?:tests?|testing|benchmarks?|examples?|docs?)/.*|(?:test|bench)_\w+\.py|\w+_test\.py|conftest\.py"
    r"|setup\.py|_?build\w*\.py|\w+_build\.py)",
    re.DOTALL,
)


@source_check(
    By.CARE,
    source="users read the tagged sources to know what they run",
    hint="it was built from other sources: empty dist/ and build again from a clean checkout: nox -s wheels",
)
def sources_match_git(subject: ReleaseSources) -> Iterator[Problem]:
    """a Python file of a wheel that git tracks has the same contents as in git, apart from line ends"""
    changed = {wheel.name: [*_changed(wheel, subject)] for wheel in subject.wheels}
    for where, names in _at_one_place(changed):
        yield Problem.of(names, f"{join_names(names)} {'differs' if len(names) == 1 else 'differ'} from git", where)


def _changed(wheel: Wheel, subject: ReleaseSources) -> Iterator[str]:
    for name, content in wheel.sources.items():
        origin = subject.origin(_installed(name))
        # delvewheel makes each __init__.py find the libraries that it bundled.
        is_patched = name.endswith("/__init__.py") and wheel.has_dist_info_file("DELVEWHEEL")
        if origin in subject.tracked and not is_patched and not _GENERATED.fullmatch(name):
            found, expected = (text.replace(b"\r\n", b"\n") for text in (content, subject.tracked[origin or ""]))
            if found != expected:
                yield name


def _at_one_place(found: Mapping[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """What was found in each wheel; once, and in no wheel, if it is the same in all of them: that has one cause."""
    different = {tuple(names) for names in found.values()}
    alike = {"": [*different.pop()]} if len(different) == 1 else found
    return ((where, names) for where, names in alike.items() if names)


@source_check(
    By.CARE,
    source="users cannot import it, although the repository has it",
    hint="look at the settings of the build backend (wheel.packages or the like), or delete the module",
)
def tracked_modules_present(subject: ReleaseSources) -> Iterator[Problem]:
    """a module of the package that git tracks is in a wheel"""
    # An extension module may have been made of it.
    present = {module.name for wheel in subject.wheels for module in modules(wheel)}
    packages = {f"{name}/__init__.py" for name in present if "." not in name}
    # The folder of each package with a slash, e.g. `src/quiverdb/` for the file `quiverdb/__init__.py`.
    folders = [origin.removesuffix("__init__.py") for name in packages if (origin := subject.origin(name))]
    for folder in sorted(folders):
        above = folder[: -len(folder.split("/")[-2]) - 1]
        for path in subject.paths:
            name = path.removeprefix(above).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            is_inside = path.startswith(folder) and path.endswith(".py")
            if is_inside and name not in present and not _DEVELOPMENT.fullmatch(path.removeprefix(folder)):
                yield Problem.of([path], f"{abbreviate(path)} is in no wheel")


@source_check.note(
    By.CARE,
    source="a file that was left over from an earlier build is not in the tagged sources",
    hint="commit it, or make sure that the build generates it anew",
)
def sources_tracked(subject: ReleaseSources) -> Iterator[Problem]:
    """git tracks Python files, scripts and what is installed outside of the package, unless named as generated"""
    for where, names in _at_one_place({wheel.name: [*_untracked(wheel, subject)] for wheel in subject.wheels}):
        yield Problem(f"git does not track {join_names(names)}", where=where)


def _untracked(wheel: Wheel, subject: ReleaseSources) -> Iterator[str]:
    native = {library.name for library in wheel.libraries}
    for name in (member.name for member in wheel.members):
        outside = _OUTSIDE.fullmatch(name) if name not in native else None
        is_module = name.endswith((".py", ".pyi")) and not _GENERATED.fullmatch(name)
        if (outside or is_module) and subject.origin(outside[1] if outside else _installed(name)) is None:
            yield name


@source_check(
    By.CARE,
    source="a header or a data file that one platform lacks is missed there when it is first used",
    hint="look at the settings of the build backend and at what the build installs on that platform only",
)
def data_files_alike(subject: ReleaseSources) -> Iterator[Problem]:
    """a file that git tracks and one wheel has is in all wheels, unless it is named after a platform"""
    files = {wheel.name: {*_data_files(wheel, subject)} for wheel in subject.wheels}
    for where, names in files.items():
        if lacking := sorted(set().union(*files.values()) - names):
            other = next(name for name, present in files.items() if lacking[0] in present)
            yield Problem.of(lacking, f"lacks {join_names(lacking)}, which git tracks and {other} has", where)


def _data_files(wheel: Wheel, subject: ReleaseSources) -> Iterator[str]:
    """The tracked files but those that other checks compare, by the names under which they are installed."""
    native = {library.name for library in wheel.libraries}
    for name in (member.name for member in wheel.members if member.name not in native):
        installed = _installed(name)
        is_compared = installed.startswith(f"{wheel.dist_info}/") or is_comparable(name)
        if not is_compared and not OF_PLATFORM.search(installed) and subject.origin(installed) is not None:
            yield installed


@source_check(
    By.CARE,
    source="PyPI shows the description, which cannot be changed after the upload",
    hint="it was built from other sources: empty dist/ and build again from a clean checkout: nox -s wheels",
)
def description_matches_git(subject: ReleaseSources) -> Iterator[Problem]:
    """the description in METADATA is the readme that git tracks, apart from line ends"""
    readme = subject.project.get("readme")
    file = posixpath.normpath(f"{subject.package}/{readme.get('file') if isinstance(readme, Mapping) else readme}")
    bodies = {wheel.name: wheel.metadata.body for wheel in subject.wheels if isinstance(wheel.metadata, HeaderFile)}
    expected = text_lines(subject.tracked.get(file, b"").decode("utf-8", "replace"))
    # If they differ, metadata-alike reports it; if there is none, description-present does.
    found = {tuple(text_lines(body)) for body in bodies.values()} - {()}
    if expected and len(found) == 1 and [*found.pop()] != expected:
        yield Problem.of([file], f"the description in METADATA is not that of {file}")


@source_check(
    By.CARE,
    source=f"{PEP_639}; a wheel without the licence's text may not be passed on",
    hint="update the build backend, or look at what it takes for the project's folder; then build again: nox -s wheels",
)
def license_files_selected(subject: ReleaseSources) -> Iterator[Problem]:
    """METADATA names every tracked file that license-files of [project] selects"""
    patterns = [str(pattern) for pattern in subject.project.get("license-files", ())]
    inside = [path.removeprefix(f"{subject.package}/") for path in subject.paths if _is_inside(path, subject.package)]
    expected = [path for path in inside if any(_glob(pattern).fullmatch(path) for pattern in patterns)]
    lacking = {
        wheel.name: [path for path in expected if path not in wheel.metadata.all("License-File")]
        for wheel in subject.wheels
        if isinstance(wheel.metadata, HeaderFile)
    }
    for where, names in _at_one_place(lacking):
        yield Problem.of(names, f"METADATA lacks the License-File {join_names(names)}", where)


def _is_inside(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")


@functools.cache
def _glob(pattern: str) -> re.Pattern[str]:
    """A pattern of PEP 639: `*`, `?`, `**` and `[…]`, in which * and ? match no slash."""
    text = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(text.replace(r"\?", "[^/]").replace(r"\[", "[").replace(r"\]", "]").replace(r"\-", "-"))


def _installed(name: str) -> str:
    return DATA_ROOT.sub("", name)
