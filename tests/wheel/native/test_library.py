"""Native libraries read into facts; the libraries of the tests can really be loaded."""

from __future__ import annotations

import ctypes
import io
import pickle
import platform
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pefile
import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.factories import flip
from tests.support.native_factories import elf_library, macho_library, pe_library, universal_library
from tests.support.work import count_calls
from truewheel.builders.zig import zig_program
from truewheel.platforms import NativeTarget
from truewheel.wheel.native.facts import NativeFacts, NativeLibrary, Trait, UnreadableLibrary
from truewheel.wheel.native.image import LONGEST_NAME, MOST_SYMBOLS
from truewheel.wheel.native.library import detect_format, read_library

# They have every table that is read.
RICH_ELF: dict[str, Any] = {
    "needed": ["libc.so.6", "libm.so.6"],
    "runpath": "$ORIGIN/../quiverdb.libs:$ORIGIN",
    "versions": {"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.17"], "libm.so.6": ["GLIBC_2.29"]},
    "exports": ["quiver_open", "quiver_close"],
    "imports": ["malloc", "exp"],
    "flags_1": 1,
    "isa_levels": 1,
}
RICH_PE: dict[str, Any] = {
    "imports": ["KERNEL32.dll", "helper.dll"],
    "delayed": ["dbghelp.dll"],
    "exports": ["quiver_open", "quiver_close"],
    "pdb": r"C:\build\quiver.pdb",
    "version": (1, 2, 3, 4),
}
RICH_MACHO: dict[str, Any] = {
    "needed": ["@rpath/libz.dylib"],
    "rpaths": ["@loader_path/../.dylibs", "/opt/lib"],
    "exports": ["quiver_open", "quiver_close"],
    "imports": ["malloc", "PyLong_FromLong"],
    "oldest": (13, 3),
    "version": (0, 13, 5),
}
MAKERS: list[Callable[[str], bytes]] = [
    elf_library,
    pe_library,
    lambda machine: elf_library(machine, **RICH_ELF),
    lambda machine: pe_library(machine, **RICH_PE),
    lambda _: macho_library(**RICH_MACHO),
    lambda _: universal_library(macho_library("x86_64"), macho_library(**RICH_MACHO)),
]


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableLibrary) as caught:
        read_library("a/b", data)
    return str(caught.value)


def facts_of(data: bytes) -> NativeFacts:
    (facts,) = read_library("a/b", data).parts
    return facts


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "x86", "riscv64"])
def test_an_elf_library_is_read(machine: str) -> None:
    facts = NativeFacts(machine, soname="libquiver.so")
    expected = NativeLibrary("a/b", NativeTarget("ELF", machine), "shared library", (facts,))
    assert read_library("a/b", elf_library(machine)) == expected


@pytest.mark.parametrize("machine", ["x86_64", "x86"])
def test_needed_libraries_and_symbols_of_an_elf_library_are_read(machine: str) -> None:
    library = read_library("a/b.so", elf_library(machine, **RICH_ELF))
    assert library.needed == ("libc.so.6", "libm.so.6")
    assert (library.exports, library.export_count) == (("quiver_open", "quiver_close"), 2)
    assert library.facts == NativeFacts(
        machine,
        needed=("libc.so.6", "libm.so.6"),
        soname="libquiver.so",
        search_tag="RUNPATH",
        search_path=("$ORIGIN/../quiverdb.libs", "$ORIGIN"),
        versions=(("libc.so.6", ("GLIBC_2.2.5", "GLIBC_2.17")), ("libm.so.6", ("GLIBC_2.29",))),
        imports=(("", "malloc"), ("", "exp")),
        unversioned=("malloc", "exp"),
    )


def test_what_the_loader_demands_of_an_elf_library_is_read() -> None:
    library = elf_library(imports=["malloc", "ours"], versioned=["malloc"], versions={"libc.so.6": ["GLIBC_2.17"]})
    assert facts_of(library).imports == (("", "malloc"), ("", "ours"))
    assert facts_of(library).unversioned == ("ours",)
    assert read_library("a", elf_library(needed=["a.so"], filters=["b.so"])).needed == ("a.so", "b.so")
    assert facts_of(elf_library(flags_1=0x40)).traits == {Trait.UNOPENABLE}
    assert facts_of(elf_library(flags_1=1)).traits == set()
    assert facts_of(elf_library(memory=7)).traits == {Trait.WRITABLE_CODE}


@pytest.mark.parametrize(("bits", "level"), [(0, 1), (1, 1), (2, 2), (0b1011, 4)])
def test_the_level_of_the_processor_is_read(bits: int, level: int) -> None:
    assert facts_of(elf_library(isa_levels=bits)).isa_level == level


def test_a_library_for_another_system_is_for_another_machine() -> None:
    other = read_library("a", flip(elf_library(), 7, 9)).target
    assert other == NativeTarget("ELF", "x86_64 of another system than Linux (OSABI 9)")
    assert read_library("a", flip(elf_library(), 7, 3)).target == NativeTarget("ELF", "x86_64")


def test_a_runpath_replaces_the_rpath() -> None:
    assert facts_of(elf_library(rpath="/a:/b")).search_path == ("/a", "/b")
    assert facts_of(elf_library(rpath="/a:/b")).search_tag == "RPATH"
    assert facts_of(elf_library(rpath="/a:/b", runpath="/c")).search_path == ("/c",)
    assert facts_of(elf_library(runpath="")).search_path == ("",)


def test_the_hardening_of_an_elf_library_is_read() -> None:
    assert facts_of(elf_library()).traits == set()
    assert facts_of(elf_library(stack=7)).traits == {Trait.EXECUTABLE_STACK}
    assert facts_of(elf_library(stack=None)).traits == {Trait.EXECUTABLE_STACK}
    assert facts_of(elf_library(text_relocations=True)).traits == {Trait.TEXT_RELOCATIONS}
    assert facts_of(elf_library(relro=False)).traits == {Trait.NO_RELRO}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "x86"])
def test_a_pe_library_is_read(machine: str) -> None:
    facts = NativeFacts(machine, system=(6, 0))
    expected = NativeLibrary("a/b", NativeTarget("PE", machine), "shared library", (facts,))
    assert read_library("a/b", pe_library(machine)) == expected


@pytest.mark.parametrize("machine", ["x86_64", "x86"])
def test_needed_dlls_and_exports_of_a_pe_library_are_read(machine: str) -> None:
    library = read_library("a/b.dll", pe_library(machine, **RICH_PE))
    assert library.needed == ("KERNEL32.dll", "helper.dll")
    assert (library.exports, library.export_count) == (("quiver_open", "quiver_close"), 2)
    assert (library.facts.delayed, library.facts.pdb_path) == (("dbghelp.dll",), r"C:\build\quiver.pdb")


def test_the_hardening_of_a_pe_library_is_read() -> None:
    assert facts_of(pe_library(flags=0)).unset_flags == ("DYNAMIC_BASE", "NX_COMPAT", "HIGH_ENTROPY_VA")
    assert facts_of(pe_library(flags=0x40)).unset_flags == ("NX_COMPAT", "HIGH_ENTROPY_VA")
    assert facts_of(pe_library(flags=0x20)).unset_flags == ("DYNAMIC_BASE", "NX_COMPAT")
    assert facts_of(pe_library(flags=0x100)).unset_flags == ("DYNAMIC_BASE", "HIGH_ENTROPY_VA")
    assert facts_of(pe_library("x86", flags=0)).unset_flags == ("DYNAMIC_BASE", "NX_COMPAT")


@pytest.mark.parametrize("machine", ["x86_64", "x86"])
def test_what_windows_demands_of_a_pe_library_is_read(machine: str) -> None:
    library = facts_of(pe_library(machine, imports=["a.dll", "b.dll"], function="run", version=(0, 5, 1, 2)))
    assert library.imports == (("a.dll", "run"), ("b.dll", "run"))
    assert library.version == (0, 5, 1, 2)
    assert facts_of(pe_library(machine, subsystem=(11, 0))).system == (11, 0)
    assert facts_of(pe_library(machine, memory=0xE0000020)).traits == {Trait.WRITABLE_CODE}


def test_an_unknown_machine_is_named_by_its_number() -> None:
    strange = pe_library().replace(b"PE\0\0\x64\x86", b"PE\0\0\xc4\x01")
    assert read_library("a", strange).target == NativeTarget("PE", "machine 0x1c4 of 64 bits")
    unknown = flip(elf_library(), 19, 0x90)
    assert read_library("a", unknown).target == NativeTarget("ELF", f"machine {0x903E} of 64 bits")


def test_the_word_size_is_part_of_the_machine() -> None:
    # x32: the instructions of x86_64, with the pointers and the file format of 32 bits.
    x32 = elf_library("x86")[:18] + struct.pack("<H", 62) + elf_library("x86")[20:]
    assert read_library("a", x32).target == NativeTarget("ELF", "machine 62 of 32 bits")


def test_programs_and_object_files_are_not_libraries() -> None:
    assert read_library("a", elf_library(kind=2)).kind == "executable"
    assert read_library("a", elf_library(interpreter="/lib64/ld-linux-x86-64.so.2", soname="")).kind == "executable"
    assert read_library("a", elf_library(interpreter="/lib64/ld-linux-x86-64.so.2")).kind == "shared library"
    assert read_library("a", elf_library(kind=1)).kind == "object file"
    assert read_library("a", pe_library(dll=False)).kind == "executable"
    assert read_library("a", pe_library(managed=True)).kind == "managed assembly"


def test_an_extension_module_is_recognized_by_its_init_function() -> None:
    assert read_library("a", elf_library(exports=["PyInit_core"])).is_extension_module
    assert read_library("a", pe_library(exports=["PyModExport_core"])).is_extension_module
    assert not read_library("a", elf_library(exports=["quiver_open"])).is_extension_module


def test_a_mach_o_file_is_read() -> None:
    system = ("/usr/lib/libSystem.B.dylib",)
    facts = NativeFacts("aarch64", system, system=(11, 0))
    target = NativeTarget("Mach-O", "aarch64")
    expected = NativeLibrary("a", target, "shared library", (facts,))
    assert read_library("a", macho_library()) == expected
    assert read_library("a", macho_library("x86_64", kind=2)).kind == "executable"
    assert read_library("a", flip(macho_library(), 4, 1)).target == NativeTarget("Mach-O", "machine 0x100000d")


def test_everything_of_a_mach_o_file_is_read() -> None:
    library = read_library("a", macho_library(**RICH_MACHO))
    assert (library.exports, library.export_count) == (("quiver_open", "quiver_close"), 2)
    assert library.parts == (
        NativeFacts(
            "aarch64",
            ("@rpath/libz.dylib",),
            search_path=("@loader_path/../.dylibs", "/opt/lib"),
            imports=(("", "malloc"), ("", "PyLong_FromLong")),
            system=(13, 3),
            version=(0, 13, 5),
        ),
    )
    assert facts_of(macho_library(signed=False, memory=7)).traits == {Trait.UNSIGNED, Trait.WRITABLE_CODE}
    assert facts_of(macho_library("x86_64", signed=False)).traits == set()


def test_a_universal_mach_o_file_is_for_both_machines() -> None:
    data = universal_library(macho_library("x86_64", oldest=(10, 13)), macho_library())
    library = read_library("a", data)
    assert (library.target, library.kind) == (NativeTarget("Mach-O", "universal2"), "shared library")
    assert [(facts.machine, facts.system) for facts in library.parts] == [
        ("x86_64", (10, 13)),
        ("aarch64", (11, 0)),
    ]
    assert refusal(data[:20]) == "the list of machines ends after the end of the file"
    assert refusal(data[:52]) == "the Mach-O header is outside the file"
    assert refusal(macho_library()[:80]) == "a load command is outside the file"
    assert refusal(patched(macho_library(), 36, "<I", 7)) == "a load command ends after the end of all of them"
    assert refusal(patched(macho_library(), 16, "<I", 1001)) == "it has 1001 load commands, more than 1000"


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (elf_library()[:64], "ELF"),
        (b"\x7fELF", "ELF"),
        (pe_library()[:64], "PE"),
        (b"\xfe\xed\xfa\xce", "Mach-O"),
        (b"\xca\xfe\xba\xbe\0\0\0\2", "Mach-O"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", None),
        (b"", None),
        (b"MZ", None),
        (b"MZ is how this text begins, and it is long enough for a PE header, too", None),
        (b"MZ" + bytes(62), None),
        (b"#!/bin/sh\n", None),
        (b"PK\3\4", None),
        (b" \x7fELF", None),
    ],
)
def test_the_format_is_detected_by_the_first_bytes(start: bytes, found: str | None) -> None:
    assert detect_format(start) == found


def patched(data: bytes, offset: int, layout: str, value: int) -> bytes:
    return data[:offset] + struct.pack(layout, value) + data[offset + struct.calcsize(layout) :]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is not ELF, PE or Mach-O"),
        (b"text", "it is not ELF, PE or Mach-O"),
        (b"\x7fELF", "its ELF header has an unknown class or byte order"),
        (elf_library()[:20], "the ELF header is outside the file"),
        (
            patched(elf_library(), 56, "<H", 0),
            "its ELF headers name no segment, so nothing can be loaded",
        ),
        (patched(elf_library(), 54, "<H", 57), "its ELF header has an impossible size of program headers, 57 bytes"),
        (elf_library()[:100], "the table of program headers ends after the end of the file"),
        (flip(elf_library(), 6, 4), "its ELF header has the versions 5 and 1; the only one that exists is 1"),
        (elf_library()[:-1], "a segment ends after the end of the file: it is cut off"),
        (pe_library()[:70], "the PE header is outside the file"),
        (
            flip(pe_library(), 0x40),
            "it has no PE header at the offset that its DOS header names: it is a DOS program or damaged",
        ),
        (patched(pe_library(), 0x46, "<H", 97), "its PE header names 97 sections; Windows loads 96"),
        (patched(pe_library(), 0x58, "<H", 0x107), "its optional header has the unknown magic number 0x107"),
        (pe_library()[:-1], "a section ends after the end of the file: it is cut off"),
    ],
)
def test_a_damaged_library_is_unreadable(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


def test_an_elf_library_without_a_string_table_is_unreadable() -> None:
    data = elf_library(soname="x")
    # DT_STRTAB becomes another tag.
    entry = data.rindex(struct.pack("<Q", 5), 0, data.rindex(struct.pack("<Q", 6)))
    assert refusal(flip(data, entry, 0x10)) == "its dynamic segment names no table of strings"


def test_impossible_counts_are_refused() -> None:
    assert refusal(elf_library(needed=["a"] * 1001)) == "it needs 1001 libraries, more than 1000"
    many = {"a": ["V"] * 9_999, "b": ["V"]}
    assert refusal(elf_library(versions=many)) == "it needs more than 10000 symbol versions"
    assert refusal(pe_library(imports=["a"] * 1000)) == "the table of imported DLLs has more than 1000 rows"


def test_very_many_and_very_long_names_are_cut() -> None:
    data = elf_library(exports=["q" * 5_000, "r"])
    assert read_library("a", data).exports == ("q" * LONGEST_NAME, "r")
    library = read_library("a", elf_library(exports=["q"] * (MOST_SYMBOLS + 5)))
    assert (len(library.exports), library.export_count) == (MOST_SYMBOLS, MOST_SYMBOLS + 5)


def test_a_name_that_is_not_utf8_can_be_printed() -> None:
    data = elf_library(needed=["libXY.so"]).replace(b"libXY.so", b"lib\xff\n.so")
    assert read_library("a", data).needed == ("lib\\xff\n.so",)


def test_a_library_can_be_sent_to_another_process() -> None:
    library = read_library("a", elf_library(**RICH_ELF))
    assert pickle.loads(pickle.dumps(library)) == library  # noqa: S301


def judged(damaged: bytes) -> None:
    """Read damaged bytes: they are a library or are refused, and a forged count causes no work."""

    def judge() -> None:
        try:
            library = read_library("a", damaged)
        except UnreadableLibrary as error:
            assert str(error)  # noqa: PT017
        else:
            assert library.name == "a"
            assert library.target.format == detect_format(damaged[:64])

    # A sound library needs about 200.
    assert count_calls(judge) < 3_000


@pytest.mark.parametrize("machine", ["x86_64", "x86"])
@pytest.mark.parametrize("make", MAKERS)
def test_a_library_damaged_anywhere_is_read_or_refused(machine: str, make: Callable[[str], bytes]) -> None:
    data = make(machine)
    chance = random.Random(20260102)  # noqa: S311  to fail again tomorrow
    for _ in range(400):
        damaged = data
        for _ in range(chance.choice([1, 2, 8])):
            damaged = flip(damaged, chance.randrange(2, len(damaged)), chance.choice([0xFF, 1, 0x40, 0x80]))
        if chance.random() < 0.1:
            damaged = damaged[: chance.randrange(4, len(damaged))]
        judged(damaged)


@given(
    st.sampled_from(MAKERS),
    st.sampled_from(["x86_64", "x86"]),
    st.lists(
        st.tuples(
            st.integers(min_value=0),
            st.sampled_from(["<H", "<I", "<Q"]),
            st.sampled_from([0, 1, 0x7F, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF]),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_header_fields_with_any_values(
    make: Callable[[str], bytes], machine: str, changes: list[tuple[int, str, int]]
) -> None:
    data = make(machine)
    for place, layout, value in changes:
        size = struct.calcsize(layout)
        # Fields are at even offsets; the first four bytes are the format.
        offset = 4 + place % ((len(data) - size - 4) // 2) * 2
        data = patched(data, offset, layout, value & (256**size - 1))
    judged(data)


@given(st.sampled_from([b"\x7fELF", b"MZ".ljust(0x3C, b"\0") + b"\x40\0\0\0PE\0\0", b""]), st.binary(max_size=200))
@example(b"\xca\xfe\xba\xbe\0\0\0\1", b"")
def test_any_bytes_are_read_or_refused(magic: bytes, rest: bytes) -> None:
    judged(magic + rest)


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="only Linux on x86_64 loads this library"
)
def test_the_elf_library_of_the_tests_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "libquiver.so"
    path.write_bytes(elf_library(exports=["quiver_open", "quiver_close"]))
    library = ctypes.CDLL(str(path))
    assert library._name == str(path)
    assert hasattr(library, "quiver_close")
    path.with_name("libdamaged.so").write_bytes(flip(elf_library(), 18))
    with pytest.raises(OSError, match=r"libdamaged\.so"):
        ctypes.CDLL(str(path.with_name("libdamaged.so")))


@pytest.mark.skipif(sys.platform != "linux", reason="reads the libraries of the Python that runs it")
def test_pyelftools_reads_the_same_from_real_libraries() -> None:
    import _ctypes  # noqa: PLC0415  where it is an extension module, as it is almost everywhere

    for module in (_ctypes, pytest.importorskip("_cffi_backend")):
        if not getattr(module, "__file__", None):
            continue
        data = Path(str(module.__file__)).read_bytes()
        library = read_library("a", data)
        reference: Any = ELFFile(io.BytesIO(data))
        dynamic = reference.get_section_by_name(".dynamic")
        assert library.needed == tuple(tag.needed for tag in dynamic.iter_tags("DT_NEEDED"))
        versions = reference.get_section_by_name(".gnu.version_r")
        assert library.facts.versions == tuple(
            (file.name, tuple(one.name for one in ones)) for file, ones in versions.iter_versions()
        )
        undefined = [
            symbol.name
            for symbol in reference.get_section_by_name(".dynsym").iter_symbols()
            if symbol["st_shndx"] == "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_WEAK" and symbol.name
        ]
        assert [symbol for _, symbol in library.facts.imports] == undefined


@pytest.mark.skipif(sys.platform != "linux", reason="zig's linker for ELF is needed")
def test_the_size_of_what_strip_would_remove_is_read(tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("int quiver_open(int a) { return a + 1; }\n", encoding="utf-8")
    for option, strippable in (("-g", True), ("-s", False)):
        library = tmp_path / f"a{option}.so"
        target = ["-target", "x86_64-linux-gnu.2.28", "-shared", "-nostdlib"]
        command = [zig_program(), "cc", *target, option, "-o", str(library), str(source)]
        subprocess.run(command, check=True, capture_output=True)
        sections = ELFFile(io.BytesIO(library.read_bytes())).iter_sections()
        names = [".symtab", ".strtab"]
        expected = sum(one.data_size for one in sections if one.name in names or one.name.startswith(".debug_"))
        assert facts_of(library.read_bytes()).debug_size == expected
        assert (expected > 0) == strippable


def test_pefile_reads_the_same() -> None:
    data = pe_library(**RICH_PE)
    library = read_library("a", data)
    reference = pefile.PE(data=data)
    assert [symbol.name.decode() for symbol in reference.DIRECTORY_ENTRY_EXPORT.symbols] == list(library.exports)
    assert [entry.dll.decode() for entry in reference.DIRECTORY_ENTRY_DELAY_IMPORT] == ["dbghelp.dll"]
    assert facts_of(data).imports == tuple(
        (entry.dll.decode(), one.name.decode()) for entry in reference.DIRECTORY_ENTRY_IMPORT for one in entry.imports
    )
    (debug,) = reference.DIRECTORY_ENTRY_DEBUG
    assert debug.entry.PdbFileName.rstrip(b"\0").decode() == library.facts.pdb_path


@pytest.mark.skipif(shutil.which("objdump") is None, reason="needs objdump")
def test_other_tools_read_the_pe_library_of_the_tests(tmp_path: Path) -> None:
    path = tmp_path / "quiver.dll"
    path.write_bytes(pe_library())
    described = subprocess.run(["objdump", "-x", str(path)], capture_output=True, check=False, encoding="utf-8")
    if "format not recognized" in described.stderr or "not a recognized" in described.stderr:
        pytest.skip("this objdump does not know PE")
    assert described.returncode == 0
    assert "pei-x86-64" in described.stdout
    assert "\tDLL\n" in described.stdout


def _with_entry(data: bytes, tag: int) -> bytes:
    """Return the library with a second entry of `tag`, in the place of the entry that ends the segment."""
    (segment,) = ELFFile(io.BytesIO(data)).iter_segments("PT_DYNAMIC")
    start, size = segment["p_offset"], segment["p_filesz"]
    entries = data[start : start + size - 16]
    places = range(0, len(entries), 16)
    (row,) = (entries[at : at + 16] for at in places if entries[at : at + 8] == struct.pack("<Q", tag))
    return data[: start + size - 16] + row + data[start + size :]


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        (4, "the hash table of symbols"),
        (5, "the table of strings"),
        (6, "the table of symbols"),
        (0x6FFFFFFE, "the table of symbol versions"),
        (0x6FFFFFFF, "the number of symbol versions"),
    ],
)
def test_a_repeated_dynamic_tag_makes_it_unreadable(tag: int, what: str) -> None:
    data = elf_library(**RICH_ELF)
    assert read_library("x.so", data).parts
    with pytest.raises(UnreadableLibrary) as caught:
        read_library("x.so", _with_entry(data, tag))
    assert str(caught.value) == f"its dynamic segment names {what} 2 times, expected once"


@pytest.mark.parametrize(
    ("number", "kind", "what"),
    [(2, 2, "the dynamic segment"), (3, 0x6474E551, "the stack")],
)
def test_a_repeated_segment_makes_it_unreadable(number: int, kind: int, what: str) -> None:
    data = elf_library()
    place = 64 + 56 * number
    with pytest.raises(UnreadableLibrary) as caught:
        read_library("x.so", data[:place] + struct.pack("<I", kind) + data[place + 4 :])
    assert str(caught.value) == f"its ELF headers name {what} 2 times, expected once"
