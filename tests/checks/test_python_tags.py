"""The wheels of a release are for every supported Python, and for the same ones on every platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import WINDOWS_TAG, ReleaseFolder, make_wheel
from tests.support.wheel_judging import metadata, of_release, of_set

LINUX = "manylinux_2_28_x86_64"


def requiring(specifiers: str) -> str:
    return metadata(f"Requires-Python: {specifiers}", without="Requires-Python")


@pytest.mark.parametrize(
    ("tag", "specifiers"),
    [
        ("py3-none", ">=3.10"),
        ("py2.py3-none", ">=3.10"),
        ("py310-none", ">=3.10"),
        ("cp310-abi3", ">=3.10"),
        ("cp39-abi3", ">=3.10"),
        ("cp310-abi3", ">=3.9.99"),
        ("cp313-cp313", "==3.13.*"),
        ("cp313-cp313", ">=3.13.2,<3.14"),
        ("cp312.cp313-none", ">=3.12,<3.14"),
        ("cp313-cp313", "no specifiers"),
    ],
)
def test_pythons_supported_accepts_wheels_for_all_of_them(release: ReleaseFolder, tag: str, specifiers: str) -> None:
    text = requiring(specifiers)
    assert of_release(release, "pythons-supported", tag=f"{tag}-{LINUX}", metadata=text) == []


@pytest.mark.parametrize(
    ("tag", "specifiers", "unserved"),
    [
        ("cp313-cp313", ">=3.10", "3.10 and others"),
        ("cp311-abi3", ">=3.10", "3.10"),
        ("cp310-cp310", ">=3.10", "3.11 and others"),
        ("cp310-cp310", ">=3.10,!=3.11.*,<3.13", "3.12"),
        ("cp313-cp313t", "==3.13.*", "3.13"),
        ("pp311-pypy311_pp73", "==3.11.*", "3.11"),
        ("py311-none", ">=3.10", "3.10"),
        ("py2-none", ">=3.10,<3.11", "3.10"),
    ],
)
def test_pythons_supported_refuses_wheels_for_some_of_them(
    release: ReleaseFolder, tag: str, specifiers: str, unserved: str
) -> None:
    text = requiring(specifiers)
    assert of_release(release, "pythons-supported", tag=f"{tag}-{LINUX}", metadata=text) == [
        f"the tag {tag} is not for Python {unserved}, which Requires-Python {specifiers} allows"
    ]


def test_pythons_supported_leaves_a_missing_requirement_to_others(release: ReleaseFolder) -> None:
    text = metadata(without="Requires-Python")
    assert of_release(release, "pythons-supported", tag=f"cp313-cp313-{LINUX}", metadata=text) == []


def test_python_tags_alike_accepts_the_same(tmp_path: Path) -> None:
    assert of_set("python-tags-alike", make_wheel(tmp_path), make_wheel(tmp_path, tag=WINDOWS_TAG)) == []
    assert of_set("python-tags-alike") == []


def test_python_tags_alike_refuses_others(tmp_path: Path) -> None:
    one = make_wheel(tmp_path, tag=f"cp313-cp313-{LINUX}")
    assert of_set("python-tags-alike", one, make_wheel(tmp_path, tag=WINDOWS_TAG)) == [
        f"is for py3-none, but quiverdb-0.5.0-cp313-cp313-{LINUX}.whl is for cp313-cp313"
    ]
