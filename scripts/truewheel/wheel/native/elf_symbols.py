"""What an ELF library exports and imports, the size of its other symbols, and what it demands of the processor.

Source of the latter: x86-64 psABI, program property GNU_PROPERTY_X86_ISA_1_NEEDED. glibc refuses to load a library
whose level the processor does not have ("CPU ISA level is lower than required").
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from truewheel.wheel.native.facts import UnreadableLibrary
from truewheel.wheel.native.image import MOST_SYMBOLS, Image

_SHT_SYMTAB, _SHT_NOBITS, _SHT_DYNSYM = 2, 8, 11
_SHN_UNDEF, _SHN_ABS = 0, 0xFFF1
_WEAK = 2
# Global, weak, and GNU's unique symbols.
_EXPORTED = (1, _WEAK, 10)
_DEFAULT, _PROTECTED = 0, 3
_NT_GNU_PROPERTY_TYPE_0, _ISA_1_NEEDED = 5, 0xC0008002
# More than any library has: segments with notes, notes of a segment, properties of a note.
_MOST_NOTES = 50
# The tags of the tables that are read here.
DT_HASH, DT_STRTAB, _DT_SYMTAB, _DT_GNU_HASH, _DT_VERSYM = 4, 5, 6, 0x6FFFFEF5, 0x6FFFFFF0
SYMBOL_TABLES = {
    _DT_SYMTAB: "the table of symbols",
    DT_STRTAB: "the table of strings",
    _DT_GNU_HASH: "the GNU hash table of symbols",
    DT_HASH: "the hash table of symbols",
    _DT_VERSYM: "the list of symbol versions",
}
# Of the section headers: the offset, how many there are, and the number of the one with their names.
Sections = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Symbols:
    """The names of dynamic symbols; see NativeLibrary and ElfFacts."""

    exports: tuple[str, ...] = ()
    export_count: int = 0
    imports: tuple[str, ...] = ()
    unversioned: tuple[str, ...] = ()


def read_symbols(image: Image, tables: Mapping[int, int], sections: Sections, *, is_64: bool) -> Symbols:
    """Read the names of the dynamic symbols; none without a table. `tables` are offsets in the file, by their tags."""
    if _DT_SYMTAB not in tables or DT_STRTAB not in tables:
        return Symbols()
    exports: list[int] = []
    imports: list[int] = []
    is_versioned: list[bool] = []
    # No header has the number of symbols, so it is the largest that a table implies. The GNU hash table does not have
    # symbols that are only imported.
    count = max(
        _count_by_gnu_hash(image, tables.get(_DT_GNU_HASH), is_64=is_64),
        image.unpack("II", tables[DT_HASH], SYMBOL_TABLES[DT_HASH])[1] if DT_HASH in tables else 0,
        *(row[5] // row[9] for row in _sections(image, sections, is_64=is_64) if _is_of_symbols(row, tables)),
        0,
    )
    what = SYMBOL_TABLES[_DT_VERSYM]
    versions = image.unpack(f"{count}H", tables[_DT_VERSYM], what) if _DT_VERSYM in tables else None
    rows = image.table("IBBHQQ" if is_64 else "IIIBBH", tables[_DT_SYMTAB], count, SYMBOL_TABLES[_DT_SYMTAB])
    for number, row in enumerate(rows):
        if is_64:
            name, info, other, section, value, _ = row
        else:
            name, value, _, info, other, section = row
        binding = info >> 4
        if section == _SHN_UNDEF:
            if binding != _WEAK and name:
                imports.append(name)
                # 0 and 1 are no version; the highest bit says that the symbol is hidden.
                is_versioned.append(versions is not None and versions[number] & 0x7FFF > 1)
        # The names of the library's own versions are symbols too, absolute ones with the value 0.
        elif binding in _EXPORTED and other & 3 in (_DEFAULT, _PROTECTED) and (section != _SHN_ABS or value):
            exports.append(name)
    exported, imported = (
        tuple(image.name(tables[DT_STRTAB] + index, "the name of a symbol") for index in indices[:MOST_SYMBOLS])
        for indices in (exports, imports)
    )
    unversioned = tuple(itertools.compress(imported, map(operator.not_, is_versioned)))
    return Symbols(exported, len(exports), imported, unversioned)


def _is_of_symbols(row: tuple[Any, ...], tables: Mapping[int, int]) -> bool:
    return bool(row[1] == _SHT_DYNSYM and row[4] == tables[_DT_SYMTAB] and row[9])


def _count_by_gnu_hash(image: Image, table: int | None, *, is_64: bool) -> int:
    if table is None:
        return 0
    what = SYMBOL_TABLES[_DT_GNU_HASH]
    buckets, first, words, _ = image.unpack("IIII", table, what)
    buckets_at = table + 16 + words * (8 if is_64 else 4)
    last = max((bucket for (bucket,) in image.table("I", buckets_at, buckets, what)), default=0)
    if last < first:
        return int(first)
    chain_at = buckets_at + buckets * 4 + (last - first) * 4
    length = (len(image) - chain_at) // 4
    if length <= 0:
        raise UnreadableLibrary(f"{what} is outside the file")
    # The last entry of a chain is odd.
    for number, (entry,) in enumerate(image.table("I", chain_at, length, what), start=1):
        if entry & 1:
            return int(last + number)
    raise UnreadableLibrary(f"{what} has no end")


def _sections(image: Image, sections: Sections, *, is_64: bool) -> list[tuple[Any, ...]]:
    """The section headers; none if they are not in the file, which the loader does not mind."""
    offset, count, _ = sections
    layout, size = ("IIQQQQIIQQ", 64) if is_64 else ("IIIIIIIIII", 40)
    if not count or offset + count * size > len(image):
        return []
    return list(image.table(layout, offset, count, "the table of section headers"))


def debug_size(image: Image, sections: Sections, *, is_64: bool) -> int:
    """Return how many bytes `strip` would remove: debug information, and the symbols that are not dynamic."""
    headers = _sections(image, sections, is_64=is_64)
    names = headers[sections[2]][4] if sections[2] < len(headers) else 0
    sizes = 0
    for name, kind, _, _, _, size, link, *_ in headers:
        if kind == _SHT_SYMTAB:
            sizes += size + (headers[link][5] if link < len(headers) else 0)
        elif names and kind != _SHT_NOBITS and image.data.startswith((b".debug_", b".zdebug_"), names + name):
            sizes += size
    return min(sizes, len(image))


def isa_level(image: Image, segments: Iterable[tuple[int, int]]) -> int:
    """Return the level of x86-64 that a library of 64 bits needs: 1 is the baseline, 2 is x86-64-v2, and so on.

    `segments` are the offsets and sizes of those with notes.
    """
    needed = (bits for segment in itertools.islice(segments, _MOST_NOTES) for bits in _needed(image, *segment))
    return max((bits.bit_length() for bits in needed), default=1) or 1


def _needed(image: Image, offset: int, size: int) -> Iterator[int]:
    end = min(offset + size, len(image))
    for _ in range(_MOST_NOTES):
        if offset + 16 > end:
            return
        name, length, kind = image.unpack("III", offset, "a note")
        if kind == _NT_GNU_PROPERTY_TYPE_0 and image.data[offset + 12 : offset + 16] == b"GNU\0":
            yield from _properties(image, offset + 16, min(offset + 16 + length, end))
        # Notes of properties are aligned to eight bytes, all others to four; a name's length is a multiple of four.
        offset += 12 + -(-name // 4) * 4 + -(-length // 4) * 4


def _properties(image: Image, offset: int, end: int) -> Iterator[int]:
    for _ in range(_MOST_NOTES):
        if offset + 12 > end:
            return
        kind, length, value = image.unpack("III", offset, "a property")
        if kind == _ISA_1_NEEDED and length == 4:
            yield value
        offset += 8 + -(-length // 8) * 8
