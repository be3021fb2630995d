"""Does the wheel hold the package, and nothing that was lying about when it was built?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names, limit
from truewheel.findings import By
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.import_names import DATA_ROOT, import_name, installed_tops, is_standard_module
from truewheel.wheel.reader import Wheel

_HINT = "leave it out in the build backend's settings (wheel.exclude or the like) and build again: nox -s wheels"
_CACHE_FOLDERS = frozenset(
    [
        "__pycache__",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".tox",
        ".nox",
        ".venv",
        ".eggs",
        ".ipynb_checkpoints",
        ".gradle",
        ".cache",
        "node_modules",
        "CMakeFiles",
    ]
)
_CACHE_FILES = re.compile(r".*\.py[co]|\.coverage|CMakeCache\.txt|\.ninja_(?:deps|log)|.*\.(?:gcda|gcno)")
_VCS_FOLDERS = frozenset([".git", ".hg", ".svn", ".bzr", "CVS", ".jj", "_darcs"])
_EDITOR_FOLDERS = frozenset([".idea", ".vscode", ".vs", "__MACOSX", ".Trashes", ".Spotlight-V100"])
_EDITOR_FILES = re.compile(
    r"\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|\._.*|.*~|\.?#.*#|\.#.*|.*\.sw[op]|.*\.orig|.*\.rej|.*\.bak",
    re.IGNORECASE,
)
# Names that many projects have for what is not to be installed: the second one to be installed overwrites the first.
_COMMON = frozenset(
    [
        "test",
        "tests",
        "testing",
        "doc",
        "docs",
        "documentation",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "benchmark",
        "benchmarks",
        "build",
        "dist",
        "src",
        "lib",
        "scripts",
        "script",
        "tools",
        "utils",
        "tasks",
        "ci",
        "setup",
        "conftest",
        "noxfile",
        "conanfile",
        "build_backend",
    ]
)


def _flawed(wheel: Wheel, folders: frozenset[str], is_such: Callable[[str], object]) -> Iterator[str]:
    for member in wheel.members:
        *parents, name = member.name.split("/")
        if is_such(name) or not folders.isdisjoint(parents):
            yield member.name


def _nothing(_: str) -> bool:
    return False


@wheel_check(
    "caches-absent",
    "there are no caches, compiled Python files or build folders",
    by=By.CARE,
    source="installers compile for themselves; check-wheel-contents W001",
    hint=_HINT,
)
def caches_absent(wheel: Wheel) -> Iterator[str]:
    names = _flawed(wheel, _CACHE_FOLDERS, _CACHE_FILES.fullmatch)
    yield from limit(f"{abbreviate(name)} was made by running or building the package" for name in names)


@wheel_check(
    "vcs-absent",
    "there is nothing of a version control system",
    by=By.CARE,
    source="a repository's history is not for everybody, and no part of the package",
    hint=_HINT,
)
def vcs_absent(wheel: Wheel) -> Iterator[str]:
    names = _flawed(wheel, _VCS_FOLDERS, _nothing)
    yield from limit(f"{abbreviate(name)} is a version control system's" for name in names)


@wheel_check(
    "editor-files-absent",
    "there is nothing that an editor, a merge or an operating system left behind",
    by=By.CARE,
    source="such files hold old versions of others, and no part of the package",
    hint=_HINT,
)
def editor_files_absent(wheel: Wheel) -> Iterator[str]:
    names = _flawed(wheel, _EDITOR_FOLDERS, _EDITOR_FILES.fullmatch)
    yield from limit(
        f"{abbreviate(name)} was left behind by an editor, a merge or an operating system" for name in names
    )


@wheel_check(
    "names-uncommon",
    "no top-level name is one that many projects use for their tests, documents or scripts",
    by=By.CARE,
    source="every package in an environment shares site-packages; check-wheel-contents W009",
    hint=f"{_HINT}; or move it below the package's own folder",
)
def names_uncommon(wheel: Wheel) -> Iterator[str]:
    own = wheel.filename.project.replace("-", "_") if wheel.filename is not None else ""
    for top, members in sorted(installed_tops(wheel).items()):
        name = import_name(top, members)
        if name is not None and name.lower() in _COMMON and name.lower() != own:
            yield f"{abbreviate(top)} would be installed as the top-level {name}, which other projects install too"


@wheel_check(
    "names-not-stdlib",
    "no top-level name is one of Python's own modules",
    by=By.LOADER,
    source="Python finds its own module first, so this one is never imported",
    hint="rename it, or move it below the package's own folder",
)
def names_not_stdlib(wheel: Wheel) -> Iterator[str]:
    # A backport has the name of what it brings to older Pythons.
    own = wheel.filename.project.replace("-", "_") if wheel.filename is not None else ""
    for top, members in sorted(installed_tops(wheel).items()):
        name = import_name(top, members)
        if name is not None and is_standard_module(name) and name != own and name not in _COMMON:
            yield f"{abbreviate(top)} would be installed as {name}, which is a module of Python's own"


@release_wheel_check(
    "top-level-expected",
    "the top level is the package alone, with the libraries that were bundled with it",
    by=By.CARE,
    source="spec: no stray top-level folders",
    hint=f"{_HINT}; if it is a package of this project, name it in import-names of [project]",
)
def top_level_expected(subject: ReleaseWheel) -> Iterator[str]:
    own = _own_names(subject)
    # Where auditwheel and delvewheel put the libraries that they bundle.
    allowed = {
        *own,
        *(f"{name}.libs" for name in own),
        f"{subject.config.package.normalized_name.replace('-', '_')}.libs",
    }
    for top, members in sorted(installed_tops(subject.wheel).items()):
        if top not in allowed and import_name(top, members) not in own:
            yield f"{abbreviate(top)} is at the top level ({join_names(members, 2)}), expected {', '.join(sorted(own))}"


def _own_names(subject: ReleaseWheel) -> set[str]:
    """The top-level names that the package may have: as [project] says, or after its name."""
    project = subject.config.package.settings["project"]
    named = [*project.get("import-names", []), *project.get("import-namespaces", [])]
    stated = {str(name).partition(";")[0].strip().partition(".")[0] for name in named}
    # An empty name says that there is nothing to import.
    return stated - {""} or {subject.config.package.normalized_name.replace("-", "_")}


@wheel_check(
    "typed-as-declared",
    "a package that is classified Typing :: Typed has a py.typed",
    by=By.SPECIFICATION,
    source="distributing type information specification (PEP 561)",
    hint="put an empty py.typed beside the package's __init__.py, and into the wheel",
)
@of_metadata
def typed_as_declared(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    if "Typing :: Typed" not in metadata.all("Classifier"):
        return
    packages = {top: members for top, members in installed_tops(wheel).items() if _is_package(members)}
    stubs = any(top.endswith("-stubs") for top in packages)
    if packages and not stubs and not any(name.endswith("/py.typed") for names in packages.values() for name in names):
        yield f"METADATA has the classifier Typing :: Typed, but there is no py.typed in {join_names(sorted(packages))}"


@release_wheel_check.note(
    "typed-marker",
    "the package has a py.typed",
    by=By.CARE,
    source="spec: type information is present; PEP 561",
    hint="put an empty py.typed beside the package's __init__.py, and into the wheel",
)
def typed_marker(subject: ReleaseWheel) -> Iterator[str]:
    own = _own_names(subject)
    for top, members in sorted(installed_tops(subject.wheel).items()):
        marker = f"{top}/py.typed"
        installed = {DATA_ROOT.sub("", name) for name in members}
        if top in own and _is_package(members) and marker not in installed:
            yield f"{abbreviate(marker)} is missing"


def _is_package(members: list[str]) -> bool:
    return any(name.endswith(("/__init__.py", "/__init__.pyi")) for name in members)


@release_wheel_check(
    "package-present",
    "the package is in the wheel",
    by=By.CARE,
    source="a wheel of metadata alone is a build that left out the sources",
    hint="look at the build backend's settings (wheel.packages or the like) and build again: nox -s wheels",
)
def package_present(subject: ReleaseWheel) -> Iterator[str]:
    tops = installed_tops(subject.wheel)
    found = {import_name(top, members) for top, members in tops.items()}
    for name in sorted(_own_names(subject) - {*filter(None, found)}):
        yield f"there is no {abbreviate(name)} at the top level, found {join_names(sorted(tops)) or 'nothing'}"
