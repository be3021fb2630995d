"""Running build tools: their output is shown as it comes, a failure is one sentence."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from truewheel.errors import ReleaseError

# Permissions of files end up in wheels, so the maintainer's umask must not matter.
UMASK = 0o022
# Variables of a maintainer's shell that would change the build.
_STEERING = (
    *("AR", "ARCHFLAGS", "CC", "CFLAGS", "CPATH", "CPPFLAGS", "CXX", "CXXFLAGS", "C_INCLUDE_PATH"),
    *("LD", "LDFLAGS", "LIBRARY_PATH", "PYTHONPATH", "RC", "STRIP"),
)
# The last five change the version, which then need not be that of the sources.
_STEERING_PREFIXES = (
    *("CMAKE_", "SKBUILD_"),
    *("PBR_VERSION", "PDM_BUILD_SCM_VERSION", "SETUPTOOLS_SCM_", "VCS_VERSIONING_", "UV_DYNAMIC_VERSIONING_"),
)


def clean_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without the variables that steer a build, and with `additions`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _STEERING and not name.startswith(_STEERING_PREFIXES)
    }
    return {**kept, **additions}


def wheels_by(name: str, command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], out: Path) -> list[Path]:
    """Run a tool, and return the wheels that it put into `out`; ReleaseError if it failed, is missing, or made none."""
    try:
        status = subprocess.run(command, cwd=cwd, env=dict(environ), umask=UMASK, check=False).returncode
    except FileNotFoundError:
        raise ReleaseError(f"{name} is not installed: there is no {command[0]}", hint="run nox -s wheels") from None
    wheels = sorted(out.glob("*.whl"))
    if status or not wheels:
        problem = f"failed with exit status {status}" if status else "built no wheel"
        raise ReleaseError(f"{name} {problem}", hint="its output above says why; dist/ is unchanged")
    return wheels
