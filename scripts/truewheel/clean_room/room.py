"""The clean room: a wheel proved once more where nothing of its build is left.

A fresh environment outside any build container holds the wheel and its dependencies alone. There the package is
imported by `python -I`, and must load the native library that lies inside it; then the package's own tests run.
Linux wheels are tested by cibuildwheel inside the container that built them, whose system libraries can hide a
failed repair (cibuildwheel issue 2452): this is where such a wheel is found out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from truewheel.builders.source_tree import HASHED_CONSTRAINTS, SourceTree
from truewheel.clean_room.environment import CleanEnvironment, why_not_run_here
from truewheel.clean_room.package_tests import PackageTests
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.findings import By, Finding, Rule
from truewheel.system.files import scratch_folder
from truewheel.wheel.reader import Wheel

CLEAN_IMPORT = Rule(
    "clean-import",
    "in an environment with just the wheel, the package loads the native library inside it",
    by=By.LOADER,
    source="spec: the clean-room proof; cibuildwheel issue 2452",
    hint="the output above shows the import; a missing library must be bundled by the repair step",
)
PACKAGE_TESTS = Rule(
    "package-tests",
    "the package's own tests pass against the installed wheel",
    by=By.DECISION,
    source="decision D6",
    hint="the output above shows the failing tests; dist/ is unchanged",
)


@dataclass(frozen=True, slots=True)
class CleanRoom:
    """A fresh environment in which a wheel is installed.

    Attributes:
        environment: where it lies.
        sources: the copy of the sources that the wheel was built from, for the tests.
    """

    environment: CleanEnvironment
    sources: SourceTree

    @property
    def python(self) -> Path:
        return self.environment.python

    @property
    def environ(self) -> dict[str, str]:
        return self.environment.environ

    def install(self, *requirements: str) -> None:
        """Install into the environment, versions and hashes as locked.

        Raises:
            ReleaseError: a requirement cannot be had; the output above says why.
        """
        constraints = str(self.sources.root / HASHED_CONSTRAINTS)
        self.uv("pip", "install", "--python", str(self.python), "--constraint", constraints, *requirements)

    def uv(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "uv", *arguments, "--quiet"]
        if subprocess.run(command, env=self.environ, check=False).returncode:
            raise ReleaseError(
                f"the clean room cannot be set up: uv {arguments[0]} failed",
                hint="its output above says why; without an index nothing can be installed",
            )


def why_not_here(wheel: Wheel) -> str | None:
    """Why this machine cannot run `wheel`, as the end of a sentence; None when it can."""
    return why_not_run_here(wheel.filename)


def create(folder: Path, wheel: Wheel, sources: SourceTree) -> CleanRoom:
    """Make a clean room in the empty folder `folder`, with `wheel` and its dependencies installed.

    Raises:
        ReleaseError: the environment cannot be made, or a dependency cannot be had.
    """
    room = CleanRoom(CleanEnvironment(folder), sources)
    room.environment.work.mkdir()
    room.uv("venv", "--no-project", "--python", sys.executable, str(room.environment.env))
    room.install("--strict", str(wheel.path.resolve()))
    return room


def verify(wheel: Wheel, sources: SourceTree, tests: PackageTests, config: Config) -> Iterator[Finding]:
    """Install `wheel` in a clean room, import it there, and run the package's tests against it.

    Raises:
        ReleaseError: the clean room could not be set up.
    """
    with scratch_folder() as folder:
        room = create(folder, wheel, sources)
        libraries = [library.name for library in wheel.libraries]
        status = room.environment.run(room.environment.proof(config.package.name, libraries))
        if status:
            yield CLEAN_IMPORT.finding(f"the proof failed with exit status {status}", wheel.name)
            return
        if tests.requires:
            room.install(*tests.requires)
        yield from _run_tests(room, wheel, tests)


def _run_tests(room: CleanRoom, wheel: Wheel, tests: PackageTests) -> Iterator[Finding]:
    work = room.environment.work
    for source in tests.sources:
        _copy(room.sources.root / source, work / source)
    # The placeholders and the shell are cibuildwheel's: its test-command runs here as it does there.
    places = {
        "project": room.sources.root,
        "package": room.sources.root / room.sources.package,
        "wheel": wheel.path,
    }
    command = tests.command
    for name, path in places.items():
        command = command.replace(f"{{{name}}}", _shell_path(path, start=work))
    status = room.environment.run(command)
    if status:
        yield PACKAGE_TESTS.finding(f"the tests failed with exit status {status}", wheel.name)


def _shell_path(path: Path, *, start: Path) -> str:
    # Relative: the command is a shell line, and the scratch folder's own path may have spaces.
    return Path(os.path.relpath(path.resolve(), start.resolve())).as_posix()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
