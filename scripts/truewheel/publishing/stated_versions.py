"""Where a repository states the package's version besides pyproject.toml: in code, in CMake, in files that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from truewheel.config import Config, Package
from truewheel.errors import ReleaseError

# The modules of a package in which a version usually is.
_MODULES = ("__init__.py", "_version.py", "version.py", "__version__.py", "__about__.py", "_about.py")
_CMAKE_COMMENT = re.compile(r"#\[\[.*?\]\]|#[^\n]*", re.DOTALL)
_CMAKE_PROJECT = re.compile(r"^[ \t]*project\s*\(([^)]*)\)", re.IGNORECASE | re.MULTILINE)
_CMAKE_VERSION = re.compile(r'\bVERSION\s+"?([0-9][0-9.]*)"?(?=\s|$)')


@dataclass(frozen=True, slots=True)
class StatedVersion:
    """A version that is written down, e.g. `0.5.0` in line 13 of `src/quiverdb/__init__.py` as `__version__`.

    Attributes:
        file: relative to the repository.
        line: counted from 1.
        name: what is given the version.
        version: as it is written; empty where a file that should state the release's version does not.
    """

    file: Path
    line: int
    name: str
    version: str

    @property
    def place(self) -> str:
        return f"{self.file.as_posix()}:{self.line}" if self.line else self.file.as_posix()


def read_stated_versions(config: Config) -> tuple[StatedVersion, ...]:
    """Every statement of the version: `__version__`, CMake's `project(… VERSION …)`, and `version-files`.

    Raises:
        ReleaseError: a file that `version-files` in `[tool.release]` names cannot be read.
    """
    return (*_in_package(config), *_in_cmake(config), *_in_named_files(config))


def _in_package(config: Config) -> Iterator[StatedVersion]:
    for package in _import_packages(config.root / config.package.directory, config.package):
        for name in _MODULES:
            path = package / name
            if path.is_file():
                yield from _literal_versions(path, path.relative_to(config.root))


def _import_packages(folder: Path, package: Package) -> list[Path]:
    """The import package of the project: the one of its name, else the only one that there is."""
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
        return  # Python itself will say so, and check-dist does.
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if "__version__" in names and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield StatedVersion(shown, node.lineno, "__version__", value.value)


def _in_cmake(config: Config) -> Iterator[StatedVersion]:
    """The version of the `project()` in the CMakeLists.txt from which scikit-build-core builds."""
    settings = config.package.settings.get("tool", {}).get("scikit-build", {})
    source = settings.get("cmake", {}).get("source-dir", ".")
    folder = (config.root / config.package.directory / source).resolve()
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
    """In each of `version-files`, the release's version as a word of its own."""
    wanted = config.package.version
    for file in config.version_files if wanted else ():
        try:
            text = (config.root / file).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ReleaseError(
                f"{file.as_posix()}, which version-files in [tool.release] names, cannot be read: {error}",
                hint="correct the path in pyproject.toml, or take it out",
            ) from None
        match = re.search(rf"(?<![\w.+-]){re.escape(str(wanted))}(?![\w+-]|\.\w)", text)
        line = text.count("\n", 0, match.start()) + 1 if match else 0
        yield StatedVersion(file, line, "version", match[0] if match else "")
