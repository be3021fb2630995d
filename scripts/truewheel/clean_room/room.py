"""The clean room: a built wheel verified in a fresh environment, outside of any build container.

The environment holds only the wheel and its dependencies. `python -I` imports the package, which must load the native
library inside it; then the package's own tests run. cibuildwheel tests Linux wheels in the container that built them,
whose system libraries can hide a failed repair (cibuildwheel issue 2452); here such a wheel fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.builders.source_tree import SourceTree
from truewheel.clean_room.environment import CleanEnvironment, clean_environment
from truewheel.clean_room.interpreters import interpreter_for
from truewheel.clean_room.package_tests import PackageTests, load_package_tests
from truewheel.config import Config
from truewheel.findings import By, Finding, Rule
from truewheel.system.files import scratch_folder
from truewheel.wheel.reader import Wheel

CLEAN_IMPORT = Rule(
    "clean-import",
    "in an environment with only the wheel, the package can be imported, and its native library loaded",
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
    """A fresh environment with an installed wheel."""

    environment: CleanEnvironment  # its folders
    sources: SourceTree  # the sources that the wheel was built from, with the package's tests
    wheel: Wheel

    def install(self, *requirements: str) -> None:
        """Install the locked versions of `requirements`, checked against their hashes; a ReleaseError if uv cannot."""
        self.environment.install("--constraint", str(self.sources.hashed_constraints), *requirements)

    def run_tests(self, tests: PackageTests) -> int:
        """Run the package's tests as cibuildwheel does, and return their exit status."""
        environ, work = tests.variables(self.environment.environ), self.environment.work
        if tests.before:
            # Such commands often call pip, which must not be that of another environment.
            self.install("pip")
            if status := self._run(tests.before, self.sources.root, environ):
                return status
        if tests.extras:
            project = self.wheel.filename.project if self.wheel.filename else ""
            self.install(f"{project}[{','.join(tests.extras)}] @ {self.wheel.path.resolve().as_uri()}")
        if tests.requires:
            self.install(*tests.requires)
        for source in tests.sources:
            _copy(self.sources.root / source, work / source)
        return self._run(tests.command, work, environ)

    def _run(self, command: str, cwd: Path, environ: Mapping[str, str]) -> int:
        """Run a line of the shell, in which cibuildwheel's placeholders are replaced."""
        root = self.sources.root
        paths = {"project": root, "package": root / self.sources.package, "wheel": self.wheel.path}
        for name, path in paths.items():
            # Relative, because the absolute path of a scratch folder may have spaces in it.
            relative = os.path.relpath(path.resolve(), cwd.resolve())
            command = command.replace(f"{{{name}}}", Path(relative).as_posix())
        return self.environment.run(command, cwd=cwd, environ=environ)


def verify(wheel: Wheel, sources: SourceTree, config: Config, *, all_tests: bool) -> tuple[list[Finding], str]:
    """Install `wheel` in a clean room, import the package, and run its tests; return the findings, and what was done.

    Under Wine, every library is loaded, and only the smoke test is run unless `all_tests` are asked for. A ReleaseError
    if the clean room cannot be created, or an option of the tests is malformed.
    """
    python = interpreter_for(wheel)
    if isinstance(python, str):
        return [], f"not run: {python}"
    platform = next(one for one in config.platforms if one.accepts_any(wheel.platform_tags))
    tests = load_package_tests(config, platform, python.tag, os.environ) if all_tests or not python.wine else None
    if tests is None:
        done = f"{'smoke-tested' if config.smoke_test else 'loaded'}{python.under_wine} of {python.source}"
    elif tests.command:
        done = f"tested{python.under_wine}"
    else:
        done = f"imported{python.under_wine}, not tested: [tool.cibuildwheel] skips its tests"
    with scratch_folder() as folder, clean_environment(folder, python, wheel) as environment:
        room = CleanRoom(environment, sources, wheel)
        room.install("--strict", str(wheel.path.resolve()))
        return list(_findings(room, config, tests)), done


def _findings(room: CleanRoom, config: Config, tests: PackageTests | None) -> Iterator[Finding]:
    """Import the package, run its tests, and under Wine load its libraries and run the smoke test."""
    environment, wheel, project = room.environment, room.wheel, config.package.settings["project"]
    under = environment.interpreter.under_wine
    if status := environment.run(environment.import_command(wheel, project)):
        yield CLEAN_IMPORT.finding(f"the import failed with exit status {status}{under}", wheel.name)
        return
    problems = list(environment.loading_problems(wheel, project)) if under else []
    yield from (CLEAN_IMPORT.finding(f"{problem}{under}", wheel.name) for problem in problems)
    if problems:
        return
    if under and config.smoke_test and (status := environment.run(environment.smoke_command(config))):
        yield PACKAGE_TESTS.finding(f"the smoke test failed with exit status {status}{under}", wheel.name)
    if tests and tests.command and (status := room.run_tests(tests)):
        yield PACKAGE_TESTS.finding(f"the tests failed with exit status {status}{under}", wheel.name)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
