"""Does the package build from what is in the repository? Judged before anything is built."""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.builders.project import SOURCES_HINT, Project
from truewheel.checks.registers import project_check
from truewheel.checks.sentences import join_names
from truewheel.findings import By, Problem


@project_check(
    By.CARE,
    source="scikit-build-core, cmake.source-dir; a checkout in CI has nothing but the repository",
    hint=SOURCES_HINT,
)
def sources_inside(project: Project) -> Iterator[str | Problem]:
    """the sources of the release contain everything that the build reads: the CMake project, and targets of links"""
    if project.outside:
        yield project.outside
    for link in project.links:
        yield Problem(f"the link {link} points outside the repository", hint="put a copy of the file in its place")


@project_check.note(
    By.CARE,
    source="CMake, FetchContent: a tag or a branch can be moved",
    hint="pin each by URL_HASH, or by a whole commit in GIT_TAG",
)
def downloads_pinned(project: Project) -> Iterator[str]:
    """everything that CMake downloads is pinned by a hash"""
    if project.downloads:
        yield f"CMake downloads what no lock file pins: {join_names(project.downloads)}"


@project_check.note(By.CARE, source="docs/building.md", hint="remove it; nox -s lock -- --upgrade locks newer versions")
def dependency_versions_locked(project: Project) -> Iterator[str]:
    """the package does not tell cibuildwheel which versions of its tools to install"""
    if project.sets_versions:
        yield "dependency-versions in [tool.cibuildwheel] has no effect: requirements/package.txt locks these versions"


@project_check.note(
    By.CARE,
    source="docs/building.md",
    hint='if only cibuildwheel builds them anyway, say so: builder = "cibuildwheel" in the tables of their platforms',
)
def cross_build_possible(project: Project) -> Iterator[str]:
    """zig can build the wheels that cibuildwheel cannot build on this machine"""
    if project.not_cross_built and project.platforms:
        yield f"zig cannot build {join_names(project.platforms)}: {project.not_cross_built}"
