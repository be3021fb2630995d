"""D7 and D8: exactly the expected wheels, judged by their names."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.support.factories import LINUX_WHEEL, WINDOWS_WHEEL, wheel_filename
from tests.support.judging import HERE, findings, messages
from truewheel.checks.registers import dist_check
from truewheel.findings import Finding
from truewheel.platforms import GlibcVersion, Platform
from truewheel.publishing.distribution_folder import DistributionFolder

PLATFORMS = (
    Platform("manylinux_x86_64", "ubuntu-latest", GlibcVersion(2, 28)),
    Platform("win_amd64", "windows-latest"),
)
NEWER = "quiverdb-0.5.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
REBUILD = "delete it, or empty the folder and build again: nox -s wheels"


def folder(
    *wheels: str, others: tuple[str, ...] = (), project: str = "quiverdb", version: str | None = "0.5.0"
) -> DistributionFolder:
    names = tuple(wheel_filename(wheel) for wheel in wheels)
    return DistributionFolder(Path("dist"), names, others, canonicalize_name(project), version, PLATFORMS)


def test_exactly_the_expected_wheels_have_no_findings() -> None:
    assert list(dist_check.results(folder(LINUX_WHEEL, WINDOWS_WHEEL), "dist")) == []


def test_wheel_per_platform_accepts_every_spelling_of_a_platform_and_a_build_tag() -> None:
    wheels = folder(NEWER, "quiverdb-0.5.0-1-cp310-abi3-win_amd64.whl")
    assert messages(dist_check, "wheel-per-platform", wheels) == []


def test_wheel_per_platform_accepts_a_version_in_another_spelling() -> None:
    wheels = folder("quiverdb-0.5-py3-none-win_amd64.whl", LINUX_WHEEL)
    assert messages(dist_check, "wheel-per-platform", wheels) == []


def test_wheel_per_platform_refuses_a_missing_wheel() -> None:
    assert findings(dist_check, "wheel-per-platform", folder(LINUX_WHEEL)) == [
        Finding(
            "wheel-per-platform",
            HERE,
            "no wheel for win_amd64; expected quiverdb-0.5.0-…-win_amd64.whl",
            'build it: nox -s "wheels(win_amd64)"',
        )
    ]


def test_wheel_per_platform_refuses_an_empty_folder() -> None:
    assert messages(dist_check, "wheel-per-platform", folder(project="Quiver.DB")) == [
        "no wheel for manylinux_x86_64; expected quiver_db-0.5.0-…-manylinux_…_x86_64.whl",
        "no wheel for win_amd64; expected quiver_db-0.5.0-…-win_amd64.whl",
    ]


def test_wheel_per_platform_refuses_two_wheels_of_one_platform() -> None:
    assert findings(dist_check, "wheel-per-platform", folder(NEWER, LINUX_WHEEL, WINDOWS_WHEEL)) == [
        Finding(
            "wheel-per-platform",
            HERE,
            f"2 wheels for manylinux_x86_64, expected one: {NEWER}, {LINUX_WHEEL}",
            "keep the one that was built last, delete the others",
        )
    ]


@pytest.mark.parametrize(
    "stranger",
    [
        "quiverdb-0.4.9-py3-none-win_amd64.whl",
        "other-0.5.0-py3-none-win_amd64.whl",
        "quiverdb-0.5.0-py3-none-win_amd64.win32.whl",
    ],
)
def test_wheel_per_platform_refuses_a_folder_with_only_other_wheels(stranger: str) -> None:
    assert messages(dist_check, "wheel-per-platform", folder(LINUX_WHEEL, stranger)) == [
        "no wheel for win_amd64; expected quiverdb-0.5.0-…-win_amd64.whl"
    ]


def test_wheel_of_release_accepts_every_spelling_of_the_name() -> None:
    wheels = folder("Quiver_DB-0.5.0-py3-none-win_amd64.whl", project="quiver.db")
    assert messages(dist_check, "wheel-of-release", wheels) == []


def test_wheel_of_release_refuses_another_project() -> None:
    other = "other-0.5.0-py3-none-win_amd64.whl"
    assert findings(dist_check, "wheel-of-release", folder(LINUX_WHEEL, other)) == [
        Finding("wheel-of-release", other, "is a wheel of other; this release is of quiverdb", REBUILD)
    ]


def test_wheel_of_release_accepts_the_released_version() -> None:
    assert messages(dist_check, "wheel-of-release", folder(LINUX_WHEEL, WINDOWS_WHEEL)) == []


def test_wheel_of_release_refuses_another_version() -> None:
    older = "quiverdb-0.4.9-py3-none-win_amd64.whl"
    assert findings(dist_check, "wheel-of-release", folder(LINUX_WHEEL, older)) == [
        Finding("wheel-of-release", older, "is a wheel of version 0.4.9; this release is of version 0.5.0", REBUILD)
    ]


@pytest.mark.parametrize("version", [None, "five"])
def test_wheel_of_release_refuses_every_wheel_without_a_valid_version(version: str | None) -> None:
    assert messages(dist_check, "wheel-of-release", folder(LINUX_WHEEL, version=version)) == [
        f"is a wheel of version 0.5.0; this release is of version {version}"
    ]


def test_wheel_of_release_accepts_the_configured_platforms() -> None:
    assert messages(dist_check, "wheel-of-release", folder(NEWER, WINDOWS_WHEEL)) == []


@pytest.mark.parametrize(
    "tag",
    [
        "macosx_11_0_arm64",
        "manylinux_2_28_aarch64",
        "musllinux_1_2_x86_64",
        "linux_x86_64",
        "win32",
        "any",
        "manylinux_2_28_x86_64.musllinux_1_2_x86_64",
    ],
)
def test_wheel_of_release_refuses_a_foreign_platform(tag: str) -> None:
    wheel = f"quiverdb-0.5.0-py3-none-{tag}.whl"
    assert findings(dist_check, "wheel-of-release", folder(wheel)) == [
        Finding(
            "wheel-of-release",
            wheel,
            f"is a wheel for {tag}; this release is for manylinux_x86_64, win_amd64",
            "delete it, or add its platform to [tool.release.platforms]",
        )
    ]


def test_only_wheels_accepts_only_wheels() -> None:
    assert messages(dist_check, "only-wheels", folder(LINUX_WHEEL, WINDOWS_WHEEL)) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("quiverdb-0.5.0.tar.gz", "is an sdist"),
        ("quiverdb-0.5.0.zip", "is an sdist"),
        ("notes.txt", "is a stray file"),
        (".hidden", "is a stray file"),
        ("old/", "is a folder"),
        ("old.whl/", "is a folder"),
        ("notes.whl", "is not a wheel that can be published: its name is malformed, or it is a link"),
    ],
)
def test_only_wheels_refuses_everything_else(name: str, kind: str) -> None:
    assert findings(dist_check, "only-wheels", folder(LINUX_WHEEL, others=(name,))) == [
        Finding(
            "only-wheels",
            name,
            f"{kind}; only wheels are published",
            "delete it; the publish job uploads everything in the folder",
        )
    ]
