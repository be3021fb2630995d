"""A fresh Python environment with an empty working folder, without anything from a build or the repository."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truewheel.clean_room.under_wine import site_packages, windows_environment, write_scripts
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.system.commands import captured, last_line
from truewheel.system.pythons import Interpreter
from truewheel.system.uv import uv_program
from truewheel.wheel.import_names import installed_libraries, names_to_import
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.reader import Wheel

# Variables that let a program find libraries other than its own, which would hide that a wheel lacks one.
_HIDING = ("PYTHON", "LD_", "DYLD_")
# The seconds after which a program, or a line of the package's tests, hangs under Wine.
_LONGEST, _LONGEST_TESTS = 300, 3600
_PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True, slots=True)
class CleanEnvironment:
    """The folders of a clean environment; its creator makes `work`, and the environment itself in `env`."""

    folder: Path  # the folder that holds both
    interpreter: Interpreter  # the Python that the environment was made from

    @property
    def env(self) -> Path:
        return self.folder / "env"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def bin(self) -> Path:
        return self.env / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def python(self) -> Path:
        return self.bin / ("python.exe" if sys.platform == "win32" else "python")

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables of its commands: none leads to another Python or its packages."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_HIDING)}
        kept["VIRTUAL_ENV"] = str(self.env)
        kept["PATH"] = os.pathsep.join([str(self.bin), os.environ.get("PATH", os.defpath)])
        # Output in UTF-8 on Windows too, because it is shown and kept in logs.
        return {**kept, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def import_command(self, wheel: Wheel, project: Mapping[str, Any]) -> list[str]:
        """Return the command that imports a project by its table `[project]`, and fails unless it loads a library."""
        names = ",".join(names_to_import(wheel, project))
        return [str(self.python), "-I", str(_PROBE), project["name"], names, *installed_libraries(wheel)]

    def smoke_command(self, config: Config) -> list[str]:
        """Return the command that runs the smoke test of a configuration, which must have one."""
        script = (config.root / (config.smoke_test or "")).resolve()
        return [str(self.python), "-I", str(script), config.package.version or ""]

    def loading_problems(self, wheel: Wheel, project: Mapping[str, Any]) -> Iterator[str]:
        """Load every library of `wheel` in a process of its own; yield why one cannot be loaded, as a sentence.

        The package need not have opened it when it was imported.
        """
        names = ",".join(names_to_import(wheel, project))

        def load(library: tuple[str, NativeLibrary]) -> str:
            arguments = [project["name"], names, library[0], *library[1].needed]
            command = [str(self.python), "-I", str(_PROBE), "--load", *arguments]
            with self._limited(_LONGEST) as limit:
                result = captured(command, cwd=self.work, env=self.environ, timeout=limit, merged=True)
            return last_line(result.stdout) if result.returncode else ""

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from filter(None, pool.map(load, installed_libraries(wheel).items()))

    def install(self, *arguments: str) -> None:
        """Let uv install packages, and launchers of their scripts; a ReleaseError after uv's output if it cannot."""
        where = ["--python", str(self.python)]
        if self.interpreter.wine:
            # Without --python, uv would start the Windows Python to ask for its version.
            where = ["--target", str(site_packages(self.env)), "--python", sys.executable]
            where += ["--python-platform", "windows", "--python-version", self.interpreter.version]
        command = ["pip", "install", *where, *arguments]
        # What is locked and in uv's cache needs no index: asking it takes four times as long.
        offline = [uv_program(), *command, "--offline"]
        if captured(offline, env=self.environ).returncode:
            self.uv(*command)
        if self.interpreter.wine:
            write_scripts(self.env)

    def uv(self, *arguments: str) -> None:
        command = [uv_program(), *arguments, "--quiet"]
        if subprocess.run(command, env=self.environ, check=False).returncode:
            raise ReleaseError(
                f"the clean room cannot be created: uv {arguments[0]} failed",
                hint="the output above says why; the wheel's dependencies are installed from the index",
            )

    def run(
        self, command: Sequence[str] | str, *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> int:
        """Run a command, or a line of the shell, and return its exit status; by default in the working folder.

        A ReleaseError if it hangs under Wine.
        """
        sys.stdout.flush()
        is_line, where = isinstance(command, str), cwd or self.work
        with self._limited(_LONGEST_TESTS if is_line else _LONGEST) as limit:
            result = subprocess.run(
                command, cwd=where, env=environ or self.environ, shell=is_line, timeout=limit, check=False
            )
        return result.returncode

    @contextlib.contextmanager
    def _limited(self, seconds: int) -> Iterator[int | None]:
        """Limit a program under Wine, which may hang where Windows does not; no other."""
        under = self.interpreter.under_wine
        try:
            yield seconds if under else None
        except subprocess.TimeoutExpired:
            raise ReleaseError(
                f"a program of the clean room did not end within {seconds} seconds{under}",
                hint="run this again; without Wine (TRUEWHEEL_WINE=) the wheel is left to a Windows machine",
            ) from None


@contextlib.contextmanager
def clean_environment(folder: Path, python: Interpreter, wheel: Wheel | None) -> Iterator[CleanEnvironment]:
    """Make an environment of `python` for `wheel` in an empty folder, without packages; a ReleaseError if it cannot."""
    room = CleanEnvironment(folder, python)
    room.work.mkdir()
    if python.wine:
        with windows_environment(room.env, python, python.wine, wheel):
            yield room
    else:
        room.uv("venv", "--no-project", "--python", str(python.path), str(room.env))
        yield room
