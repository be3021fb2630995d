"""ELF libraries, read as the dynamic loader reads them: through the program headers and the dynamic segment.

The section headers, which the loader ignores and tools may strip, are used only for the number of symbols and the size
of debug information.
Sources: System V ABI, chapters 4 and 5; the GNU extensions in the Linux Standard Base.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from truewheel.platforms import NativeTarget
from truewheel.wheel.native.elf_symbols import DT_HASH, DT_STRTAB, SYMBOL_TABLES, debug_size, isa_level, read_symbols
from truewheel.wheel.native.facts import Kind, NativeFacts, NativeLibrary, Trait, UnreadableLibrary
from truewheel.wheel.native.image import MOST_LIBRARIES, Image

# e_machine, the class (32 or 64 bits) and the byte order: the machine as platform tags name it.
_MACHINES = {
    (62, 64, "<"): "x86_64",
    (3, 32, "<"): "x86",
    (183, 64, "<"): "aarch64",
    (40, 32, "<"): "armv7l",
    (21, 64, "<"): "ppc64le",
    (21, 64, ">"): "ppc64",
    (22, 64, ">"): "s390x",
    (243, 64, "<"): "riscv64",
    (258, 64, "<"): "loongarch64",
}
# EI_OSABI as glibc accepts it: System V, GNU, and on ARM the two that old toolchains wrote.
_LINUX_ABIS = {"armv7l": (0, 3, 64, 97)}
_KINDS = {1: Kind.OBJECT_FILE, 2: Kind.EXECUTABLE, 3: Kind.SHARED_LIBRARY, 4: Kind.CORE_DUMP}
_ET_REL, _ET_DYN = 1, 3
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_GNU_STACK, _PT_GNU_RELRO = 1, 2, 3, 0x6474E551, 0x6474E552
_PT_NOTE, _PT_GNU_PROPERTY = 4, 0x6474E553
_PF_X, _PF_W = 1, 2
_DT_NEEDED, _DT_SONAME, _DT_RPATH, _DT_TEXTREL, _DT_RUNPATH, _DT_FLAGS = 1, 14, 15, 22, 29, 30
_DT_FLAGS_1, _DT_VERNEED, _DT_VERNEEDNUM, _DT_FILTER = 0x6FFFFFFB, 0x6FFFFFFE, 0x6FFFFFFF, 0x7FFFFFFF
_VERSIONS = "the table of symbol versions"
# Tags that may occur once: loaders and tools disagree about which duplicate counts.
_ONCE = {**SYMBOL_TABLES, _DT_FLAGS: "the flags", _DT_FLAGS_1: "the further flags", _DT_VERNEED: _VERSIONS}
_ONCE |= {_DT_VERNEEDNUM: "the number of symbol versions"}
_SEGMENT_ONCE = {_PT_DYNAMIC: "the dynamic segment", _PT_INTERP: "the program loader", _PT_GNU_STACK: "the stack"}
_DF_TEXTREL, _DF_1_NOOPEN, _DF_1_PIE = 4, 0x40, 0x08000000
# Far more than any real library has.
_MOST_DYNAMIC_ENTRIES = 10_000
_MOST_VERSIONS = 10_000


def read_elf(name: str, data: bytes) -> NativeLibrary:
    """Read an ELF file; UnreadableLibrary if its headers or tables cannot be read."""
    header = _read_header(data)
    machine = header.target.machine
    if header.kind == _ET_REL:
        return NativeLibrary(name, header.target, Kind.OBJECT_FILE, (NativeFacts(machine),))
    if not header.segments:
        raise UnreadableLibrary("its ELF headers name no segment, so nothing can be loaded")
    image, dynamic = header.image, _read_dynamic(header)
    search_tag, search_path = dynamic.search_path()
    tables = {tag: place for tag, what in SYMBOL_TABLES.items() if (place := dynamic.offset(tag, what)) is not None}
    if machine == "s390x":
        # Its older hash table has words of 64 bits; its libraries have the GNU one, too.
        tables.pop(DT_HASH, None)
    symbols = read_symbols(image, tables, header.sections, is_64=header.is_64)
    soname = next(iter(dynamic.strings(_DT_SONAME)), "")
    facts = NativeFacts(
        machine,
        # The loader also loads the library that a filter stands for, before it resolves anything.
        needed=dynamic.strings(_DT_NEEDED) + dynamic.strings(_DT_FILTER),
        soname=soname,
        search_tag=search_tag,
        search_path=search_path,
        versions=tuple(_read_versions(image, dynamic)),
        imports=tuple(("", symbol) for symbol in symbols.imports),
        unversioned=symbols.unversioned,
        isa_level=isa_level(image, header.places(_PT_NOTE, _PT_GNU_PROPERTY)) if machine == "x86_64" else 1,
        debug_size=debug_size(image, header.sections, is_64=header.is_64),
        traits=frozenset(_traits(header, dynamic)),
    )
    kind, flags = _KINDS.get(header.kind, f"ELF file of type {header.kind}"), dynamic.flag(_DT_FLAGS_1)
    # A position-independent executable has the type of a library; older linkers do not set the flag.
    if header.kind == _ET_DYN and (flags & _DF_1_PIE or (not soname and any(header.places(_PT_INTERP)))):
        kind = Kind.EXECUTABLE
    return NativeLibrary(name, header.target, kind, (facts,), symbols.exports, symbols.export_count)


def _traits(header: _Header, dynamic: _Dynamic) -> Iterator[str]:
    flags = {segment.type: segment.flags for segment in header.segments}
    if flags.get(_PT_GNU_STACK, _PF_X) & _PF_X:
        yield Trait.EXECUTABLE_STACK
    if _DT_TEXTREL in dynamic.values or dynamic.flag(_DT_FLAGS) & _DF_TEXTREL:
        yield Trait.TEXT_RELOCATIONS
    if _PT_GNU_RELRO not in flags:
        yield Trait.NO_RELRO
    if any(one.type == _PT_LOAD and one.flags & _PF_W and one.flags & _PF_X for one in header.segments):
        yield Trait.WRITABLE_CODE
    if dynamic.flag(_DT_FLAGS_1) & _DF_1_NOOPEN:
        yield Trait.UNOPENABLE


@dataclass(frozen=True, slots=True)
class _Segment:
    type: int
    flags: int
    offset: int
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class _Header:
    image: Image
    is_64: bool
    kind: int
    target: NativeTarget
    segments: list[_Segment]
    sections: tuple[int, int, int]  # offset of the section headers, how many there are, the one with their names

    def offset_of(self, address: int, what: str) -> int:
        """Return the offset in the file of `address` in memory."""
        for segment in self.segments:
            if segment.type == _PT_LOAD and segment.address <= address < segment.address + segment.size:
                return segment.offset + address - segment.address
        raise UnreadableLibrary(f"{what} is not in any segment")

    def places(self, *types: int) -> list[tuple[int, int]]:
        """Return the offset and size of each segment of some types."""
        return [(segment.offset, segment.size) for segment in self.segments if segment.type in types]


def _read_header(data: bytes) -> _Header:
    if len(data) < 16 or data[4] not in (1, 2) or data[5] not in (1, 2):
        raise UnreadableLibrary("its ELF header has an unknown class or byte order")
    is_64 = data[4] == 2
    image = Image(data, "<" if data[5] == 1 else ">")
    word = "Q" if is_64 else "I"
    fields = image.unpack(f"HHI{word}{word}{word}IHHHHHH", 16, "the ELF header")
    kind, machine, version, _, phoff, shoff, _, _, phentsize, phnum, _, shnum, shstrndx = fields
    if data[6] != 1 or version != 1:
        raise UnreadableLibrary(
            f"its ELF header has the versions {data[6]} and {version}; the only one that exists is 1"
        )
    bits = 64 if is_64 else 32
    usual = _MACHINES.get((machine, bits, image.byte_order))
    target = NativeTarget("ELF", usual or f"machine {machine} of {bits} bits")
    if usual and data[7] not in _LINUX_ABIS.get(usual, (0, 3)):
        target = NativeTarget("ELF", f"{usual} of another system than Linux (OSABI {data[7]})")
    if phnum and phentsize != (56 if is_64 else 32):
        raise UnreadableLibrary(f"its ELF header has an impossible size of program headers, {phentsize} bytes")
    segments = list(_read_segments(image, phoff, phnum, is_64=is_64))
    _refuse_duplicates(Counter(segment.type for segment in segments), _SEGMENT_ONCE, "its ELF headers name")
    return _Header(image, is_64, kind, target, segments, (shoff, shnum, shstrndx))


def _refuse_duplicates(counts: Mapping[int, int], once: Mapping[int, str], where: str) -> None:
    for tag, what in once.items():
        if counts.get(tag, 0) > 1:
            raise UnreadableLibrary(f"{where} {what} {counts[tag]} times, expected once")


def _read_segments(image: Image, offset: int, count: int, *, is_64: bool) -> Iterator[_Segment]:
    for row in image.table("IIQQQQQQ" if is_64 else "IIIIIIII", offset, count, "the table of program headers"):
        if is_64:
            kind, flags, start, address, _, size, _, _ = row
        else:
            kind, start, address, _, size, _, flags, _ = row
        if kind in (_PT_LOAD, _PT_DYNAMIC, _PT_INTERP) and start + size > len(image):
            raise UnreadableLibrary("a segment ends after the end of the file: it is cut off")
        yield _Segment(kind, flags, start, address, size)


@dataclass(frozen=True, slots=True)
class _Dynamic:
    """The dynamic segment: the values of each tag, in order."""

    header: _Header
    values: dict[int, list[int]]

    def flag(self, tag: int) -> int:
        return self.values.get(tag, [0])[0]

    def offset(self, tag: int, what: str) -> int | None:
        """Return the offset in the file of the table that `tag` points to; None without the tag."""
        values = self.values.get(tag)
        return None if values is None else self.header.offset_of(values[0], what)

    def string(self, index: int) -> str:
        offset = self.offset(DT_STRTAB, SYMBOL_TABLES[DT_STRTAB])
        if offset is None:
            raise UnreadableLibrary("its dynamic segment names no table of strings")
        return self.header.image.name(offset + index, "a string of the dynamic segment")

    def strings(self, tag: int) -> tuple[str, ...]:
        return tuple(self.string(index) for index in self.values.get(tag, ()))

    def search_path(self) -> tuple[str, tuple[str, ...]]:
        # If there are both, the loader ignores DT_RPATH.
        for name, tag in (("RUNPATH", _DT_RUNPATH), ("RPATH", _DT_RPATH)):
            if paths := self.strings(tag):
                return name, tuple(folder for path in paths for folder in path.split(":"))
        return "", ()


def _read_dynamic(header: _Header) -> _Dynamic:
    segment = next((segment for segment in header.segments if segment.type == _PT_DYNAMIC), None)
    values: dict[int, list[int]] = {}
    if segment is None:
        return _Dynamic(header, values)
    count = segment.size // (16 if header.is_64 else 8)
    rows = header.image.table("QQ" if header.is_64 else "II", segment.offset, count, "the dynamic segment")
    for number, (tag, value) in enumerate(rows):
        if tag == 0:
            break
        if number == _MOST_DYNAMIC_ENTRIES:
            raise UnreadableLibrary(f"its dynamic segment has more than {_MOST_DYNAMIC_ENTRIES} entries")
        values.setdefault(tag, []).append(value)
    _refuse_duplicates({tag: len(found) for tag, found in values.items()}, _ONCE, "its dynamic segment names")
    needed = len(values.get(_DT_NEEDED, ()))
    if needed > MOST_LIBRARIES:
        raise UnreadableLibrary(f"it needs {needed} libraries, more than {MOST_LIBRARIES}")
    return _Dynamic(header, values)


def _read_versions(image: Image, dynamic: _Dynamic) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each needed library, the versions that it must define (the table `DT_VERNEED`)."""
    table, left = dynamic.offset(_DT_VERNEED, _VERSIONS), _MOST_VERSIONS
    rows = _linked(image, "HHIII", table, dynamic.flag(_DT_VERNEEDNUM)) if table is not None else ()
    for offset, (_, count, file, first, _) in rows:
        left -= count + 1
        if left < 0:
            raise UnreadableLibrary(f"it needs more than {_MOST_VERSIONS} symbol versions")
        names = _linked(image, "IHHII", offset + first, count)
        yield dynamic.string(file), tuple(dynamic.string(name) for _, (_, _, _, name, _) in names)


def _linked(image: Image, layout: str, offset: int, count: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Rows whose last field is the distance to the next one, each with its offset."""
    for _ in range(count):
        row = image.unpack(layout, offset, _VERSIONS)
        yield offset, row
        if row[-1] == 0:
            return
        offset += row[-1]
