"""`[tool.release]` in the root pyproject.toml, and the package's own pyproject.toml.

Unknown keys are errors, so a misspelled key is named and never silently ignored.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from truewheel.errors import ReleaseError
from truewheel.platforms import KNOWN_PLATFORMS, GlibcVersion, Platform

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_GLIBC = re.compile(r"2\.(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Package:
    """The package that is released, as its pyproject.toml describes it.

    Attributes:
        directory: its folder, relative to the repository.
        name: `project.name`, as written.
        version: `project.version`, as written; None if the version is not static.
        settings: the whole file; see `table`.
    """

    directory: Path
    name: str
    version: str | None
    settings: Mapping[str, Any]

    @property
    def normalized_name(self) -> NormalizedName:
        return canonicalize_name(self.name)

    @property
    def pyproject(self) -> Path:
        return self.directory / "pyproject.toml"

    def table(self, *keys: str) -> Mapping[str, Any]:
        """Return a table of its pyproject.toml, e.g. `table("tool", "cibuildwheel")`; empty if there is none.

        Raises:
            ReleaseError: there is something else instead of a table.
        """
        table = self.settings
        for depth, key in enumerate(keys, start=1):
            value = table.get(key, {})
            if not isinstance(value, Mapping):
                name, file = ".".join(keys[:depth]), self.pyproject.as_posix()
                raise ReleaseError(f"{name} in {file} must be a table, not {value!r}")
            table = value
        return table


@dataclass(frozen=True, slots=True)
class Config:
    """`[tool.release]`, and the package that it names.

    Attributes:
        root: the repository's folder; every other path is relative to it.
        package: the package that is released.
        workflow: the publishing workflow's file.
        environment: the GitHub environment of the publish job.
        platforms: the platforms that each get one wheel.
        exports: fnmatch patterns of the symbols that native libraries may export; None if any symbol may be exported.
        smoke_test: a script that tries the installed package, called with the version; None if there is none.
        version_files: further files that state the package's version.
        sources: the folders and files that a build needs in addition to the package; empty for the whole repository.
    """

    root: Path
    package: Package
    workflow: Path
    environment: str
    platforms: tuple[Platform, ...]
    exports: tuple[str, ...] | None = None
    smoke_test: Path | None = None
    version_files: tuple[Path, ...] = ()
    sources: tuple[Path, ...] = ()

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """The folders and files that wheels are built from."""
        return (self.package.directory, *(self.sources or [Path()]))

    def platform(self, name: str) -> Platform:
        """Return the configured platform `name`.

        Raises:
            ReleaseError: no such platform is configured.
        """
        for platform in self.platforms:
            if platform.name == name:
                return platform
        configured = ", ".join(platform.name for platform in self.platforms)
        raise ReleaseError(
            f"the platform {name!r} is not configured; [tool.release.platforms] has {configured}",
            hint=f"use one of those, or add a table [tool.release.platforms.{name}] to pyproject.toml",
        )


def find_config(root: Path) -> Config | None:
    """Read the configuration like `load_config`; return None if `root` has no pyproject.toml or no `[tool.release]`."""
    if not (root / "pyproject.toml").exists():
        return None
    tool = load_toml(root / "pyproject.toml").get("tool", {})
    return None if isinstance(tool, Mapping) and "release" not in tool else load_config(root)


def load_config(root: Path) -> Config:
    """Read the configuration of the repository at `root`.

    Raises:
        ReleaseError: a file is missing or unreadable, or a key is missing, unknown or of the wrong type.
    """
    table = _Table.of(load_toml(root / "pyproject.toml"), "tool.release", "pyproject.toml")
    table.only(
        "package",
        "workflow",
        "environment",
        "platforms",
        optional=("exports", "smoke-test", "version-files", "sources"),
    )
    return Config(
        root=root,
        package=load_package(root, table.path("package")),
        workflow=table.path("workflow"),
        environment=table.text("environment"),
        platforms=_platforms(table.table("platforms")),
        exports=table.texts("exports") or None,
        smoke_test=table.path("smoke-test") if "smoke-test" in table.values else None,
        version_files=tuple(table.inside("version-files", text) for text in table.texts("version-files")),
        sources=tuple(table.inside("sources", text) for text in table.texts("sources")),
    )


def load_package(root: Path, directory: Path) -> Package:
    """Read the pyproject.toml of the package in `directory`, which is relative to `root`.

    Raises:
        ReleaseError: the file is missing or unreadable, or its `[project]` table has no name.
    """
    file = (directory / "pyproject.toml").as_posix()
    settings = load_toml(root / directory / "pyproject.toml", shown_as=file)
    project = _Table.of(settings, "project", file)
    version = project.values.get("version")
    if version is not None and not isinstance(version, str):
        raise project.error("version", f"must be a string, not {version!r}")
    dynamic = project.values.get("dynamic", [])
    if not isinstance(dynamic, list) or not all(isinstance(key, str) for key in dynamic):
        raise project.error("dynamic", f"must be a list of strings, not {dynamic!r}")
    return Package(directory, project.text("name"), version, settings)


def _platforms(table: _Table) -> tuple[Platform, ...]:
    if not table.values:
        raise ReleaseError(
            "[tool.release.platforms] in pyproject.toml is empty",
            hint="add a table for each platform, e.g. [tool.release.platforms.win_amd64] with its runner",
        )
    return tuple(_platform(table.table(name), name) for name in table.values)


def _platform(table: _Table, name: str) -> Platform:
    if name not in KNOWN_PLATFORMS:
        raise ReleaseError(
            f"[{table.name}] in {table.file}: {name} is unknown; the known platforms are {', '.join(KNOWN_PLATFORMS)}"
        )
    has_glibc = name.startswith("manylinux_")
    table.only("runner", *(["newest-glibc"] if has_glibc else []))
    return Platform(name, table.text("runner"), _glibc(table) if has_glibc else None)


def _glibc(table: _Table) -> GlibcVersion:
    written = table.text("newest-glibc")
    match = _GLIBC.fullmatch(written)
    if match is None:
        raise table.error("newest-glibc", f'must be a glibc version such as "2.28", not {written!r}')
    return GlibcVersion(2, int(match[1]))


def load_toml(path: Path, *, shown_as: str | None = None) -> dict[str, Any]:
    """Read a TOML file, which messages call `shown_as`.

    Raises:
        ReleaseError: the file is missing, unreadable or not TOML.
    """
    shown = shown_as or path.name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReleaseError(f"{shown} is missing", hint="run this in the repository's top folder") from None
    except OSError as error:
        raise ReleaseError(f"{shown} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ReleaseError(f"{shown} is not UTF-8: byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise ReleaseError(f"{shown} is not valid TOML: {error}") from None


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table with its name and file, so that every error names file, table and key."""

    values: Mapping[str, Any]
    name: str
    file: str

    @classmethod
    def of(cls, document: Mapping[str, Any], name: str, file: str) -> _Table:
        values: Any = document
        for key in name.split("."):
            values = values.get(key) if isinstance(values, Mapping) else None
        if not isinstance(values, Mapping):
            raise ReleaseError(f"{file} has no table [{name}]")
        return cls(values, name, file)

    def error(self, key: str, problem: str) -> ReleaseError:
        return ReleaseError(f"{key} in [{self.name}] of {self.file} {problem}")

    def only(self, *required: str, optional: tuple[str, ...] = ()) -> None:
        known = (*required, *optional)
        for key in self.values:
            if key not in known:
                raise self.error(key, f"is not a known key; known are {', '.join(known)}")
        for key in required:
            if key not in self.values:
                raise self.error(key, "is missing")

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if value is None:
            raise self.error(key, "is missing")
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"must be a non-empty string, not {value!r}")
        return value

    def path(self, key: str) -> Path:
        return self.inside(key, self.text(key))

    def inside(self, key: str, text: str) -> Path:
        path = Path(text)
        if path.is_absolute() or ".." in path.parts:
            raise self.error(key, f"must be a path inside the repository, not {str(path)!r}")
        return path

    def texts(self, key: str) -> tuple[str, ...]:
        if key not in self.values:
            return ()
        values = self.values[key]
        are_texts = isinstance(values, list) and all(isinstance(text, str) and text.strip() for text in values)
        if not are_texts or not values:
            raise self.error(key, f"must be a list of one or more non-empty strings, not {values!r}")
        return tuple(values)

    def table(self, key: str) -> _Table:
        value = self.values.get(key)
        if not isinstance(value, Mapping):
            raise self.error(key, f"must be a table, not {value!r}")
        return _Table(value, f"{self.name}.{key}", self.file)
