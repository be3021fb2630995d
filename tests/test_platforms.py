"""The wheels that a platform accepts, and the native code that a platform tag stands for."""

from __future__ import annotations

import pytest

from truewheel.platforms import KNOWN_PLATFORMS, GlibcVersion, NativeTarget, Platform, native_target

LINUX = Platform("manylinux_x86_64", "ubuntu-latest", GlibcVersion(2, 28))
WINDOWS = Platform("win_amd64", "windows-latest")


@pytest.mark.parametrize(
    "tag", ["manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64"]
)
def test_manylinux_accepts_every_spelling_of_its_policies(tag: str) -> None:
    assert LINUX.accepts(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "linux_x86_64",
        "manylinux_x86_64",
        "manylinux_2_28_aarch64",
        "manylinux_2_x86_64",
        "manylinux2015_x86_64",
        "musllinux_1_2_x86_64",
        "xmanylinux_2_28_x86_64",
        "manylinux_2_28_x86_64 ",
        "manylinux_2_٢٨_x86_64",
        "win_amd64",
        "any",
        "",
    ],
)
def test_manylinux_accepts_nothing_else(tag: str) -> None:
    assert not LINUX.accepts(tag)


def test_windows_accepts_only_its_own_tag() -> None:
    assert WINDOWS.accepts("win_amd64")
    assert not [
        tag for tag in ("win32", "win_arm64", "any", "manylinux_2_28_x86_64", "WIN_AMD64") if WINDOWS.accepts(tag)
    ]


def test_all_tags_of_a_wheel_must_match_and_there_must_be_some() -> None:
    assert LINUX.accepts_all(["manylinux2014_x86_64", "manylinux_2_17_x86_64"])
    assert not LINUX.accepts_all(["manylinux2014_x86_64", "musllinux_1_2_x86_64"])
    assert not LINUX.accepts_all([])


def test_example_tags_and_architectures() -> None:
    assert [Platform(name, "r").architecture for name in KNOWN_PLATFORMS] == [
        "x86_64",
        "aarch64",
        "i686",
        "amd64",
        "arm64",
        "32",
    ]
    assert (LINUX.example_tag, WINDOWS.example_tag) == ("manylinux_…_x86_64", "win_amd64")


@pytest.mark.parametrize(
    ("tag", "native_format", "machine"),
    [
        ("manylinux_2_28_x86_64", "ELF", "x86_64"),
        ("manylinux2014_aarch64", "ELF", "aarch64"),
        ("manylinux1_i686", "ELF", "x86"),
        ("musllinux_1_2_x86_64", "ELF", "x86_64"),
        ("linux_x86_64", "ELF", "x86_64"),
        ("win_amd64", "PE", "x86_64"),
        ("win_arm64", "PE", "aarch64"),
        ("win32", "PE", "x86"),
        ("macosx_11_0_arm64", "Mach-O", "aarch64"),
    ],
)
def test_a_platform_tag_stands_for_a_format_and_a_machine(tag: str, native_format: str, machine: str) -> None:
    target = native_target(tag)
    assert target == NativeTarget(native_format, machine)
    assert str(target) == f"{native_format} for {machine}"


@pytest.mark.parametrize("tag", ["any", "", "solaris_2_x86_64", "manylinux_x86_64", "win_amd64_extra"])
def test_other_tags_have_no_target(tag: str) -> None:
    assert native_target(tag) is None


def test_every_known_platform_has_a_target() -> None:
    for name in KNOWN_PLATFORMS:
        platform = Platform(name, "r")
        assert native_target(platform.example_tag.replace("…", "2_28")) is not None
