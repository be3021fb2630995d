"""What a package says about its build before anything is built: its backend, its CMake project, its links.

CMake is not run. What is inside of `if()` or a function may never happen, so it is not looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

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
    written = system.get("requires")
    names = [re.split(r"[^\w.-]", str(text))[0] for text in (written if isinstance(written, list) else ())]
    requires = {canonicalize_name(name) for name in names}
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
    commands = list(_commands((config.root / source).resolve(), config.root.resolve()))
    return replace(
        project,
        headers=project.headers or next((each.shown for each in commands if _PYTHON.fullmatch(each.text)), ""),
        outside=_why_outside(source, config),
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
    """A command of CMake: its name in lower case, its words, and the file and line."""

    name: str
    words: tuple[str, ...]
    place: str

    @property
    def text(self) -> str:
        return " ".join((self.name, *self.words))

    @property
    def shown(self) -> str:
        return f"{self.name}({' '.join(self.words[:1])}) in {self.place}"


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
            words = tuple(quoted or plain for quoted, plain in _WORD.findall(match[2]))
            yield _Command(name, words, f"{file}, line {text.count(chr(10), 0, match.start(1)) + 1}")


def _included(command: _Command, folder: Path, top: Path) -> list[tuple[Path, Path]]:
    """The files that a command includes, each with the folder that its paths are relative to."""
    if command.name not in ("add_subdirectory", "include") or not command.words:
        return []
    written = _FOLDER.sub(lambda match: str(folder if match[1] == "CMAKE_CURRENT" else top), command.words[0])
    path = Path(os.path.normpath(folder / written))
    if command.name == "add_subdirectory":
        return [(path / "CMakeLists.txt", path)]
    # Or a module of the project: CMAKE_MODULE_PATH usually leads to a folder with this name.
    return [(path, folder), (top / "cmake" / f"{written}.cmake", folder)]


def _downloads(commands: Iterable[_Command]) -> Iterator[str]:
    """What is downloaded without a hash."""
    for command in commands:
        words = dict(zip(command.words, (*command.words[1:], ""), strict=False))
        where = words.get("URL", f"GIT_TAG {words.get('GIT_TAG', 'master')}")
        is_download = command.name in ("fetchcontent_declare", "externalproject_add") and not _PINNED.search(
            command.text
        )
        if is_download and ("GIT_REPOSITORY" in words or "://" in where):
            yield f"{command.words[0]} ({where})"
