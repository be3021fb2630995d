"""A fresh Python environment with a folder to work in, where nothing of a build or of the repository is left."""

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

# Variables that lead a program to other libraries than its own, and so hide what a wheel lacks.
_HIDING = ("PYTHON", "LD_", "DYLD_")
PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True, slots=True)
class CleanEnvironment:
    """Where a clean environment lies; whoever makes it puts the environment itself into `folder/env`.

    Attributes:
        folder: holds the environment `env` and the working folder `work`.
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
        """The environment of commands in there: nothing points to another Python or its packages."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_HIDING)}
        kept["VIRTUAL_ENV"] = str(self.env)
        kept["PATH"] = os.pathsep.join([str(self.bin), os.environ.get("PATH", os.defpath)])
        # The output is shown to people and kept in logs, on Windows too.
        return {**kept, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def proof(self, project: str, libraries: Sequence[str]) -> list[str]:
        """The command that imports `project` and tells whether a native library inside it was loaded."""
        return [str(self.python), "-I", str(PROBE), project, *libraries]

    def run(self, command: Sequence[str] | str) -> int:
        """Run a command, or a line of the shell, in the working folder; what it prints is seen as it comes."""
        sys.stdout.flush()
        return subprocess.run(
            command, cwd=self.work, env=self.environ, shell=isinstance(command, str), check=False
        ).returncode


def why_not_run_here(filename: WheelFilename | None) -> str | None:
    """Why this machine cannot run a wheel, as the end of a sentence; None when it can."""
    if filename is None:
        return "its file name is not a wheel's"
    if filename.tags.isdisjoint(sys_tags()):
        here = f"{platform.system()} on {platform.machine()} with Python {platform.python_version()}"
        return f"this machine ({here}) does not run {', '.join(filename.platform_tags)}"
    return None
