"""Running a build tool: its output is shown as it comes, its failure is one clear sentence."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from truewheel.errors import ReleaseError

# Permissions of files end up in wheels; a maintainer's umask must not.
UMASK = 0o022
# What a maintainer's shell may hold and a reproducible build must not see.
_STEERING = (
    "AR",
    "ARCHFLAGS",
    "CC",
    "CFLAGS",
    "CPATH",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "C_INCLUDE_PATH",
    "LD",
    "LDFLAGS",
    "LIBRARY_PATH",
    "PYTHONPATH",
    "RC",
    "STRIP",
)
_STEERING_PREFIXES = ("CMAKE_", "SKBUILD_")


def clean_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a build: this process's, without what steers compilers, and with `additions`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _STEERING and not name.startswith(_STEERING_PREFIXES)
    }
    return {**kept, **additions}


def run_tool(name: str, command: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> None:
    """Run a tool to its end.

    Raises:
        ReleaseError: it failed, or is not there.
    """
    try:
        status = subprocess.run(command, cwd=cwd, env=dict(environ), umask=UMASK, check=False).returncode
    except FileNotFoundError:
        raise ReleaseError(f"{name} is not installed: no {command[0]}", hint="run this through nox") from None
    if status:
        raise ReleaseError(
            f"{name} failed with exit status {status}",
            hint="its output above says why; the folder dist/ is unchanged",
        )


def the_wheel(folder: Path, name: str) -> Path:
    """The one wheel in `folder`.

    Raises:
        ReleaseError: there is none, or more than one.
    """
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        found = ", ".join(wheel.name for wheel in wheels) or "none"
        raise ReleaseError(
            f"{name} should have made one wheel, it made {found}",
            hint="one wheel must serve every Python: tagged py3-none (cffi, ctypes) or abi3",
        )
    return wheels[0]
