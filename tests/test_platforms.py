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


def test_other_families_accept_every_version_of_their_architecture() -> None:
    musl, mac = Platform("musllinux_aarch64", "r"), Platform("macosx_arm64", "r")
    assert musl.accepts("musllinux_1_1_aarch64")
    assert mac.accepts("macosx_11_0_arm64")
    for platform in (musl, mac):
        assert not platform.accepts_any(["manylinux_2_28_aarch64", "macosx_11_0_universal2", "musllinux_1_2_x86_64"])


def test_one_tag_of_a_wheel_is_enough() -> None:
    assert LINUX.accepts_any(["manylinux2014_x86_64", "musllinux_1_2_x86_64"])
    assert not LINUX.accepts_any([])


@pytest.mark.parametrize(
    ("name", "system", "architecture", "example", "emulated"),
    [
        ("manylinux_x86_64", "linux", "x86_64", "manylinux_…_x86_64", False),
        ("musllinux_riscv64", "linux", "riscv64", "musllinux_…_riscv64", True),
        ("macosx_universal2", "macos", "universal2", "macosx_…_universal2", False),
        ("win_amd64", "windows", "AMD64", "win_amd64", False),
        ("win32", "windows", "x86", "win32", False),
    ],
)
def test_platforms_have_the_names_of_cibuildwheel(
    name: str, system: str, architecture: str, example: str, *, emulated: bool
) -> None:
    platform = Platform(name, "r")
    assert (platform.system, platform.architecture) == (system, architecture)
    assert (platform.example_tag, platform.is_emulated) == (example, emulated)


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
        tag = Platform(name, "r").example_tag.replace("…", "2_28")
        assert Platform(name, "r").accepts(tag)
        assert native_target(tag) is not None
