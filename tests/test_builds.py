"""Which wheels serve a build."""

from __future__ import annotations

import pytest

from tests.support.factories import wheel_filename
from truewheel.builds import Build, parse_build, serves_any, unserved


def served(identifier: str, *tags: str) -> list[str]:
    """The tags, of those given, whose wheels serve a build."""
    python, _, platform = identifier.partition("-")
    wheels = [wheel_filename(f"quiverdb-0.5.0-{tag}.whl") for tag in tags]
    return [wheel.tag_text for wheel in Build(python, platform).served_by(wheels)]


@pytest.mark.parametrize(
    ("identifier", "tag"),
    [
        ("cp310-win_amd64", "cp310-cp310-win_amd64"),
        ("cp310-win_amd64", "py3-none-win_amd64"),
        ("cp310-win_amd64", "py2.py3-none-win_amd64"),
        ("cp310-win_amd64", "py38-none-win_amd64"),
        ("cp310-win_amd64", "cp38-abi3-win_amd64"),
        ("cp310-win_amd64", "cp310-none-win_amd64"),
        ("cp37-win_amd64", "cp37-cp37m-win_amd64"),
        ("cp313t-win_amd64", "cp313-cp313t-win_amd64"),
        ("cp315t-win_amd64", "cp315-abi3.abi3t-win_amd64"),
        ("cp315-win_amd64", "cp315-abi3.abi3t-win_amd64"),
        ("pp311-manylinux_x86_64", "pp311-pypy311_pp73-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        ("pp311-manylinux_x86_64", "py3-none-manylinux_2_17_x86_64"),
        ("gp311_242-manylinux_x86_64", "graalpy311-graalpy242_311_native-manylinux_2_17_x86_64"),
        ("cp310-macosx_universal2", "cp310-cp310-macosx_10_9_universal2"),
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
        ("cp310-win_amd64", "py2-none-win_amd64"),
        ("cp310-win_amd64", "pp310-pypy310_pp73-win_amd64"),
        ("cp310-win_amd64", "cp310-cp310-win32"),
        ("cp310-win_amd64", "py3-none-any"),
        ("cp313t-win_amd64", "cp313-cp313-win_amd64"),
        ("cp313t-win_amd64", "cp310-abi3-win_amd64"),
        ("pp311-win_amd64", "cp311-cp311-win_amd64"),
        ("pp311-win_amd64", "pp310-pypy310_pp73-win_amd64"),
        ("cp310-macosx_arm64", "cp310-cp310-macosx_10_9_universal2"),
        ("cp310-manylinux_x86_64", "cp310-cp310-musllinux_1_2_x86_64"),
        ("cp310-manylinux_2_34_x86_64", "cp310-cp310-manylinux_2_28_x86_64"),
    ],
)
def test_a_build_is_not_served_by_anything_else(identifier: str, tag: str) -> None:
    assert served(identifier, tag) == []


def test_of_wheels_with_the_stable_abi_the_one_for_the_newest_python_serves() -> None:
    tags = ("cp38-abi3-win_amd64", "cp311-abi3-win_amd64")
    assert served("cp310-win_amd64", *tags) == ["cp38-abi3-win_amd64"]
    assert served("cp312-win_amd64", *tags) == ["cp311-abi3-win_amd64"]
    # A wheel for one Python only does not step aside.
    assert len(served("cp312-win_amd64", *tags, "cp312-cp312-win_amd64")) == 2
    assert len(served("cp312-win_amd64", *tags, "py3-none-win_amd64")) == 2


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("cp313", "cp313-manylinux_x86_64"),
        ("cp313t-manylinux_x86_64", "cp313t-manylinux_x86_64"),
        ("cp313-manylinux_2_34_x86_64", "cp313-manylinux_2_34_x86_64"),
        ("gp311_242", "gp311_242-manylinux_x86_64"),
    ],
)
def test_builds_are_parsed(text: str, identifier: str) -> None:
    assert str(parse_build(text, "manylinux_x86_64")) == identifier


@pytest.mark.parametrize("text", ["", "cp", "cp3", "py313", "cp313-", "cp313-win_amd64", "cp27", "cp313-*", "CP313"])
def test_other_texts_are_not_builds(text: str) -> None:
    assert parse_build(text, "manylinux_x86_64") is None


def test_minor_versions() -> None:
    assert [Build(python, "win32").minor for python in ("cp39", "cp313t", "pp311", "gp311_242")] == [9, 13, 11, 11]


def test_unserved_builds_are_named() -> None:
    builds = (Build("cp310", "win32"), Build("cp311", "win32"))
    wheels = [wheel_filename("quiverdb-0.5.0-cp311-cp311-win32.whl")]
    assert unserved(builds, wheels) == [builds[0]]
    assert serves_any(wheels[0], builds)
    assert not serves_any(wheels[0], builds[:1])
