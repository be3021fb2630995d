"""What only a compiler or a developer needs is not in a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO, LINUX_LIBRARY, LINUX_TAG, WINDOWS_TAG, ReleaseFolder
from tests.support.native_factories import elf_library, pe_library
from tests.support.wheel_judging import metadata, of_release, of_wheel

ARCHIVE = b"!<arch>\n" + bytes(60)
COFF = b"\x64\x86\2\0" + bytes(60)
DEVELOPMENT = {
    "libquiver.a": ARCHIVE,
    "quiver.lib": ARCHIVE,
    "quiver.obj": COFF,
    "quiver.exp": COFF,
    "quiver.o": elf_library(kind=1),
    "core": elf_library(kind=4),
    "quiver.pdb": b"Microsoft C/C++ MSF 7.00\r\n",
    "libquiver.la": b"# libquiver.la - a libtool library file",
    "quiver-config.cmake": b"",
    "quiver.pc": b"prefix=/usr",
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        # Other data with the same names.
        {"quiverdb/teapot.obj": b"v 0 0 0\n", "quiverdb/spice.lib": b".model", "quiverdb/x.exp": b"spawn"},
        # Packages that are compiled against.
        {f"quiverdb/lib/{name}": data for name, data in DEVELOPMENT.items() if name != "core"}
        | {"quiverdb/include/q.h": b""},
    ],
)
def test_development_files_absent_accepts_other_files_and_what_a_package_offers(
    tmp_path: Path, change: dict[str, bytes]
) -> None:
    assert of_wheel(tmp_path, "development-files-absent", change=change) == []


def test_development_files_absent_accepts_the_cmake_files_of_a_wheel_without_native_code(tmp_path: Path) -> None:
    change = {"quiverdb/toolchain.cmake": b"", LINUX_LIBRARY: None}
    assert of_wheel(tmp_path, "development-files-absent", tag="py3-none-any", change=change) == []


@pytest.mark.parametrize(("name", "data"), DEVELOPMENT.items())
def test_development_files_absent_refuses_the_files_of_a_build(tmp_path: Path, name: str, data: bytes) -> None:
    (message,) = of_wheel(tmp_path, "development-files-absent", change={f"quiverdb/{name}": data})
    kinds = ("static or import library", "object file", "core dump", "debug database", "libtool file", "CMake file")
    assert message in {f"it contains 1 {kind} (quiverdb/{name})" for kind in (*kinds, "pkg-config file")}


def test_development_files_absent_counts_them_in_one_finding(tmp_path: Path) -> None:
    change = {f"quiverdb/{number}.a": ARCHIVE for number in range(4)} | {"quiverdb/q.cmake": b""}
    assert of_wheel(tmp_path, "development-files-absent", change=change) == [
        (
            "it contains 4 static or import libraries (quiverdb/0.a, quiverdb/1.a and 2 more), 1 CMake file "
            "(quiverdb/q.cmake)"
        )
    ]


def test_development_files_absent_refuses_the_import_library_of_an_extension_module(tmp_path: Path) -> None:
    change = {
        "quiverdb/include/quiver.h": b"",
        "quiverdb/core.pyd": pe_library(),
        "quiverdb/core.lib": ARCHIVE,
        "quiverdb/libs/api.lib": ARCHIVE,
    }
    assert of_wheel(tmp_path, "development-files-absent", tag=WINDOWS_TAG, change=change) == [
        "it contains 1 static or import library (quiverdb/core.lib)"
    ]


@pytest.mark.parametrize("name", ["quiverdb/lib64/x", "quiverdb-0.5.0.data/data/share/x", "bin", "cmake/__init__.py"])
def test_prefix_folders_absent_accepts_them_elsewhere(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "prefix-folders-absent", change={name: b""}) == []


@pytest.mark.parametrize("top", ["lib64", "lib", "include", "bin", "share"])
def test_prefix_folders_absent_refuses_them_at_the_top(tmp_path: Path, top: str) -> None:
    assert of_wheel(tmp_path, "prefix-folders-absent", change={f"{top}/x/y.h": b""}) == [
        f"{top}/ would be installed into site-packages: 1 other file ({top}/x/y.h)"
    ]


def test_prefix_folders_absent_says_what_is_in_them_and_only_once(tmp_path: Path) -> None:
    change = {"lib64/libz.a": ARCHIVE, "lib64/cmake/z.cmake": b"", "lib64/libz.so": elf_library()}
    assert of_wheel(tmp_path / "1", "prefix-folders-absent", change=change) == [
        (
            "lib64/ would be installed into site-packages: 1 static or import library (lib64/libz.a), 1 CMake file "
            "(lib64/cmake/z.cmake), 1 other file (lib64/libz.so)"
        )
    ]
    assert of_wheel(tmp_path / "2", "development-files-absent", change=change) == []


@pytest.mark.parametrize(
    "change",
    [
        {"quiverdb/sitecustomize.py": ""},
        {"quiverdb.pth": "# import nothing\n../quiverdb\nimportant\n"},
        {"quiverdb/x.pth": "import os\n"},
    ],
)
def test_start_up_files_absent_accepts_other_files(tmp_path: Path, change: dict[str, str]) -> None:
    assert of_wheel(tmp_path, "start-up-files-absent", change=change) == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("sitecustomize.py", "", "sitecustomize.py runs at the start of every Python"),
        ("usercustomize.py", "", "usercustomize.py runs at the start of every Python"),
        ("quiverdb-0.5.0.data/purelib/q.pth", "../x\nimport os\n", "q.pth imports at the start of every Python"),
        ("q.pth", "import\tos", "q.pth imports at the start of every Python"),
    ],
)
def test_start_up_files_absent_refuses_them_at_the_top(tmp_path: Path, name: str, content: str, message: str) -> None:
    assert of_wheel(tmp_path, "start-up-files-absent", change={name: content}) == [message]


def test_prefix_folders_absent_counts_all_folders_in_one_finding(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "prefix-folders-absent", change={"lib/libz.a": ARCHIVE, "include/z.h": b""}) == [
        (
            "include/, lib/ would be installed into site-packages: "
            "1 static or import library (lib/libz.a), 1 other file (include/z.h)"
        )
    ]


EMPTY = {"quiverdb/__init__.py": None, "quiverdb/py.typed": None, LINUX_LIBRARY: None}


def test_wheel_not_empty_accepts_files_and_requirements(tmp_path: Path) -> None:
    assert of_wheel(tmp_path / "1", "wheel-not-empty") == []
    assert of_wheel(tmp_path / "2", "wheel-not-empty", tag="py3-none-any", change=EMPTY) == []


def test_wheel_not_empty_refuses_a_wheel_with_neither(tmp_path: Path) -> None:
    text = metadata(without="Requires-Dist")
    assert of_wheel(tmp_path, "wheel-not-empty", metadata=text, change={**EMPTY, f"{DIST_INFO}/NOTES": ""}) == [
        "there is nothing in it but its metadata"
    ]


def test_copies_absent_accepts_small_files_and_libraries_that_differ(tmp_path: Path) -> None:
    change = {"quiverdb/a.bin": b"x" * 9_000, "quiverdb/b.bin": b"x" * 9_000, "quiverdb/x.so": elf_library(soname="x")}
    assert of_wheel(tmp_path, "copies-absent", change=change) == []


def test_copies_absent_notes_names_of_one_library_and_large_data(tmp_path: Path) -> None:
    library = elf_library(soname="libcore.so.1")
    data = b"x" * 1_000_000
    change = {"quiverdb/a.bin": data, "quiverdb/b.bin": data}
    names = ("libcore.so", "libcore.so.1", "libcore.so.1.2")
    change |= {f"quiverdb/_libs/{name}": library for name in names}
    assert of_wheel(tmp_path, "copies-absent", change=change) == [
        "quiverdb/a.bin appears 2 times, quiverdb/_libs/libcore.so appears 3 times: 1.0 MB more than needed"
    ]


def test_sonames_unique_accepts_copies_and_other_names(tmp_path: Path) -> None:
    change = {"quiverdb/a.so": elf_library(soname="a"), "quiverdb/b.so": elf_library(soname="a")}
    assert of_wheel(tmp_path, "sonames-unique", change=change) == []


def test_sonames_unique_notes_two_libraries_with_one(tmp_path: Path) -> None:
    change = {"quiverdb/a.so": elf_library(soname="a"), "quiverdb/b.so": elf_library(soname="a", exports=["b"])}
    assert of_wheel(tmp_path, "sonames-unique", change=change) == [
        "quiverdb/a.so, quiverdb/b.so have the SONAME a, but differ"
    ]


@pytest.mark.parametrize("path", [None, "$ORIGIN", "$ORIGIN/..", "/usr/lib"])
def test_search_path_present_accepts_folders_of_the_wheel(tmp_path: Path, path: str | None) -> None:
    change = {LINUX_LIBRARY: elf_library(runpath=path)}
    assert of_wheel(tmp_path, "search-path-present", change=change) == []


def test_search_path_present_notes_others(tmp_path: Path) -> None:
    change = {LINUX_LIBRARY: elf_library(runpath="$ORIGIN:$ORIGIN/../lib")}
    assert of_wheel(tmp_path, "search-path-present", change=change) == [
        f"{LINUX_LIBRARY} looks for libraries in $ORIGIN/../lib, but the wheel has no such folder"
    ]


@pytest.mark.parametrize(
    ("tag", "member", "library", "user"),
    [
        (LINUX_TAG, "quiverdb.libs/libz-1.so", elf_library(soname="libz-1.so"), elf_library(needed=["libz-1.so"])),
        (WINDOWS_TAG, "quiverdb.libs/z-1.dll", pe_library(), pe_library(delayed=["Z-1.dll"])),
    ],
)
def test_bundled_libraries_needed_notes_those_that_nothing_needs(
    tmp_path: Path, tag: str, member: str, library: bytes, user: bytes
) -> None:
    change = {member: library, "quiverdb/user": user}
    assert of_wheel(tmp_path / "1", "bundled-libraries-needed", tag=tag, change=change) == []
    change = {member: library}
    assert of_wheel(tmp_path / "2", "bundled-libraries-needed", tag=tag, change=change) == [f"nothing needs {member}"]


def test_bundled_libraries_needed_accepts_a_wheel_without(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "bundled-libraries-needed") == []


def test_debug_information_absent_accepts_a_stripped_library(release: ReleaseFolder) -> None:
    assert of_release(release, "debug-information-absent") == []


def test_debug_information_absent_notes_its_size(release: ReleaseFolder) -> None:
    library = with_section(elf_library(), 2_500_000)
    assert of_release(release, "debug-information-absent", change={LINUX_LIBRARY: library}) == [
        f"2.5 MB of debug information and symbols: {LINUX_LIBRARY}"
    ]


def with_section(library: bytes, size: int) -> bytes:
    """Return a library of 64 bits with a table of symbols of this size, which the loader does not need."""
    header = bytes(4) + (2).to_bytes(4, "little") + bytes(24) + size.to_bytes(8, "little") + bytes(24)
    data = library.ljust(len(library) + size, b"\0")
    return data[:40] + len(data).to_bytes(8, "little") + data[48:60] + b"\1\0" + data[62:] + header


def test_tests_and_sources_absent_accepts_a_wheel_without(release: ReleaseFolder) -> None:
    assert of_release(release, "tests-and-sources-absent") == []


def test_tests_and_sources_absent_notes_how_many_there_are(release: ReleaseFolder) -> None:
    change = {"quiverdb/tests/data.bin": b"x" * 400_000, "quiverdb/test_a.py": b"", "quiverdb/core.c": b""}
    assert of_release(release, "tests-and-sources-absent", change=change) == [
        "it contains 2 test files, 0.4 MB: quiverdb/tests/data.bin, quiverdb/test_a.py",
        "it contains 1 native source file, 0.0 KB: quiverdb/core.c",
    ]
