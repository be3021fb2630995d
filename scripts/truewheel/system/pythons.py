"""The Pythons of this machine."""

from __future__ import annotations

import functools
import json
import os
import platform
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from truewheel.errors import ReleaseError
from truewheel.system import machine
from truewheel.system.commands import captured
from truewheel.system.uv import uv_program
from truewheel.system.wine import Wine

# By the beginnings of the tags of wheels and of cibuildwheel's build identifiers.
IMPLEMENTATIONS = {"cp": "CPython", "pp": "PyPy", "gp": "GraalPy", "graalpy": "GraalPy", "py": "Python"}
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python of this machine."""

    path: Path  # its executable
    tag: str  # its name in cibuildwheel's build identifiers, e.g. `cp313`, `cp313t`, `pp311`
    version: str  # its version, e.g. `3.13.0`
    wine: Wine | None = None  # the Wine that runs it; None if the machine itself does
    source: str = ""  # where one for Wine is from

    @property
    def under_wine(self) -> str:
        """How it runs, as in `tested under Wine 8.0 with CPython 3.13.2`; empty if the machine itself runs it."""
        return f" under Wine {self.wine.version} with CPython {self.version}" if self.wine else ""


def find_python(tag: str) -> Interpreter | None:
    """Return the Python of this machine with a tag such as `cp313`; None if there is none."""
    return next((python for python in pythons() if python.tag == tag), None)


def describe_python(tag: str) -> str:
    """Return a Python in words: `CPython 3.13`, `free-threaded CPython 3.13`, `PyPy 3.11`."""
    match = re.match(r"(cp|pp|gp)3(\d+)(t?)", tag, re.ASCII)
    return f"{'free-threaded ' * bool(match[3])}{IMPLEMENTATIONS[match[1]]} 3.{match[2]}" if match else tag


def running_python() -> Interpreter:
    """Return the Python that runs this program."""
    implementation = {"cpython": "cp", "pypy": "pp"}.get(sys.implementation.name, sys.implementation.name)
    threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    tag = f"{implementation}{sys.version_info.major}{sys.version_info.minor}{threads}"
    return Interpreter(Path(sys.executable), tag, platform.python_version())


def pythons() -> Iterator[Interpreter]:
    """The Pythons of this machine: first the one that runs this program, then the newest."""
    yield running_python()
    yield from _installed()


@functools.cache
def _installed() -> tuple[Interpreter, ...]:
    """The Pythons for this machine that uv finds: on PATH, its own, those of pyenv; the newest first."""
    arguments = ["python", "list", "--only-installed", "--no-python-downloads", "--output-format", "json"]
    architecture = machine.here().architecture
    try:
        found = json.loads(captured([uv_program(), *arguments], env=_with_pyenv(os.environ), timeout=60).stdout)
        usable = [each for each in found if each["arch"] == _MACHINES.get(architecture, architecture)]
        pythons = [python for each in usable if (python := _interpreter(each)) is not None]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, ReleaseError):
        # There is no uv, or an older one, which lists less.
        return ()
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
    """Return variables whose PATH has every Python of pyenv instead of its shims.

    Shims run only the Pythons that are switched on, and uv, which starts each, would take thirty times as long.
    """
    folders = [Path(folder) for folder in environ.get("PATH", os.defpath).split(os.pathsep)]
    roots = [Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv")]
    roots += [folder.parent for folder in folders if folder.name == "shims"]
    found = {root: sorted(root.glob("versions/3*/bin")) for root in dict.fromkeys(roots)}
    pythons = [folder for bins in found.values() for folder in bins]
    used = [root for root, bins in found.items() if bins]
    kept = [each for each in folders if each.name != "shims" or not any(map(each.is_relative_to, used))]
    return {**environ, "PATH": os.pathsep.join(map(str, [*pythons, *kept]))}
