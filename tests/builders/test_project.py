"""What a package says about its build before anything is built."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from tests.support.programs import ROOT
from truewheel.builders.project import Project, read_project
from truewheel.config import Config, load_config, load_package
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform

REQUIRES = '[build-system]\nrequires = ["scikit-build-core>=1.0"{more}]\nbuild-backend = "scikit_build_core.build"\n'
CMAKE = "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES CXX)\n"


def needs(what: str) -> str:
    return f"its code needs Python.h ({what}), which zig does not have"


def config_of(root: Path, *platforms: Platform, sources: tuple[Path, ...] = ()) -> Config:
    return Config(root, load_package(root, Path("python")), Path(), "pypi", platforms, sources=sources)


def project(
    root: Path, cmake: str = CMAKE, *, more: str = "", settings: str = "", files: dict[str, str] | None = None
) -> Project:
    """Read a package in `python/` with these files."""
    pyproject = f'{REQUIRES.format(more=more)}[project]\nname = "x"\n[tool.scikit-build]\n{settings}\n'
    every = {"python/pyproject.toml": pyproject, "python/CMakeLists.txt": cmake, **(files or {})}
    for name, text in every.items():
        ReleaseFolder(root).write(name, text)
    return read_project(config_of(root))


def test_the_package_of_this_repository_can_be_built_by_both() -> None:
    found = read_project(load_config(ROOT))
    assert found == Project(platforms=("manylinux_x86_64", "win_amd64"))


@pytest.mark.parametrize(
    ("build_system", "backend"),
    [
        ("", "setuptools.build_meta"),
        ('[build-system]\nrequires = ["setuptools", "wheel"]\n', "setuptools.build_meta"),
        ('[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n', "mesonpy"),
        ('[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n', "maturin"),
    ],
)
def test_zig_needs_cmake(tmp_path: Path, build_system: str, backend: str) -> None:
    ReleaseFolder(tmp_path).write("python/pyproject.toml", f'{build_system}[project]\nname = "x"\n')
    reason = f"zig needs scikit-build-core and CMake, and the build backend is {backend}"
    assert read_project(config_of(tmp_path)).not_cross_built == reason


def test_build_requirements_must_be_a_list(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = "scikit-build-core"\n[project]\nname = "x"\n'
    ReleaseFolder(tmp_path).write("python/pyproject.toml", text)
    with pytest.raises(ReleaseError) as caught:
        read_project(config_of(tmp_path))
    told = "requires in [build-system] of python/pyproject.toml must be a list of strings, not 'scikit-build-core'"
    assert caught.value.message == told


def test_scikit_build_core_may_be_behind_another_backend(tmp_path: Path) -> None:
    system = '[build-system]\nrequires = ["hatchling", "Scikit_Build_Core"]\nbuild-backend = "hatchling.build"\n'
    for name, text in {"pyproject.toml": f'{system}[project]\nname = "x"\n', "CMakeLists.txt": CMAKE}.items():
        ReleaseFolder(tmp_path).write(f"python/{name}", text)
    assert read_project(config_of(tmp_path)).not_cross_built == ""


@pytest.mark.parametrize("name", ["pybind11", "nanobind", "Cython"])
def test_bindings_need_python_headers(tmp_path: Path, name: str) -> None:
    found = project(tmp_path, more=f', "{name}>=2"')
    assert found.not_cross_built == needs(f"{name.lower()} in build-system.requires")


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)", "find_package(Python)"),
        ("Find_Package(Python3\n  COMPONENTS Development)", "find_package(Python3)"),
        ("find_package(pybind11 CONFIG REQUIRED)", "find_package(pybind11)"),
        ("find_package(PythonLibs)", "find_package(PythonLibs)"),
        ("python_add_library(_core MODULE main.c WITH_SOABI)", "python_add_library(_core)"),
        ('Python3_add_library("_core" MODULE main.c)', "python3_add_library(_core)"),
        ("nanobind_add_module(_core main.cpp)", "nanobind_add_module(_core)"),
    ],
)
def test_cmake_commands_need_python_headers(tmp_path: Path, command: str, shown: str) -> None:
    found = project(tmp_path, f'{CMAKE}# a comment (\nset(A "#)")\n{command}\n')
    assert found.not_cross_built == needs(f"{shown} in python/CMakeLists.txt, line 5")


@pytest.mark.parametrize(
    "command",
    [
        "find_package(Python REQUIRED COMPONENTS Interpreter)",
        "find_package(Python COMPONENTS Interpreter OPTIONAL_COMPONENTS Development.SABIModule)",
        "find_package(SQLite3 REQUIRED)",
        "# find_package(pybind11)",
        "#[[\nfind_package(pybind11)\n]]",
        "if(BUILD_BINDINGS)\n  find_package(pybind11)\nelse()\n  find_package(nanobind)\nendif()",
        "function(bind)\n  find_package(pybind11)\nendfunction()",
        'message("\nfind_package(pybind11)")',
        "find_package()",
    ],
)
def test_other_commands_do_not(tmp_path: Path, command: str) -> None:
    assert project(tmp_path, f"{CMAKE}{command}\n").not_cross_built == ""


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("add_subdirectory(src)", "src/CMakeLists.txt"),
        ("add_subdirectory(${CMAKE_CURRENT_SOURCE_DIR}/src build)", "src/CMakeLists.txt"),
        ("add_subdirectory(${PROJECT_SOURCE_DIR}/../core build)", "../core/CMakeLists.txt"),
        ("include(cmake/bindings.cmake)", "cmake/bindings.cmake"),
        ("include(bindings)", "cmake/bindings.cmake"),
    ],
)
def test_included_files_are_read(tmp_path: Path, command: str, file: str) -> None:
    found = project(tmp_path, f"{CMAKE}{command}\n", files={f"python/{file}": "find_package(nanobind)\ninclude(a)\n"})
    path = os.path.normpath(f"python/{file}").replace(os.sep, "/")
    assert found.not_cross_built == needs(f"find_package(nanobind) in {path}, line 1")


def test_files_that_include_each_other_are_read_once(tmp_path: Path) -> None:
    files = {"python/a.cmake": "include(b.cmake)\n", "python/b.cmake": "include(a.cmake)\ninclude(../../out.cmake)\n"}
    assert project(tmp_path, f"{CMAKE}include(a.cmake)\n", files=files).not_cross_built == ""


@pytest.mark.parametrize(
    ("command", "download"),
    [
        (
            "FetchContent_Declare(spdlog GIT_REPOSITORY https://example.org/spdlog GIT_TAG v1.17.0)",
            "spdlog (GIT_TAG v1.17.0)",
        ),
        ("FetchContent_Declare(fmt GIT_REPOSITORY https://example.org/fmt)", "fmt (GIT_TAG master)"),
        (
            "FetchContent_Declare(\n  zlib\n  URL https://example.org/zlib.tar.gz # no hash\n)",
            "zlib (https://example.org/zlib.tar.gz)",
        ),
        ("ExternalProject_Add(lua URL https://example.org/lua.zip)", "lua (https://example.org/lua.zip)"),
    ],
)
def test_downloads_without_a_hash_are_listed(tmp_path: Path, command: str, download: str) -> None:
    assert project(tmp_path, f"{CMAKE}{command}\n").downloads == (download,)


@pytest.mark.parametrize(
    "command",
    [
        f"FetchContent_Declare(spdlog GIT_REPOSITORY https://example.org/spdlog GIT_TAG {'0a' * 20})",
        "FetchContent_Declare(zlib URL https://example.org/zlib.tar.gz URL_HASH SHA256=00)",
        "FetchContent_Declare(core SOURCE_DIR ${CMAKE_SOURCE_DIR}/core)",
        "FetchContent_Declare(core URL ${CMAKE_SOURCE_DIR}/core.zip)",
        "file(GLOB sources *.c)",
        "if(BUILD_TESTS)\nFetchContent_Declare(gtest GIT_REPOSITORY https://example.org/gtest GIT_TAG v1)\nendif()",
    ],
)
def test_pinned_and_conditional_downloads_are_not(tmp_path: Path, command: str) -> None:
    assert project(tmp_path, f"{CMAKE}{command}\n").downloads == ()


def test_a_core_above_the_package_is_inside(tmp_path: Path) -> None:
    found = project(tmp_path, settings='cmake.source-dir = ".."', files={"CMakeLists.txt": f"{CMAKE}include(x.cmake)"})
    assert found.outside == ""


@pytest.mark.parametrize(
    ("settings", "sources", "reason"),
    [
        (
            'cmake.source-dir = "../.."',
            (),
            "cmake.source-dir in [tool.scikit-build] of python/pyproject.toml points outside the repository",
        ),
        (
            'cmake.source-dir = "/usr/src/x"',
            (),
            "cmake.source-dir in [tool.scikit-build] of python/pyproject.toml points outside the repository",
        ),
        (
            'cmake.source-dir = "../core"',
            (Path("include"),),
            "core, the cmake.source-dir of python/pyproject.toml, is not in sources of [tool.release]",
        ),
        # The CMake files may be copied by before-build.
        ('cmake.source-dir = "../core"', (), ""),
    ],
)
def test_sources_that_a_build_cannot_see_are_named(
    tmp_path: Path, settings: str, sources: tuple[Path, ...], reason: str
) -> None:
    project(tmp_path, settings=settings)
    assert read_project(config_of(tmp_path, sources=sources)).outside == reason


def test_a_source_folder_that_depends_on_the_platform_is_not_judged(tmp_path: Path) -> None:
    overrides = '[[tool.scikit-build.overrides]]\nif.platform-system = "win32"\ncmake.source-dir = "../.."\n'
    assert project(tmp_path, settings=f'cmake.source-dir = "../.."\n{overrides}').outside == ""


@pytest.mark.skipif(sys.platform == "win32", reason="not everybody may make links")
def test_links_that_lead_out_of_the_repository_are_listed(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    project(root)
    (tmp_path / "data.h").write_text("")
    targets = {
        "inside": "CMakeLists.txt",
        "out": "../../data.h",
        "far": str(tmp_path / "data.h"),
        "nowhere": "../../no",
    }
    for name, target in targets.items():
        (root / "python" / name).symlink_to(target)
    assert read_project(config_of(root)).links == ()  # not a clone yet
    ReleaseFolder(root).commit()
    assert read_project(config_of(root)).links == (f"python/far -> {tmp_path}/data.h", "python/out -> ../../data.h")


def test_platforms_for_cibuildwheel_only_are_none_of_zigs(tmp_path: Path) -> None:
    project(tmp_path)
    platforms = Platform("win_amd64", "windows-latest", builder="cibuildwheel"), Platform("win32", "windows-latest")
    assert read_project(config_of(tmp_path, *platforms)).platforms == ("win32",)


def test_a_source_folder_whose_files_are_among_the_sources_is_seen(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core/CMakeLists.txt").write_text("project(core)\n", encoding="utf-8")
    project(tmp_path, settings='cmake.source-dir = "../core"')
    sources = (Path("core/CMakeLists.txt"), Path("core/src"))
    assert read_project(config_of(tmp_path, sources=sources)).outside == ""


@pytest.mark.parametrize("table", ["tool.cibuildwheel", "tool.cibuildwheel.linux"])
def test_versions_of_cibuildwheels_tools_are_noticed(tmp_path: Path, table: str) -> None:
    text = f'[project]\nname = "x"\n[{table}]\ndependency-versions = "latest"\n'
    ReleaseFolder(tmp_path).write("python/pyproject.toml", text)
    assert read_project(config_of(tmp_path)).sets_versions
