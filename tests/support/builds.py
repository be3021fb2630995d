"""Clones of this repository, and real builds of wheels in them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.factories import ReleaseFolder
from tests.support.programs import ROOT, TRUEWHEEL, Outcome
from truewheel.system import git

if sys.platform != "win32":
    import fcntl


def new_clone(folder: Path) -> Path:
    """Make a repository with one commit, which has this working tree with its uncommitted changes."""
    for name in git.listing(ROOT):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    ReleaseFolder(folder).commit()
    return folder


_PYPROJECT = """\
[tool.release]
package = "."
workflow = ".github/workflows/publish.yml"
environment = "pypi"
"""
_PLATFORM = """
[tool.release.platforms.{name}]
runner = "ubuntu-latest"
builds = {builds}
"""
_PACKAGE = """
[build-system]
requires = ["scikit-build-core>=1.0", "cmake>=3.25", "ninja>=1.11"]
build-backend = "scikit_build_core.build"

[project]
name = "tiny"
version = "1.0.0"

[tool.cibuildwheel]
test-command = "python -c 'import tiny'"
"""
_CMAKE = """\
cmake_minimum_required(VERSION 3.25...4.2)
project(tiny LANGUAGES C)
add_library(tiny SHARED tiny.c)
set_target_properties(tiny PROPERTIES PREFIX "")
install(PROGRAMS $<TARGET_FILE:tiny> DESTINATION tiny COMPONENT library)
"""
_LOADING = """\
import ctypes, pathlib
library = ctypes.CDLL(str(*pathlib.Path(__file__).parent.glob("tiny.*[!y]")))
"""


def tiny_project(folder: Path, builds: Mapping[str, Sequence[str]], files: Mapping[str, str | bytes] = {}) -> Path:
    """Make a repository with one commit: a package of one C library that a CMake project builds.

    Args:
        folder: the new folder.
        builds: the builds of each platform, e.g. `{"manylinux_x86_64": ["cp312", "cp313"]}`.
        files: further files, in the place of those with the same names.
    """
    platforms = "".join(_PLATFORM.format(name=name, builds=json.dumps(each)) for name, each in builds.items())
    every: dict[str, str | bytes] = {
        "pyproject.toml": _PYPROJECT + platforms + _PACKAGE,
        "requirements/package.txt": (ROOT / "requirements/package.txt").read_text(encoding="utf-8"),
        "CMakeLists.txt": _CMAKE,
        "tiny.c": '__attribute__((visibility("default"))) int tiny(void) { return 1; }\n',
        "src/tiny/__init__.py": _LOADING,
    }
    for name, text in {**every, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    ReleaseFolder(folder).commit()
    return folder


def build(repository: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Outcome:
    """Run `truewheel wheels` in `repository`, as its nox session does; errors are part of the output."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    machinery = repository / "scripts" / "truewheel"
    result = subprocess.run(
        [sys.executable, machinery if machinery.exists() else TRUEWHEEL, "wheels", *arguments],
        cwd=repository,
        env={**inherited, "PYTHONUTF8": "1", **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return Outcome(result.returncode, result.stdout)


def wheel_line(outcome: Outcome) -> str:
    """The line about the wheel, which is followed by the one about dist/."""
    return outcome.output.splitlines()[-2]


def build_once(run: Path) -> Path:
    """Build both wheels of quiverdb by zig, unless another worker of this test run has; return `PLATFORM/WHEEL`.

    Args:
        run: the folder that all workers share.
    """
    wheels, built = run / "wheels", run / "wheels-are-built"
    with _alone(run / "wheels.lock"):
        if not built.exists():
            shutil.rmtree(wheels, ignore_errors=True)
            clone = new_clone(wheels / "clone")
            # The tests of the package run where its build is tested.
            package = clone / "bindings/python/pyproject.toml"
            text, tests = package.read_text(encoding="utf-8"), "python -m pytest -p no:cacheprovider {package}/tests"
            assert tests in text
            package.write_text(text.replace(tests, "python -c 'import quiverdb'"), encoding="utf-8")
            for platform in ("manylinux_x86_64", "win_amd64"):
                arguments = (platform, "--builder", "zig", "--dist", str(wheels / platform))
                outcome = build(clone, *arguments, environ={"TRUEWHEEL_WINE": ""})
                assert outcome.status == 0, outcome.output
            built.touch()
    return wheels


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Hold a lock that all workers share. On Windows there is none, and each of them may build."""
    # Closing the file releases it, even if the worker dies.
    with file.open("w") as lock:
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
