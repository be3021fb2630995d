"""Small but real shared libraries, written byte by byte: no compiler is needed, for any platform.

Sources: the ELF specification (System V ABI, chapters 4 and 5) and Microsoft's PE format.
"""

from __future__ import annotations

import struct

# e_machine, and whether the file is of the 64-bit class.
_ELF_MACHINES = {"x86_64": (62, True), "aarch64": (183, True), "x86": (3, False), "riscv64": (243, True)}
_PE_MACHINES = {"x86_64": (0x8664, True), "aarch64": (0xAA64, True), "x86": (0x14C, False)}

_ET_DYN = 3
_PT_LOAD, _PT_DYNAMIC, _PT_GNU_STACK = 1, 2, 0x6474E551
_READ, _READ_WRITE, _READ_EXECUTE = 4, 6, 5
_DT_NULL, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_SYMENT, _DT_SONAME, _DT_HASH = 0, 5, 6, 10, 11, 14, 4


def elf_library(machine: str = "x86_64", *, kind: int = _ET_DYN, soname: str = "libquiver.so") -> bytes:
    """A shared library for Linux that exports nothing; the dynamic loader of that machine takes it.

    Args:
        machine: `x86_64`, `aarch64`, `x86` or `riscv64`.
        kind: e_type; 2 makes an executable of it.
        soname: its DT_SONAME.
    """
    number, is_64 = _ELF_MACHINES[machine]
    word, header_size, segment_size, symbol_size = ("Q", 64, 56, 24) if is_64 else ("I", 52, 32, 16)
    segments = 3
    symbols = bytes(symbol_size)  # the symbol that every table begins with
    strings = b"\0" + soname.encode("ascii") + b"\0"
    hashes = struct.pack("<4I", 1, 1, 0, 0)  # one bucket, one symbol
    symbols_at = header_size + segments * segment_size
    hashes_at = symbols_at + len(symbols)
    strings_at = hashes_at + len(hashes)
    dynamic_at = -(-(strings_at + len(strings)) // 8) * 8
    entries = [
        (_DT_SONAME, 1),
        (_DT_HASH, hashes_at),
        (_DT_STRTAB, strings_at),
        (_DT_SYMTAB, symbols_at),
        (_DT_STRSZ, len(strings)),
        (_DT_SYMENT, symbol_size),
        (_DT_NULL, 0),
    ]
    dynamic = b"".join(struct.pack(f"<2{word}", *entry) for entry in entries)
    size = dynamic_at + len(dynamic)
    identification = b"\x7fELF" + bytes([2 if is_64 else 1, 1, 1]) + bytes(9)
    header = identification + struct.pack(
        f"<HHI{word}{word}{word}IHHHHHH",
        *(kind, number, 1, 0, header_size, 0, 0),
        *(header_size, segment_size, segments, 0, 0, 0),
    )
    table = b"".join(
        _segment(*segment, is_64=is_64)
        for segment in [
            (_PT_LOAD, _READ_WRITE, 0, size, 0x1000),
            (_PT_DYNAMIC, _READ_WRITE, dynamic_at, len(dynamic), 8),
            (_PT_GNU_STACK, _READ_WRITE, 0, 0, 16),
        ]
    )
    return (header + table + symbols + hashes + strings).ljust(dynamic_at, b"\0") + dynamic


def _segment(kind: int, flags: int, offset: int, size: int, alignment: int, *, is_64: bool) -> bytes:
    if is_64:
        return struct.pack("<IIQQQQQQ", kind, flags, offset, offset, offset, size, size, alignment)
    return struct.pack("<IIIIIIII", kind, offset, offset, offset, size, size, flags, alignment)


def pe_library(machine: str = "x86_64", *, dll: bool = True) -> bytes:
    """A DLL for Windows with one section, and nothing exported or imported.

    Args:
        machine: `x86_64`, `aarch64` or `x86`.
        dll: False leaves the flag out that says so, as in a program.
    """
    number, is_64 = _PE_MACHINES[machine]
    section_alignment, file_alignment, code = 0x1000, 0x200, b"\xc3"
    optional = _optional_header(is_64=is_64, section=section_alignment, file=file_alignment)
    characteristics = 0x0022 | (0x2000 if dll else 0) | (0 if is_64 else 0x0100)
    coff = struct.pack("<HHIIIHH", number, 1, 0, 0, 0, len(optional), characteristics)
    section = struct.pack(
        "<8sIIIIIIHHI",
        *(b".text", len(code), section_alignment, file_alignment, file_alignment),
        *(0, 0, 0, 0, 0x60000020),
    )
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    headers = dos + b"PE\0\0" + coff + optional + section
    return headers.ljust(file_alignment, b"\0") + code.ljust(file_alignment, b"\0")


def _optional_header(*, is_64: bool, section: int, file: int) -> bytes:
    standard = struct.pack("<HBBIIIII", 0x20B if is_64 else 0x10B, 14, 0, file, 0, 0, 0, section)
    base = struct.pack("<Q", 0x180000000) if is_64 else struct.pack("<II", 2 * section, 0x10000000)
    windows = struct.pack(
        "<IIHHHHHHIIIIHH",
        *(section, file, 6, 0, 0, 0, 6, 0, 0),
        *(2 * section, file, 0, 2, 0x0160 if is_64 else 0x0140),
    )
    stack_and_heap = struct.pack("<4Q" if is_64 else "<4I", 0x100000, 0x1000, 0x100000, 0x1000)
    directories = struct.pack("<II", 0, 16) + bytes(16 * 8)
    return standard + base + windows + stack_and_heap + directories
