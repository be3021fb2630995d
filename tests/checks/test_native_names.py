"""The names of native libraries and the tags of the wheel fit what is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, LINUX_TAG, WINDOWS_TAG
from tests.support.native_factories import elf_library, macho_library, pe_library
from tests.support.wheel_judging import metadata, of_wheel

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


LINUX_312 = "cp312-cp312-manylinux_2_28_x86_64"


@pytest.mark.parametrize(
    ("name", "exports"),
    [
        ("core.cpython-312-x86_64-linux-gnu.so", ["PyInit_core"]),
        ("core.abi3.so", ["PyInit_core", "PyInit_core__more"]),
        ("core.so", ["PyModExport_core"]),
        ("sub/__init__.cpython-312-x86_64-linux-gnu.so", ["PyInit_sub"]),
        # Libraries for ctypes, and for programs that embed Python.
        ("core.abi3.so", ["core_open"]),
        ("libcore.so", ["PyInit_core"]),
        ("libcore.so.1", ["PyInit_other"]),
        ("größe.so", ["PyInitU_gre_tna4k"]),
    ],
)
def test_module_init_named_accepts_the_function_of_the_name(tmp_path: Path, name: str, exports: list[str]) -> None:
    change = {f"quiverdb/{name}": elf_library(soname="", exports=exports)}
    assert of_wheel(tmp_path, "module-init-named", tag=LINUX_312, change=change) == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("core.cpython-312-x86_64-linux-gnu.so", "core"), ("core.so", "core"), ("sub/__init__.abi3.so", "sub")],
)
def test_module_init_named_refuses_a_renamed_module(tmp_path: Path, name: str, wanted: str) -> None:
    change = {f"quiverdb/{name}": elf_library(soname="", exports=["PyInit__core"])}
    assert of_wheel(tmp_path, "module-init-named", tag=LINUX_312, change=change) == [
        f"quiverdb/{name} exports PyInit__core, but not PyInit_{wanted}"
    ]


@pytest.mark.parametrize(
    ("tag", "name", "data"),
    [
        (LINUX_312, "core.cpython-312-x86_64-linux-gnu.so", MODULE),
        (LINUX_312, "core.abi3.so", MODULE),
        ("cp312-cp312-musllinux_1_2_x86_64", "core.cpython-312-x86_64-linux-musl.so", MODULE),
        ("cp310-cp310-musllinux_1_2_x86_64", "core.cpython-310-x86_64-linux-gnu.so", MODULE),
        ("cp312-cp312-manylinux_2_28_i686", "core.cpython-312-i386-linux-gnu.so", elf_library("x86")),
        ("cp37-cp37m-manylinux1_x86_64", "core.cpython-37m-x86_64-linux-gnu.so", MODULE),
        ("pp311-pypy311_pp73-manylinux_2_28_x86_64", "core.pypy311-pp73-x86_64-linux-gnu.so", MODULE),
        ("cp312-cp312-win_amd64", "core.cp312-win_amd64.pyd", WINDOWS_MODULE),
        ("cp312-cp312-macosx_11_0_arm64", "core.cpython-312-darwin.so", macho_library(exports=["PyInit_core"])),
        # One that is not for the wheel's machine is a finding of native-platform.
        (LINUX_312, "core.cpython-312-aarch64-linux-gnu.so", elf_library("aarch64", exports=["PyInit_core"])),
    ],
)
def test_module_suffix_importable_accepts_those_of_the_platform(
    tmp_path: Path, tag: str, name: str, data: bytes
) -> None:
    assert of_wheel(tmp_path, "module-suffix-importable", tag=tag, change={f"quiverdb/{name}": data}) == []


@pytest.mark.parametrize(
    ("tag", "name", "data", "message"),
    [
        (
            LINUX_312,
            "core.cpython-312-aarch64-linux-gnu.so",
            MODULE,
            "is named for aarch64-linux-gnu; Python looks for x86_64-linux-gnu",
        ),
        (
            LINUX_312,
            "core.cpython-312-x86_64-linux-musl.so",
            MODULE,
            "is named for x86_64-linux-musl; Python looks for x86_64-linux-gnu",
        ),
        (
            "cp312-cp312-musllinux_1_2_x86_64",
            "core.cpython-312-x86_64-linux-gnu.so",
            MODULE,
            "is named for x86_64-linux-gnu; Python looks for x86_64-linux-musl",
        ),
        (LINUX_312, "core.cpython-312-darwin.so", MODULE, "is named for darwin; Python looks for x86_64-linux-gnu"),
        (
            "cp312-cp312-win_amd64",
            "core.cp312-win32.pyd",
            WINDOWS_MODULE,
            "is named for win32; Python looks for win_amd64",
        ),
        ("cp312-cp312-win_amd64", "core.so", WINDOWS_MODULE, "is PE, which Python does not import under this name"),
        (LINUX_312, "core.pyd", MODULE, "is ELF, which Python does not import under this name"),
    ],
)
def test_module_suffix_importable_refuses_names_that_python_does_not_look_for(
    tmp_path: Path, tag: str, name: str, data: bytes, message: str
) -> None:
    assert of_wheel(tmp_path, "module-suffix-importable", tag=tag, change={f"quiverdb/{name}": data}) == [
        f"quiverdb/{name} {message}"
    ]


def stable_messages(folder: Path, tag: str, *symbols: str) -> list[str]:
    """Return what is said about a module with these symbols of Python, in a wheel for `tag` of each platform."""
    libraries = {
        "manylinux_2_28_x86_64": elf_library(exports=["PyInit_core"], imports=[*symbols, "malloc"]),
        "win_amd64": pe_library(imports=["python3.dll"], function=symbols[0]),
        "macosx_11_0_arm64": macho_library(imports=symbols),
    }
    found = [
        of_wheel(folder, "stable-abi-kept", tag=f"{tag}-{platform}", change={"quiverdb/core.abi3.so": library})
        for platform, library in libraries.items()
    ]
    assert found[0] == found[1] == found[2]
    return found[0]


@pytest.mark.parametrize(
    ("tag", "symbol"),
    [
        ("cp310-abi3", "PyLong_FromLong"),
        ("cp310-abi3", "_Py_Dealloc"),
        ("cp310-abi3", "PyModule_AddObjectRef"),
        ("cp312-cp312", "PyUnicode_AsUTF8"),
        ("cp39-abi3", "quiver_PyObject"),
    ],
)
def test_stable_abi_kept_accepts_what_is_in_it_and_other_wheels(tmp_path: Path, tag: str, symbol: str) -> None:
    assert stable_messages(tmp_path, tag, symbol) == []


@pytest.mark.parametrize(("tag", "symbol"), [("cp39-abi3", "PyModule_AddObjectRef"), ("cp312-abi3", "_PyLong_Sign")])
def test_stable_abi_kept_refuses_what_is_not_in_it(tmp_path: Path, tag: str, symbol: str) -> None:
    oldest = tag.partition("-")[0].removeprefix("cp3")
    assert stable_messages(tmp_path, tag, symbol) == [
        f"quiverdb/core.abi3.so uses {symbol}, not in the stable ABI of Python 3.{oldest}"
    ]


@pytest.mark.parametrize(
    ("tag", "requirement"),
    [
        ("cp312-cp312", ">=3.10"),
        ("cp312-cp312", ">=3.12.4,<3.13"),
        ("cp313-cp313t", "==3.13.*"),
        ("cp39.cp312-none", ">=3.10"),
        ("cp38-abi3", ">=3.10"),
        ("py3-none", ">=3.10"),
        ("cp38-cp38", "not a specifier"),
    ],
)
def test_tag_allowed_accepts_a_python_that_can_install_it(tmp_path: Path, tag: str, requirement: str) -> None:
    text = metadata(f"Requires-Python: {requirement}", without="Requires-Python")
    assert of_wheel(tmp_path, "tag-allowed", tag=f"{tag}-manylinux_2_28_x86_64", metadata=text) == []


@pytest.mark.parametrize(("tag", "requirement"), [("cp38-cp38", ">=3.10"), ("cp313-cp313t", "<3.13")])
def test_tag_allowed_refuses_a_wheel_that_no_python_can_install(tmp_path: Path, tag: str, requirement: str) -> None:
    text = metadata(f"Requires-Python: {requirement}", without="Requires-Python")
    assert of_wheel(tmp_path, "tag-allowed", tag=f"{tag}-manylinux_2_28_x86_64", metadata=text) == [
        f"the wheel is {tag}, but Requires-Python is {requirement}"
    ]
