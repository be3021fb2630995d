"""Versions that build backends make: each asked for real, in a copy of a repository that has the tags."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.builders.backend_version import tag_to_be, with_version
from truewheel.builders.process import clean_environment
from truewheel.builders.source_tree import staged_sources
from truewheel.config import load_config
from truewheel.errors import ReleaseError

pytestmark = pytest.mark.once
C_SOURCE = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_c", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__c(void) { return PyModule_Create(&module); }
"""
SCM = """\
[build-system]
requires = ["setuptools>=80", "setuptools-scm>=8"]
build-backend = "setuptools.build_meta"
[project]
name = "quiverdb"
dynamic = ["version"]
[tool.setuptools]
ext-modules = [{name = "quiverdb._c", sources = ["src/quiverdb/_c.c"]}]
[tool.setuptools_scm]
root = "../.."
"""
VCS = """\
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"
[project]
name = "quiverdb"
dynamic = ["version"]
[tool.hatch.version]
source = "vcs"
raw-options = {root = "../.."}
"""
REGEX = """\
[build-system]
requires = ["scikit-build-core"]
build-backend = "scikit_build_core.build"
[project]
name = "quiverdb"
dynamic = ["version"]
[tool.scikit-build.metadata.version]
provider = "scikit_build_core.metadata.regex"
input = "src/quiverdb/__init__.py"
"""
MESON = """\
[build-system]
requires = ["meson-python"]
build-backend = "mesonpy"
[project]
name = "quiverdb"
dynamic = ["version"]
"""


def made(release: ReleaseFolder, pyproject: str) -> ReleaseFolder:
    """A repository whose package has a dynamic version, at the tag v0.5.0."""
    release.replace("pyproject.toml", 'environment = "pypi"', 'environment = "pypi"\nversion = "dynamic"')
    release.write("bindings/python/pyproject.toml", pyproject)
    release.write("bindings/python/src/quiverdb/__init__.py", '__version__ = "0.5.0"\n')
    release.write("bindings/python/src/quiverdb/_c.c", C_SOURCE)
    release.write("requirements/package.txt", "")
    release.commit("v0.5.0")
    return release


def version(release: ReleaseFolder) -> str:
    config = with_version(load_config(release.root), os.environ)
    assert config.package.version is not None
    return config.package.version


@pytest.mark.parametrize("pyproject", [SCM, VCS, REGEX], ids=["setuptools-scm", "hatch-vcs", "regex"])
def test_a_backend_makes_the_version_of_the_tag(release: ReleaseFolder, pyproject: str) -> None:
    assert version(made(release, pyproject)) == "0.5.0"


def test_a_commit_after_the_tag_has_another_version(release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    made(release, SCM).git("commit", "--quiet", "--allow-empty", "--message", "One more")
    # A version that is told to the backend would hide that.
    monkeypatch.setenv("SETUPTOOLS_SCM_PRETEND_VERSION", "0.5.0")
    config = with_version(load_config(release.root), os.environ)
    assert str(config.package.version).startswith("0.5.1.dev1+g")
    assert tag_to_be(config) == "v0.5.1"


def test_only_changes_in_the_repository_are_changes_in_the_copy(release: ReleaseFolder) -> None:
    made(release, SCM)
    # What is left out of the copy is not deleted.
    release.replace("pyproject.toml", '"dynamic"', '"dynamic"\nsources = ["requirements"]')
    release.commit("v0.6.0")
    assert version(release) == "0.6.0"
    release.replace("bindings/python/src/quiverdb/__init__.py", "0.5.0", "0.7.0")
    assert version(release).startswith("0.6.1.dev0+g")


def test_a_native_wheel_has_the_version_of_its_sources(release: ReleaseFolder, tmp_path: Path) -> None:
    made(release, SCM)
    with staged_sources(load_config(release.root), {}) as sources:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path / "out")]
        subprocess.run([*command, str(sources.root / sources.package)], env=clean_environment({}), check=True)
    (wheel,) = (tmp_path / "out").iterdir()
    assert wheel.name.startswith("quiverdb-0.5.0-cp3")
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.startswith("quiverdb/_c.") for name in archive.namelist())


def test_meson_python_compiles_nothing_for_the_version(release: ReleaseFolder) -> None:
    made(release, MESON)
    release.write("bindings/python/bad.c", "#error compiled\n")
    build = "project('quiverdb', 'c', version: '0.5.0')\nimport('python').find_installation().extension_module("
    release.write("bindings/python/meson.build", f"{build}'bad', 'bad.c', install: true)\n")
    assert version(release) == "0.5.0"


def test_a_backend_that_fails_is_quoted(release: ReleaseFolder) -> None:
    with pytest.raises(ReleaseError) as caught:
        version(made(release, REGEX.replace("__init__.py", "missing.py")))
    assert caught.value.message.startswith("the build backend of quiverdb does not report the version: ")
    assert "missing.py" in caught.value.message
    assert caught.value.hint == (
        "correct its settings; this shows all of its output: pip wheel --no-deps bindings/python/"
    )


@pytest.mark.parametrize(
    "name", ["SETUPTOOLS_SCM_OVERRIDES_FOR_PACKAGE", "VCS_VERSIONING_PRETEND_VERSION", "UV_DYNAMIC_VERSIONING_BYPASS"]
)
def test_no_variable_of_the_maintainer_changes_the_version(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "9.9.9")
    assert name not in clean_environment({})
