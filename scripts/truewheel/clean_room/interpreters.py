"""The Pythons of this machine, and which of them can run a wheel."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, platform_tags
from packaging.version import Version

from truewheel.builds import Build
from truewheel.system.commands import captured
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

_IMPLEMENTATIONS = {"cp": "CPython", "pp": "PyPy", "graalpy": "GraalPy", "py": "Python"}
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python of this machine.

    Attributes:
        path: its executable.
        tag: its name in cibuildwheel's build identifiers, e.g. `cp313`, `cp313t`, `pp311`.
        version: its version, e.g. `3.13.0`.
    """

    path: Path
    tag: str
    version: str

    def accepts(self, wheel: Wheel) -> bool:
        """Whether it can install a wheel, as far as the tags say that are for this machine."""
        return any(Build(self.tag, tag.platform).accepts([tag]) for tag in _tags_for_this_machine(wheel))

    def preference(self, wheel: Wheel) -> int:
        """Where pip ranks a wheel that it can install, the best first."""
        minor = Version(self.version).minor
        tags = [*cpython_tags((3, minor), [self.tag]), *compatible_tags((3, minor), f"cp3{minor}")]
        ranks = {tag: rank for rank, tag in enumerate(tags)}
        return min(ranks.get(tag, len(ranks)) for tag in _tags_for_this_machine(wheel))


def interpreter_for(wheel: Wheel) -> Interpreter | str:
    """Return a Python of this machine that can run `wheel`, or why there is none, as the end of a sentence.

    It is the one that runs this program, if that fits; otherwise the newest that fits.
    """
    if wheel.filename is None:
        return "its file name is not a wheel's"
    tags = _tags_for_this_machine(wheel)
    if not tags:
        machine = f"{platform.system()} on {platform.machine()}"
        return f"this machine ({machine}) does not run {', '.join(wheel.filename.platform_tags)}"
    reason = f"there is no {' or '.join(sorted({_name(tag) for tag in tags}))} on this machine"
    required = _requires_python(wheel)
    for python in _pythons():
        if python.accepts(wheel):
            if required.contains(python.version, prereleases=True):
                return python
            reason = f"no Python on this machine is {required}, as Requires-Python demands"
    return reason


def best_wheel(wheels: Sequence[Wheel]) -> tuple[Interpreter, Wheel] | None:
    """Return the wheel of a release that pip installs on this machine, and the Python for which it does.

    It is the one that runs this program, if it can install any; None if no Python of this machine can.
    """
    for python in _pythons():
        fitting = [wheel for wheel in wheels if python.accepts(wheel)]
        fitting = [wheel for wheel in fitting if _requires_python(wheel).contains(python.version, prereleases=True)]
        if fitting:
            return python, min(fitting, key=python.preference)
    return None


def _tags_for_this_machine(wheel: Wheel) -> list[Tag]:
    here = {*platform_tags(), "any"}
    return [tag for tag in wheel.filename.tags if tag.platform in here] if wheel.filename else []


def why_not_run_here(wheel: Wheel) -> str | None:
    """Return why this machine cannot run `wheel`, as the end of a sentence; None if it can."""
    found = interpreter_for(wheel)
    return found if isinstance(found, str) else None


def _name(tag: Tag) -> str:
    """The Python that a tag is for: `CPython 3.13`, `CPython 3.11 or newer`, `free-threaded CPython 3.13`."""
    match = re.fullmatch(r"([a-z]+)(\d)(\d*)", tag.interpreter)
    if match is None:
        return tag.interpreter
    version = ".".join(filter(None, match.groups()[1:]))
    free_threaded = "free-threaded " if tag.abi.startswith("cp") and tag.abi.endswith("t") else ""
    newer = " or newer" if tag.abi.startswith("abi3") else ""
    return f"{free_threaded}{_IMPLEMENTATIONS.get(match[1], match[1])} {version}{newer}"


def _requires_python(wheel: Wheel) -> SpecifierSet:
    written = wheel.metadata.one("Requires-Python") if isinstance(wheel.metadata, HeaderFile) else None
    try:
        return SpecifierSet(written or "")
    except InvalidSpecifier:  # metadata-valid reports it
        return SpecifierSet()


def _pythons() -> Iterator[Interpreter]:
    implementation = {"cpython": "cp", "pypy": "pp"}.get(sys.implementation.name, sys.implementation.name)
    threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    tag = f"{implementation}{sys.version_info.major}{sys.version_info.minor}{threads}"
    yield Interpreter(Path(sys.executable), tag, platform.python_version())
    yield from _installed()


@functools.cache
def _installed() -> tuple[Interpreter, ...]:
    """The Pythons for this machine that uv finds: on PATH, its own, those of pyenv; the newest first."""
    has_uv = importlib.util.find_spec("uv") is not None
    uv = [sys.executable, "-m", "uv"] if has_uv else [shutil.which("uv") or ""]
    command = [*uv, "python", "list", "--only-installed", "--no-python-downloads", "--output-format", "json"]
    try:
        result = captured(command, env=_with_pyenv(os.environ), timeout=60)
        found = json.loads(result.stdout) if result.returncode == 0 else []
    except (OSError, subprocess.TimeoutExpired, ValueError):
        found = []
    machine = platform.machine().lower()
    usable = [each for each in found if each["arch"] == _MACHINES.get(machine, machine)]
    pythons = (python for each in usable if (python := _interpreter(each)) is not None)
    return tuple(sorted(pythons, key=_age, reverse=True))


def _age(python: Interpreter) -> tuple[bool, Version]:
    version = Version(python.version)
    return not version.is_prerelease, version


def _interpreter(found: Mapping[str, Any]) -> Interpreter | None:
    """Read an item of uv's list; None for Python 2, and for a variant that no wheel is tagged for."""
    implementation = {"cpython": "cp", "pypy": "pp"}.get(found["implementation"])
    threads = {"default": "", "freethreaded": "t"}.get(found["variant"])
    parts = found["version_parts"]
    if implementation is None or threads is None or parts["major"] != 3:
        return None
    return Interpreter(Path(found["path"]), f"{implementation}3{parts['minor']}{threads}", found["version"])


def _with_pyenv(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables whose PATH has every Python of pyenv; its shims run only those that are switched on."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    roots = [Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv")]
    roots += [Path(folder).parent for folder in folders if Path(folder).name == "shims"]
    pythons = [str(folder) for root in dict.fromkeys(roots) for folder in sorted(root.glob("versions/3*/bin"))]
    return {**environ, "PATH": os.pathsep.join([*pythons, *folders])}
