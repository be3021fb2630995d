"""nox -s lock: write requirements/*.txt, which every nox session and every wheel build installs, with hashes.

From the root pyproject.toml come `truewheel.txt` (its dependencies), one file for each extra (with those) and one for
each dependency group (with all of that). `package.txt` has what the isolated wheel builds and the package's tests
install. Each of these files serves every supported Python and platform, by markers. Versions that are already locked
stay, unless `--upgrade` is given. `builds.txt` has the builds that cibuildwheel selects for the release's platforms.
"""

from __future__ import annotations

import argparse
import difflib
import functools
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from truewheel.builders.identifiers import selected_builds
from truewheel.clean_room.package_tests import load_all_tests, resolve_group
from truewheel.command_line import Parser, called_as, run_program
from truewheel.config import BUILDS_LOCK, Config, load_config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.report.console import write_line
from truewheel.report.text import pluralize
from truewheel.system.files import scratch_folder, write_atomically
from truewheel.toml_tables import load_toml

OLDEST_PYTHON = "3.10"
FOLDER = Path("requirements")
PACKAGE_LOCK = FOLDER / "package.txt"
# What cibuildwheel itself installs to build, repair and test; it takes the versions from package.txt.
CIBUILDWHEEL_TOOLS = ("build[virtualenv]", "virtualenv", "delvewheel")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the lock files; with `--check` write nothing, and exit with status 1 if they have drifted."""
    parser = Parser(prog=called_as("lock"), description="Lock what the sessions and the wheel builds install.")
    parser.add_argument("--check", action="store_true", help="report what would change, and write nothing")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that the groups allow")
    return run_program("lock", "lock", parser, _lock, arguments)


def _lock(options: argparse.Namespace) -> int:
    root = Path.cwd()
    drifted = 0
    for file, lock in _locks(root, upgrade=options.upgrade):
        before = (root / file).read_text(encoding="utf-8") if (root / file).exists() else ""
        after = lock(before)
        if before == after:
            continue
        drifted += 1
        if options.check:
            for line in _difference(before, after, file):
                write_line(line, sys.stdout)
        else:
            write_atomically(root / file, after)
            write_line(f"lock: wrote {file.as_posix()}", sys.stdout)
    if drifted and options.check:
        write_line(f"lock: refused: {pluralize(drifted, 'file')} drifted; run nox -s lock", sys.stdout)
        return 1
    write_line(f"lock: {FOLDER.name}/ is what the dependency groups and cibuildwheel ask for", sys.stdout)
    return 0


def _locks(root: Path, *, upgrade: bool) -> Iterator[tuple[Path, Callable[[str], str]]]:
    """The lock files, each with the function that makes its new text from its present one.

    The builds come first: what their tests install is locked after that.
    """
    config = load_config(root, locked=False)
    if platforms := [platform for platform in config.platforms if not platform.builds]:
        yield BUILDS_LOCK, lambda _: builds_lock(config, platforms)
    # The package's requirements need not be there for Pythons that it is not built for.
    oldest = f"3.{min(build.minor for build in load_config(root).builds)}"
    for file, requirements in lock_files(root).items():
        python = oldest if file == PACKAGE_LOCK else OLDEST_PYTHON
        yield file, functools.partial(resolve, requirements, upgrade=upgrade, python=python)


def builds_lock(config: Config, platforms: Sequence[Platform]) -> str:
    """The text of the lock file of builds: the identifiers that cibuildwheel selects for each platform.

    Raises:
        ReleaseError: cibuildwheel cannot run here, its settings are broken, or it selects nothing for a platform.
    """
    lines = [line for platform in platforms for line in selected_builds(platform, config)]
    return "\n".join(
        [
            "# The builds that cibuildwheel selects. One wheel serves each of them. Written by:",
            "#    nox -s lock",
            *lines,
            "",
        ]
    )


def lock_files(root: Path) -> dict[Path, list[str]]:
    """The lock files by their paths relative to `root`, each with the requirements that it is made from.

    Raises:
        ReleaseError: a pyproject.toml or one of its dependency groups is broken.
    """
    config = load_config(root)
    package = config.package
    settings = load_toml(root / "pyproject.toml")
    project, groups = settings.get("project", {}), settings.get("dependency-groups", {})
    base = list(project.get("dependencies", []))
    extras = {name: [*base, *_extra(project, name)] for name in project.get("optional-dependencies", {})}
    whole = list(dict.fromkeys(itertools.chain(base, *extras.values())))
    files = {FOLDER / f"{project['name']}.txt": base} if base else {}
    files |= {FOLDER / f"{name}.txt": requirements for name, requirements in extras.items()}
    files |= {FOLDER / f"{name}.txt": [*whole, *resolve_group(groups, name, "pyproject.toml")] for name in groups}
    files[PACKAGE_LOCK] = [
        *package.settings.get("build-system", {}).get("requires", []),
        *package.settings["project"].get("dependencies", []),
        *_test_requirements(config),
        *CIBUILDWHEEL_TOOLS,
    ]
    return files


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


def resolve(requirements: Sequence[str], locked: str, *, upgrade: bool, python: str = OLDEST_PYTHON) -> str:
    """The text of a lock file for `requirements`, which keeps the versions of the text `locked` where it can.

    It serves `python`, e.g. `3.10`, and all newer Pythons.

    Raises:
        ReleaseError: the requirements contradict each other, or the index cannot be reached.
    """
    with scratch_folder() as scratch:
        wanted, result = scratch / "requirements.in", scratch / "locked.txt"
        wanted.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
        result.write_text(locked, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--generate-hashes",
        ]
        command += ["--python-version", python, "--no-annotate", "--no-config", "--no-python-downloads"]
        command += ["--custom-compile-command", "nox -s lock", "--output-file", str(result), str(wanted)]
        outcome = subprocess.run(command + ["--upgrade"] * upgrade, capture_output=True, encoding="utf-8", check=False)
        if outcome.returncode:
            raise ReleaseError(
                f"uv cannot resolve {', '.join(requirements)}: {' '.join(outcome.stderr.split())}",
                hint="loosen the requirement that it names, or try again when the index answers",
            )
        return result.read_text(encoding="utf-8")


def _difference(before: str, after: str, file: Path) -> Iterator[str]:
    name = file.as_posix()
    yield from difflib.unified_diff(before.splitlines(), after.splitlines(), name, f"{name}, locked now", lineterm="")
