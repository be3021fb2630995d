"""The native code of a macOS wheel runs on every Mac that accepts the wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.native_factories import macho_library, universal_library
from tests.support.wheel_judging import of_wheel

TAG = "py3-none-macosx_11_0_arm64"
MEMBER = "quiverdb/_libs/libquiver.dylib"
BOTH = universal_library(macho_library("x86_64", oldest=(10, 13)), macho_library())


@pytest.mark.parametrize(
    ("tag", "library"),
    [
        (TAG, macho_library()),
        ("py3-none-macosx_10_13_universal2", BOTH),
        ("py3-none-macosx_10_13_x86_64", macho_library("x86_64", oldest=(10, 9))),
        # Since macOS 11, tags have no minor versions.
        ("py3-none-macosx_13_0_arm64", macho_library(oldest=(13, 3))),
        ("py3-none-macosx_10_9_x86_64.macosx_11_0_arm64", BOTH.replace(b"\x00\x0d\x0a\x00", b"\x00\x09\x0a\x00")),
    ],
)
def test_macos_version_promised_accepts_those_of_the_tag(tmp_path: Path, tag: str, library: bytes) -> None:
    assert of_wheel(tmp_path, "macos-version-promised", tag=tag, change={MEMBER: library}) == []


@pytest.mark.parametrize(
    ("tag", "oldest", "message"),
    [
        (TAG, (14, 2), "needs macOS 14.0, but the tag promises 11.0"),
        ("py3-none-macosx_14_0_arm64.macosx_12_0_arm64", (14, 0), "needs macOS 14.0, but the tag promises 12.0"),
    ],
)
def test_macos_version_promised_refuses_newer_ones(
    tmp_path: Path, tag: str, oldest: tuple[int, int], message: str
) -> None:
    library = macho_library(oldest=oldest)
    assert of_wheel(tmp_path, "macos-version-promised", tag=tag, change={MEMBER: library}) == [f"{MEMBER} {message}"]


def test_macos_version_promised_judges_each_machine(tmp_path: Path) -> None:
    library = universal_library(macho_library("x86_64", oldest=(10, 15)), macho_library())
    assert of_wheel(
        tmp_path, "macos-version-promised", tag="py3-none-macosx_10_13_universal2", change={MEMBER: library}
    ) == [f"{MEMBER} needs macOS 10.15, but the tag promises 10.13"]


@pytest.mark.parametrize(
    ("needed", "rpaths"),
    [
        ("/usr/lib/libc++.1.dylib", ()),
        ("/System/Library/Frameworks/Accelerate.framework/Versions/A/Accelerate", ()),
        ("@loader_path/../.dylibs/libz.dylib", ()),
        ("@rpath/libz.dylib", ("/opt/lib", "@loader_path/../.dylibs/")),
        ("@executable_path/../lib/python3/site-packages/quiverdb/.dylibs/libz.dylib", ()),
    ],
)
def test_needed_library_found_accepts_those_of_macos_and_of_the_wheel(
    tmp_path: Path, needed: str, rpaths: tuple[str, ...]
) -> None:
    change = {MEMBER: macho_library(needed=[needed], rpaths=rpaths), "quiverdb/.dylibs/libz.dylib": macho_library()}
    assert of_wheel(tmp_path, "needed-library-found", tag=TAG, change=change) == []


@pytest.mark.parametrize("needed", ["/opt/homebrew/lib/libomp.dylib", "@rpath/libomp.dylib", "libomp.dylib"])
def test_needed_library_found_refuses_those_of_the_build_machine(tmp_path: Path, needed: str) -> None:
    change = {MEMBER: macho_library(needed=[needed], rpaths=["/opt/homebrew/lib"])}
    assert of_wheel(tmp_path, "needed-library-found", tag=TAG, change=change) == [
        f"{MEMBER} needs {needed}, which is not in the wheel"
    ]


def test_needed_library_found_refuses_one_that_no_path_leads_to(tmp_path: Path) -> None:
    change = {MEMBER: macho_library(needed=["@rpath/libz.dylib"]), "quiverdb/.dylibs/libz.dylib": macho_library()}
    assert of_wheel(tmp_path, "needed-library-found", tag=TAG, change=change) == [
        f"{MEMBER} needs @rpath/libz.dylib, which is quiverdb/.dylibs/libz.dylib, but no path leads there"
    ]


def test_signed_for_apple_processors_accepts_signed_code_and_code_for_intel(tmp_path: Path) -> None:
    library = universal_library(macho_library("x86_64", signed=False), macho_library())
    for number, data in enumerate((macho_library(), library)):
        assert of_wheel(tmp_path / str(number), "signed-for-apple-processors", tag=TAG, change={MEMBER: data}) == []


def test_signed_for_apple_processors_refuses_code_without(tmp_path: Path) -> None:
    change = {MEMBER: macho_library(signed=False)}
    assert of_wheel(tmp_path, "signed-for-apple-processors", tag=TAG, change=change) == [f"{MEMBER} has no signature"]
