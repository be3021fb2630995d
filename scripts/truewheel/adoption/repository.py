"""The package of somebody's repository, and the platforms that its wheels are for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from truewheel.builders.cibuildwheel_options import build_options
from truewheel.builders.identifiers import selected_builds
from truewheel.builders.project import read_project
from truewheel.builds import Build, is_for, parse_build
from truewheel.clean_room.package_tests import load_all_tests
from truewheel.config import Config, Package, load_package
from truewheel.errors import ReleaseError
from truewheel.platforms import KNOWN_PLATFORMS, GlibcVersion, Platform
from truewheel.publishing.package_index import read_indexed_release
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.system import git
from truewheel.versions import try_version

# GitHub's runners, by cibuildwheel's system and architecture; for the rest, by the system.
_RUNNERS = {
    "linux aarch64": "ubuntu-24.04-arm",
    "macos x86_64": "macos-15-intel",
    "windows ARM64": "windows-11-arm",
    "linux": "ubuntu-latest",
    "macos": "macos-latest",
    "windows": "windows-latest",
}
# What is built where nothing else is said.
_USUAL = {"linux": ["x86_64"], "windows": ["AMD64"], "macos": ["arm64"]}
_IMAGE = re.compile(r"manylinux(?:_2_(\d+)|2014|2010)_")


def find_package(root: Path, given: Path | None) -> Package:
    """Find the package that is released: the one that is named, or the only tracked one.

    Among several, the only one with `[tool.cibuildwheel]` is meant, or the one in the top folder.

    Raises:
        ReleaseError: there is none, or there are several.
    """
    if given is not None:
        return load_package(root, given)
    found = [Path(name).parent for name in git.tracked(root, "pyproject.toml", "*/pyproject.toml")]
    packages: list[Package] = []
    for folder in found:
        with suppress(ReleaseError):
            packages.append(load_package(root, folder))
    built = [each for each in packages if each.table("tool").get("cibuildwheel")]
    for some in (packages, built, [each for each in packages if each.directory == Path()]):
        if len(some) == 1:
            return some[0]
    if not packages:
        raise ReleaseError(
            "no pyproject.toml with a name in [project] is tracked by git",
            hint="put name and version in [project] of a pyproject.toml; setup.py and setup.cfg are not read",
        )
    names = ", ".join(each.directory.as_posix() for each in packages)
    raise ReleaseError(f"there are several packages: {names}", hint="name one: truewheel init FOLDER")


def released_tags(package: Package, environ: Mapping[str, str]) -> list[str]:
    """The platform tags of the wheels of the newest release on the index; none for a new project.

    Raises:
        IndexUnreachable: the index does not answer.
    """
    settings = read_pip_settings(environ)
    versions = read_indexed_release(package.normalized_name, "0", settings).versions
    stable = [each for text in versions if (each := try_version(text)) and not each.is_prerelease]
    if not stable:
        return []
    release = read_indexed_release(package.normalized_name, f"{max(stable)}", settings)
    names = [file.name for file in release.files if file.name.endswith(".whl")]
    return [tag for name in names for tag in name[: -len(".whl")].rpartition("-")[2].split(".")]


def find_platforms(config: Config, released: Iterable[str]) -> tuple[Config, list[str]]:
    """Add the platforms with their builds; return also those that are left out.

    A platform is built if cibuildwheel selects builds for it, at least one of which is tested, and the last release has
    wheels for it; for a new project, if it is usual, or if `archs` or `build` in `[tool.cibuildwheel]` name it.

    Args:
        config: the release, as yet without platforms.
        released: the platform tags of the last release; empty if there is none.

    Raises:
        ReleaseError: cibuildwheel's settings are broken, or nothing is built.
    """
    tags = {tag for tag in released if tag != "any"}
    wanted = [name for name in KNOWN_PLATFORMS if _is_wanted(Platform(name, ""), config.package, tags)]
    with ThreadPoolExecutor() as pool:
        builds = dict(zip(wanted, pool.map(lambda name: _builds(Platform(name, ""), config), wanted), strict=True))
    platforms = tuple(
        _platform(name, config, builds[name])
        for name in wanted
        if builds[name] and _is_tested(name, config, builds[name])
    )
    if not platforms:
        raise ReleaseError(
            f"cibuildwheel selects no build of {config.package.name} for {', '.join(wanted)}",
            hint=f"correct build, skip and archs in [tool.cibuildwheel] of {config.package.pyproject.as_posix()}",
        )
    found = {platform.name for platform in platforms}
    return replace(config, platforms=platforms), [
        name for name in wanted if name not in found and (tags or builds[name])
    ]


def _is_wanted(platform: Platform, package: Package, released: set[str]) -> bool:
    if released:
        return any(is_for(tag, platform.name) for tag in released)
    settings = package.table("tool", "cibuildwheel")
    build = settings.get("build", [])
    words = build.split() if isinstance(build, str) else build
    return any(f"{word}".endswith(platform.name) for word in words) or platform.architecture in _archs(
        platform.system, {**settings, **package.table("tool", "cibuildwheel", platform.system)}
    )


def _archs(system: str, settings: Mapping[str, Any]) -> list[str]:
    written = settings.get("archs", "auto")
    words = re.split(r"[\s,]+", written) if isinstance(written, str) else list(written)
    usual = _USUAL[system]
    return [each for word in words for each in (usual if word in ("auto", "auto64", "native") else [word])]


def _builds(platform: Platform, config: Config) -> tuple[Build, ...]:
    try:
        lines = selected_builds(platform, config)
    except ReleaseError as error:
        if "selects no build" in error.message:
            return ()
        raise
    return tuple(build for line in lines if (build := parse_build(line, platform.name)))


def _is_tested(name: str, config: Config, builds: tuple[Build, ...]) -> bool:
    try:
        load_all_tests(config, Platform(name, ""), [build.python for build in builds], {})
    except ReleaseError:  # test-skip has all of them
        return False
    return True


def _platform(name: str, config: Config, builds: tuple[Build, ...]) -> Platform:
    platform = Platform(name, "", builds=builds)
    runner = _RUNNERS.get(f"{platform.system} {platform.architecture}") or _RUNNERS[platform.system]
    # Where zig cannot, the table says so, and nobody is told of it again.
    builder = "cibuildwheel" if read_project(config).not_cross_built else None
    return replace(platform, runner=runner, newest_glibc=_newest_glibc(platform, config), builder=builder)


def _newest_glibc(platform: Platform, config: Config) -> GlibcVersion | None:
    """The glibc of the image that its wheels are built in; None if it is not known."""
    if not platform.is_manylinux:
        return None
    images = build_options(config, "linux", {}, None).manylinux_images or {}
    match = _IMAGE.search(images.get(platform.architecture, ""))
    if match is None:
        return None
    return GlibcVersion(2, int(match[1] or ("17" if "2014" in match[0] else "12")))
