"""Environments in which the locked versions of requirements are installed: made once, and kept while they are used."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from truewheel.builders.source_tree import SourceTree
from truewheel.errors import ReleaseError
from truewheel.system.commands import captured
from truewheel.system.files import cache_folder, cached_folder, link_or_copy
from truewheel.system.pythons import Interpreter
from truewheel.system.uv import uv_program

# Seconds that an environment is kept without being used: 30 days.
_KEPT = 30 * 24 * 3600
# The folder of an environment with its programs.
TOOLS = "Scripts" if sys.platform == "win32" else "bin"


def kept_environment(python: Interpreter, requirements: Collection[str], sources: SourceTree) -> Path | None:
    """Return the environment with `requirements` for this lock file and Python.

    None if the lock file lacks one of them, or something that they need. Nobody may change the environment.
    ReleaseError if uv cannot make it.
    """
    pinned = _names(sources.constraints.read_text(encoding="utf-8").splitlines())
    try:
        if not _names(requirements) <= pinned:
            return None
    except InvalidRequirement:  # a path
        return None
    lock = sources.hashed_constraints.read_text(encoding="utf-8")
    facts = [str(python.path.resolve()), python.version, *sorted(requirements), lock]
    digest = hashlib.sha256("\0".join(facts).encode()).hexdigest()
    env = cache_folder() / f"build-{digest[:32]}"
    # Something may have emptied the cache, or removed the Python that is linked there.
    if shutil.which("python", path=str(env / TOOLS)) is None:
        shutil.rmtree(env, ignore_errors=True)
    make = functools.partial(make_environment, python=python, requirements=requirements, sources=sources)
    cached_folder(env.name, make)
    os.utime(env)
    installed = next(env.rglob("site-packages")).glob("*.dist-info")
    return env if {canonicalize_name(path.name.partition("-")[0]) for path in installed} <= pinned else None


def _names(requirements: Iterable[str]) -> set[str]:
    """The projects that requirements name; InvalidRequirement if one is a path or an address."""
    parsed = [Requirement(each) for each in requirements]
    if urls := [each.url for each in parsed if each.url]:
        raise InvalidRequirement(urls[0])
    return {canonicalize_name(each.name) for each in parsed}


def make_environment(env: Path, python: Interpreter, requirements: Collection[str], sources: SourceTree) -> None:
    """Make the environment `env`, in which the lock file decides the versions that it has."""
    for old in cache_folder().glob("build-*"):
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
            f"the locked tools cannot be installed: {' '.join(result.stderr.split())}",
            hint="a hash mismatch means that a file on the index is not the one that was locked: find out why; "
            "otherwise check the network",
        )


def add_packages(kept: Path, env: Path) -> None:
    """Link what is in a kept environment into another one of the same Python, except what that has already."""

    def link(source: str, target: str) -> None:
        if not os.path.lexists(target):
            link_or_copy(source, target)

    # lib64 is a link to lib.
    shutil.copytree(kept, env, ignore=shutil.ignore_patterns("lib64"), copy_function=link, dirs_exist_ok=True)
