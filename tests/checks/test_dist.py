"""D7 and D8: exactly the expected wheels, judged by their names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.support.factories import LINUX_WHEEL, WINDOWS_WHEEL, wheel_filename
from tests.support.judging import HERE, findings, messages
from truewheel.builds import Build
from truewheel.checks.registers import dist_check
from truewheel.findings import Finding
from truewheel.platforms import Platform
from truewheel.publishing.distribution_folder import DistributionFolder

PLATFORMS = tuple(
    Platform(name, "runner", builds=(Build("cp310", name), Build("cp311", name)))
    for name in ("manylinux_x86_64", "win_amd64")
)
NEWER = "quiverdb-0.5.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
LINUX = "manylinux_2_28_x86_64"
EXPECT = (
    "delete it; or add its platform to [tool.release.platforms], or its Python to the package's builds, and run "
    "nox -s lock"
)
REBUILD = "delete it, or empty the folder and build again: nox -s wheels"


def folder(
    *wheels: str, others: tuple[str, ...] = (), project: str = "quiverdb", version: str | None = "0.5.0"
) -> DistributionFolder:
    names = tuple(wheel_filename(wheel) for wheel in wheels)
    return DistributionFolder(Path("dist"), names, others, canonicalize_name(project), version, PLATFORMS)


def test_exactly_the_expected_wheels_have_no_findings() -> None:
    assert list(dist_check.results(folder(LINUX_WHEEL, WINDOWS_WHEEL), "dist")) == []


def test_wheel_per_build_accepts_every_spelling_of_a_platform_and_a_build_tag() -> None:
    wheels = folder(NEWER, "quiverdb-0.5.0-1-cp310-abi3-win_amd64.whl")
    assert messages(dist_check, "wheel-per-build", wheels) == []


def test_wheel_per_build_accepts_a_version_in_another_spelling() -> None:
    wheels = folder("quiverdb-0.5-py3-none-win_amd64.whl", LINUX_WHEEL)
    assert messages(dist_check, "wheel-per-build", wheels) == []


def test_wheel_per_build_refuses_a_missing_wheel() -> None:
    assert findings(dist_check, "wheel-per-build", folder(LINUX_WHEEL)) == [
        Finding(
            "wheel-per-build",
            HERE,
            "no wheel serves cp310-win_amd64, cp311-win_amd64; expected quiverdb-0.5.0-…-win_amd64.whl",
            'build it: nox -s "wheels(win_amd64)"',
        )
    ]


def test_wheel_per_build_refuses_an_empty_folder() -> None:
    assert messages(dist_check, "wheel-per-build", folder(project="Quiver.DB")) == [
        (
            "no wheel serves cp310-manylinux_x86_64, cp311-manylinux_x86_64; "
            "expected quiver_db-0.5.0-…-manylinux_…_x86_64.whl"
        ),
        "no wheel serves cp310-win_amd64, cp311-win_amd64; expected quiver_db-0.5.0-…-win_amd64.whl",
    ]


def test_wheel_per_build_refuses_two_wheels_of_one_platform() -> None:
    assert findings(dist_check, "wheel-per-build", folder(NEWER, LINUX_WHEEL, WINDOWS_WHEEL)) == [
        Finding(
            "wheel-per-build",
            HERE,
            f"2 wheels serve cp310-manylinux_x86_64, cp311-manylinux_x86_64: {NEWER}, {LINUX_WHEEL}",
            "keep the one that was built last, delete the others",
        )
    ]


@pytest.mark.parametrize(
    "stranger",
    [
        "quiverdb-0.4.9-py3-none-win_amd64.whl",
        "other-0.5.0-py3-none-win_amd64.whl",
        "quiverdb-0.5.0-cp312-cp312-win_amd64.whl",
    ],
)
def test_wheel_per_build_refuses_a_folder_with_only_other_wheels(stranger: str) -> None:
    assert messages(dist_check, "wheel-per-build", folder(LINUX_WHEEL, stranger)) == [
        "no wheel serves cp310-win_amd64, cp311-win_amd64; expected quiverdb-0.5.0-…-win_amd64.whl"
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
        "py3-none-macosx_11_0_arm64",
        "py3-none-manylinux_2_28_aarch64",
        "py3-none-musllinux_1_2_x86_64",
        "py3-none-linux_x86_64",
        "py3-none-win32",
        "py3-none-any",
        "cp39-cp39-win_amd64",
        "cp310-cp310t-win_amd64",
        "cp312-abi3-win_amd64",
        "pp310-pypy310_pp73-win_amd64",
    ],
)
def test_wheel_of_release_refuses_a_wheel_that_serves_no_build(tag: str) -> None:
    wheel = f"quiverdb-0.5.0-{tag}.whl"
    assert findings(dist_check, "wheel-of-release", folder(wheel)) == [
        Finding(
            "wheel-of-release",
            wheel,
            "serves none of the expected builds: cp310-manylinux_x86_64, cp311-manylinux_x86_64, "
            "cp310-win_amd64, cp311-win_amd64",
            EXPECT,
        )
    ]


def test_wheel_of_release_refuses_a_wheel_that_is_also_for_another_platform() -> None:
    wheel = "quiverdb-0.5.0-py3-none-manylinux_2_28_x86_64.musllinux_1_2_x86_64.whl"
    assert findings(dist_check, "wheel-of-release", folder(wheel)) == [
        Finding("wheel-of-release", wheel, "is also for musllinux_1_2_x86_64, where no build is expected", EXPECT)
    ]


def test_wheel_of_release_accepts_a_universal_wheel_with_the_tags_of_its_architectures() -> None:
    universal = Platform("macosx_universal2", "macos-latest", builds=(Build("cp310", "macosx_universal2"),))
    tags = "macosx_10_15_x86_64.macosx_11_0_arm64.macosx_10_15_universal2"
    wheels = replace(folder(f"quiverdb-0.5.0-cp310-cp310-{tags}.whl"), platforms=(universal,))
    assert list(dist_check.results(wheels, HERE)) == []


def test_wheel_of_release_accepts_both_names_of_a_policy_where_the_platform_is_a_whole_tag() -> None:
    names = ["manylinux_2_17_x86_64", "manylinux_2_28_x86_64"]
    platforms = tuple(Platform(name, "ubuntu-latest", builds=(Build("cp310", name),)) for name in names)
    tags = ["manylinux2014_x86_64.manylinux_2_17_x86_64", "manylinux_2_27_x86_64.manylinux_2_28_x86_64"]
    wheels = folder(*(f"quiverdb-0.5.0-cp310-cp310-{tag}.whl" for tag in tags))
    assert list(dist_check.results(replace(wheels, platforms=platforms), HERE)) == []


def test_wheels_for_single_pythons_are_one_set() -> None:
    names = [f"quiverdb-0.5.0-cp3{minor}-cp3{minor}-{tag}.whl" for tag in (LINUX, "win_amd64") for minor in (10, 11)]
    assert list(dist_check.results(folder(*names), HERE)) == []
    assert messages(dist_check, "wheel-per-build", folder(*names[1:])) == [
        "no wheel serves cp310-manylinux_x86_64; expected quiverdb-0.5.0-…-manylinux_…_x86_64.whl"
    ]
    assert messages(dist_check, "wheel-per-build", folder(*names, WINDOWS_WHEEL)) == [
        f"2 wheels serve cp310-win_amd64: {names[2]}, {WINDOWS_WHEEL}",
        f"2 wheels serve cp311-win_amd64: {names[3]}, {WINDOWS_WHEEL}",
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
