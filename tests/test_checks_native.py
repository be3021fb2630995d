"""There is native code, and it is for the platform of the tag."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.checks import wheel_check
from scripts.wheel import read_wheel

from .factories import LINUX_LIBRARY, WINDOWS_LIBRARY, WINDOWS_TAG, make_wheel
from .judging import messages
from .native_factories import elf_library, pe_library


@pytest.mark.parametrize(
    "tag",
    [
        "py3-none-manylinux_2_28_x86_64",
        "py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64",
        "py3-none-manylinux1_i686",
        "py3-none-musllinux_1_2_x86_64",
        "py3-none-win_amd64",
        "py3-none-win_arm64",
        "py3-none-win32",
    ],
)
def test_native_platform_accepts_the_library_of_the_tag(tmp_path: Path, tag: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag=tag))
    assert len(wheel.libraries) == 1
    assert messages(wheel_check, "native-platform", wheel) == []


@pytest.mark.parametrize(
    ("library", "found"),
    [
        (elf_library("aarch64"), "ELF for aarch64"),
        (elf_library("x86"), "ELF for x86"),
        (pe_library(), "PE for x86_64"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "Mach-O for unknown"),
    ],
)
def test_native_platform_refuses_another_machine_and_another_format(tmp_path: Path, library: bytes, found: str) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: library}))
    assert messages(wheel_check, "native-platform", wheel) == [
        f"{LINUX_LIBRARY} is {found}; the tag manylinux_2_28_x86_64 needs ELF for x86_64"
    ]


def test_native_platform_refuses_a_library_for_32_bits(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag=WINDOWS_TAG, change={WINDOWS_LIBRARY: pe_library("x86")}))
    assert messages(wheel_check, "native-platform", wheel) == [
        f"{WINDOWS_LIBRARY} is PE for x86; the tag win_amd64 needs PE for x86_64"
    ]


def test_native_platform_refuses_one_wrong_library_among_right_ones(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={"quiverdb/extra.bin": elf_library("aarch64")}))
    assert messages(wheel_check, "native-platform", wheel) == [
        "quiverdb/extra.bin is ELF for aarch64; the tag manylinux_2_28_x86_64 needs ELF for x86_64"
    ]


def test_native_platform_refuses_tags_that_promise_no_platform(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, tag="py3-none-any"))
    assert messages(wheel_check, "native-platform", wheel) == [
        "the platform tag any names no platform that native code could be judged for"
    ]


def test_native_present_accepts_one_library(tmp_path: Path) -> None:
    assert messages(wheel_check, "native-present", read_wheel(make_wheel(tmp_path))) == []


@pytest.mark.parametrize("library", [None, b"", b"plain text in the place of a library"])
def test_native_present_refuses_a_wheel_without_native_code(tmp_path: Path, library: bytes | None) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: library}))
    assert messages(wheel_check, "native-present", wheel) == ["there is no native library in it"]


def test_native_present_accepts_an_unreadable_library_for_it_is_refused_elsewhere(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={LINUX_LIBRARY: elf_library()[:100]}))
    assert messages(wheel_check, "native-present", wheel) == []
    assert messages(wheel_check, "native-readable", wheel) != []


def test_native_readable_accepts_whole_libraries(tmp_path: Path) -> None:
    assert messages(wheel_check, "native-readable", read_wheel(make_wheel(tmp_path, tag=WINDOWS_TAG))) == []


def test_native_readable_refuses_every_damaged_library(tmp_path: Path) -> None:
    change = {LINUX_LIBRARY: elf_library()[:100], "quiverdb/a.dll": pe_library()[:70]}
    found = messages(wheel_check, "native-readable", read_wheel(make_wheel(tmp_path, change=change)))
    assert [message.partition(" headers cannot be read: ")[0] for message in found] == [
        f"{LINUX_LIBRARY}: its ELF",
        "quiverdb/a.dll: its PE",
    ]
