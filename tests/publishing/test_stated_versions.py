"""Every place that states the version is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.publishing.stated_versions import StatedVersion, read_stated_versions

PACKAGE = "bindings/python"


def stated(release: ReleaseFolder) -> list[tuple[str, str, str]]:
    return [(one.place, one.name, one.version) for one in read_stated_versions(load_config(release.root))]


@pytest.mark.parametrize("folder", ["src/quiverdb", "python/quiverdb", "quiverdb"])
@pytest.mark.parametrize("module", ["__init__.py", "_version.py", "__about__.py"])
@pytest.mark.parametrize("line", ['__version__ = "0.4.0"', '__version__: str = "0.4.0"', '__version__ = v = "0.4.0"'])
def test_a_literal_version_of_the_package_is_found(release: ReleaseFolder, folder: str, module: str, line: str) -> None:
    release.write(f"{PACKAGE}/{folder}/__init__.py", "")
    release.write(f"{PACKAGE}/{folder}/{module}", f'"""A docstring."""\n\n{line}\n')
    assert stated(release) == [(f"{PACKAGE}/{folder}/{module}:3", "__version__", "0.4.0")]


def test_the_only_package_is_the_projects_whatever_its_name(release: ReleaseFolder) -> None:
    release.write(f"{PACKAGE}/src/quiver/__init__.py", '__version__ = "0.4.0"\n')
    assert stated(release) == [(f"{PACKAGE}/src/quiver/__init__.py:1", "__version__", "0.4.0")]
    release.write(f"{PACKAGE}/src/other/__init__.py", '__version__ = "9"\n')
    assert stated(release) == []


@pytest.mark.parametrize(
    "text",
    [
        'from importlib import metadata\n__version__ = metadata.version("quiverdb")\n',
        'version = "1.0"\n',
        'def f():\n    __version__ = "1.0"\n',
        "__version__ = (1, 0)\n",
        "this is not Python\n",
    ],
)
def test_what_is_not_a_literal_version_is_left_alone(release: ReleaseFolder, text: str) -> None:
    release.write(f"{PACKAGE}/src/quiverdb/__init__.py", text)
    # Neither is that of tests, or of what the package vendors.
    release.write(f"{PACKAGE}/tests/__init__.py", '__version__ = "9"\n')
    release.write(f"{PACKAGE}/src/quiverdb/_vendor/six/__init__.py", '__version__ = "1.16.0"\n')
    assert stated(release) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("project(quiver VERSION 0.4.0)\n", 1),
        ('cmake_minimum_required(VERSION 3.25)\nPROJECT (quiver\n  LANGUAGES C\n  VERSION "0.4.0"\n)\n', 4),
        (
            "# project(a VERSION 1.0)\n#[[ project(b VERSION 1.0) ]]\nproject(quiver VERSION 0.4.0 LANGUAGES C)\n",
            3,
        ),
    ],
)
def test_the_version_of_the_cmake_project_is_found(release: ReleaseFolder, text: str, line: int) -> None:
    release.write(f"{PACKAGE}/CMakeLists.txt", text)
    assert stated(release) == [(f"{PACKAGE}/CMakeLists.txt:{line}", "VERSION in project()", "0.4.0")]


def test_the_cmake_project_is_where_scikit_build_core_looks(release: ReleaseFolder) -> None:
    release.write("CMakeLists.txt", "project(quiver VERSION 0.4.0)\n")
    release.write(f"{PACKAGE}/CMakeLists.txt", "project(other VERSION ${VERSION})\n")
    assert stated(release) == []
    pyproject = release.root / PACKAGE / "pyproject.toml"
    pyproject.write_text(f'{pyproject.read_text()}\n[tool.scikit-build]\ncmake.source-dir = "../.."\n')
    assert stated(release) == [("CMakeLists.txt:1", "VERSION in project()", "0.4.0")]


@pytest.mark.parametrize("settings", ["scikit-build = 5", "scikit-build.cmake = []"])
def test_settings_that_are_not_tables_are_an_error(release: ReleaseFolder, settings: str) -> None:
    pyproject = release.root / PACKAGE / "pyproject.toml"
    pyproject.write_text(f"[tool]\n{settings}\n{pyproject.read_text()}")
    with pytest.raises(ReleaseError, match=r"^tool\.scikit-build.* in bindings/python/pyproject\.toml must be a table"):
        stated(release)


def test_the_files_that_the_configuration_names_state_the_version(release: ReleaseFolder) -> None:
    release.replace(
        "pyproject.toml", "[tool.release]\n", '[tool.release]\nversion-files = ["docs/conf.py", "README.md"]\n'
    )
    release.write("docs/conf.py", 'needs = "10.5.0"\nrelease = "0.5.0"\n')
    release.write("README.md", "Requires 0.5.0.1 or 0.5.0rc1 or 10.5.0\n")
    assert stated(release) == [("docs/conf.py:2", "version", "0.5.0"), ("README.md", "version", "")]
    (release.root / "README.md").unlink()
    with pytest.raises(ReleaseError, match=r"^README\.md, one of version-files in \[tool\.release\], cannot be read"):
        stated(release)


def test_without_a_static_version_no_file_is_compared(release: ReleaseFolder) -> None:
    config = replace(load_config(release.root), version_files=(Path("missing"),))
    package = replace(config.package, version=None)
    assert read_stated_versions(replace(config, package=package)) == ()
    assert StatedVersion(Path("a"), 0, "version", "").place == "a"
