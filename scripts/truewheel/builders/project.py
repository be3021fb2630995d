"""What a package says about its build before anything is built: its backend, its CMake project, its links.

CMake is not run. What is inside of `if()` or a function may never happen, so it is not looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from truewheel.config import Config, Package
from truewheel.errors import ReleaseError
from truewheel.system import git

_QUOTED_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|#\[(=*)\[.*?\]\2\]|#[^\n]*', re.DOTALL)
_COMMAND = re.compile(r'^[ \t]*(\w+)[ \t]*\(((?:[^()"]|"(?:\\.|[^"\\])*"|\([^()]*\))*)\)', re.MULTILINE | re.DOTALL)
_WORD = re.compile(r'"((?:\\.|[^"\\])*)"|([^\s"]+)', re.DOTALL)
_BLOCK = re.compile(r"(end)?(?:if|function|macro|foreach|while)")
_FOLDER = re.compile(r"\$\{(CMAKE_CURRENT|CMAKE|PROJECT)_(?:SOURCE|LIST)_DIR\}")
_PINNED = re.compile(r"GIT_TAG [0-9a-f]{40,64}( |$)|URL_(?:HASH|MD5) ", re.IGNORECASE)
# Their extension modules include Python.h.
_BINDINGS = ("cython", "nanobind", "pybind11")
_PYTHON = re.compile(
    r"(?:python3?_add_library|(?:pybind11|nanobind)_add_module|python_extension_module) .*"
    r"|find_package (?:cython|nanobind|pybind11|pythonextensions|pythonlibs)( .*)?"
    r"|find_package python3? (?:(?!optional_components).)*\bdevelopment.*",
    re.IGNORECASE,
)

SOURCES_HINT = "correct cmake.source-dir, or add the folder to sources; CI has nothing but the repository"


@dataclass(frozen=True, slots=True)
class Project:
    """What a package says about its build."""

    not_cross_built: str = ""  # why zig cannot build it, one sentence; empty if it may
    outside: str = ""  # why the CMake project is not among the sources, one sentence; empty if it is
    platforms: tuple[str, ...] = ()  # the names of the platforms that builders other than cibuildwheel may build
    links: tuple[str, ...] = ()  # the links among the sources that point outside the repository, with their targets
    downloads: tuple[str, ...] = ()  # what CMake downloads without a hash, e.g. `spdlog (GIT_TAG v1.17.0)`
    sets_versions: bool = False  # whether it sets `dependency-versions` of cibuildwheel


def read_project(config: Config) -> Project:
    """Read what a package says about its build; ReleaseError if a table of its pyproject.toml is something else."""
    system = config.package.table("build-system")
    requires = {canonicalize_name(Requirement(text).name) for text in system.get("requires", [])}
    platforms = tuple(platform.name for platform in config.platforms if platform.builder != "cibuildwheel")
    tables = (
        config.package.table("tool", "cibuildwheel", *system) for system in ((), ("linux",), ("macos",), ("windows",))
    )
    sets_versions = any("dependency-versions" in table for table in tables)
    project = Project(platforms=platforms, links=tuple(_links(config)), sets_versions=sets_versions)
    # The one backend that takes the compiler from CMake's variables.
    if "scikit-build-core" not in requires:
        backend = system.get("build-backend", "setuptools.build_meta")
        reason = f"zig needs scikit-build-core and CMake, and the build backend is {backend}"
        return replace(project, not_cross_built=reason)
    source = _source_folder(config.package)
    commands = list(_commands((config.root / source).resolve(), config.root.resolve())) if source else []
    headers = [f"{name} in build-system.requires" for name in _BINDINGS if name in requires]
    headers += [command.shown for command in commands if _PYTHON.fullmatch(command.text)]
    return replace(
        project,
        not_cross_built=f"its code needs Python.h ({headers[0]}), which zig does not have" if headers else "",
        outside=_why_outside(source, config) if source else "",
        downloads=tuple(dict.fromkeys(_downloads(commands))),
    )


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
        return f"cmake.source-dir in [tool.scikit-build] of {file} points outside the repository"
    # `sources` may name the file instead of its folder.
    if not any((source / "CMakeLists.txt").is_relative_to(folder) for folder in config.source_folders):
        return f"{source.as_posix()}, the cmake.source-dir of {file}, is not in sources of [tool.release]"
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
            # One that is broken on this machine as well is not built from.
            if not inside and (config.root / file).exists():
                yield f"{file.as_posix()} -> {target.as_posix()}"


class _Command(NamedTuple):
    """A command of CMake: its words, the first of which is its name in lower case, and its file and line."""

    words: tuple[str, ...]
    place: str

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def shown(self) -> str:
        return f"{self.words[0]}({' '.join(self.words[1:2])}) in {self.place}"


def _commands(top: Path, root: Path) -> Iterator[_Command]:
    """The commands of the CMake project in `top`, as far as the names of the files that it includes are written out."""
    waiting, seen = [(top / "CMakeLists.txt", top)], set()
    for file, folder in waiting:
        if file not in seen and file.is_relative_to(root) and file.is_file():
            seen.add(file)
            text = file.read_text(encoding="utf-8", errors="replace")
            for command in _commands_in(text, file.relative_to(root).as_posix()):
                yield command
                waiting += _included(command, folder, top)


def _commands_in(text: str, file: str) -> Iterator[_Command]:
    # Without comments, but with their line ends, for the numbers of the lines.
    text = _QUOTED_OR_COMMENT.sub(lambda match: match[1] or "\n" * match[0].count("\n"), text)
    depth = 0
    for match in _COMMAND.finditer(text):
        name = match[1].lower()
        if block := _BLOCK.fullmatch(name):
            depth += -1 if block[1] else 1
        elif depth == 0:
            words = (name, *(quoted or plain for quoted, plain in _WORD.findall(match[2])))
            yield _Command(words, f"{file}, line {text.count(chr(10), 0, match.start(1)) + 1}")


def _included(command: _Command, folder: Path, top: Path) -> list[tuple[Path, Path]]:
    """The files that a command includes, each with the folder that its paths are relative to."""
    name, argument, *_ = (*command.words, "")
    if name not in ("add_subdirectory", "include"):
        return []
    written = _FOLDER.sub(lambda match: str(folder if match[1] == "CMAKE_CURRENT" else top), argument)
    path = Path(os.path.normpath(folder / written))
    if name == "add_subdirectory":
        return [(path / "CMakeLists.txt", path)]
    # Or a module of the project: CMAKE_MODULE_PATH usually leads to a folder with this name.
    return [(path, folder), (top / "cmake" / f"{written}.cmake", folder)]


def _downloads(commands: Iterable[_Command]) -> Iterator[str]:
    """What is downloaded without a hash."""
    for command in commands:
        name, what, *_ = (*command.words, "")
        words = dict(zip(command.words, (*command.words[1:], ""), strict=True))
        where = words.get("URL", f"GIT_TAG {words.get('GIT_TAG', 'master')}")
        is_remote = "GIT_REPOSITORY" in words or "://" in where
        if name in ("fetchcontent_declare", "externalproject_add") and is_remote and not _PINNED.search(command.text):
            yield f"{what} ({where})"
