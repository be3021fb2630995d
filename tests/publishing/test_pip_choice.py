"""Which file pip takes: compared with pip itself, and by the rules that its finder documents."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.support.factories import make_wheel
from tests.support.index_server import LoopbackIndex, Served, serving
from truewheel.publishing.indexed_release import IndexedFile
from truewheel.publishing.package_index import read_indexed_release
from truewheel.publishing.pip_choice import PLATFORMS, PipChoice, pip_choices, python_ranges, shown_places
from truewheel.publishing.pip_settings import PipSettings
from truewheel.system.commands import captured
from truewheel.wheel.filename import try_parse

FILES = {
    "quiverdb-0.1.0-py3-none-any.whl": {},
    "quiverdb-0.2.0.tar.gz": {"requires-python": "<3.11"},
    "quiverdb-0.3.0-cp39-abi3-win_amd64.whl": {"yanked": "broken"},
    "quiverdb-0.4.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": {},
    "quiverdb-0.4.0-cp310-cp310-manylinux_2_28_x86_64.whl": {},
    "quiverdb-0.4.0-cp312-abi3-macosx_11_0_arm64.whl": {"requires-python": ">=3.12,!=3.13.0"},
    "quiverdb-0.5.0-cp314-cp314-musllinux_1_2_aarch64.whl": {},
    "quiverdb-0.5.0-cp315-abi3-win_arm64.whl": {},
    "quiverdb-0.5.0-1-cp315-abi3-win_arm64.whl": {},
    "quiverdb-0.6.0rc1-py3-none-any.whl": {},
}
# Each of them gets another file.
PLACES = {
    ("3.10", "Linux x86_64"),
    ("3.13", "macOS arm64"),
    ("3.13", "macOS x86_64"),
    ("3.14", "Linux aarch64 (musl)"),
    ("3.15", "Windows ARM64"),
}


def file(name: str, **fields: Any) -> IndexedFile:
    version = name.removesuffix(".tar.gz").split("-")[1]
    return IndexedFile(name, "", version=version, **fields)


def taken(python: str, platform: str, *files: IndexedFile) -> str:
    (choice,) = (each for each in pip_choices(files) if (each.python, each.platform) == (python, platform))
    return choice.file


def by_pip(choice: PipChoice, folder: Path, index: LoopbackIndex) -> str:
    """The file that pip itself downloads, without its dependencies and without building anything."""
    target = folder / f"{choice.python} {choice.platform}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--dest", str(target)]
    command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", f"{choice.python}.99"]
    command += [option for tag in PLATFORMS[choice.platform] for option in ("--platform", tag)]
    settings = PipSettings(index.url, {})
    captured([*command, "quiverdb"], env=settings.environ(os.environ))
    return next((path.name for path in target.iterdir()), "") if target.exists() else ""


@pytest.mark.once
def test_pip_itself_takes_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as index:
        for name, fields in FILES.items():
            index.files[name] = Served(b"an sdist", fields)
            if wheel := try_parse(name):
                made = make_wheel(tmp_path, version=str(wheel.version), tag=wheel.tag_text, filename=name)
                index.files[name].data = made.read_bytes()
        indexed = read_indexed_release(canonicalize_name("quiverdb"), "9", PipSettings(index.url, {}))
        wheels = tuple(each for each in indexed.others if each.name.endswith(".whl"))
        choices = [each for each in pip_choices(wheels) if (each.python, each.platform) in PLACES]
        assert [by_pip(choice, tmp_path, index) for choice in choices] == [choice.file for choice in choices]
    assert len({choice.file for choice in choices}) == len(PLACES)


def test_the_newest_version_with_a_fitting_file_is_taken() -> None:
    files = [
        file("q-1.0-py3-none-any.whl"),
        file("q-2.0-cp310-cp310-win_amd64.whl"),
        file("q-10.0-cp39-cp39-win32.whl"),
    ]
    assert taken("3.10", "Windows AMD64", *files) == "q-2.0-cp310-cp310-win_amd64.whl"
    assert taken("3.11", "Windows AMD64", *files) == "q-1.0-py3-none-any.whl"
    assert taken("3.11", "Windows AMD64") == ""


def test_a_wheel_is_preferred_to_an_sdist_of_its_version_only() -> None:
    files = [file("q-1.0-py3-none-any.whl"), file("q-1.0.tar.gz")]
    assert taken("3.11", "macOS arm64", *files) == "q-1.0-py3-none-any.whl"
    assert taken("3.11", "macOS arm64", *files, file("q-1.1.tar.gz")) == "q-1.1.tar.gz"


def test_a_yanked_file_is_never_taken_and_hides_pre_releases() -> None:
    yanked, pre = file("q-1.0-py3-none-any.whl", yanked=""), file("q-2.0rc1-py3-none-any.whl")
    assert taken("3.11", "macOS arm64", pre) == pre.name
    assert taken("3.11", "macOS arm64", yanked, pre) == ""


@pytest.mark.parametrize(("promised", "name"), [(">=3.11", "2"), ("<3.11", "1"), ("!=3.11.0", "2"), ("broken", "2")])
def test_requires_python_decides(promised: str, name: str) -> None:
    files = [file("q-1-py3-none-any.whl"), file("q-2-py3-none-any.whl", requires_python=promised)]
    assert taken("3.11", "macOS arm64", *files) == f"q-{name}-py3-none-any.whl"


def test_places_are_named_in_few_words() -> None:
    choices = [PipChoice(python, platform) for platform in ("a", "b") for python in ("3.9", "3.10", "3.13")]
    assert shown_places(choices) == "CPython 3.9 to 3.10, 3.13 on a, b"
    assert shown_places(choices[:4]) == "CPython 3.9 to 3.10, 3.13 on a; CPython 3.9 on b"
    assert shown_places(PipChoice("3.9", platform) for platform in PLATFORMS) == "CPython 3.9 on every platform"
    assert python_ranges(["3.9", "3.11", "3.12"]) == "3.9, 3.11 to 3.12"
