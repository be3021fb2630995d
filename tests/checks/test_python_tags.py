"""Requires-Python and the builds of a release are for the same Pythons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.factories import ReleaseFolder
from tests.support.judging import messages
from tests.support.wheel_judging import metadata, of_release
from truewheel.builds import Build
from truewheel.checks.registers import release_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.config import load_config
from truewheel.platforms import Platform
from truewheel.workflow import read_workflow


@pytest.mark.parametrize(
    ("tag", "specifiers"),
    [
        ("py3-none", ">=3.10"),
        ("cp310-abi3", ">=3.9.99"),
        ("cp311-cp311", ">=3.11"),
        ("cp311-cp311", ">=3.11.4,<3.12"),
        ("cp312-cp312", ">=3.13"),
        ("cp310-cp310", "no specifiers"),
    ],
)
def test_builds_allowed_accepts_pythons_that_requires_python_allows(
    release: ReleaseFolder, tag: str, specifiers: str
) -> None:
    text = metadata(f"Requires-Python: {specifiers}", without="Requires-Python")
    assert of_release(release, "builds-allowed", tag=f"{tag}-win_amd64", metadata=text) == []


@pytest.mark.parametrize(
    ("tag", "specifiers", "refused"),
    [
        ("py3-none", ">=3.11", "cp310-win_amd64"),
        ("cp38-abi3", "<3.10", "cp310-win_amd64"),
        ("cp310-cp310", ">=3.12", "cp310-win_amd64"),
    ],
)
def test_builds_allowed_refuses_pythons_that_requires_python_excludes(
    release: ReleaseFolder, tag: str, specifiers: str, refused: str
) -> None:
    text = metadata(f"Requires-Python: {specifiers}", without="Requires-Python")
    assert of_release(release, "builds-allowed", tag=f"{tag}-win_amd64", metadata=text) == [
        f"serves {refused}, but Requires-Python is {specifiers}"
    ]


def test_builds_allowed_leaves_a_missing_requirement_to_others(release: ReleaseFolder) -> None:
    text = metadata(without="Requires-Python")
    assert of_release(release, "builds-allowed", tag="cp310-cp310-win_amd64", metadata=text) == []


def pythons_built(release: ReleaseFolder, requirement: str, **builds: str) -> list[str]:
    """Judge a release with these Pythons on each platform."""
    release.replace("bindings/python/pyproject.toml", ">=3.10", requirement)
    platforms = tuple(
        Platform(name, "runner", builds=tuple(Build(python, name) for python in pythons.split()))
        for name, pythons in builds.items()
    )
    config = replace(load_config(release.root), platforms=platforms)
    workflow = read_workflow(release.root, config.workflow)
    return messages(release_check, "pythons-built", TaggedRelease("v0.5.0", config, workflow))


@pytest.mark.parametrize(
    ("requirement", "builds"),
    [
        (">=3.10", {"win_amd64": "cp310 cp311 cp312"}),
        (">=3.10,!=3.11.*", {"win_amd64": "cp310 cp312"}),
        (">=3.13", {"win_amd64": "cp313"}),
        # Windows on ARM came with CPython 3.11.
        (">=3.10", {"win_amd64": "cp310 cp311 cp312", "win_arm64": "cp311 cp312"}),
        (">=3.10", {"win_amd64": "cp310 cp311 cp312 cp313t pp311"}),
        (">=3.10", {"win_amd64": "cp310-abi3 cp313t", "win32": "cp310 cp311-abi3"}),
    ],
)
def test_pythons_built_accepts_a_build_for_each(
    release: ReleaseFolder, requirement: str, builds: dict[str, str]
) -> None:
    assert pythons_built(release, requirement, **builds) == []


def test_pythons_built_refuses_pythons_that_no_platform_has_a_build_for(release: ReleaseFolder) -> None:
    assert pythons_built(release, ">=3.8", win_amd64="cp310", win32="cp310") == [
        "no platform has a build for Python 3.8, 3.9, which requires-python >=3.8 allows"
    ]


def test_pythons_built_refuses_a_gap_on_one_platform(release: ReleaseFolder) -> None:
    assert pythons_built(release, ">=3.10", win_amd64="cp310 cp312", win32="cp310 cp311 cp311t") == [
        "win_amd64 has no build for Python 3.11, which requires-python >=3.10 allows",
        "win32 has no build for Python 3.12, which requires-python >=3.10 allows",
    ]
