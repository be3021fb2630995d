"""Native libraries read into facts; those that the tests are made of load for real."""

from __future__ import annotations

import ctypes
import platform
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.native import NativeLibrary, UnreadableLibrary, detect_format, read_library
from scripts.platforms import NativeTarget

from .factories import flip
from .native_factories import elf_library, pe_library


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableLibrary) as caught:
        read_library("a/b", data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "read"), [("x86_64", "x86_64"), ("aarch64", "aarch64"), ("x86", "x86"), ("riscv64", "EM_RISCV")]
)
def test_an_elf_library_is_read(written: str, read: str) -> None:
    expected = NativeLibrary("a/b", NativeTarget("ELF", read), "shared library")
    assert read_library("a/b", elf_library(written)) == expected


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "x86"])
def test_a_pe_library_is_read(machine: str) -> None:
    expected = NativeLibrary("a/b", NativeTarget("PE", machine), "shared library")
    assert read_library("a/b", pe_library(machine)) == expected


def test_a_machine_without_a_usual_name_is_named_by_its_number() -> None:
    strange = pe_library().replace(b"PE\0\0\x64\x86", b"PE\0\0\xc4\x01")
    assert read_library("a", strange).target == NativeTarget("PE", "machine 0x1c4")
    assert read_library("a", flip(elf_library(), 19, 0x90)).target == NativeTarget("ELF", str(0x903E))


def test_programs_and_object_files_are_told_from_libraries() -> None:
    assert read_library("a", elf_library(kind=2)).kind == "executable"
    assert read_library("a", elf_library(kind=1)).kind == "object file"
    assert read_library("a", pe_library(dll=False)).kind == "executable"


def test_a_mach_o_file_is_recognized() -> None:
    target = NativeTarget("Mach-O", "unknown")
    assert read_library("a", b"\xcf\xfa\xed\xfe" + bytes(60)) == NativeLibrary("a", target, "shared library")


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (elf_library()[:64], "ELF"),
        (b"\x7fELF", "ELF"),
        (pe_library()[:64], "PE"),
        (b"\xfe\xed\xfa\xce", "Mach-O"),
        (b"", None),
        (b"MZ", None),
        (b"MZ is how this text begins, and it is long enough for a PE header, too", None),
        (b"MZ" + bytes(62), None),
        (b"#!/bin/sh\n", None),
        (b"PK\3\4", None),
        (b" \x7fELF", None),
    ],
)
def test_a_format_is_known_by_the_first_bytes(start: bytes, found: str | None) -> None:
    assert detect_format(start) == found


def test_what_contradicts_itself_is_unreadable() -> None:
    no_segments = elf_library()[:56] + b"\0\0" + elf_library()[58:]
    assert refusal(b"") == "it is neither ELF nor PE nor Mach-O"
    assert refusal(b"text") == "it is neither ELF nor PE nor Mach-O"
    assert refusal(no_segments) == "its ELF headers name no segment, so nothing of it could be loaded"
    assert refusal(elf_library()[:20]).startswith("its ELF headers cannot be read: ")
    assert refusal(elf_library()[:200]).startswith("its ELF headers cannot be read: ")
    assert refusal(pe_library()[:70]).startswith("its PE headers cannot be read: ")
    assert refusal(flip(pe_library(), 0x40)).startswith("its PE headers cannot be read: ")


def test_an_elf_library_without_a_string_table_is_unreadable() -> None:
    # DT_STRTAB becomes DT_DEBUG.
    dynamic = elf_library().index(b"\x05" + bytes(7) + elf_library()[0x120 + 40 : 0x120 + 44])
    assert refusal(flip(elf_library(), dynamic, 0x10)) == ("its ELF headers cannot be read: they contradict themselves")


@pytest.mark.parametrize("machine", ["x86_64", "x86"])
@pytest.mark.parametrize("make", [elf_library, pe_library])
def test_a_library_damaged_anywhere_is_read_or_refused(machine: str, make: type) -> None:
    data = make(machine)
    chance = random.Random(20260102)  # noqa: S311  to fail again tomorrow
    for _ in range(250):
        damaged = data
        for _ in range(chance.choice([1, 2, 8])):
            damaged = flip(damaged, chance.randrange(2, min(len(damaged), 0x200)), chance.choice([0xFF, 1, 0x40]))
        if chance.random() < 0.1:
            damaged = damaged[: chance.randrange(4, len(damaged))]
        try:
            library = read_library("a", damaged)
        except UnreadableLibrary as error:
            assert str(error)  # noqa: PT017
        else:
            assert library.name == "a"
            assert library.target.format == detect_format(damaged[:64])


@given(st.sampled_from([b"\x7fELF", b"MZ".ljust(0x3C, b"\0") + b"\x40\0\0\0PE\0\0", b""]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(magic: bytes, rest: bytes) -> None:
    try:
        library = read_library("a", magic + rest)
    except UnreadableLibrary as error:
        assert str(error)  # noqa: PT017
    else:
        assert library.target.format == detect_format((magic + rest)[:64])


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="only Linux on x86_64 loads this library"
)
def test_the_elf_library_of_these_tests_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "libquiver.so"
    path.write_bytes(elf_library())
    assert ctypes.CDLL(str(path))._name == str(path)
    path.with_name("libdamaged.so").write_bytes(flip(elf_library(), 18))
    with pytest.raises(OSError, match=r"libdamaged\.so"):
        ctypes.CDLL(str(path.with_name("libdamaged.so")))


@pytest.mark.skipif(shutil.which("objdump") is None, reason="needs objdump")
def test_the_pe_library_of_these_tests_is_one_for_other_tools_too(tmp_path: Path) -> None:
    path = tmp_path / "quiver.dll"
    path.write_bytes(pe_library())
    described = subprocess.run(["objdump", "-x", str(path)], capture_output=True, check=False, encoding="utf-8")
    if "format not recognized" in described.stderr or "not a recognized" in described.stderr:
        pytest.skip("this objdump does not know PE")
    assert described.returncode == 0
    assert "pei-x86-64" in described.stdout
    assert "\tDLL\n" in described.stdout
