"""Wheels by cibuildwheel, configured by `[tool.cibuildwheel]` in the package's pyproject.toml."""

from __future__ import annotations

import importlib.util
import os
import platform as machine
import shutil
import subprocess
import sys
from pathlib import Path

from truewheel.builders.process import clean_environment, run_tool, the_wheel
from truewheel.builders.source_tree import CONSTRAINTS, SourceTree
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform

# cibuildwheel copies the folder in which it runs to this place in a build container.
_CONTAINER_PROJECT = "/project"
# cibuildwheel has names of its own for the architectures of Windows.
_ARCHITECTURES = {"win_amd64": "AMD64", "win_arm64": "ARM64", "win32": "x86"}
_ENGINES = ("docker", "podman")
_ENGINE_VARIABLE = "CIBW_CONTAINER_ENGINE"
_PASSED_INTO_CONTAINER = ("SOURCE_DATE_EPOCH", "PIP_CONSTRAINT")


def obstacle(platform: Platform, config: Config, *, may_pull: bool = True) -> str | None:
    """Why cibuildwheel cannot build `platform` here; None when it can.

    For manylinux the container image is pulled, which takes a while the first time; unless it may not be: then it
    is taken for granted that it could.
    """
    if importlib.util.find_spec("cibuildwheel") is None:
        return f"cibuildwheel needs Python 3.11 or newer, this is {machine.python_version()}"
    if not platform.is_manylinux:
        return _windows_obstacle()
    if machine.machine().lower() not in _machine_names(platform):
        return f"a {machine.machine()} machine does not run {platform.architecture} containers well"
    return _container_obstacle(platform, config, may_pull=may_pull)


def build(platform: Platform, sources: SourceTree, config: Config, out: Path) -> Path:  # noqa: ARG001
    """Build the wheel of `platform` into `out`, tested on every Python that `[tool.cibuildwheel]` selects.

    Raises:
        ReleaseError: the build, the repair or the tests failed.
    """
    # As a URL: pip splits the variable at spaces, and a path may have some.
    constraints = (sources.root / CONSTRAINTS).as_uri()
    environ = {"SOURCE_DATE_EPOCH": str(sources.epoch), "PIP_CONSTRAINT": constraints}
    # cibuildwheel's own tools by the same lock: two sets of constraints would contradict each other one day.
    environ["CIBW_DEPENDENCY_VERSIONS"] = CONSTRAINTS
    if platform.is_manylinux:
        environ["PIP_CONSTRAINT"] = f"{_CONTAINER_PROJECT}/{CONSTRAINTS}"
        environ[_ENGINE_VARIABLE] = os.environ.get(_ENGINE_VARIABLE) or _default_engine()
    command = [sys.executable, "-m", "cibuildwheel", "--output-dir", str(out)]
    command += ["--platform", "linux" if platform.is_manylinux else "windows"]
    command += ["--archs", _ARCHITECTURES.get(platform.name, platform.architecture)]
    command.append(sources.package.as_posix())
    run_tool("cibuildwheel", command, cwd=sources.root, environ=clean_environment(environ))
    return the_wheel(out, "cibuildwheel")


def _windows_obstacle() -> str | None:
    if sys.platform != "win32":
        return "Windows wheels are built on Windows"
    # Where Visual Studio's installer puts the program that finds compilers; `cl` is found in a developer prompt.
    installer = Path(os.environ.get("PROGRAMFILES(X86)", "C:\\")) / "Microsoft Visual Studio" / "Installer"
    component = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    query = ["-latest", "-products", "*", "-requires", component, "-property", "installationPath"]
    if shutil.which("cl") or _output(str(installer / "vswhere.exe"), *query):
        return None
    return "no Microsoft C++ compiler is installed (install the Visual Studio Build Tools)"


def _machine_names(platform: Platform) -> tuple[str, ...]:
    return ("x86_64", "amd64") if platform.architecture in ("x86_64", "i686") else ("aarch64", "arm64")


def _container_obstacle(platform: Platform, config: Config, *, may_pull: bool) -> str | None:
    # Not at the top: on Python 3.10 there is no cibuildwheel, and this module still has to say so.
    from cibuildwheel.errors import ConfigurationError  # noqa: PLC0415
    from cibuildwheel.options import CommandLineArguments, OptionsReaderError, compute_options  # noqa: PLC0415

    arguments = CommandLineArguments.defaults()
    arguments.platform = "linux"
    arguments.package_dir = config.root / config.package.directory
    try:
        options = compute_options("linux", arguments, dict(os.environ)).build_options(None)
    except (ConfigurationError, OptionsReaderError) as error:
        pyproject = config.package.pyproject.as_posix()
        raise ReleaseError(f"[tool.cibuildwheel] of {pyproject} is broken: {error}") from None
    missing = [name for name in _PASSED_INTO_CONTAINER if name not in _passed(config)]
    if missing:
        pyproject = config.package.pyproject.as_posix()
        return f"environment-pass in [tool.cibuildwheel] of {pyproject} lacks {', '.join(missing)}"
    if os.environ.get(_ENGINE_VARIABLE):
        engines: tuple[str, ...] = (options.container_engine.name,)
    else:
        engines = _ENGINES
    engine = next(filter(_answers, engines), None)
    if engine is None:
        return f"{' and '.join(engines)} {'does' if len(engines) == 1 else 'do'} not answer (install or start one)"
    return _image_obstacle(engine, (options.manylinux_images or {})[platform.architecture]) if may_pull else None


def _passed(config: Config) -> list[str]:
    settings = config.package.settings.get("tool", {}).get("cibuildwheel", {})
    return [*settings.get("environment-pass", []), *settings.get("linux", {}).get("environment-pass", [])]


def _default_engine() -> str:
    """The engine that answers; cibuildwheel's own default where none does, so that it says what is missing."""
    return next(filter(_answers, _ENGINES), _ENGINES[0])


def _answers(engine: str) -> bool:
    return shutil.which(engine) is not None and _succeeds(engine, "info")


def _image_obstacle(engine: str, image: str) -> str | None:
    if _succeeds(engine, "image", "inspect", image):
        return None
    # Shown as it runs: the first time this takes a while.
    if subprocess.run([engine, "pull", image], check=False).returncode == 0:
        return None
    return f"{engine} answers, but cannot get the image {image}"


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _output(*command: str) -> str:
    """What a command prints; nothing when it is not there or fails."""
    try:
        result = subprocess.run(command, capture_output=True, timeout=60, text=True, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if result.returncode else result.stdout.strip()
