"""The builder cibuildwheel, configured by `[tool.cibuildwheel]` in the package's pyproject.toml."""

from __future__ import annotations

import functools
import os
import platform as python
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from truewheel.builders import cibuildwheel_options
from truewheel.builders.process import clean_environment, wheels_by
from truewheel.builders.source_tree import SourceTree
from truewheel.config import Config
from truewheel.platforms import Platform
from truewheel.system import machine
from truewheel.system.commands import captured, last_line

# Where cibuildwheel copies its working folder in a build container.
_CONTAINER_PROJECT = "/project"
# Where Linux lists the emulators that run the programs of other machines.
_EMULATORS = Path("/proc/sys/fs/binfmt_misc")
_ENGINES = ("docker", "podman")
_ENGINE_VARIABLE = "CIBW_CONTAINER_ENGINE"
# Variables by which pip and uv find constraint files, for what they install and for isolated builds.
_CONSTRAINTS = ("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT")


def why_not(
    platform: Platform, config: Config, *, may_pull: bool = True, environ: Mapping[str, str] = os.environ
) -> str | None:
    """Return why cibuildwheel cannot build `platform` here; None if it can.

    For Linux, a missing container image is pulled, which takes minutes the first time. `environ` is what cibuildwheel
    sees.
    """
    if not cibuildwheel_options.is_available():
        return f"cibuildwheel needs Python 3.11 or newer, not {python.python_version()}"
    if platform.system == "windows":
        return _why_no_windows_build()
    if platform.system == "macos":
        return None if machine.here().system == "macOS" else "it builds macOS wheels only on macOS"
    if not _runs(platform.architecture):
        here = machine.here().architecture
        return f"{platform.architecture} containers do not run on this machine ({here}) without qemu"
    return _why_no_container(platform, config, environ, may_pull=may_pull)


def build(platform: Platform, sources: SourceTree, config: Config, out: Path) -> list[Path]:
    """Build the wheels of `platform` into `out`, tested on every Python that `[tool.cibuildwheel]` selects."""
    environ = given_to_build(platform, sources, config, os.environ)
    if platform.system == "linux":
        environ[_ENGINE_VARIABLE] = os.environ.get(_ENGINE_VARIABLE) or default_engine()
    command = [sys.executable, "-m", "cibuildwheel", "--output-dir", str(out)]
    command += ["--platform", platform.system, "--archs", platform.architecture]
    command.append(sources.package.as_posix())
    return wheels_by("cibuildwheel", command, cwd=sources.root, environ=clean_environment(environ), out=out)


def given_to_build(
    platform: Platform, sources: SourceTree, config: Config, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that give a build what it needs from outside, merged with what the project sets.

    Its own SOURCE_DATE_EPOCH wins. Its own constraints are kept, and those of the lock file are added to them.
    """
    system = platform.system
    inside = sources.constraints.relative_to(sources.root).as_posix()
    # A URL, because pip and uv split the variables at spaces.
    constraints = f"{_CONTAINER_PROJECT}/{inside}" if system == "linux" else sources.constraints.as_uri()
    frontend = cibuildwheel_options.build_options(config, system, environ, None).build_frontend
    # `python -m build` needs no PIP_BUILD_CONSTRAINT, and pip refuses it next to --no-build-isolation.
    is_isolating_pip = frontend.name == "pip" and "--no-build-isolation" not in frontend.args
    names = [*_CONSTRAINTS, *(["PIP_BUILD_CONSTRAINT"] if is_isolating_pip else [])]
    additions = {f"environment-{system}": " ".join(f'{name}="${name} {constraints}"' for name in names)}
    if system == "linux":
        additions["environment-pass-linux"] = "SOURCE_DATE_EPOCH"
        additions["skip"] = "*-musllinux_*" if platform.is_manylinux else "*-manylinux_*"
    return {
        "SOURCE_DATE_EPOCH": str(sources.epoch),
        # cibuildwheel's own tools are in the same lock, since a second one could contradict it.
        "CIBW_DEPENDENCY_VERSIONS": inside,
        **cibuildwheel_options.appended(environ, additions),
    }


def _why_no_windows_build() -> str | None:
    if machine.here().system != "Windows":
        return "it builds Windows wheels only on Windows"
    # The folder of vswhere, which finds compilers; in a developer prompt `cl` is on PATH.
    installer = Path(os.environ.get("PROGRAMFILES(X86)", "C:\\")) / "Microsoft Visual Studio" / "Installer"
    component = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    query = ["-latest", "-products", "*", "-requires", component, "-property", "installationPath"]
    if shutil.which("cl") or _output(str(installer / "vswhere.exe"), *query):
        return None
    return "no Microsoft C++ compiler is installed (install the Visual Studio Build Tools)"


def _runs(architecture: str) -> bool:
    """Whether containers of this architecture run here: by the machine itself, or emulated by qemu."""
    names = {"i686": ("x86_64", "amd64"), "x86_64": ("x86_64", "amd64"), "aarch64": ("aarch64", "arm64")}
    emulator = f"qemu-{'arm' if architecture == 'armv7l' else architecture}"
    return machine.here().architecture in names.get(architecture, ()) or (_EMULATORS / emulator).exists()


def missing_image(platform: Platform, config: Config) -> str:
    """Return the container image that a build of `platform` has to pull first; empty if it has none to pull."""
    if platform.system != "linux":
        return ""
    engine, _, image = engine_and_image(platform, config, os.environ)
    return image if engine and _output(engine, "image", "inspect", image) is None else ""


def _why_no_container(platform: Platform, config: Config, environ: Mapping[str, str], *, may_pull: bool) -> str | None:
    engine, engines, image = engine_and_image(platform, config, environ)
    if engine is None:
        return f"{' and '.join(engines)} {'does' if len(engines) == 1 else 'do'} not answer (install or start one)"
    return _why_no_image(engine, image) if may_pull else None


def engine_and_image(
    platform: Platform, config: Config, environ: Mapping[str, str]
) -> tuple[str | None, Sequence[str], str]:
    """Return the container engine that answers, those that were asked, and cibuildwheel's image for `platform`."""
    options = cibuildwheel_options.build_options(config, "linux", environ, None)
    engines = (options.container_engine.name,) if environ.get(_ENGINE_VARIABLE) else _ENGINES
    images = options.manylinux_images if platform.is_manylinux else options.musllinux_images
    return next(filter(_answers, engines), None), engines, (images or {})[platform.architecture]


def default_engine() -> str:
    """Return the engine that answers; if none does, cibuildwheel's default, so that it reports what is missing."""
    return next(filter(_answers, _ENGINES), _ENGINES[0])


def _answers(engine: str) -> bool:
    return (found := shutil.which(engine)) is not None and _answers_at(found)


@functools.cache
def _answers_at(engine: str) -> bool:
    # Asked once: podman takes 0.3 seconds of CPU time to answer.
    return _output(engine, "info") is not None


def _why_no_image(engine: str, image: str) -> str | None:
    if _output(engine, "image", "inspect", image) is not None:
        return None
    # Errors are quoted, not shown: where zig takes over, there is nothing to fix.
    pull = subprocess.run(
        [engine, "pull", image], stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False
    )
    if pull.returncode == 0:
        return None
    reason = last_line(pull.stderr).removeprefix("Error: ").removeprefix("Error response from daemon: ")
    return f"{engine} cannot pull the image {image}: {reason}"


def _output(*command: str) -> str | None:
    """Return what a command prints; None if it is missing, fails or takes longer than a minute."""
    try:
        result = captured(command, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if result.returncode else result.stdout.strip()
