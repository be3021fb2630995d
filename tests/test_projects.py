"""Packages of other shapes than quiverdb's, in tests/projects: locked, really built, and judged."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.builds import build
from tests.support.index_server import serving
from tests.support.programs import ROOT
from tests.support.projects import WORKFLOW, Project, run_in, write_noxfile
from truewheel.config import load_config
from truewheel.programs import check_dist, lock, validate
from truewheel.system.pythons import find_python

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="nox -s lock needs cibuildwheel, which needs Python 3.11"),
    pytest.mark.skipif(sys.platform != "linux", reason="builds Linux wheels that must run here"),
    pytest.mark.skipif(find_python("cp313") is None, reason="this machine has no CPython 3.13"),
]
TAG = "v1.2.0"
WINDOWS_ROW = "          - platform: win_amd64\n            runner: windows-latest\n"
# What is built in a container.
BY_CIBUILDWHEEL = {
    "core_above": ["core_above-1.2.0-cp313-cp313"],
    "setuptools_extension": ["double_each-1.2.0-cp312-cp312", "double_each-1.2.0-cp313-cp313"],
    "setuptools_abi3": ["double_abi3-1.2.0-cp312-abi3"],
    "pybind11_extension": ["double_pybind11-1.2.0-cp312-cp312", "double_pybind11-1.2.0-cp313-cp313"],
    "meson_extension": ["double_meson-1.2.0-cp312-cp312", "double_meson-1.2.0-cp313-cp313"],
}

# Meson insists on an archiver, which an image that stands in for manylinux may lack; zig has one.
ARCHIVER = (
    "command -v ar || { printf '#!/bin/sh\\nexec /opt/tools/bin/python -m ziglang ar \"$@\"\\n' > /usr/local/bin/ar; "
    "chmod +x /usr/local/bin/ar; }"
)


def locked_project(name: str, tmp_path: Path, *, windows: bool = True) -> Project:
    """Copy a project into a repository of its own, with this repository's workflow, its locks, and the tag."""
    project = Project(tmp_path / name)
    shutil.copytree(ROOT / "tests" / "projects" / name, project.root)
    if not windows:
        settings = (project.root / "pyproject.toml").read_text(encoding="utf-8")
        project.write("pyproject.toml", settings.partition("[tool.release.platforms.win_amd64]")[0])
    workflow = (ROOT / WORKFLOW).read_text(encoding="utf-8")
    if [platform.name for platform in load_config(project.root, locked=False).platforms] == ["manylinux_x86_64"]:
        workflow = workflow.replace(WINDOWS_ROW, "")
    project.write(WORKFLOW, workflow)
    write_noxfile(project, tmp_path / "built")
    project.write(".gitignore", "dist/\n")
    project.commit()
    locked = run_in(project, lock.main)
    assert locked.status == 0, locked.output
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "The locks")
    project.git("tag", TAG)
    return project


def built(project: Project, builder: str, platforms: Sequence[str]) -> list[str]:
    """Build the wheels of each platform, into `built/PLATFORM` and `dist/`, and return their names."""
    # The audit of abi3 wheels downloads its own tools, from GitHub. The Pythons of an image that stands in for
    # manylinux would link with a search path of their own, and its compiler cannot scan for C++20 modules.
    environ = {
        "CIBW_BEFORE_ALL_LINUX": ARCHIVER,
        "CIBW_AUDIT_COMMAND": "",
        "CIBW_ENVIRONMENT_LINUX": 'LDSHARED="cc -shared" CMAKE_ARGS="-DCMAKE_CXX_SCAN_FOR_MODULES=OFF"',
    }
    for platform in platforms:
        folder = project.root.with_name("built") / platform
        outcome = build(project.root, platform, "--builder", builder, "--dist", str(folder), environ=environ)
        assert outcome.status == 0, outcome.output
        if platform == "manylinux_x86_64":
            assert outcome.output.splitlines()[-2].endswith("  tested"), outcome.output
        shutil.copytree(folder, project.root / "dist", dirs_exist_ok=True)
    return sorted(path.stem for path in (project.root / "dist").iterdir())


def beginning(name: str) -> str:
    """Return the name of a wheel without its platforms."""
    return name.rpartition("-")[0]


def assert_fit(project: Project) -> None:
    """Judge `dist/` by both gates of a release, for a new project on the index."""
    judged = run_in(project, check_dist.main)
    assert judged.status == 0, judged.output
    with serving() as index, pytest.MonkeyPatch.context() as patch:
        index.use(patch)
        validated = run_in(project, validate.main, TAG)
    assert validated.status == 0, validated.output


# Before its first C++ for a platform, zig compiles libc++: a minute of CPU for Linux, two and a half for Windows.
@pytest.mark.parametrize(
    "platforms",
    [["manylinux_x86_64"], pytest.param(["manylinux_x86_64", "win_amd64"], marks=pytest.mark.container)],
    ids=len,
)
def test_a_core_above_the_package_is_built_and_fit(platforms: list[str], tmp_path: Path) -> None:
    project = locked_project("core_above", tmp_path, windows="win_amd64" in platforms)
    names = built(project, "zig", platforms)
    assert [beginning(each) for each in names] == ["core_above-1.2.0-cp313-cp313"] * len(platforms)
    assert_fit(project)


@pytest.mark.container
@pytest.mark.parametrize("name", BY_CIBUILDWHEEL)
def test_what_needs_a_container_is_built_and_fit(name: str, tmp_path: Path) -> None:
    project = locked_project(name, tmp_path)
    names = built(project, "cibuildwheel", ["manylinux_x86_64"])
    assert [beginning(each) for each in names] == BY_CIBUILDWHEEL[name]
    if name != "core_above":
        assert_fit(project)
