"""What is released is known without `[tool.release]`: from the workflow and the package's own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import Project
from tests.support.runs import FILE, workflow
from truewheel.config import Package
from truewheel.errors import ReleaseError
from truewheel.rehearsal.inferred import inferred_config, inferred_package, tag_of
from truewheel.workflow import read_workflow

BUILD = """\
build:
  runs-on: ubuntu-latest
  steps:
    - {uses: pypa/cibuildwheel@v4, with: {package-dir: FOLDER}}
publish:
  runs-on: ubuntu-latest
  environment: {name: PyPI, url: 'https://example.org'}
  steps: [{run: x}]
"""


def package(project: Project, folder: str = ".") -> Package:
    """The package of a repository of which all files are committed."""
    found = workflow(project.root, BUILD.replace("FOLDER", folder))
    project.commit()
    return inferred_package(project.root, found)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.mark.parametrize(
    ("file", "text", "name", "version"),
    [
        ("pyproject.toml", '[project]\nname = "My.Package"\nversion = "1.2"\n', "My.Package", "1.2"),
        ("pyproject.toml", '[project]\nname = "it"\ndynamic = ["version"]\n', "it", None),
        ("setup.cfg", "[metadata]\nname = it\n", "it", None),
        ("setup.py", "from setuptools import setup\nsetup(name='it', version=read())\n", "it", None),
        ("setup.py", "NAME = 'it'\nsetup(**{}, name=NAME)\n", "it", None),
        ("python/pyproject.toml", '[project]\nname = "below"\nversion = "3"\n', "below", "3"),
    ],
)
def test_the_package_is_found(project: Project, file: str, text: str, name: str, version: str | None) -> None:
    project.write(file, text)
    found = package(project)
    assert (found.name, found.version, found.directory) == (name, version, Path(file).parent)


def test_the_package_is_found_in_the_files_of_a_tag_which_are_there_without_git(project: Project) -> None:
    project.write("bindings/python/pyproject.toml", '[project]\nname = "below"\n')
    found = inferred_package(project.root, workflow(project.root, "one:\n  runs-on: x\n  steps: [{run: x}]\n"))
    assert (found.name, found.directory) == ("below", Path("bindings/python"))


def test_the_folder_that_cibuildwheel_builds_comes_first(project: Project) -> None:
    project.write("pyproject.toml", '[project]\nname = "outer"\n')
    project.write("inner/pyproject.toml", '[project]\nname = "inner"\n')
    assert package(project, "inner").name == "inner"
    config = inferred_config(project.root, read_workflow(project.root, FILE), None)
    assert (config.package.name, config.environment, config.platforms, config.workflow) == ("inner", "", (), FILE)
    publisher = read_workflow(project.root, FILE).jobs["publish"]
    assert inferred_config(project.root, read_workflow(project.root, FILE), publisher).environment == "PyPI"


def test_a_package_without_a_name(project: Project) -> None:
    project.write("setup.py", "setup(name=read_name())\n")
    with pytest.raises(ReleaseError) as caught:
        package(project)
    assert caught.value.message == (
        "none of pyproject.toml, setup.cfg, setup.py names the package that .github/workflows/publish.yml releases"
    )


@pytest.mark.parametrize(("newest", "tag"), [("", "v1.2"), ("0.9.0", "1.2"), ("release-0.9", "release-1.2")])
def test_the_tag_is_written_as_the_newest_one(project: Project, newest: str, tag: str) -> None:
    project.write("pyproject.toml", '[project]\nname = "it"\nversion = "1.2"\n')
    found = package(project)
    if newest:
        project.git("tag", newest)
    assert tag_of(project.root, found) == tag


def test_a_dynamic_version_needs_a_tag(project: Project) -> None:
    project.write("pyproject.toml", '[project]\nname = "it"\ndynamic = ["version"]\n')
    found = package(project)
    project.git("tag", "v7.1")
    with pytest.raises(ReleaseError) as caught:
        tag_of(project.root, found)
    assert str(caught.value).startswith("the version of it is not written in [project], so there is no tag to rehearse")
    assert caught.value.hint == "name a tag, such as v7.1"
