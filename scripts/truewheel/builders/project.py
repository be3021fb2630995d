"""What a package says about its build before anything is built: its backend, its CMake project, its links.

CMake is not run. What is inside of `if()` or a function may never happen, so it is not looked at.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from truewheel.config import Config, Package
from truewheel.errors import ReleaseError
from truewheel.system import git

_QUOTED_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|#\[(=*)\[.*?\]\2\]|#[^\n]*', re.DOTALL)
_COMMAND = re.compile(r'^[ \t]*(\w+)[ \t]*\(((?:[^()"]|"(?:\\.|[^"\\])*"|\([^()]*\))*)\)', re.MULTILINE | re.DOTALL)
_WORD = re.compile(r'"((?:\\.|[^"\\])*)"|([^\s"]+)', re.DOTALL)
_BLOCK = re.compile(r"(end)?(?:if|function|macro|foreach|while)")
_COMMIT = re.compile(r"[0-9a-f]{40,64}", re.IGNORECASE)
_HASHES = {"URL_HASH", "URL_MD5", "EXPECTED_HASH", "EXPECTED_MD5"}
# Their extension modules include Python.h.
_BINDINGS = ("cython", "nanobind", "pybind11")
_FINDERS = (*_BINDINGS, "pythonextensions", "pythonlibs")
_PYTHON_LIBRARY = re.compile(r"(?:python3?_add_library|(?:pybind11|nanobind)_add_module|python_extension_module)")


SOURCES_HINT = "correct cmake.source-dir, or add the folder to sources; CI has nothing but the repository"


@dataclass(frozen=True, slots=True)
class Project:
    """What a package says about its build.

    Attributes:
        backend: its `build-backend`, e.g. `scikit_build_core.build`.
        is_cmake: whether scikit-build-core builds it, the one backend that takes the compiler from CMake's variables.
        headers: what needs Python.h, e.g. `nanobind in build-system.requires`; empty if nothing does.
        outside: why the CMake project is not among the sources, one sentence; empty if it is.
        platforms: the names of the platforms that builders other than cibuildwheel may build.
        links: the links among the sources that lead out of the repository, with their targets.
        downloads: what CMake downloads without a hash, e.g. `spdlog (GIT_TAG v1.17.0)`.
    """

    backend: str
    is_cmake: bool
    headers: str = ""
    outside: str = ""
    platforms: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()

    @property
    def why_not_cross_built(self) -> str | None:
        """Why zig cannot build it; None if it may."""
        if not self.is_cmake:
            return f"zig needs scikit-build-core and CMake, and the build backend is {self.backend}"
        return f"its code needs Python.h ({self.headers}), which zig does not have" if self.headers else None


def read_project(config: Config) -> Project:
    """Read what the package of a release says about its build.

    Raises:
        ReleaseError: a table of its pyproject.toml is something else.
    """
    system = config.package.table("build-system")
    requires = _names(system.get("requires", []))
    project = Project(
        backend=str(system.get("build-backend", "setuptools.build_meta")),
        is_cmake="scikit-build-core" in requires,
        headers=next((f"{name} in build-system.requires" for name in _BINDINGS if name in requires), ""),
        platforms=tuple(platform.name for platform in config.platforms if platform.builder != "cibuildwheel"),
        links=tuple(_links(config)),
    )
    source = _source_folder(config.package) if project.is_cmake else None
    if source is None:
        return project
    commands = list(_Reader(config.root.resolve(), (config.root / source).resolve()).commands())
    return replace(
        project,
        headers=project.headers or next((str(command) for command in commands if command.needs_python), ""),
        outside=_why_outside(source, config),
        downloads=tuple(dict.fromkeys(filter(None, (command.unpinned for command in commands)))),
    )


def _names(requirements: object) -> set[str]:
    names = set()
    for text in requirements if isinstance(requirements, list) else ():
        try:
            names.add(str(canonicalize_name(Requirement(str(text)).name)))
        except InvalidRequirement:  # the backend reports it
            continue
    return names


def _source_folder(package: Package) -> Path | None:
    """The folder of the CMake project, relative to the repository; None if it depends on the platform."""
    settings = package.table("tool", "scikit-build")
    if "source-dir" in str(settings.get("overrides", "")):
        return None
    written = package.table("tool", "scikit-build", "cmake").get("source-dir", ".")
    return Path(os.path.normpath(package.directory / str(written)))


def _why_outside(source: Path, config: Config) -> str:
    file = config.package.pyproject.as_posix()
    if source.is_absolute() or source.parts[:1] == ("..",):
        return f"cmake.source-dir in [tool.scikit-build] of {file} leads out of the repository"
    if not any(source.is_relative_to(folder) for folder in config.source_folders):
        return f"{source.as_posix()}, the cmake.source-dir of {file}, is not in sources of [tool.release]"
    if not (config.root / source / "CMakeLists.txt").is_file():
        return f"there is no {(source / 'CMakeLists.txt').as_posix()}, which scikit-build-core builds"
    return ""


def _links(config: Config) -> Iterator[str]:
    try:
        files, _ = git.files(config.root, config.source_folders)
    except ReleaseError:  # not a clone, so nothing is known to be among the sources
        return
    for file in files:
        if (config.root / file).is_symlink():
            target = (config.root / file).readlink()
            inside = not target.is_absolute() and Path(os.path.normpath(file.parent / target)).parts[:1] != ("..",)
            # One that leads nowhere on this machine either is not built from.
            if not inside and (config.root / file).exists():
                yield f"{file.as_posix()} -> {target.as_posix()}"


@dataclass(frozen=True, slots=True)
class _Command:
    """A command of CMake."""

    name: str
    words: tuple[str, ...]
    place: str

    def __str__(self) -> str:
        return f"{self.name}({' '.join(self.words[:1])}) in {self.place}"

    @property
    def needs_python(self) -> bool:
        package = self.words[0].lower() if self.words else ""
        if self.name != "find_package":
            return _PYTHON_LIBRARY.fullmatch(self.name) is not None
        needed = itertools.takewhile(lambda word: word != "OPTIONAL_COMPONENTS", self.words)
        development = any(word.startswith("Development") for word in needed)
        return package in _FINDERS or (package in ("python", "python3") and development)

    @property
    def unpinned(self) -> str:
        """What it downloads without a hash."""
        words = dict(zip(self.words, (*self.words[1:], ""), strict=False))
        if self.name == "file":
            return words["DOWNLOAD"] if "DOWNLOAD" in words and not _HASHES & words.keys() else ""
        if self.name not in ("fetchcontent_declare", "externalproject_add") or not self.words:
            return ""
        if "GIT_REPOSITORY" in words:
            commit = words.get("GIT_TAG", "master")
            return "" if _COMMIT.fullmatch(commit) else f"{self.words[0]} (GIT_TAG {commit})"
        return (
            f"{self.words[0]} ({words['URL']})" if "://" in words.get("URL", "") and not _HASHES & words.keys() else ""
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the CMake files of a project in the order in which CMake does, as far as their names are written out."""

    root: Path
    top: Path

    def commands(self) -> Iterator[_Command]:
        yield from self._commands(self.top / "CMakeLists.txt", self.top, set())

    def _commands(self, file: Path, folder: Path, seen: set[Path]) -> Iterator[_Command]:
        if file in seen or not file.is_relative_to(self.root) or not file.is_file():
            return
        seen.add(file)
        text = file.read_text(encoding="utf-8", errors="replace")
        text = _QUOTED_OR_COMMENT.sub(lambda match: match[1] or re.sub(r"[^\n]", "", match[0]), text)
        depth = 0
        for match in _COMMAND.finditer(text):
            name = match[1].lower()
            if block := _BLOCK.fullmatch(name):
                depth += -1 if block[1] else 1
            elif depth == 0:
                line = text.count("\n", 0, match.start(1)) + 1
                place = f"{file.relative_to(self.root).as_posix()}, line {line}"
                words = tuple(quoted or plain for quoted, plain in _WORD.findall(match[2]))
                yield _Command(name, words, place)
                if name in ("add_subdirectory", "include") and words:
                    yield from self._included(name, words[0], folder, seen)

    def _included(self, name: str, written: str, folder: Path, seen: set[Path]) -> Iterator[_Command]:
        written = re.sub(r"\$\{CMAKE_CURRENT_(?:SOURCE|LIST)_DIR\}", folder.as_posix(), written)
        written = re.sub(r"\$\{(?:CMAKE|PROJECT)_SOURCE_DIR\}", self.top.as_posix(), written)
        path = Path(os.path.normpath(folder / written))
        if name == "add_subdirectory":
            yield from self._commands(path / "CMakeLists.txt", path, seen)
            return
        # A module of the project: CMAKE_MODULE_PATH usually leads to a folder with this name.
        for file in (path, self.top / "cmake" / f"{written}.cmake"):
            yield from self._commands(file, folder, seen)
