"""The package of a repository that adopts truewheel, and the platforms that its wheels are for.

What cannot be found, or is not unique, is a ReleaseError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from truewheel.builders.cibuildwheel_options import build_options, selected_builds
from truewheel.builders.project import read_project
from truewheel.builds import Build, is_for
from truewheel.clean_room.package_tests import load_all_tests
from truewheel.config import Config, Package, load_package
from truewheel.errors import ReleaseError
from truewheel.platforms import KNOWN_PLATFORMS, GlibcVersion, Platform
from truewheel.publishing.package_index import read_all_files
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.system import git

# GitHub's runners, by cibuildwheel's system and architecture; for the rest, by the system.
_RUNNERS = {
    "linux aarch64": "ubuntu-24.04-arm",
    "macos x86_64": "macos-15-intel",
    "windows ARM64": "windows-11-arm",
    "linux": "ubuntu-latest",
    "macos": "macos-latest",
    "windows": "windows-latest",
}
# The architectures that are built by default.
_USUAL = {"linux": "x86_64", "windows": "AMD64", "macos": "arm64"}
_IMAGE = re.compile(r"manylinux(?:_2_(\d+)|2014|2010)_")


def find_package(root: Path, given: Path | None) -> Package:
    """Find the package: the one that is named, the only one, the only one for cibuildwheel, or the one at the top."""
    if given is not None:
        return load_package(
            root, given, hint="name the folder that has the package's pyproject.toml: truewheel init FOLDER"
        )
    packages: list[Package] = []
    for name in git.tracked(root, "pyproject.toml", "*/pyproject.toml"):
        with suppress(ReleaseError):
            packages.append(load_package(root, Path(name).parent))
    built = [each for each in packages if "cibuildwheel" in each.table("tool")]
    for some in (packages, built, [each for each in packages if each.directory == Path()]):
        if len(some) == 1:
            return some[0]
    if packages:
        names = ", ".join(each.directory.as_posix() for each in packages)
        raise ReleaseError(f"there are several packages: {names}", hint="name one: truewheel init FOLDER")
    raise ReleaseError(
        "no pyproject.toml with a name in [project] is tracked by git",
        hint="put name and version in [project] of a pyproject.toml; setup.py and setup.cfg are not read",
    )


def released_tags(package: Package, environ: Mapping[str, str]) -> set[str]:
    """The platform tags of the newest stable release's wheels; none for a new project. It may be IndexUnreachable."""
    found: dict[object, set[str]] = {}
    for file in read_all_files(package.normalized_name, read_pip_settings(environ)):
        with suppress(InvalidWheelFilename):
            _, version, _, tags = parse_wheel_filename(file.name)
            if not version.is_prerelease:
                found.setdefault(version, set()).update(tag.platform for tag in tags)
    return found[max(found)] if found else set()  # type: ignore[type-var]


def find_platforms(config: Config, released: set[str]) -> tuple[Config, list[str]]:
    """Add the platforms with their builds; return also those that are left out.

    A platform is built if cibuildwheel selects builds for it, at least one of which is tested, and the last release has
    wheels for it (`released`, its platform tags); for a new project, if it is usual, or if `archs` or `build` in
    `[tool.cibuildwheel]` name it. A ReleaseError if cibuildwheel's settings are broken, or nothing is built.
    """
    tags = released - {"any"}
    wanted = [name for name in KNOWN_PLATFORMS if _is_wanted(Platform(name, ""), config.package, tags)]
    builds = {name: selected_builds(Platform(name, ""), config) for name in wanted}
    found = [name for name in wanted if builds[name] and _is_tested(builds[name], config)]
    if not found:
        raise ReleaseError(
            f"cibuildwheel selects no build of {config.package.name} for {', '.join(wanted)}",
            hint=f"correct build, skip and archs in [tool.cibuildwheel] of {config.package.pyproject.as_posix()}",
        )
    left_out = [name for name in wanted if name not in found and (tags or builds[name])]
    return replace(config, platforms=tuple(_platform(name, config, builds[name]) for name in found)), left_out


def _is_wanted(platform: Platform, package: Package, released: set[str]) -> bool:
    if released:
        return any(is_for(tag, platform.name) for tag in released)
    settings = package.table("tool", "cibuildwheel")
    own = {**settings, **package.table("tool", "cibuildwheel", platform.system)}
    if any(word.endswith(platform.name) for word in _words(settings.get("build", ""))):
        return True
    archs = [
        _USUAL[platform.system] if word in ("auto", "auto64", "native") else word
        for word in _words(own.get("archs", "auto"))
    ]
    return platform.architecture in archs


def _words(written: object) -> list[str]:
    return [f"{word}" for word in written] if isinstance(written, list) else re.split(r"[\s,]+", f"{written}")


def _is_tested(builds: tuple[Build, ...], config: Config) -> bool:
    with suppress(ReleaseError):  # test-skip has all of them
        return bool(load_all_tests(config, Platform(builds[0].platform, ""), [build.python for build in builds], {}))
    return False


def _platform(name: str, config: Config, builds: tuple[Build, ...]) -> Platform:
    platform = Platform(name, "")
    runner = _RUNNERS.get(f"{platform.system} {platform.architecture}") or _RUNNERS[platform.system]
    # Where zig cannot, the table says so, and nobody is told of it again.
    builder = "cibuildwheel" if read_project(config).not_cross_built else None
    glibc = None
    if platform.is_manylinux:
        # That of the image that its wheels are built in.
        images = build_options(config, "linux", {}, None).manylinux_images or {}
        if match := _IMAGE.search(images.get(platform.architecture, "")):
            glibc = GlibcVersion(2, int(match[1] or ("17" if "2014" in match[0] else "12")))
    return Platform(name, runner, glibc, builds, builder)
