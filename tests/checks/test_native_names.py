"""The names of native libraries and the tags of the wheel fit what is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, LINUX_TAG, WINDOWS_TAG
from tests.support.native_factories import elf_library, pe_library
from tests.support.wheel_judging import of_wheel

MODULE = elf_library(soname="", exports=["PyInit_core"])
WINDOWS_MODULE = pe_library(exports=["PyInit_core"])
MACHO = b"\xcf\xfa\xed\xfe\7\0\0\1\0\0\0\0\6" + bytes(60)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("libextra.so", elf_library()),
        ("libextra.so.1.2", elf_library()),
        ("extra.DLL", pe_library()),
        ("extra.dll", pe_library(managed=True)),
        ("libextra.dylib", MACHO),
        ("extra.so.txt", b"text"),
        ("extra.so.py", b""),
        ("extra", elf_library(kind=2)),
    ],
)
def test_library_files_native_accepts_libraries_and_other_names(tmp_path: Path, name: str, data: bytes) -> None:
    assert of_wheel(tmp_path, "library-files-native", change={f"quiverdb/{name}": data}) == []


@pytest.mark.parametrize("name", ["libextra.so", "libextra.so.1.2", "extra.dll", "extra.PYD", "libextra.dylib"])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"INPUT(libextra.so.1)\n", "is not native code"),
        (b"MZ" + bytes(100), "is not native code"),
        (b"", "is empty"),
        (elf_library(kind=1), "is an object file"),
        (elf_library(kind=2), "is an executable"),
        (elf_library(kind=4), "is a core dump"),
        (pe_library(dll=False), "is an executable"),
    ],
)
def test_library_files_native_refuses_other_files_with_such_a_name(
    tmp_path: Path, name: str, data: bytes, found: str
) -> None:
    assert of_wheel(tmp_path, "library-files-native", change={f"quiverdb/{name}": data}) == [
        f"quiverdb/{name} {found}, but is named like a shared library"
    ]


def test_library_files_native_leaves_what_cannot_be_read_to_native_readable(tmp_path: Path) -> None:
    change = {"quiverdb/extra.so": elf_library()[:100]}
    assert of_wheel(tmp_path / "1", "library-files-native", change=change) == []
    assert len(of_wheel(tmp_path / "2", "native-readable", change=change)) == 1


def test_native_code_in_the_dist_info_folder_is_read(tmp_path: Path) -> None:
    change = {f"{DIST_INFO}/licenses/x": elf_library("aarch64"), f"{DIST_INFO}/y.dll": b"MZ"}
    assert of_wheel(tmp_path / "1", "native-platform", change=change) == [
        f"{DIST_INFO}/licenses/x is ELF for aarch64; the tag manylinux_2_28_x86_64 needs ELF for x86_64"
    ]
    assert of_wheel(tmp_path / "2", "library-files-native", change=change) == [
        f"{DIST_INFO}/y.dll is not native code, but is named like a shared library"
    ]


def test_a_pe_header_at_an_unusual_place_is_read(tmp_path: Path) -> None:
    library = pe_library("aarch64")
    header, rest = library[0x40:0x200], library[0x200:]
    # Windows takes a header that begins within the first 64 bytes: its field at 0x3c is the alignment of sections then.
    near = (b"MZ\0\0" + header[:0x38] + b"\4\0\0\0" + header[0x3C:]).ljust(0x200, b"\0") + rest
    far = (library[:0x3C] + b"\0\0\1\0" + bytes(0x1C0) + rest).ljust(0x10000, b"\0") + header
    for number, data in enumerate((near, far)):
        assert of_wheel(tmp_path / str(number), "native-platform", change={"quiverdb/extra.bin": data}) == [
            "quiverdb/extra.bin is PE for aarch64; the tag manylinux_2_28_x86_64 needs ELF for x86_64"
        ]


@pytest.mark.parametrize(
    ("tag", "name", "data"),
    [
        (LINUX_TAG, "libcore.so", elf_library()),
        ("cp312-cp312-manylinux_2_28_x86_64", "core.cpython-312-x86_64-linux-gnu.so", MODULE),
        ("cp36-cp36m-manylinux1_x86_64", "core.cpython-36m-x86_64-linux-gnu.so", MODULE),
        ("cp37-cp37m-win_amd64", "core.cp37-win_amd64.pyd", WINDOWS_MODULE),
        ("cp313-cp313t-manylinux_2_28_x86_64", "core.cpython-313t-x86_64-linux-gnu.so", MODULE),
        ("cp312-none-manylinux_2_28_x86_64", "core.cpython-312-x86_64-linux-gnu.so", MODULE),
        ("cp310-abi3-manylinux_2_28_x86_64", "core.abi3.so", MODULE),
        ("cp311.cp312-none-win_amd64", "core.cp312-win_amd64.pyd", WINDOWS_MODULE),
        ("pp311-pypy311_pp73-win_amd64", "core.pypy311-pp73-win_amd64.pyd", WINDOWS_MODULE),
    ],
)
def test_extension_matches_tag_accepts_modules_of_the_tag(tmp_path: Path, tag: str, name: str, data: bytes) -> None:
    assert of_wheel(tmp_path, "extension-matches-tag", tag=tag, change={f"quiverdb/{name}": data}) == []


@pytest.mark.parametrize(
    ("tag", "name", "data"),
    [
        (LINUX_TAG, "core.so", MODULE),
        (LINUX_TAG, "core.abi3.so", MODULE),
        (LINUX_TAG, "core.cpython-312-x86_64-linux-gnu.so", elf_library()),
        (WINDOWS_TAG, "core.pyd", pe_library()),
        (WINDOWS_TAG, "core.pyd", pe_library(imports=["python312.dll"], exports=["PyInit_core"])),
    ],
)
def test_extension_matches_tag_refuses_a_module_for_every_python(
    tmp_path: Path, tag: str, name: str, data: bytes
) -> None:
    assert of_wheel(tmp_path, "extension-matches-tag", tag=tag, change={f"quiverdb/{name}": data}) == [
        f"quiverdb/{name} is an extension module, but the wheel is py3-none, for every Python"
    ]


@pytest.mark.parametrize(
    ("tag", "name", "version", "spelled"),
    [
        ("cp312-cp312-manylinux_2_28_x86_64", "core.cpython-313-x86_64-linux-gnu.so", "313", "cp312-cp312"),
        ("cp313-cp313-manylinux_2_28_x86_64", "core.cpython-313t-x86_64-linux-gnu.so", "313t", "cp313-cp313"),
        ("cp310-abi3-manylinux_2_28_x86_64", "core.cpython-310-x86_64-linux-gnu.so", "310", "cp310-abi3"),
        ("cp312-cp312-win_amd64", "core.cp311-win_amd64.pyd", "311", "cp312-cp312"),
    ],
)
def test_extension_matches_tag_refuses_a_module_of_another_python(
    tmp_path: Path, tag: str, name: str, version: str, spelled: str
) -> None:
    data = WINDOWS_MODULE if tag.endswith("win_amd64") else MODULE
    assert of_wheel(tmp_path, "extension-matches-tag", tag=tag, change={f"quiverdb/{name}": data}) == [
        f"quiverdb/{name} is for CPython {version}, but the wheel is {spelled}"
    ]
