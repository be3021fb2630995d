"""The dynamic symbols of an ELF library: those that it exports and those that it imports; the size of the others."""

from __future__ import annotations

import itertools
import operator
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


@dataclass(frozen=True, slots=True)
class SymbolTable:
    """Where a library's dynamic symbols are: offsets in the file.

    Attributes:
        symbols: of the table itself.
        strings: of the names.
        gnu_hash: of the GNU hash table, if there is one.
        old_hash: of the older hash table, if there is one.
        versions: of the list with the version of each symbol, if there is one.
        sections: of the section headers, how many there are, and the number of the one with their names.
        is_64: whether the file has 64 bits.
    """

    symbols: int
    strings: int
    gnu_hash: int | None
    old_hash: int | None
    versions: int | None
    sections: tuple[int, int, int]
    is_64: bool


@dataclass(frozen=True, slots=True)
class Symbols:
    """The names of dynamic symbols; see NativeLibrary and ElfFacts."""

    exports: tuple[str, ...] = ()
    export_count: int = 0
    imports: tuple[str, ...] = ()
    unversioned: tuple[str, ...] = ()


def read_symbols(image: Image, table: SymbolTable | None) -> Symbols:
    """Read the names of the dynamic symbols; none without a table.

    Raises:
        UnreadableLibrary: the table or a name in it is not within the file.
    """
    if table is None:
        return Symbols()
    layout = "IBBHQQ" if table.is_64 else "IIIBBH"
    exports: list[int] = []
    imports: list[int] = []
    is_versioned: list[bool] = []
    count = _count(image, table)
    versions = _versions(image, table, count)
    for number, row in enumerate(image.table(layout, table.symbols, count, "the table of symbols")):
        if table.is_64:
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
    imported = _names(image, table, imports)
    unversioned = tuple(itertools.compress(imported, map(operator.not_, is_versioned)))
    return Symbols(_names(image, table, exports), len(exports), imported, unversioned)


def _versions(image: Image, table: SymbolTable, count: int) -> tuple[int, ...] | None:
    """The version of each symbol, as a number."""
    if table.versions is None:
        return None
    return image.unpack(f"{count}H", table.versions, "the list of symbol versions")


def _names(image: Image, table: SymbolTable, indices: list[int]) -> tuple[str, ...]:
    return tuple(image.name(table.strings + index, "the name of a symbol") for index in indices[:MOST_SYMBOLS])


def _count(image: Image, table: SymbolTable) -> int:
    """Return the number of dynamic symbols: no header has it, so it is the largest that a table implies.

    The GNU hash table does not have symbols that are only imported.
    """
    return max(_count_by_gnu_hash(image, table), _count_by_old_hash(image, table), _count_by_section(image, table))


def _count_by_gnu_hash(image: Image, table: SymbolTable) -> int:
    if table.gnu_hash is None:
        return 0
    what = "the hash table of symbols"
    buckets, first, words, _ = image.unpack("IIII", table.gnu_hash, what)
    buckets_at = table.gnu_hash + 16 + words * (8 if table.is_64 else 4)
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


def _count_by_old_hash(image: Image, table: SymbolTable) -> int:
    if table.old_hash is None:
        return 0
    _, symbols = image.unpack("II", table.old_hash, "the hash table of symbols")
    return int(symbols)


def _count_by_section(image: Image, table: SymbolTable) -> int:
    for row in _sections(image, table.sections, is_64=table.is_64):
        if row[1] == _SHT_DYNSYM and row[4] == table.symbols and row[9]:
            return int(row[5] // row[9])
    return 0


def _sections(image: Image, sections: tuple[int, int, int], *, is_64: bool) -> list[tuple[Any, ...]]:
    """The section headers; none if they are not in the file, which the loader does not mind."""
    offset, count, _ = sections
    layout, size = ("IIQQQQIIQQ", 64) if is_64 else ("IIIIIIIIII", 40)
    if not count or offset + count * size > len(image):
        return []
    return list(image.table(layout, offset, count, "the table of section headers"))


def debug_size(image: Image, sections: tuple[int, int, int], *, is_64: bool) -> int:
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
