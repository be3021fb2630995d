"""Small but real shared libraries for any platform, written byte by byte, without a compiler.

Sources: the ELF specification (System V ABI, chapters 4 and 5), Microsoft's PE format and Apple's mach-o/loader.h.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

# e_machine, and whether the file is of the 64-bit class.
_ELF_MACHINES = {"x86_64": (62, True), "aarch64": (183, True), "x86": (3, False), "riscv64": (243, True)}
_PE_MACHINES = {"x86_64": (0x8664, True), "aarch64": (0xAA64, True), "x86": (0x14C, False)}

_ET_DYN = 3
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_GNU_STACK, _PT_GNU_RELRO = 1, 2, 3, 0x6474E551, 0x6474E552
_PT_GNU_PROPERTY = 0x6474E553
_READ, _READ_WRITE, _READ_EXECUTE = 4, 6, 5
_DT_NULL, _DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_SYMENT = 0, 1, 4, 5, 6, 10, 11
_DT_SONAME, _DT_RPATH, _DT_TEXTREL, _DT_RUNPATH, _DT_VERNEED, _DT_VERNEEDNUM = 14, 15, 22, 29, 0x6FFFFFFE, 0x6FFFFFFF
_DT_VERSYM, _DT_FLAGS_1, _DT_FILTER = 0x6FFFFFF0, 0x6FFFFFFB, 0x7FFFFFFF
_GLOBAL_FUNCTION = 0x12


def elf_library(
    machine: str = "x86_64",
    *,
    kind: int = _ET_DYN,
    soname: str = "libquiver.so",
    needed: Sequence[str] = (),
    runpath: str | None = None,
    rpath: str | None = None,
    versions: Mapping[str, Sequence[str]] | None = None,
    exports: Sequence[str] = (),
    imports: Sequence[str] = (),
    interpreter: str | None = None,
    stack: int | None = _READ_WRITE,
    relro: bool = True,
    text_relocations: bool = False,
    versioned: Sequence[str] = (),
    filters: Sequence[str] = (),
    flags_1: int = 0,
    isa_levels: int = 0,
    memory: int = _READ_WRITE,
) -> bytes:
    """Return a shared library for Linux; without imports and versions, the dynamic loader can load it.

    Args:
        machine: `x86_64`, `aarch64`, `x86` or `riscv64`.
        kind: its e_type; 2 is an executable.
        soname: its DT_SONAME; empty for none.
        needed: its DT_NEEDED.
        runpath: its DT_RUNPATH.
        rpath: its DT_RPATH.
        versions: the symbol versions that it needs of each library.
        exports: the names of its functions.
        imports: the names of functions that it needs.
        interpreter: its PT_INTERP.
        stack: the flags of its PT_GNU_STACK; None for none.
        relro: whether it has a PT_GNU_RELRO.
        text_relocations: whether it has a DT_TEXTREL.
        versioned: those of its imports that need a version; if there are any, it has a DT_VERSYM.
        filters: its DT_FILTER.
        flags_1: its DT_FLAGS_1.
        isa_levels: the bits of GNU_PROPERTY_X86_ISA_1_NEEDED in a note, which it has unless they are 0.
        memory: the flags of its PT_LOAD.
    """
    number, is_64 = _ELF_MACHINES[machine]
    word, header_size, segment_size, symbol_size = ("Q", 64, 56, 24) if is_64 else ("I", 52, 32, 16)
    strings = _Strings()
    names = [(_GLOBAL_FUNCTION, strings.add(name), 1) for name in exports]
    names += [(_GLOBAL_FUNCTION, strings.add(name), 0) for name in imports]
    # The first entry of the table of symbols is empty.
    symbols = bytes(symbol_size) + b"".join(_symbol(*row, is_64=is_64) for row in names)
    chains = [0] * (len(names) + 1)  # one bucket, one chain through all symbols
    chains[1:] = [*range(2, len(names) + 1), 0] if names else []
    hashes = struct.pack(f"<{4 + len(names)}I", 1, len(names) + 1, 1 if names else 0, *chains)
    needs = _version_needs(versions or {}, strings)
    indices = [0, *(1 for _ in exports), *(2 if name in versioned else 1 for name in imports)]
    needs_size = len(needs)
    needs += struct.pack(f"<{len(indices)}H", *indices) if versioned else b""
    entries = [(_DT_NEEDED, strings.add(name)) for name in needed]
    entries += [(_DT_FILTER, strings.add(name)) for name in filters]
    for tag, text in ((_DT_SONAME, soname), (_DT_RUNPATH, runpath), (_DT_RPATH, rpath)):
        entries += [(tag, strings.add(text))] if text is not None and (text or tag != _DT_SONAME) else []
    loader = strings.add(interpreter or "")

    properties = struct.pack("<III4sIIII", 4, 16, 5, b"GNU\0", 0xC0008002, 4, isa_levels, 0) if isa_levels else b""
    count = 3 + (interpreter is not None) + relro - (stack is None) + bool(properties)
    symbols_at = header_size + count * segment_size
    hashes_at = symbols_at + len(symbols)
    needs_at = hashes_at + len(hashes)
    properties_at = needs_at + len(needs)
    strings_at = properties_at + len(properties)
    dynamic_at = -(-(strings_at + len(strings.data)) // 8) * 8
    entries += [(_DT_VERNEED, needs_at), (_DT_VERNEEDNUM, len(versions))] if versions else []
    entries += [(_DT_VERSYM, needs_at + needs_size)] if versioned else []
    entries += [(_DT_TEXTREL, 0)] if text_relocations else []
    entries += [(_DT_FLAGS_1, flags_1)] if flags_1 else []
    entries += [
        (_DT_HASH, hashes_at),
        (_DT_STRTAB, strings_at),
        (_DT_SYMTAB, symbols_at),
        (_DT_STRSZ, len(strings.data)),
        (_DT_SYMENT, symbol_size),
        (_DT_NULL, 0),
    ]
    dynamic = b"".join(struct.pack(f"<2{word}", *entry) for entry in entries)
    size = dynamic_at + len(dynamic)
    identification = b"\x7fELF" + bytes([2 if is_64 else 1, 1, 1]) + bytes(9)
    header = identification + struct.pack(
        f"<HHI{word}{word}{word}IHHHHHH",
        *(kind, number, 1, 0, header_size, 0, 0),
        *(header_size, segment_size, count, 0, 0, 0),
    )
    segments = [
        *([(_PT_INTERP, _READ, strings_at + loader, len(interpreter) + 1, 1)] if interpreter is not None else []),
        (_PT_LOAD, memory, 0, size, 0x1000),
        (_PT_DYNAMIC, _READ_WRITE, dynamic_at, len(dynamic), 8),
        *([(_PT_GNU_STACK, stack, 0, 0, 16)] if stack is not None else []),
        *([(_PT_GNU_RELRO, _READ, dynamic_at, len(dynamic), 1)] if relro else []),
        *([(_PT_GNU_PROPERTY, _READ, properties_at, len(properties), 8)] if properties else []),
    ]
    table = b"".join(_segment(*segment, is_64=is_64) for segment in segments)
    parts = header + table + symbols + hashes + needs + properties + strings.data
    return parts.ljust(dynamic_at, b"\0") + dynamic


class _Strings:
    """A table of strings: each begins after a zero byte and ends with one."""

    def __init__(self) -> None:
        self.data = b"\0"

    def add(self, text: str) -> int:
        self.data += text.encode() + b"\0"
        return len(self.data) - len(text.encode()) - 1


def _symbol(info: int, name: int, section: int, *, is_64: bool) -> bytes:
    if is_64:
        return struct.pack("<IBBHQQ", name, info, 0, section, section * 64, 0)
    return struct.pack("<IIIBBH", name, section * 64, 0, info, 0, section)


def _version_needs(versions: Mapping[str, Sequence[str]], strings: _Strings) -> bytes:
    table = b""
    for number, (library, names) in enumerate(versions.items(), start=1):
        following = 0 if number == len(versions) else 16 + 16 * len(names)
        table += struct.pack("<HHIII", 1, len(names), strings.add(library), 16, following)
        for place, name in enumerate(names, start=1):
            last = place == len(names)
            table += struct.pack("<IHHII", 0, 0, 2 + place, strings.add(name), 0 if last else 16)
    return table


def _segment(kind: int, flags: int, offset: int, size: int, alignment: int, *, is_64: bool) -> bytes:
    if is_64:
        return struct.pack("<IIQQQQQQ", kind, flags, offset, offset, offset, size, size, alignment)
    return struct.pack("<IIIIIIII", kind, offset, offset, offset, size, size, flags, alignment)


def pe_library(
    machine: str = "x86_64",
    *,
    dll: bool = True,
    imports: Sequence[str] = (),
    delayed: Sequence[str] = (),
    exports: Sequence[str] = (),
    pdb: str | None = None,
    managed: bool = False,
    flags: int | None = None,
    function: str = "function",
    subsystem: tuple[int, int] = (6, 0),
    memory: int = 0x60000020,
    version: tuple[int, int, int, int] | None = None,
) -> bytes:
    """Return a DLL for Windows with one section.

    Args:
        machine: `x86_64`, `aarch64` or `x86`.
        dll: whether it has the flag of a DLL, which a program does not have.
        imports: the names of DLLs that it is linked with, each for one function.
        delayed: the names of DLLs that are loaded when they are first called.
        exports: the names of its functions.
        pdb: the path of its debug information.
        managed: whether it is marked as a .NET assembly.
        flags: DllCharacteristics; by default ASLR and DEP are on.
        function: the function that it imports from each DLL.
        subsystem: the version of Windows that it needs.
        memory: the characteristics of its section; by default it is code.
        version: the version of the file in its resources.
    """
    number, is_64 = _PE_MACHINES[machine]
    section_alignment, file_alignment = 0x1000, 0x200
    if flags is None:
        flags = 0x0160 if is_64 else 0x0140
    code, tables = _pe_tables(
        section_alignment, file_alignment, imports, delayed, exports, pdb=pdb, function=function, version=version
    )
    if managed:
        tables[14] = (section_alignment, 72)
    size = -(-len(code) // file_alignment) * file_alignment
    optional = _optional_header(
        is_64=is_64, section=section_alignment, file=size, flags=flags, tables=tables, subsystem=subsystem
    )
    characteristics = 0x0022 | (0x2000 if dll else 0) | (0 if is_64 else 0x0100)
    coff = struct.pack("<HHIIIHH", number, 1, 0, 0, 0, len(optional), characteristics)
    section = struct.pack(
        "<8sIIIIIIHHI",
        *(b".text", len(code), section_alignment, size, file_alignment),
        *(0, 0, 0, 0, memory),
    )
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    headers = dos + b"PE\0\0" + coff + optional + section
    return headers.ljust(file_alignment, b"\0") + code.ljust(size, b"\0")


def _pe_tables(
    address: int,
    offset: int,
    imports: Sequence[str],
    delayed: Sequence[str],
    exports: Sequence[str],
    *,
    pdb: str | None,
    function: str,
    version: tuple[int, int, int, int] | None,
) -> tuple[bytes, dict[int, tuple[int, int]]]:
    """Return the section, which is at `address` in memory and at `offset` in the file, and its data directories."""
    data, tables = b"\xc3" + bytes(7), {}

    def add(part: bytes) -> int:
        nonlocal data
        place = address + len(data)
        data += part.ljust(-(-len(part) // 8) * 8, b"\0")
        return place

    def name(text: str) -> int:
        return add(text.encode() + b"\0")

    # One function, by its name; read in words of 32 bits or of 64, the table is the same.
    functions = add(struct.pack("<QQ", add(b"\0\0" + function.encode() + b"\0"), 0))
    if imports:
        rows = [struct.pack("<5I", functions, 0, 0, name(dll), functions) for dll in imports]
        tables[1] = (add(b"".join(rows) + bytes(20)), 20 * len(rows) + 20)
    if delayed:
        rows = [struct.pack("<8I", 1, name(dll), functions, functions, functions, 0, 0, 0) for dll in delayed]
        tables[13] = (add(b"".join(rows) + bytes(32)), 32 * len(rows) + 32)
    if exports:
        names = add(struct.pack(f"<{len(exports)}I", *(name(export) for export in exports)))
        ordinals = add(struct.pack(f"<{len(exports)}H", *range(len(exports))))
        addresses = add(struct.pack("<I", address) * len(exports))
        count = len(exports)
        row = (0, 0, 0, 0, name("quiver.dll"), 1, count, count, addresses, names, ordinals)
        tables[0] = (add(struct.pack("<IIHHIIIIIII", *row)), 40)
    if pdb is not None:
        record = b"RSDS" + bytes(20) + pdb.encode() + b"\0"
        place = add(record)
        debug = (0, 0, 0, 0, 2, len(record), place, offset + place - address)
        tables[6] = (add(struct.pack("<IIHHIIII", *debug)), 28)
    if version is not None:
        major, minor, patch, build = version
        # VS_FIXEDFILEINFO, of which only the first fields are read; the tree of resources around it is not.
        tables[2] = (add(struct.pack("<II4H", 0xFEEF04BD, 0x10000, minor, major, build, patch)), 16)
    return data, tables


def _optional_header(
    *,
    is_64: bool,
    section: int,
    file: int,
    flags: int,
    tables: dict[int, tuple[int, int]],
    subsystem: tuple[int, int],
) -> bytes:
    standard = struct.pack("<HBBIIIII", 0x20B if is_64 else 0x10B, 14, 0, file, 0, 0, 0, section)
    base = struct.pack("<Q", 0x180000000) if is_64 else struct.pack("<II", 2 * section, 0x10000000)
    windows = struct.pack(
        "<IIHHHHHHIIIIHH",
        *(section, 0x200, 6, 0, 0, 0, *subsystem, 0),
        *(2 * section, 0x200, 0, 2, flags),
    )
    stack_and_heap = struct.pack("<4Q" if is_64 else "<4I", 0x100000, 0x1000, 0x100000, 0x1000)
    directories = b"".join(struct.pack("<II", *tables.get(number, (0, 0))) for number in range(16))
    return standard + base + windows + stack_and_heap + struct.pack("<II", 0, 16) + directories


def macho_library(
    machine: str = "aarch64",
    *,
    kind: int = 6,
    needed: Sequence[str] = ("/usr/lib/libSystem.B.dylib",),
    rpaths: Sequence[str] = (),
    exports: Sequence[str] = (),
    imports: Sequence[str] = (),
    oldest: tuple[int, int] = (11, 0),
    version: tuple[int, int, int] | None = None,
    signed: bool = True,
    memory: int = 5,
) -> bytes:
    """Return a dynamic library for macOS, with everything that is read of one.

    Args:
        machine: `x86_64` or `aarch64`.
        kind: its file type; 8 is a bundle, 2 a program.
        needed: its LC_LOAD_DYLIB.
        rpaths: its LC_RPATH.
        exports: the names of its functions, without the underscore of C.
        imports: the names of functions that it needs.
        oldest: the version of macOS in its LC_BUILD_VERSION.
        version: its current version, in LC_ID_DYLIB.
        signed: whether it has an LC_CODE_SIGNATURE.
        memory: the protection of its segment; by default it can be read and executed.
    """

    def with_text(command: int, fields: bytes, text: str) -> bytes:
        data = text.encode() + b"\0"
        size = -(-(12 + len(fields) + len(data)) // 8) * 8
        return (struct.pack("<III", command, size, 12 + len(fields)) + fields + data).ljust(size, b"\0")

    def dotted(parts: Sequence[int]) -> int:
        major, minor, patch = (*parts, 0)[:3]
        return major << 16 | minor << 8 | patch

    commands = [struct.pack("<II16s4Q4I", 0x19, 72, b"__TEXT", 0, 0x4000, 0, 0x4000, memory, memory, 0, 0)]
    commands += [with_text(0xC, struct.pack("<III", 2, 0x10000, 0x10000), name) for name in needed]
    commands += [with_text(0x8000001C, b"", path) for path in rpaths]
    commands += [struct.pack("<6I", 0x32, 24, 1, dotted(oldest), dotted(oldest), 0)]
    if version is not None:
        commands += [with_text(0xD, struct.pack("<III", 1, dotted(version), 0x10000), "@rpath/libquiver.dylib")]
    commands += [struct.pack("<4I", 0x1D, 16, 0, 0)] if signed else []
    size = sum(map(len, commands)) + 24
    strings = _Strings()
    rows = [(strings.add(f"_{name}"), 0x0F, 1, 0, 0x100) for name in exports]
    rows += [(strings.add(f"_{name}"), 0x01, 0, 0x100, 0) for name in imports]
    symbols_at = 32 + size
    strings_at = symbols_at + 16 * len(rows)
    commands += [struct.pack("<6I", 2, 24, symbols_at, len(rows), strings_at, len(strings.data))]
    cpu = {"x86_64": 0x01000007, "aarch64": 0x0100000C}[machine]
    header = struct.pack("<8I", 0xFEEDFACF, cpu, 0, kind, len(commands), size, 0, 0)
    return header + b"".join(commands) + b"".join(struct.pack("<IBBHQ", *row) for row in rows) + strings.data


def universal_library(*slices: bytes) -> bytes:
    """Return a Mach-O file with a library for each of several machines."""
    offset, table = 8 + 20 * len(slices), b""
    for part in slices:
        table += part[4:8][::-1] + struct.pack(">4I", 0, offset, len(part), 0)
        offset += len(part)
    return b"\xca\xfe\xba\xbe" + struct.pack(">I", len(slices)) + table + b"".join(slices)
