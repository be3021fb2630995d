"""Which wheels serve a build."""

from __future__ import annotations

import pytest

from tests.support.factories import wheel_filename
from truewheel.builds import Build, parse_build, serves_any, serving, unserved


def served(identifier: str, *tags: str) -> list[str]:
    """The tags, of those given, whose wheels serve a build."""
    python, _, platform = identifier.rpartition("-")
    wheels = [wheel_filename(f"quiverdb-0.5.0-{tag}.whl") for tag in tags]
    build = Build(python, platform)
    return [wheel.tag_text for wheel in serving([build], wheels)[build]]


@pytest.mark.parametrize(
    ("identifier", "tag"),
    [
        ("cp310-win_amd64", "cp310-cp310-win_amd64"),
        ("cp310-win_amd64", "py3-none-win_amd64"),
        ("cp310-win_amd64", "py2.py3-none-win_amd64"),
        ("cp310-win_amd64", "py38-none-win_amd64"),
        ("cp310-win_amd64", "cp38-abi3-win_amd64"),
        ("cp310-win_amd64", "cp310-none-win_amd64"),
        ("cp311-abi3-win_amd64", "cp311-abi3-win_amd64"),
        ("cp315-abi3t-win_amd64", "cp315-abi3.abi3t-win_amd64"),
        ("cp37-win_amd64", "cp37-cp37m-win_amd64"),
        ("cp313t-win_amd64", "cp313-cp313t-win_amd64"),
        ("cp315t-win_amd64", "cp315-abi3.abi3t-win_amd64"),
        ("cp315-win_amd64", "cp315-abi3.abi3t-win_amd64"),
        ("pp311-manylinux_x86_64", "pp311-pypy311_pp73-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        ("pp311-manylinux_x86_64", "py3-none-manylinux_2_17_x86_64"),
        ("pp312-manylinux_x86_64", "pp312-pypy312_pp80-manylinux_2_17_x86_64"),
        ("gp311_242-manylinux_x86_64", "graalpy311-graalpy242_311_native-manylinux_2_17_x86_64"),
        ("cp310-macosx_universal2", "cp310-cp310-macosx_10_9_universal2"),
        ("cp313-ios_arm64_iphoneos", "cp313-cp313-ios_13_0_arm64_iphoneos"),
        ("cp313-android_x86_64", "cp313-cp313-android_21_x86_64"),
        ("cp314-pyodide_wasm32", "cp314-cp314-pyemscripten_2026_0_wasm32"),
        ("cp310-manylinux_2_34_x86_64", "cp310-cp310-manylinux_2_34_x86_64"),
    ],
)
def test_a_build_is_served_by_what_its_python_installs(identifier: str, tag: str) -> None:
    assert served(identifier, tag) == [tag]


@pytest.mark.parametrize(
    ("identifier", "tag"),
    [
        ("cp310-win_amd64", "cp311-cp311-win_amd64"),
        ("cp310-win_amd64", "cp310-cp310t-win_amd64"),
        ("cp310-win_amd64", "cp311-abi3-win_amd64"),
        ("cp310-win_amd64", "py311-none-win_amd64"),
        ("cp311-abi3-win_amd64", "cp39-abi3-win_amd64"),
        ("cp311-abi3-win_amd64", "cp311-cp311-win_amd64"),
        ("cp310-win_amd64", "py2-none-win_amd64"),
        ("cp310-win_amd64", "pp310-pypy310_pp73-win_amd64"),
        ("cp310-win_amd64", "cp310-cp310-win32"),
        ("cp310-win_amd64", "py3-none-any"),
        ("cp313t-win_amd64", "cp313-cp313-win_amd64"),
        ("cp313t-win_amd64", "cp310-abi3-win_amd64"),
        ("pp311-win_amd64", "cp311-cp311-win_amd64"),
        ("pp311-win_amd64", "pp310-pypy310_pp73-win_amd64"),
        ("pp311-win_amd64", "pp311-pypy310_pp73-win_amd64"),
        ("cp310-manylinux_x86_64", "cp310-cp310-manylinux_2_017_x86_64"),
        ("cp310-macosx_arm64", "cp310-cp310-macosx_10_9_universal2"),
        ("cp313-ios_arm64_iphoneos", "cp313-cp313-ios_13_0_arm64_iphonesimulator"),
        ("cp310-manylinux_x86_64", "cp310-cp310-musllinux_1_2_x86_64"),
        ("cp310-manylinux_2_34_x86_64", "cp310-cp310-manylinux_2_28_x86_64"),
    ],
)
def test_a_build_is_not_served_by_anything_else(identifier: str, tag: str) -> None:
    assert served(identifier, tag) == []


def test_a_wheel_with_the_whole_tag_of_a_platform_serves_only_that_one() -> None:
    wheels = [wheel_filename(f"quiverdb-0.5.0-cp310-cp310-macosx_{version}_arm64.whl") for version in ("11_0", "14_0")]
    older, newer = Build("cp310", "macosx_arm64"), Build("cp310", "macosx_14_0_arm64")
    assert serving([older, newer], wheels) == {older: wheels[:1], newer: wheels[1:]}
    assert serving([older], wheels) == {older: wheels}


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("cp313", "cp313-manylinux_x86_64"),
        ("cp313t-manylinux_x86_64", "cp313t-manylinux_x86_64"),
        ("cp311-abi3", "cp311-abi3-manylinux_x86_64"),
        ("gp311_242", "gp311_242-manylinux_x86_64"),
    ],
)
def test_builds_are_parsed(text: str, identifier: str) -> None:
    assert str(parse_build(text, "manylinux_x86_64")) == identifier


@pytest.mark.parametrize(
    "text", ["", "cp", "cp3", "py313", "cp313-", "cp313-win_amd64", "cp27", "cp313-*", "CP313", "gp311"]
)
def test_other_texts_are_not_builds(text: str) -> None:
    assert parse_build(text, "manylinux_x86_64") is None


def test_minor_versions() -> None:
    assert [Build(python, "win32").minor for python in ("cp39", "cp313t", "cp312-abi3", "pp311", "gp311_242")] == [
        *(9, 13, 12, 11, 11)
    ]


def test_unserved_builds_are_named() -> None:
    builds = (Build("cp310", "win32"), Build("cp311", "win32"))
    wheels = [wheel_filename("quiverdb-0.5.0-cp311-cp311-win32.whl")]
    assert unserved(builds, wheels) == [builds[0]]
    assert serves_any(wheels[0], builds)
    assert not serves_any(wheels[0], builds[:1])
