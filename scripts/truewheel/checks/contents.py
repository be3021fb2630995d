"""Is the package in the wheel, and nothing else?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.dist_info import HeaderFile
from truewheel.wheel.import_names import (
    COMMON_NAMES,
    DATA_ROOT,
    import_name,
    installed_tops,
    is_standard_module,
    modules,
    prefix_folders,
    project_names,
    with_namespaces,
)
from truewheel.wheel.reader import Wheel

_EXCLUDE = "exclude it in the settings of the build backend (wheel.exclude or the like)"
_HINT = f"{_EXCLUDE} and build again: nox -s wheels"
_TYPED_HINT = "put an empty py.typed next to the package's __init__.py and build again: nox -s wheels"
# Each matches a file, or a folder in which a file is (with a slash at its end).
_CACHES = re.compile(
    r".*\.py[co]|\.coverage|CMakeCache\.txt|\.ninja_(?:deps|log)|.*\.(?:gcda|gcno)|__pycache__/|CMakeFiles/|node_modules/"
    r"|\.(?:(?:pytest|mypy|ruff)_cache|hypothesis|tox|nox|venv|eggs|ipynb_checkpoints|gradle|cache)/"
)
_VERSION_CONTROL = re.compile(r"(?:\.git|\.hg|\.svn|\.bzr|CVS|\.jj|_darcs)/")
_EDITORS = re.compile(
    r"\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|\._.*|.*~|\.?#.*#|\.#.*|.*\.sw[op]|.*\.orig|.*\.rej|.*\.bak"
    r"|(?:\.idea|\.vscode|\.vs|__MACOSX|\.Trashes|\.Spotlight-V100)/",
    re.IGNORECASE,
)


def _matching(wheel: Wheel, pattern: re.Pattern[str], problem: str) -> Iterator[Problem]:
    """One problem with all members that match `pattern`, or are in a folder that does; they have one cause."""
    paths = [member.name.split("/") for member in wheel.members]
    found = {folder for folder in {name for path in paths for name in path[:-1]} if pattern.fullmatch(f"{folder}/")}
    names = [abbreviate("/".join(one)) for one in paths if pattern.fullmatch(one[-1]) or not found.isdisjoint(one[:-1])]
    if names:
        yield Problem.of(names, f"{join_names(names, 3)} {'was' if len(names) == 1 else 'were'} {problem}")


@wheel_check(By.CARE, source="installers compile by themselves; check-wheel-contents, W001", hint=_HINT)
def caches_absent(wheel: Wheel) -> Iterator[Problem]:
    """there are no caches, compiled Python files or build folders"""
    yield from _matching(wheel, _CACHES, "created by running or building the package")


@wheel_check(
    By.CARE, source="a repository's history is not part of the package, and not meant for the public", hint=_HINT
)
def vcs_absent(wheel: Wheel) -> Iterator[Problem]:
    """there are no files of a version control system"""
    yield from _matching(wheel, _VERSION_CONTROL, "left behind by a version control system")


@wheel_check(
    By.CARE, source="such files are not part of the package, and often contain old versions of other files", hint=_HINT
)
def editor_files_absent(wheel: Wheel) -> Iterator[Problem]:
    """there are no files left behind by an editor, a merge or an operating system"""
    yield from _matching(wheel, _EDITORS, "left behind by an editor, a merge or an operating system")


def _import_names(wheel: Wheel) -> Iterator[tuple[str, str]]:
    """The top-level entries that can be imported under another name than the project's, each with that name."""
    own = wheel.filename.project.replace("-", "_") if wheel.filename is not None else ""
    for top, members in sorted(installed_tops(wheel).items()):
        name = import_name(top, members)
        # A backport has the name of the module that it brings to older Pythons.
        if name is not None and name.lower() != own:
            yield abbreviate(top), name


@wheel_check(
    By.CARE,
    source="all packages in an environment share site-packages; check-wheel-contents, W005",
    hint=f"{_EXCLUDE}, or move it into the package's own folder, and build again: nox -s wheels",
)
def names_uncommon(wheel: Wheel) -> Iterator[Problem]:
    """no top-level name is one that many projects use for their tests, documents or scripts"""
    prefixes = prefix_folders(wheel)  # prefix-folders-absent reports them
    for top, name in _import_names(wheel):
        if COMMON_NAMES.fullmatch(name) and top not in prefixes:
            yield Problem.of(
                [top], f"{top} would be installed as the top-level {name}, which other projects install too"
            )


@wheel_check(
    By.LOADER,
    source="Python finds its own module first, so this one is never imported",
    hint="rename it, or move it into the package's own folder",
)
def names_not_stdlib(wheel: Wheel) -> Iterator[Problem]:
    """no top-level name is one of Python's own modules"""
    for top, name in _import_names(wheel):
        if is_standard_module(name) and not COMMON_NAMES.fullmatch(name):
            yield Problem.of([top], f"{top} would be installed as {name}, which is one of Python's own modules")


@release_wheel_check(
    By.CARE,
    source="all packages in an environment share site-packages; check-wheel-contents, W009",
    hint=f"{_HINT}; if it is one of several packages of this project, name all in import-names of [project]",
)
def top_level_expected(subject: ReleaseWheel) -> Iterator[Problem]:
    """at the top level there are only the package and the libraries bundled with it"""
    own = _own_names(subject)
    # auditwheel and delvewheel put the libraries that they bundle there.
    project = subject.config.package.normalized_name.replace("-", "_")
    allowed = {*own, *(f"{name}.libs" for name in (*own, project))}
    allowed |= prefix_folders(subject.wheel)  # prefix-folders-absent reports them
    for top, members in sorted(installed_tops(subject.wheel).items()):
        if top not in allowed and import_name(top, members) not in own:
            yield Problem.of(
                [top],
                f"{abbreviate(top)} is at the top level ({join_names(members, 2)}), expected {', '.join(sorted(own))}",
            )


def _own_names(subject: ReleaseWheel) -> set[str]:
    """The top-level names that the package may have."""
    stated = project_names(subject.wheel, subject.config.package.settings["project"])
    return {name.partition(".")[0] for names in stated for name in names}


@wheel_check(By.SPECIFICATION, source="PEP 561, distributing type information", hint=_TYPED_HINT)
@of_metadata
def typed_as_declared(wheel: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """a package with the classifier Typing :: Typed has a py.typed"""
    if "Typing :: Typed" not in metadata.all("Classifier"):
        return
    packages = {top: members for top, members in installed_tops(wheel).items() if _is_package(members)}
    stubs = any(top.endswith("-stubs") for top in packages)
    if packages and not stubs and not any(name.endswith("/py.typed") for names in packages.values() for name in names):
        yield f"METADATA has the classifier Typing :: Typed, but there is no py.typed in {join_names(sorted(packages))}"


@release_wheel_check.note(
    By.CARE,
    source="PEP 561, distributing type information: without it, type checkers ignore the package's stubs",
    hint=_TYPED_HINT,
)
def typed_marker(subject: ReleaseWheel) -> Iterator[str]:
    """a package with stubs (.pyi) has a py.typed"""
    own = {name for name in _own_names(subject) if not name.startswith("_")}
    for top, members in sorted(installed_tops(subject.wheel).items()):
        marker, stubs = f"{top}/py.typed", [name for name in members if name.endswith(".pyi")]
        is_typed = marker in {DATA_ROOT.sub("", name) for name in members}
        if top in own and _is_package(members) and stubs and not is_typed:
            yield f"{abbreviate(marker)} is missing, so type checkers ignore {join_names(stubs, 1)}"


def _is_package(members: list[str]) -> bool:
    return any(name.endswith(("/__init__.py", "/__init__.pyi")) for name in members)


@release_wheel_check(
    By.CARE,
    source="a wheel with nothing but metadata or libraries comes from a build that left out the sources",
    hint="look at the settings of the build backend (wheel.packages or the like), or name the packages in import-names "
    "or import-namespaces of [project], and build again: nox -s wheels",
)
def package_present(subject: ReleaseWheel) -> Iterator[str]:
    """the package is in the wheel, as a module or with an __init__, or as a namespace that [project] declares"""
    tops = sorted(installed_tops(subject.wheel))
    present = {module.name for module in modules(subject.wheel)}
    named, namespaces = project_names(subject.wheel, subject.config.package.settings["project"])
    for name in sorted(named - present):
        if name in tops or name in with_namespaces(present):
            yield f"{abbreviate(name)} has no __init__.py, so there is nothing to import but its modules"
        else:
            yield f"there is no {abbreviate(name)} in the wheel; at its top level: {join_names(tops) or 'nothing'}"
    for name in sorted(namespaces - with_namespaces(present)):
        yield f"there is no module in the namespace {abbreviate(name)}"


@release_wheel_check(
    By.CARE,
    source="importlib.metadata.packages_distributions() reads from it which project a package comes from",
    hint="delete *.egg-info, which another build left behind, and build again: nox -s wheels",
)
def top_level_file_true(subject: ReleaseWheel) -> Iterator[str]:
    """top_level.txt names something that the wheel installs"""
    content = subject.wheel.sources.get(f"{subject.wheel.dist_info}/top_level.txt", b"")
    present = {top.partition(".")[0] for top in installed_tops(subject.wheel)}
    named = re.findall(r"^[^\s/\\]+", content.decode("utf-8", "replace"), re.MULTILINE)
    # setuptools also writes the names of extension modules that are inside of packages.
    if named and present.isdisjoint(named):
        yield f"top_level.txt names {join_names(named)}; the wheel installs {join_names(sorted(present))}"


@wheel_check(
    By.LOADER,
    source="Python's documentation, The import system: Python takes the package, and never imports the module",
    hint=f"rename one of the two, or {_EXCLUDE}",
)
def module_names_unique(wheel: Wheel) -> Iterator[Problem]:
    """no module has the name of a package next to it"""
    # A .py next to an extension module is left there on purpose: by mypyc, and by Cython in pure Python.
    packages = {module.name: module.member for module in modules(wheel) if module.is_package}
    for module in modules(wheel):
        if module.name in packages and not module.is_package:
            hidden, package = abbreviate(module.member), abbreviate(packages[module.name])
            yield Problem.of([module.member], f"{hidden} is never imported: Python takes {package}")
