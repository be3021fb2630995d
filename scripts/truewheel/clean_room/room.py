"""The clean room: a built wheel verified in a fresh environment, outside of any build container.

The environment holds only the wheel and its dependencies. `python -I` imports the package, which must load the native
library inside it; then the package's own tests run. cibuildwheel tests Linux wheels in the container that built them,
whose system libraries can hide a failed repair (cibuildwheel issue 2452); here such a wheel fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from truewheel.builders.source_tree import SourceTree
from truewheel.clean_room.environment import CleanEnvironment
from truewheel.clean_room.package_tests import PackageTests
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.findings import By, Finding, Rule
from truewheel.system.files import scratch_folder
from truewheel.wheel.reader import Wheel

CLEAN_IMPORT = Rule(
    "clean-import",
    "in an environment with only the wheel, the package loads the native library inside it",
    by=By.LOADER,
    source="cibuildwheel issue 2452",
    hint="the output above says why; the repair step (auditwheel, delvewheel) must bundle a library that is missing",
)
PACKAGE_TESTS = Rule(
    "package-tests",
    "the package's own tests pass with the installed wheel",
    by=By.DECISION,
    source="decision D6",
    hint="the output above shows the failing tests; dist/ is unchanged",
)


@dataclass(frozen=True, slots=True)
class CleanRoom:
    """A fresh environment with an installed wheel.

    Attributes:
        environment: its folders.
        sources: the sources that the wheel was built from, with the package's tests.
    """

    environment: CleanEnvironment
    sources: SourceTree

    def install(self, *requirements: str) -> None:
        """Install the locked versions of `requirements`, checked against their hashes.

        Raises:
            ReleaseError: a requirement is not available; uv's output has been shown.
        """
        constraints = str(self.sources.hashed_constraints)
        self.uv("pip", "install", "--python", str(self.environment.python), "--constraint", constraints, *requirements)

    def uv(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "uv", *arguments, "--quiet"]
        if subprocess.run(command, env=self.environment.environ, check=False).returncode:
            raise ReleaseError(
                f"the clean room cannot be created: uv {arguments[0]} failed",
                hint="the output above says why; the wheel's dependencies are installed from the index",
            )


def create(folder: Path, wheel: Wheel, sources: SourceTree) -> CleanRoom:
    """Create a clean room in the empty folder `folder`, with `wheel` and its dependencies installed.

    Raises:
        ReleaseError: the environment cannot be created, or a dependency is not available.
    """
    room = CleanRoom(CleanEnvironment(folder), sources)
    room.environment.work.mkdir()
    room.uv("venv", "--no-project", "--python", sys.executable, str(room.environment.env))
    room.install("--strict", str(wheel.path.resolve()))
    return room


def verify(wheel: Wheel, sources: SourceTree, tests: PackageTests, config: Config) -> Iterator[Finding]:
    """Install `wheel` in a clean room, import the package, and run its tests.

    Raises:
        ReleaseError: the clean room cannot be created.
    """
    with scratch_folder() as folder:
        room = create(folder, wheel, sources)
        libraries = [library.name for library in wheel.libraries]
        status = room.environment.run(room.environment.import_command(config.package.name, libraries))
        if status:
            yield CLEAN_IMPORT.finding(f"the import failed with exit status {status}", wheel.name)
            return
        if tests.requires:
            room.install(*tests.requires)
        status = _run_tests(room, wheel, tests)
        if status:
            yield PACKAGE_TESTS.finding(f"the tests failed with exit status {status}", wheel.name)


def _run_tests(room: CleanRoom, wheel: Wheel, tests: PackageTests) -> int:
    work, sources = room.environment.work, room.sources
    for source in tests.sources:
        _copy(sources.root / source, work / source)
    # As in cibuildwheel: a shell command with these placeholders.
    command = tests.command
    for name, path in {
        "project": sources.root,
        "package": sources.root / sources.package,
        "wheel": wheel.path,
    }.items():
        # Relative, because the absolute path of a scratch folder may have spaces in it.
        relative = os.path.relpath(path.resolve(), work.resolve())
        command = command.replace(f"{{{name}}}", Path(relative).as_posix())
    return room.environment.run(command)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
