"""Real builds by zig of small packages: sets of wheels, and what is wrong with a set."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.builds import tiny_project
from tests.support.native_factories import elf_library
from tests.support.programs import Outcome, run_in
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.programs.wheels import _refuse_outdated_lock, main
from truewheel.system.pythons import find_python, running_python

# Real builds and the index: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
HERE = running_python().tag
OTHER = next((name for name in ("cp313", "cp312", "cp311", "cp310") if name != HERE and find_python(name)), "")
PER_PYTHON = "tiny-1.0.0-{python}-{python}-win_amd64.whl"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    return functools.partial(run_in, main, monkeypatch, capfd)


@pytest.mark.skipif(not OTHER, reason="this machine has one Python")
def test_each_python_gets_its_wheel_and_older_ones_go(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    project = tiny_project(tmp_path / "project", {"win_amd64": [HERE, OTHER]})
    dist = project / "dist"
    dist.mkdir()
    for name in ("tiny-0.9.0-py3-none-win_amd64.whl", "tiny-0.9.0-py3-none-win32.whl"):
        (dist / name).write_text("old")
    outcome = run(project, "win_amd64", "--builder", "zig")
    assert outcome.status == 0, outcome.output
    names = sorted(PER_PYTHON.format(python=python) for python in (HERE, OTHER))
    assert outcome.last_line == f"wheels: dist/ holds 3 wheels: tiny-0.9.0-py3-none-win32.whl, {', '.join(names)}"
    for name in names:
        assert f"wheels: zig  {name}  " in outcome.output


@pytest.mark.skipif(not OTHER, reason="this machine has one Python")
def test_one_wheel_that_serves_every_python_is_built_once(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    project = tiny_project(tmp_path / "project", {"win_amd64": [OTHER, HERE]})
    with (project / "pyproject.toml").open("a") as settings:
        settings.write('\n[tool.scikit-build]\nwheel.py-api = "py3"\n')
    outcome = run(project, "win_amd64", "--builder", "zig")
    assert outcome.last_line == "wheels: dist/ holds 1 wheel: tiny-1.0.0-py3-none-win_amd64.whl"


def test_a_python_that_is_missing_is_named_before_the_build(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    project = tiny_project(tmp_path / "project", {"win_amd64": [HERE, "cp399"]})
    outcome = run(project, "win_amd64", "--builder", "zig")
    assert outcome.status == 2
    assert outcome.last_line == (
        "wheels: cannot build: zig cannot build win_amd64 here: "
        "this machine has no CPython 3.99, which builds cp399-win_amd64"
    )


def test_a_set_with_code_for_another_platform_never_reaches_dist(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    cmake = (
        "cmake_minimum_required(VERSION 3.25)\nproject(tiny LANGUAGES NONE)\ninstall(FILES tiny.so DESTINATION tiny)\n"
    )
    files: dict[str, str | bytes] = {"CMakeLists.txt": cmake, "tiny.so": elf_library()}
    project = tiny_project(tmp_path / "project", {"win_amd64": [HERE]}, files)
    (project / "dist").mkdir()
    (project / "dist/tiny-0.9.0-py3-none-win_amd64.whl").write_text("old")
    outcome = run(project, "win_amd64", "--builder", "zig")
    assert outcome.status == 1
    name = PER_PYTHON.format(python=HERE)
    assert "native-platform: tiny/tiny.so is ELF for x86_64; the tag win_amd64 needs PE for x86_64" in outcome.output
    assert outcome.last_line == f"wheels: refused: 1 finding in {name}"
    assert [path.name for path in (project / "dist").iterdir()] == ["tiny-0.9.0-py3-none-win_amd64.whl"]


def test_a_set_that_does_not_serve_every_build_never_reaches_dist(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    # The backend gives the wheel the tag of another Python.
    project = tiny_project(tmp_path / "project", {"win_amd64": [HERE]})
    with (project / "pyproject.toml").open("a") as settings:
        settings.write('\n[tool.scikit-build]\nwheel.py-api = "py399"\n')
    outcome = run(project, "win_amd64", "--builder", "zig")
    assert outcome.status == 1
    assert f"wheel-per-build: no wheel serves {HERE}-win_amd64; expected tiny-1.0.0-…-win_amd64.whl" in outcome.output
    assert not (project / "dist").exists()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_builds_that_cibuildwheel_selects_no_more_are_named_before_the_build(tmp_path: Path) -> None:
    settings = (tmp_path / "project").joinpath("pyproject.toml")
    project = tiny_project(settings.parent, {"manylinux_x86_64": ["cp312"]})
    text = settings.read_text().replace('builds = ["cp312"]\n', "")
    settings.write_text(text.replace("[tool.cibuildwheel]", '[tool.cibuildwheel]\nbuild = "cp312-* cp313-*"'))
    lock = project / "requirements/builds.txt"
    lock.write_text("cp311-manylinux_x86_64\ncp312-manylinux_x86_64\n")
    config = load_config(project)
    with pytest.raises(ReleaseError) as caught:
        _refuse_outdated_lock(config.platform("manylinux_x86_64"), config)
    assert caught.value.message == (
        "requirements/builds.txt lacks cp313-manylinux_x86_64 and has cp311-manylinux_x86_64; "
        "cibuildwheel selects cp312-manylinux_x86_64, cp313-manylinux_x86_64"
    )
    lock.write_text("cp312-manylinux_x86_64\ncp313-manylinux_x86_64\n")
    config = load_config(project)
    _refuse_outdated_lock(config.platform("manylinux_x86_64"), config)


EXTENSION = """
[build-system]
requires = ["setuptools"]

[project]
name = "tiny"
version = "1.0.0"

[tool.cibuildwheel]
test-command = "python -c 'import tiny'"
"""


def test_a_setuptools_extension_is_refused_before_the_build(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    project = tiny_project(tmp_path / "project", {"win_amd64": [HERE]})
    settings = project / "pyproject.toml"
    release = settings.read_text().partition("[build-system]")[0]
    settings.write_text(release + EXTENSION)
    (project / "setup.py").write_text(
        "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('tiny', ['tiny.c'])])\n"
    )
    outcome = run(project, "win_amd64", "--builder", "zig")
    assert outcome.status == 2
    assert outcome.last_line == (
        "wheels: cannot build: zig cannot build win_amd64 here: "
        "zig needs scikit-build-core and CMake, and the build backend is setuptools.build_meta"
    )
    assert "wheels: building" not in outcome.output


def test_sources_outside_of_the_repository_are_refused_before_the_build(
    tmp_path: Path, run: Callable[..., Outcome]
) -> None:
    project = tiny_project(tmp_path / "project", {"win_amd64": [HERE]})
    with (project / "pyproject.toml").open("a") as settings:
        settings.write('\n[tool.scikit-build]\ncmake.source-dir = "../core"\n')
    outcome = run(project, "win_amd64")
    assert outcome.status == 2
    assert outcome.last_line == (
        "wheels: cannot build: no builder can build win_amd64: "
        "cmake.source-dir in [tool.scikit-build] of pyproject.toml points outside the repository"
    )


CXX = """\
cmake_minimum_required(VERSION 3.25...4.2)
project(tiny LANGUAGES CXX)
foreach(name core api)
  add_library(${name} SHARED ${name}.cpp)
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${name} LIBRARY DESTINATION tiny)
endforeach()
target_link_libraries(api PRIVATE core)
FetchContent_Declare(unused GIT_REPOSITORY https://example.org/unused GIT_TAG v1)
"""
CORE = """\
#include <stdexcept>
extern "C" __attribute__((visibility("default"))) int core(int x)
{
  if (x < 0) throw std::invalid_argument("negative");
  return x;
}
"""
API = """\
#include <exception>
extern "C" int core(int);
extern "C" __attribute__((visibility("default"))) int api(int x)
{
  try { return core(x); } catch (std::exception const&) { return -1; }
}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="builds a Linux wheel that must run here")
def test_two_libraries_of_cpp_are_noted_and_work_where_no_exception_crosses(
    tmp_path: Path, run: Callable[..., Outcome]
) -> None:
    files: dict[str, str | bytes] = {
        "CMakeLists.txt": CXX.replace("FetchContent", "include(FetchContent)\nFetchContent"),
        "core.cpp": CORE,
        "api.cpp": API,
        "src/tiny/__init__.py": "import ctypes, pathlib\n"
        "api = ctypes.CDLL(str(pathlib.Path(__file__).with_name('api.so'))).api\nassert api(7) == 7\n",
    }
    project = tiny_project(tmp_path / "project", {"manylinux_x86_64": [HERE]}, files)
    outcome = run(project, "manylinux_x86_64", "--builder", "zig")
    assert outcome.status == 0, outcome.output
    assert "  tested\n" in outcome.output
    assert "wheels: note: CMake downloads what no lock file pins: unused (GIT_TAG v1); pin each by" in outcome.output
    assert (
        ": zig linked a C++ runtime into each of tiny/api.so, tiny/core.so: "
        "an exception that crosses from one to another ends the process; let no exception leave a library; or put "
        'builder = "cibuildwheel" in [tool.release.platforms.manylinux_x86_64]\n'
    ) in outcome.output


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows cibuildwheel builds Windows wheels")
def test_a_platform_may_insist_on_its_builder(tmp_path: Path, run: Callable[..., Outcome]) -> None:
    project = tiny_project(tmp_path / "project", {"win_amd64": [HERE]})
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace("runner =", 'builder = "cibuildwheel"\nrunner ='))
    outcome = run(project, "win_amd64")
    assert outcome.status == 2
    assert outcome.last_line.startswith("wheels: cannot build: cibuildwheel cannot build win_amd64 here: ")
    assert "zig cannot" not in outcome.last_line
