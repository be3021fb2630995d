"""The texts of the lock files: what every nox session and every wheel build installs, with hashes, and the builds.

Each lock of requirements serves every supported Python and platform, by markers.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from truewheel.builders import source_tree
from truewheel.builders.cibuildwheel_options import selected_builds
from truewheel.builds import Build
from truewheel.clean_room.package_tests import load_all_tests, resolve_group
from truewheel.config import BUILDS_LOCK, Config
from truewheel.errors import ReleaseError
from truewheel.origin import BUILD_BACKEND, find_origin
from truewheel.platforms import Platform
from truewheel.system.files import scratch_folder
from truewheel.system.uv import uv_program
from truewheel.toml_tables import load_toml

OLDEST_PYTHON = "3.10"
FOLDER = BUILDS_LOCK.parent
PACKAGE_LOCK = source_tree.LOCK
# The locks of a repository that installs truewheel, and the extra that each is for.
ADOPTED = {FOLDER / f"truewheel-{name}.txt": name for name in ("gates", "build", "verify", "rehearse")}
# What cibuildwheel itself installs to build, repair and test; it takes the versions from package.txt.
CIBUILDWHEEL_TOOLS = ("build[virtualenv]", "virtualenv", "delvewheel")


def with_builds(config: Config) -> Config:
    """Return the configuration with the builds that cibuildwheel selects now, where it names none itself.

    ReleaseError if cibuildwheel's settings are broken, or it selects nothing for a platform.
    """
    whole = [replace(one, builds=one.builds or _selected(one, config)) for one in config.platforms]
    return replace(config, platforms=tuple(whole))


def _selected(platform: Platform, config: Config) -> tuple[Build, ...]:
    if builds := selected_builds(platform, config):
        return builds
    raise ReleaseError(
        f"cibuildwheel selects no build for {platform.name}",
        hint=f"remove [tool.release.platforms.{platform.name}], or correct build, skip and requires-python of the "
        'package; if cibuildwheel does not build it, name its builds in that table: builds = ["cp313"]',
    )


def builds_text(before: Config | None, whole: Config) -> str:
    """The text of the lock file of builds: those of `whole` that `before` does not name; empty if there are none."""
    named = {platform.name for platform in before.platforms if platform.builds} if before else set[str]()
    lines = [str(build) for build in whole.builds if build.platform not in named]
    head = ["# The builds that cibuildwheel selects. One wheel serves each of them. Written by:", "#    nox -s lock"]
    return "\n".join([*head, *lines, ""]) if lines else ""


def lock_files(config: Config) -> dict[Path, list[str]]:
    """The lock files by their paths relative to the repository, each with the requirements that it is made from."""
    is_adopted = any((config.root / file).exists() for file in ADOPTED)
    files = adopted_files() if is_adopted else _own_files(load_toml(config.root / "pyproject.toml"))
    return {**files, PACKAGE_LOCK: package_requirements(config)}


def adopted_files() -> dict[Path, list[str]]:
    """The lock files of what truewheel, from where it was installed, needs in a repository; and their requirements."""
    extras = {file: "" if name == "gates" else f"[{name}]" for file, name in ADOPTED.items()}
    return {file: [find_origin().requirement(extra), BUILD_BACKEND] for file, extra in extras.items()}


def _own_files(settings: Mapping[str, Any]) -> dict[Path, list[str]]:
    """Those of the project's own dependencies, extras and groups."""
    project, groups = settings.get("project", {}), settings.get("dependency-groups", {})
    base = list(project.get("dependencies", []))
    extras = {name: [*base, *_extra(project, name)] for name in project.get("optional-dependencies", {})}
    whole = list(dict.fromkeys(itertools.chain(base, *extras.values())))
    files = {FOLDER / f"{project['name']}.txt": base} if base else {}
    files |= {FOLDER / f"{name}.txt": requirements for name, requirements in extras.items()}
    return files | {FOLDER / f"{name}.txt": [*whole, *resolve_group(groups, name, "pyproject.toml")] for name in groups}


def package_requirements(config: Config) -> list[str]:
    """What the isolated builds and the tests of the package install; ReleaseError if the package has no tests."""
    package = config.package
    return [
        *package.settings.get("build-system", {}).get("requires", []),
        *package.settings["project"].get("dependencies", []),
        *_test_requirements(config),
        *CIBUILDWHEEL_TOOLS,
    ]


def _test_requirements(config: Config) -> list[str]:
    """The requirements of the package's tests, on all platforms and Pythons, and of the extras that they install."""
    builds = [(platform, [build.python for build in platform.builds]) for platform in config.platforms]
    tests = [each for platform, pythons in builds for each in load_all_tests(config, platform, pythons, {})]
    project = config.package.settings["project"]
    known = project.get("optional-dependencies", {})
    extras = dict.fromkeys(extra for each in tests for extra in each.extras if extra in known)
    own = [requirement for each in tests for requirement in each.requires]
    return list(dict.fromkeys([*own, *(requirement for extra in extras for requirement in _extra(project, extra))]))


def _extra(project: Mapping[str, Any], name: str) -> list[str]:
    """The requirements of an extra; an extra of the project itself, such as `truewheel[build]`, adds its own."""
    found: list[str] = []
    for line in project["optional-dependencies"][name]:
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) == canonicalize_name(project["name"]):
            found += [inner for extra in sorted(requirement.extras) for inner in _extra(project, extra)]
        else:
            found.append(line)
    return found


def resolve_all(
    config: Config, files: Mapping[Path, Sequence[str]], locked: Mapping[Path, str], *, upgrade: bool
) -> Iterator[tuple[Path, str]]:
    """Make the texts of several lock files in parallel, from their requirements and their current texts."""

    def text_of(file: Path) -> str:
        # The requirements of the package need not be there for Pythons that it is not built for.
        python = f"3.{min(build.minor for build in config.builds)}" if file == PACKAGE_LOCK else OLDEST_PYTHON
        return resolve(files[file], locked[file], upgrade=upgrade, python=python)

    with ThreadPoolExecutor() as pool:
        yield from zip(files, pool.map(text_of, files), strict=True)


def resolve(requirements: Sequence[str], locked: str, *, upgrade: bool, python: str = OLDEST_PYTHON) -> str:
    """The text of a lock file for `requirements`, which keeps the versions of the text `locked` where it can.

    It serves `python`, e.g. `3.10`, and all newer Pythons. ReleaseError if the requirements contradict each other, or
    the index cannot be reached.
    """
    with scratch_folder() as scratch:
        wanted, result = scratch / "requirements.in", scratch / "locked.txt"
        wanted.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
        result.write_text(locked, encoding="utf-8")
        command = [uv_program(), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        # This Python reads metadata; otherwise uv looks for one of that version, which takes longer than the rest.
        command += ["--python", sys.executable, "--python-version", python]
        command += ["--no-annotate", "--no-config", "--no-python-downloads"]
        # truewheel is installed without dependencies, from where these requirements have it.
        command += ["--no-emit-package", "truewheel", "--custom-compile-command", "nox -s lock"]
        command += ["--output-file", str(result), str(wanted)]
        outcome = subprocess.run(command + ["--upgrade"] * upgrade, capture_output=True, encoding="utf-8", check=False)
        if outcome.returncode:
            raise ReleaseError(
                f"uv cannot resolve {', '.join(requirements)}: {' '.join(outcome.stderr.split())}",
                hint="loosen the requirement that it names, or try again when the index answers",
            )
        return result.read_text(encoding="utf-8")
