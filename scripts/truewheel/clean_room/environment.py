"""A fresh Python environment with an empty working folder, without anything from a build or the repository."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import sys_tags

from truewheel.wheel.filename import WheelFilename

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

    def import_command(self, project: str, libraries: Sequence[str]) -> list[str]:
        """Return the command that imports `project` and fails unless one of its native `libraries` was loaded."""
        return [str(self.python), "-I", str(_PROBE), project, *libraries]

    def run(self, command: Sequence[str] | str) -> int:
        """Run a command, or a line of the shell, in the working folder; return its exit status."""
        sys.stdout.flush()
        return subprocess.run(
            command, cwd=self.work, env=self.environ, shell=isinstance(command, str), check=False
        ).returncode


def why_not_run_here(filename: WheelFilename | None) -> str | None:
    """Return why this machine cannot run a wheel, as the end of a sentence; None if it can."""
    if filename is None:
        return "its file name is not a wheel's"
    if filename.tags.isdisjoint(sys_tags()):
        here = f"{platform.system()} on {platform.machine()} with Python {platform.python_version()}"
        return f"this machine ({here}) does not run {', '.join(filename.platform_tags)}"
    return None
