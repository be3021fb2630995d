"""Which package is meant, and which platforms it is released for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.index_server import serving
from tests.support.projects import Project
from truewheel.adoption.repository import find_package, find_platforms, released_tags
from truewheel.config import Config
from truewheel.errors import ReleaseError

pytest.importorskip("cibuildwheel", reason="asks cibuildwheel, which needs Python 3.11")
TESTED = (
    '[project]\nname = "a"\nversion = "1.0"\nrequires-python = ">=3.13"\n[tool.cibuildwheel]\ntest-command = "true"\n'
)


def repository(tmp_path: Path, **files: str) -> Project:
    project = Project(tmp_path)
    for folder, text in files.items():
        project.write(Path("." if folder == "top" else folder, "pyproject.toml"), text)
    project.commit()
    return project


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"bindings": '[project]\nname = "a"\n'}, "bindings"),
        ({"top": '[project]\nname = "a"\n', "examples": '[project]\nname = "b"\n'}, "."),
        ({"top": '[project]\nname = "a"\n', "bindings": TESTED}, "bindings"),
        ({"top": "[tool.ruff]\n", "bindings": '[project]\nname = "a"\n'}, "bindings"),
    ],
)
def test_the_package_is_found(files: dict[str, str], expected: str, tmp_path: Path) -> None:
    assert find_package(repository(tmp_path, **files).root, None).directory == Path(expected)


def test_one_of_several_packages_has_to_be_named(tmp_path: Path) -> None:
    root = repository(tmp_path, one=TESTED, two=TESTED).root
    with pytest.raises(ReleaseError, match="there are several packages: one, two"):
        find_package(root, None)
    assert find_package(root, Path("two")).directory == Path("two")


def test_a_repository_without_a_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no pyproject\.toml with a name in \[project\] is tracked by git"):
        find_package(repository(tmp_path, top="[tool.black]\n").root, None)


def platforms(tmp_path: Path, settings: str, released: list[str]) -> tuple[list[str], list[str]]:
    project = repository(tmp_path, top=TESTED + settings)
    config = Config(project.root, find_package(project.root, None), Path("publish.yml"), "pypi", ())
    found, left_out = find_platforms(config, set(released))
    return [f"{each.name} {each.runner}" for each in found.platforms], left_out


USUAL = ["manylinux_x86_64 ubuntu-latest", "macosx_arm64 macos-latest", "win_amd64 windows-latest"]


@pytest.mark.parametrize(
    ("settings", "released", "expected", "left_out"),
    [
        ('skip = "*-musllinux_*"\n', [], USUAL, []),
        ('skip = "*-musllinux_*"\narchs = ["auto64"]\n', [], USUAL, []),
        ('build = ["cp313-win_arm64"]\n', [], ["win_arm64 windows-11-arm"], []),
        (
            'build = "cp313-manylinux*"\n[tool.cibuildwheel.linux]\narchs = "s390x"\n',
            [],
            ["manylinux_s390x ubuntu-latest"],
            [],
        ),
        (
            "",
            ["manylinux_2_17_aarch64", "manylinux2014_aarch64", "macosx_10_13_x86_64", "any"],
            ["manylinux_aarch64 ubuntu-24.04-arm", "macosx_x86_64 macos-15-intel"],
            [],
        ),
        ('skip = "*-win32"\n', ["win32", "win_amd64"], ["win_amd64 windows-latest"], ["win32"]),
        (
            'test-skip = "*s390x"\n',
            ["manylinux_2_28_s390x", "win_amd64"],
            ["win_amd64 windows-latest"],
            ["manylinux_s390x"],
        ),
    ],
)
def test_the_platforms_are_those_of_the_last_release_or_the_usual_ones(
    settings: str, released: list[str], expected: list[str], left_out: list[str], tmp_path: Path
) -> None:
    assert platforms(tmp_path, settings, released) == (expected, left_out)


def test_the_newest_glibc_is_that_of_the_image(tmp_path: Path) -> None:
    project = repository(
        tmp_path, top=TESTED + 'build = "cp313-manylinux_x86_64"\nmanylinux-x86_64-image = "manylinux2014"\n'
    )
    config = Config(project.root, find_package(project.root, None), Path("publish.yml"), "pypi", ())
    (platform,) = find_platforms(config, set())[0].platforms
    assert f"{platform.newest_glibc}" == "2.17"
    # setuptools, which zig cannot drive
    assert platform.builder == "cibuildwheel"


def test_a_package_that_nothing_is_built_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"cibuildwheel selects no build of a for win32$"):
        platforms(tmp_path, 'skip = "*"\n', ["win32"])


def test_the_tags_of_the_newest_stable_release_are_asked_of_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = find_package(repository(tmp_path, top=TESTED).root, None)
    with serving() as index:
        index.use(monkeypatch)
        assert released_tags(package, os.environ) == set()
        for name in ("0.9-py3-none-win32", "1.0-py3-none-manylinux1_i686.manylinux_2_5_i686", "1.1rc1-py3-none-any"):
            wheel = tmp_path / f"a-{name}.whl"
            wheel.touch()
            index.add(wheel)
        assert released_tags(package, os.environ) == {"manylinux1_i686", "manylinux_2_5_i686"}
