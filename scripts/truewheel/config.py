"""`[tool.release]` in the root pyproject.toml, and the package's own pyproject.toml.

Unknown keys are errors, so a misspelled key is named and never silently ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from truewheel.acceptances import problem_with
from truewheel.builds import Build, parse_build
from truewheel.errors import ReleaseError
from truewheel.findings import Acceptance
from truewheel.package_tables import refuse_broken
from truewheel.platforms import KNOWN_PLATFORMS, ZIG_TARGETS, GlibcVersion, Platform, builds_of
from truewheel.toml_tables import Table, load_toml

# The builds that `nox -s lock` got from cibuildwheel, one identifier on each line.
BUILDS_LOCK = Path("requirements/builds.txt")
# The names of what builds wheels, see builders/choice.py.
BUILDERS = ("cibuildwheel", "zig")
_OPTIONAL = ("exports", "smoke-test", "version", "version-files", "sources", "accept")
_PACKAGE_HINT = "package in [tool.release] must be the folder of the package, relative to the root pyproject.toml"
_GLIBC = re.compile(r"2\.(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Package:
    """The package that is released, as its pyproject.toml describes it."""

    directory: Path  # its folder, relative to the repository
    name: str  # `project.name`, as written
    # `project.version`, as written; None if it is dynamic and the build backend was not asked for it.
    version: str | None
    settings: Mapping[str, Any]  # the whole file; see `table`

    @property
    def normalized_name(self) -> NormalizedName:
        return canonicalize_name(self.name)

    @property
    def is_dynamic(self) -> bool:
        """Whether its build backend makes its version, and not `[project]`."""
        return "version" not in self.settings["project"]

    @property
    def statement(self) -> str:
        """Which version it has, and who says so, as a part of a sentence."""
        source = f"the build backend of {self.name}" if self.is_dynamic else self.pyproject.as_posix()
        return f"{source} {'makes' if self.is_dynamic else 'has'} version {self.version}"

    @property
    def pyproject(self) -> Path:
        return self.directory / "pyproject.toml"

    def table(self, *keys: str) -> Mapping[str, Any]:
        """Return a table of its pyproject.toml, e.g. `table("tool", "cibuildwheel")`; empty if it is missing."""
        return Table.of(self.settings, ".".join(keys), self.pyproject.as_posix(), is_optional=True).values


@dataclass(frozen=True, slots=True)
class Config:
    """`[tool.release]`, and the package that it names."""

    root: Path  # the repository's folder; every other path is relative to it
    package: Package  # the package that is released
    workflow: Path  # the publishing workflow's file
    environment: str  # the GitHub environment of the publish job
    # The platforms that wheels are built for, each with the builds that its wheels must serve.
    platforms: tuple[Platform, ...]
    # `fnmatch` patterns of the symbols that native libraries may export; None if any symbol may be exported.
    exports: tuple[str, ...] | None = None
    # A script that tries the installed package, called with the version; None if there is none.
    smoke_test: Path | None = None
    version_files: tuple[Path, ...] = ()  # further files that state the package's version
    # The folders and files that a build needs in addition to the package; empty for the whole repository.
    sources: tuple[Path, ...] = ()
    accept: tuple[Acceptance, ...] = ()  # the findings that are accepted

    def with_version(self, version: str) -> Config:
        """Return the same configuration with a dynamic version that has become known."""
        return replace(self, package=replace(self.package, version=version))

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """The folders and files that wheels are built from."""
        return (self.package.directory, *(self.sources or [Path()]))

    @property
    def builds(self) -> tuple[Build, ...]:
        """The builds that the release must serve, on all platforms."""
        return builds_of(self.platforms)

    def platform(self, name: str) -> Platform:
        """Return the configured platform `name`; ReleaseError if no such platform is configured."""
        for platform in self.platforms:
            if platform.name == name:
                return platform
        configured = ", ".join(platform.name for platform in self.platforms)
        raise ReleaseError(
            f"the platform {name!r} is not configured; [tool.release.platforms] has {configured}",
            hint=f"use one of those, or add a table [tool.release.platforms.{name}] to pyproject.toml",
        )


def find_config(root: Path, *, locked: bool = True) -> Config | None:
    """Read the configuration like `load_config`; return None if `root` has no pyproject.toml or no `[tool.release]`."""
    if not (root / "pyproject.toml").exists():
        return None
    tool = load_toml(root / "pyproject.toml").get("tool", {})
    return None if isinstance(tool, Mapping) and "release" not in tool else load_config(root, locked=locked)


def load_config(root: Path, *, locked: bool = True) -> Config:
    """Read the configuration of the repository at `root`, with the locked builds of its platforms.

    Without `locked`, a platform has only the builds that `[tool.release]` itself names. ReleaseError if a file is
    missing or unreadable, a key is missing, unknown or of the wrong type, a path names nothing, or a platform has no
    builds.
    """
    table = Table.of(load_toml(root / "pyproject.toml"), "tool.release", "pyproject.toml")
    table.only("package", "workflow", "environment", "platforms", optional=_OPTIONAL)
    package = load_package(root, table.path("package"))
    _refuse_other_version(package, table)
    return Config(
        root=root,
        package=package,
        workflow=table.path("workflow"),
        environment=table.text("environment"),
        platforms=_platforms(table.table("platforms"), _locked_builds(root) if locked else None),
        exports=table.texts("exports") or None,
        smoke_test=_existing(root, table, "smoke-test", table.text("smoke-test"))
        if "smoke-test" in table.values
        else None,
        version_files=tuple(table.inside("version-files", text) for text in table.texts("version-files")),
        sources=tuple(_existing(root, table, "sources", text) for text in table.texts("sources")),
        accept=_acceptances(table.table("accept")) if "accept" in table.values else (),
    )


def _refuse_other_version(package: Package, table: Table) -> None:
    """Raise a ReleaseError if `[tool.release]` and the package do not agree on where its version comes from."""
    is_dynamic = "version" in table.values
    if is_dynamic and table.text("version") != "dynamic":
        raise table.error("version", f'must be "dynamic" or left out, not {table.text("version")!r}')
    if is_dynamic and package.version is not None:
        raise table.error("version", f'is "dynamic", but {package.pyproject.as_posix()} has a version in [project]')
    if not is_dynamic and package.version is None:
        raise ReleaseError(
            f"{package.pyproject.as_posix()} has no version in [project]",
            hint='write version = "X.Y.Z" there; or, if the build backend takes the version from git or from a file, '
            f'write version = "dynamic" in [{table.name}] of {table.file}',
        )


def _existing(root: Path, table: Table, key: str, text: str) -> Path:
    path = table.inside(key, text)
    if not (root / path).exists():
        raise table.error(key, f"names {path.as_posix()}, which does not exist")
    return path


def load_package(root: Path, directory: Path, hint: str = _PACKAGE_HINT) -> Package:
    """Read the pyproject.toml of the package in `directory`, which is relative to `root`; `hint` is for a missing one.

    ReleaseError if the file cannot be read, its `[project]` table has no name, or what a build reads is broken.
    """
    file = (directory / "pyproject.toml").as_posix()
    settings = load_toml(root / directory / "pyproject.toml", shown_as=file, hint=hint)
    project = Table.of(settings, "project", file)
    version = project.values.get("version")
    if version is not None and not isinstance(version, str):
        raise project.error("version", f"must be a string, not {version!r}")
    refuse_broken(settings, file)
    return Package(directory, project.text("name"), version, settings)


def _acceptances(table: Table) -> tuple[Acceptance, ...]:
    for key in table.values:
        if problem := problem_with(key, table.text(key)):
            raise table.error(f'"{key}"', problem)
    keys = {key: key.partition(":") for key in table.values}
    return tuple(Acceptance(check, pattern, table.text(key)) for key, (check, _, pattern) in keys.items())


def _platforms(table: Table, locked: tuple[str, ...] | None) -> tuple[Platform, ...]:
    if not table.values:
        raise ReleaseError(
            "[tool.release.platforms] in pyproject.toml is empty",
            hint="add a table for each platform, e.g. [tool.release.platforms.win_amd64] with its runner",
        )
    return tuple(_platform(table.table(name), name, locked) for name in table.values)


def _platform(table: Table, name: str, locked: tuple[str, ...] | None) -> Platform:
    if not Platform(name, "").family:
        raise ReleaseError(
            f"[{table.name}] in {table.file}: {name} is unknown; the known platforms are {', '.join(KNOWN_PLATFORMS)}, "
            "or a whole platform tag such as macosx_14_0_arm64"
        )
    table.only("runner", optional=("builder", "builds", *(["newest-glibc"] if name.startswith("manylinux") else [])))
    builds = _builds(table, name)
    if not builds and locked is not None:
        builds = tuple(build for text in locked if (build := parse_build(text, name)) is not None)
        if not builds:
            raise ReleaseError(
                f"{BUILDS_LOCK.as_posix()} has no builds for {name}, so its expected wheels are not known",
                hint="ask cibuildwheel for them: nox -s lock; or name them in builds of "
                f"[tool.release.platforms.{name}]",
            )
    builder = table.text("builder") if "builder" in table.values else None
    if builder not in (None, *BUILDERS):
        raise table.error("builder", f"must be {' or '.join(BUILDERS)}, not {builder!r}")
    if builder == "zig" and name not in ZIG_TARGETS:
        raise table.error("builder", f"is zig, which does not build for {name}; it builds for {', '.join(ZIG_TARGETS)}")
    return Platform(name, table.text("runner"), _glibc(table), builds, builder)


def _builds(table: Table, platform: str) -> tuple[Build, ...]:
    """The builds that a platform's own table names, for a package that cibuildwheel does not build."""
    builds: list[Build] = []
    for text in table.texts("builds"):
        build = parse_build(text, platform)
        if build is None:
            raise table.error(
                "builds", f'must have identifiers of builds such as "cp313-{platform}" or "cp313", not {text!r}'
            )
        builds.append(build)
    return tuple(dict.fromkeys(builds))


def _locked_builds(root: Path) -> tuple[str, ...]:
    try:
        lines = (root / BUILDS_LOCK).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{BUILDS_LOCK.as_posix()} cannot be read: {error}", hint="run nox -s lock") from None
    return tuple(line for line in lines if line and not line.startswith("#"))


def _glibc(table: Table) -> GlibcVersion | None:
    if "newest-glibc" not in table.values:
        return None
    written = table.text("newest-glibc")
    match = _GLIBC.fullmatch(written)
    if match is None:
        raise table.error("newest-glibc", f'must be a glibc version such as "2.28", not {written!r}')
    return GlibcVersion(2, int(match[1]))
