"""Versions that build backends make: each asked for real, in a copy of a repository that has the tags."""

from __future__ import annotations

import os
import re

import pytest

from tests.support.factories import ReleaseFolder
from tests.support.programs import run
from truewheel.builders.backend_version import tag_to_be, with_version
from truewheel.builders.process import clean_environment
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.programs import validate

pytestmark = pytest.mark.once
SCM = """\
[build-system]
requires = ["setuptools>=80", "setuptools-scm>=8"]
build-backend = "setuptools.build_meta"
[project]
name = "quiverdb"
dynamic = ["version"]
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
IN_TREE = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "quiverdb"
dynamic = ["version"]
"""
BACKEND = """\
import os, pathlib
def prepare_metadata_for_build_wheel(folder, settings=None):
    version = pathlib.Path("src/quiverdb/VERSION").read_text()
    os.mkdir(f"{folder}/quiverdb-{version}.dist-info")
    text = f"Metadata-Version: 2.1\\nName: quiverdb\\nVersion: {version}\\n"
    pathlib.Path(folder, f"quiverdb-{version}.dist-info", "METADATA").write_text(text)
    return f"quiverdb-{version}.dist-info"
def build_wheel(folder, settings=None, metadata=None):
    raise SystemExit("nothing is built for the version")
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
    release.write("requirements/package.txt", "")
    release.commit("v0.5.0")
    return release


def version(release: ReleaseFolder) -> str:
    config = with_version(load_config(release.root), os.environ)
    assert config.package.version is not None
    return config.package.version


def test_a_backend_finds_the_history_and_the_changes_of_the_repository(
    release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is left out of the copy is not deleted.
    release.replace("pyproject.toml", 'environment = "pypi"', 'environment = "pypi"\nsources = ["requirements"]')
    assert version(made(release, VCS)) == "0.5.0"
    release.write("bindings/python/pyproject.toml", SCM)
    release.git("add", "--all")
    release.git("commit", "--quiet", "--message", "One more")
    release.replace("bindings/python/src/quiverdb/__init__.py", "0.5.0", "0.7.0")
    # A version that is told to the backend would hide that.
    monkeypatch.setenv("SETUPTOOLS_SCM_PRETEND_VERSION", "0.5.0")
    config = with_version(load_config(release.root), os.environ)
    assert re.fullmatch(r"0\.5\.1\.dev1\+g[0-9a-f]+\.d\d{8}", str(config.package.version))
    assert tag_to_be(config) == "v0.5.1"


def test_a_backend_that_needs_no_history_reads_the_sources_or_is_quoted(
    release: ReleaseFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    release.write("bindings/python/backend.py", BACKEND)
    release.write("bindings/python/src/quiverdb/VERSION", "0.5.1")
    made(release, IN_TREE)
    (check, _, message), *_ = run(validate.main, capsys, "--json", "--tag-only", "--no-index", "v0.5.0").findings
    assert check == "tag-equals-version"
    assert message.startswith("the tag is v0.5.0, but the build backend of quiverdb makes version 0.5.1")
    (release.root / "bindings/python/src/quiverdb/VERSION").unlink()
    with pytest.raises(ReleaseError) as caught:
        version(release)
    assert caught.value.message.startswith("the build backend of quiverdb does not report the version: ")
    assert "src/quiverdb/VERSION" in caught.value.message
    assert caught.value.hint == (
        "correct its settings; this shows all of its output: pip wheel --no-deps bindings/python/"
    )


def test_meson_python_compiles_nothing_for_the_version(release: ReleaseFolder) -> None:
    made(release, MESON)
    release.write("bindings/python/bad.c", "#error compiled\n")
    build = "project('quiverdb', 'c', version: '0.5.0')\nimport('python').find_installation().extension_module("
    release.write("bindings/python/meson.build", f"{build}'bad', 'bad.c', install: true)\n")
    assert version(release) == "0.5.0"


@pytest.mark.parametrize(
    "name", ["SETUPTOOLS_SCM_OVERRIDES_FOR_PACKAGE", "VCS_VERSIONING_PRETEND_VERSION", "UV_DYNAMIC_VERSIONING_BYPASS"]
)
def test_no_variable_of_the_maintainer_changes_the_version(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "9.9.9")
    assert name not in clean_environment({})
