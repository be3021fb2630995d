"""The other places that state the package's version: `__version__`, CMake's `project()`, and `version-files`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from truewheel.config import Config, Package
from truewheel.errors import ReleaseError
from truewheel.system import git

# The modules that usually have the version of a package in them.
_MODULES = ("__init__.py", "_version.py", "version.py", "__version__.py", "__about__.py", "_about.py")
_CMAKE_COMMENT = re.compile(r"#\[\[.*?\]\]|#[^\n]*", re.DOTALL)
_CMAKE_PROJECT = re.compile(r"^[ \t]*project\s*\(([^)]*)\)", re.IGNORECASE | re.MULTILINE)
_CMAKE_VERSION = re.compile(r'\bVERSION\s+"?([0-9][0-9.]*)"?(?=\s|$)')


@dataclass(frozen=True, slots=True)
class StatedVersion:
    """A place that states the version, e.g. `__version__ = "0.5.0"` on line 13 of `src/quiverdb/__init__.py`."""

    file: Path  # relative to the repository
    line: int  # counted from 1; 0 if `version` is empty
    name: str  # e.g. `__version__`
    version: str  # as written; empty if a file of `version-files` does not have the release's version in it

    @property
    def place(self) -> str:
        return f"{self.file.as_posix()}:{self.line}" if self.line else self.file.as_posix()


def read_stated_versions(config: Config) -> tuple[StatedVersion, ...]:
    """Find every place that states the version; ReleaseError if one of `version-files` cannot be read."""
    return (*_in_package(config), *_in_cmake(config), *_in_named_files(config))


def _in_package(config: Config) -> Iterator[StatedVersion]:
    for package in _import_packages(config.root / config.package.directory, config.package):
        for name in _MODULES:
            path = package / name
            shown = path.relative_to(config.root)
            # What an earlier build made of another version is ignored, by git as well.
            if path.is_file() and not (config.package.is_dynamic and git.ignores(config.root, shown)):
                yield from _literal_versions(path, shown)


def _import_packages(folder: Path, package: Package) -> list[Path]:
    """Find the project's import package: the one with its name, else the only one."""
    places = [folder / "src", folder / "python", folder]
    found = [inner for place in places if place.is_dir() for inner in sorted(place.iterdir())]
    packages = [path for path in found if (path / "__init__.py").is_file()]
    named = [path for path in packages if canonicalize_name(path.name) == package.normalized_name]
    if named:
        return named[:1]
    inner = [path for path in packages if path.parent != folder]
    return inner if len(inner) == 1 else []


def _literal_versions(path: Path, shown: Path) -> Iterator[StatedVersion]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # check-dist finds that.
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if "__version__" in names and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield StatedVersion(shown, node.lineno, "__version__", value.value)


def _in_cmake(config: Config) -> Iterator[StatedVersion]:
    """Find VERSION in `project()` of the CMakeLists.txt that scikit-build-core builds from."""
    source = config.package.table("tool", "scikit-build", "cmake").get("source-dir", ".")
    folder = (config.root / config.package.directory / str(source)).resolve()
    path, root = folder / "CMakeLists.txt", config.root.resolve()
    if not path.is_file() or not path.is_relative_to(root):
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    text = _CMAKE_COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), text)
    for project in _CMAKE_PROJECT.finditer(text):
        version = _CMAKE_VERSION.search(project[1])
        if version:
            line = text.count("\n", 0, project.start(1) + version.start(1)) + 1
            yield StatedVersion(path.relative_to(root), line, "VERSION in project()", version[1])


def _in_named_files(config: Config) -> Iterator[StatedVersion]:
    """Find the release's version, as a word of its own, in each of `version-files`."""
    wanted = config.package.version
    for file in config.version_files if wanted else ():
        try:
            text = (config.root / file).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ReleaseError(
                f"{file.as_posix()}, one of version-files in [tool.release], cannot be read: {error}",
                hint="correct the path in pyproject.toml, or remove it",
            ) from None
        match = re.search(rf"(?<![\w.+-]){re.escape(str(wanted))}(?![\w+-]|\.\w)", text)
        line = text.count("\n", 0, match.start()) + 1 if match else 0
        yield StatedVersion(file, line, "version", match[0] if match else "")
