"""The builder cibuildwheel, configured by `[tool.cibuildwheel]` in the package's pyproject.toml."""

from __future__ import annotations

import importlib.util
import os
import platform as machine
import shutil
import subprocess
import sys
from pathlib import Path

from truewheel.builders.process import clean_environment, run_tool, the_wheels
from truewheel.builders.source_tree import SourceTree
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.system.commands import captured, last_line

# Where cibuildwheel copies its working folder in a build container.
_CONTAINER_PROJECT = "/project"
_ENGINES = ("docker", "podman")
_ENGINE_VARIABLE = "CIBW_CONTAINER_ENGINE"
_PASSED_INTO_CONTAINER = ("SOURCE_DATE_EPOCH", "PIP_CONSTRAINT")


def why_not(platform: Platform, config: Config, *, may_pull: bool = True) -> str | None:
    """Return why cibuildwheel cannot build `platform` here; None if it can.

    For manylinux, a missing container image is pulled, which takes minutes the first time.
    """
    if importlib.util.find_spec("cibuildwheel") is None:
        return f"cibuildwheel needs Python 3.11 or newer, this is {machine.python_version()}"
    if not platform.is_manylinux:
        return _why_no_windows_build()
    if machine.machine().lower() not in _machine_names(platform):
        return f"{platform.architecture} containers are not practical on this machine ({machine.machine()})"
    return _why_no_container(platform, config, may_pull=may_pull)


def build(platform: Platform, sources: SourceTree, config: Config, out: Path) -> list[Path]:  # noqa: ARG001
    """Build the wheels of `platform` into `out`, tested on every Python that `[tool.cibuildwheel]` selects.

    Raises:
        ReleaseError: the build, the repair or the tests failed.
    """
    # A URL, because pip splits the variable at spaces.
    constraints = sources.constraints.as_uri()
    environ = {"SOURCE_DATE_EPOCH": str(sources.epoch), "PIP_CONSTRAINT": constraints}
    # cibuildwheel's own tools are in the same lock, since a second one could contradict it.
    environ["CIBW_DEPENDENCY_VERSIONS"] = inside = sources.constraints.relative_to(sources.root).as_posix()
    if platform.is_manylinux:
        environ["PIP_CONSTRAINT"] = f"{_CONTAINER_PROJECT}/{inside}"
        environ[_ENGINE_VARIABLE] = os.environ.get(_ENGINE_VARIABLE) or _default_engine()
    command = [sys.executable, "-m", "cibuildwheel", "--output-dir", str(out)]
    command += ["--platform", platform.system, "--archs", platform.architecture]
    command.append(sources.package.as_posix())
    run_tool("cibuildwheel", command, cwd=sources.root, environ=clean_environment(environ))
    return the_wheels(out, "cibuildwheel")


def _why_no_windows_build() -> str | None:
    if sys.platform != "win32":
        return "it builds Windows wheels on Windows only"
    # The folder of vswhere, which finds compilers; in a developer prompt `cl` is on PATH.
    installer = Path(os.environ.get("PROGRAMFILES(X86)", "C:\\")) / "Microsoft Visual Studio" / "Installer"
    component = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    query = ["-latest", "-products", "*", "-requires", component, "-property", "installationPath"]
    if shutil.which("cl") or _output(str(installer / "vswhere.exe"), *query):
        return None
    return "no Microsoft C++ compiler is installed (install the Visual Studio Build Tools)"


def _machine_names(platform: Platform) -> tuple[str, ...]:
    return ("x86_64", "amd64") if platform.architecture in ("x86_64", "i686") else ("aarch64", "arm64")


def _why_no_container(platform: Platform, config: Config, *, may_pull: bool) -> str | None:
    # Imported here: Python 3.10 has no cibuildwheel, which `why_not` reports.
    from cibuildwheel.errors import ConfigurationError  # noqa: PLC0415
    from cibuildwheel.options import CommandLineArguments, OptionsReaderError, compute_options  # noqa: PLC0415

    pyproject = config.package.pyproject.as_posix()
    arguments = CommandLineArguments.defaults()
    arguments.platform = "linux"
    arguments.package_dir = config.root / config.package.directory
    try:
        options = compute_options("linux", arguments, dict(os.environ)).build_options(None)
    except (ConfigurationError, OptionsReaderError) as error:
        raise ReleaseError(f"[tool.cibuildwheel] of {pyproject} is broken: {error}") from None
    missing = [name for name in _PASSED_INTO_CONTAINER if name not in _passed(config)]
    if missing:
        return f"environment-pass in [tool.cibuildwheel] of {pyproject} lacks {', '.join(missing)}"
    engines = (options.container_engine.name,) if os.environ.get(_ENGINE_VARIABLE) else _ENGINES
    engine = next(filter(_answers, engines), None)
    if engine is None:
        return f"{' and '.join(engines)} {'does' if len(engines) == 1 else 'do'} not answer (install or start one)"
    return _why_no_image(engine, (options.manylinux_images or {})[platform.architecture]) if may_pull else None


def _passed(config: Config) -> list[str]:
    tables = (("tool", "cibuildwheel"), ("tool", "cibuildwheel", "linux"))
    return [name for keys in tables for name in config.package.table(*keys).get("environment-pass", [])]


def _default_engine() -> str:
    """Return the engine that answers; if none does, cibuildwheel's default, so that it reports what is missing."""
    return next(filter(_answers, _ENGINES), _ENGINES[0])


def _answers(engine: str) -> bool:
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
