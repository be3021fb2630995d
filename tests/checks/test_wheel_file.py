"""WHEEL; test_metadata.py has more tests of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, LINUX_LIBRARY, LINUX_TAG, WHEEL
from tests.support.wheel_judging import of_wheel

TAGGED = f"{WHEEL}Tag: {LINUX_TAG}\n"


def test_wheel_file_matches_filename_accepts_the_same_build_number(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "wheel-file-matches-filename") == []
    filename = f"quiverdb-0.5.0-7b-{LINUX_TAG}.whl"
    assert of_wheel(tmp_path, "wheel-file-matches-filename", filename=filename, wheel_file=f"{TAGGED}Build: 7b\n") == []


@pytest.mark.parametrize(
    ("build", "text", "message"),
    [
        ("-7", TAGGED, "WHEEL has the build number none, the file name 7"),
        ("", f"{TAGGED}Build: 7\n", "WHEEL has the build number 7, the file name none"),
        ("-7", f"{TAGGED}Build: 7\nBuild: 8\n", "WHEEL has the build number 7, 8, the file name 7"),
    ],
)
def test_wheel_file_matches_filename_refuses_another_build_number(
    tmp_path: Path, build: str, text: str, message: str
) -> None:
    filename = f"quiverdb-0.5.0{build}-{LINUX_TAG}.whl"
    assert of_wheel(tmp_path, "wheel-file-matches-filename", filename=filename, wheel_file=text) == [message]


def test_wheel_file_matches_filename_refuses_a_doubled_and_an_endless_tag(tmp_path: Path) -> None:
    parts = ".".join(f"p{number}" for number in range(100))
    text = f"{TAGGED}Tag: {LINUX_TAG}\nTag: {parts}-{parts}-{parts}\n"
    first, second = of_wheel(tmp_path, "wheel-file-matches-filename", wheel_file=text)
    assert first.startswith("WHEEL has the tag 'p0.p1.")
    assert second == f"the tag {LINUX_TAG} is in WHEEL 2 times"


def test_wheel_file_valid_refuses_a_missing_generator_and_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    text = TAGGED.replace("Generator: tests\n", "")
    assert of_wheel(tmp_path / "a", "wheel-file-valid", wheel_file=text) == ["expected a Generator, found none"]
    assert of_wheel(tmp_path / "b", "wheel-file-valid", wheel_file=b"\xff") == [
        f"{DIST_INFO}/WHEEL is not UTF-8: byte 0 is 0xff"
    ]


def test_wheel_file_valid_accepts_the_second_generator_that_delocate_adds(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "wheel-file-valid", wheel_file=f"{TAGGED}Generator: delocate 0.13\n") == []


def test_wheel_file_valid_accepts_a_pure_wheel_without_native_code(tmp_path: Path) -> None:
    text = TAGGED.replace("false", "true")
    assert of_wheel(tmp_path, "wheel-file-valid", wheel_file=text, change={LINUX_LIBRARY: None}) == []
