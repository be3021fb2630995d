"""Real builds by cibuildwheel in a container. They take minutes, so they only run with -m container."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.builds import build, new_clone, tiny_project, wheel_line
from tests.support.programs import ROOT
from truewheel.system import git
from truewheel.system.pythons import find_python

PLATFORM = "manylinux_x86_64"


def built(clone: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """Build in a container, and return the name and the hash of the wheel."""
    outcome = build(clone, PLATFORM, "--builder", "cibuildwheel", environ=environ)
    assert outcome.status == 0, outcome.output
    assert wheel_line(outcome).endswith("  tested")
    # Built once, then tested on every Python that the package supports.
    assert outcome.output.count("Found previously built wheel") == 3
    return of_one_wheel(clone / "dist")


def of_one_wheel(folder: Path) -> tuple[str, str]:
    (wheel,) = folder.glob("*manylinux*.whl")
    return wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.mark.container
@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_two_builds_of_one_commit_are_the_same_bytes(tmp_path: Path) -> None:
    # .ci/run has built the commit already, and names the folder of that wheel.
    before = os.environ.get("BUILT_IN_CONTAINER")
    environ = {"SOURCE_DATE_EPOCH": str(git.commit_time(ROOT))}
    first = of_one_wheel(Path(before)) if before else built(new_clone(tmp_path / "first"), environ)
    assert built(new_clone(tmp_path / "a second one with a longer path"), environ) == first


EXTENSION = """\
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", 0, -1, methods};
PyMODINIT_FUNC PyInit_tiny(void) { return PyModule_Create(&module); }
"""
SETUP = "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('tiny', ['tiny.c'])])\n"
BACKEND = """\
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
requires-python = ">=3.12"
"""
TESTS = """\
[tool.cibuildwheel]
build = "cp312-* cp313-*"
test-command = "python -c 'import tiny; assert tiny.answer() == 42'"
"""


@pytest.mark.container
@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_an_extension_gets_a_wheel_for_each_python(tmp_path: Path) -> None:
    project = tiny_project(tmp_path / "project", {PLATFORM: []}, {"tiny.c": EXTENSION, "setup.py": SETUP})
    (project / "src/tiny/__init__.py").unlink()
    settings = project / "pyproject.toml"
    release, _, package = settings.read_text().replace("builds = []\n", "").partition("[build-system]\n")
    package = package.partition("[project]\n")[2].partition("[tool.cibuildwheel]")[0]
    settings.write_text(f"{release}[build-system]\n{BACKEND}{package}{TESTS}")
    (project / "requirements/builds.txt").write_text(f"cp312-{PLATFORM}\ncp313-{PLATFORM}\n")
    outcome = build(project, PLATFORM, "--builder", "cibuildwheel")
    assert outcome.status == 0, outcome.output
    wheels = [line.split() for line in outcome.output.splitlines() if line.startswith("wheels: cibuildwheel ")]
    assert [wheel[2].split("-")[2] for wheel in wheels] == ["cp312", "cp313"]
    # The clean room runs each one on its own Python, or says that there is none.
    assert wheels[0][-1] == "tested" or find_python("cp312") is None
    assert wheels[1][-1] == "tested" or find_python("cp313") is None
