"""Real builds by cibuildwheel in a container. They take minutes, so they only run with -m container."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from tests.support.builds import build, new_clone, tiny_project, wheel_line
from truewheel.system.pythons import find_python

PLATFORM = "manylinux_x86_64"


@pytest.mark.container
@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_two_builds_of_one_commit_are_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("first", "a second one with a longer path"):
        clone = new_clone(tmp_path / name)
        outcome = build(clone, PLATFORM, "--builder", "cibuildwheel")
        assert outcome.status == 0, outcome.output
        assert wheel_line(outcome).endswith("  tested")
        # Built once, then tested on every Python that the package supports.
        assert outcome.output.count("Found previously built wheel") == 3
        (wheel,) = (clone / "dist").iterdir()
        digests.append((wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()))
    assert digests[0] == digests[1]


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
