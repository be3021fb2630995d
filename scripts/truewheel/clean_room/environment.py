"""A fresh Python environment with an empty working folder, without anything from a build or the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truewheel.wheel.import_names import installed_libraries, names_to_import
from truewheel.wheel.reader import Wheel

# Variables that let a program find libraries other than its own, which would hide that a wheel lacks one.
_HIDING = ("PYTHON", "LD_", "DYLD_")
_PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True, slots=True)
class CleanEnvironment:
    """The folders of a clean environment; its creator makes `work`, and the environment itself in `env`.

    Attributes:
        folder: the folder that holds both.
    """

    folder: Path

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
        """Return the command that imports the project of `wheel`, and fails unless one of its libraries is loaded.

        `project` is its table `[project]`.
        """
        names = ",".join(names_to_import(wheel, project))
        return [str(self.python), "-I", str(_PROBE), project["name"], names, *installed_libraries(wheel)]

    def run(
        self, command: Sequence[str] | str, *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> int:
        """Run a command, or a line of the shell, and return its exit status; by default in the working folder."""
        sys.stdout.flush()
        return subprocess.run(
            command, cwd=cwd or self.work, env=environ or self.environ, shell=isinstance(command, str), check=False
        ).returncode
