"""What a package's own files say about its build."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.judging import messages
from truewheel.builders.project import Project
from truewheel.checks.registers import project_check

CMAKE = Project(platforms=("manylinux_x86_64", "win_amd64"))

REASON = "zig needs scikit-build-core and CMake, and the build backend is setuptools.build_meta"


def found(name: str, **facts: Any) -> list[str]:
    return messages(project_check, name, replace(CMAKE, **facts))


def test_sources_inside_accepts_a_project_in_the_repository() -> None:
    assert found("sources-inside") == []


def test_sources_inside_refuses_one_that_is_elsewhere() -> None:
    reason = "cmake.source-dir in [tool.scikit-build] of python/pyproject.toml points outside the repository"
    assert found("sources-inside", outside=reason) == [reason]


def test_sources_inside_refuses_links_to_elsewhere() -> None:
    assert found("sources-inside", links=("src/data.h -> /usr/include/data.h",)) == [
        "the link src/data.h -> /usr/include/data.h points outside the repository"
    ]


def test_downloads_pinned_accepts_a_build_without_downloads() -> None:
    assert found("downloads-pinned") == []


def test_downloads_pinned_notes_tags() -> None:
    assert found("downloads-pinned", downloads=("spdlog (GIT_TAG v1.17.0)", "lua (GIT_TAG v5.4.8)")) == [
        "CMake downloads what no lock file pins: spdlog (GIT_TAG v1.17.0), lua (GIT_TAG v5.4.8)"
    ]


def test_dependency_versions_locked_accepts_a_package_that_leaves_them_to_the_lock() -> None:
    assert found("dependency-versions-locked") == []


def test_dependency_versions_locked_notes_what_has_no_effect() -> None:
    assert found("dependency-versions-locked", sets_versions=True) == [
        "dependency-versions in [tool.cibuildwheel] has no effect: requirements/package.txt locks these versions"
    ]


def test_cross_build_possible_accepts_cmake() -> None:
    assert found("cross-build-possible") == []


def test_cross_build_possible_accepts_platforms_that_only_cibuildwheel_builds() -> None:
    assert found("cross-build-possible", not_cross_built=REASON, platforms=()) == []


def test_cross_build_possible_notes_what_zig_cannot_build() -> None:
    assert found("cross-build-possible", not_cross_built=REASON) == [
        f"zig cannot build manylinux_x86_64, win_amd64: {REASON}"
    ]
