"""PE libraries: Windows DLLs, extension modules and programs. Source: Microsoft's PE format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from truewheel.platforms import NativeTarget
from truewheel.wheel.native.facts import Kind, NativeFacts, NativeLibrary, Trait, UnreadableLibrary
from truewheel.wheel.native.image import MOST_LIBRARIES, MOST_SYMBOLS, Image

# Machine and magic number of the optional header (32 or 64 bits).
_MACHINES = {(0x8664, 0x20B): "x86_64", (0xAA64, 0x20B): "aarch64", (0x14C, 0x10B): "x86"}
_PE32, _PE32_PLUS = 0x10B, 0x20B
_IMAGE_FILE_DLL = 0x2000
# Of DllCharacteristics: loaded at any address (ASLR), which may have 64 bits; does not execute data (DEP).
_PROTECTING = {"DYNAMIC_BASE": 0x40, "NX_COMPAT": 0x100, "HIGH_ENTROPY_VA": 0x20}
_EXPORT, _IMPORT, _RESOURCE, _DEBUG, _DELAY_IMPORT, _CLR = 0, 1, 2, 6, 13, 14
_MEM_EXECUTE, _MEM_WRITE = 0x20000000, 0x80000000
# The first fields of VS_FIXEDFILEINFO: its signature and its own version, 1.0.
_FIXED_FILE_INFO = b"\xbd\x04\xef\xfe\0\0\1\0"
_CODEVIEW = 2
# Windows loads no more sections, and no linker writes more debug records.
_MOST_SECTIONS = 96
_MOST_DEBUG_RECORDS = 64


def read_pe(name: str, data: bytes) -> NativeLibrary:
    """Read a PE file; UnreadableLibrary if its headers or tables cannot be read."""
    header = _read_header(Image(data))
    exports, count = _read_exports(header)
    imports = list(_read_imports(header))
    facts = NativeFacts(
        header.target.machine,
        needed=tuple(dict.fromkeys(dll for dll, _ in imports)),
        delayed=tuple(_read_delayed(header)),
        imports=tuple(_read_functions(header, imports)),
        system=header.subsystem,
        version=_read_version(header),
        pdb_path=_read_pdb_path(header),
        traits=frozenset([Trait.WRITABLE_CODE] if any(section.is_writable_code for section in header.sections) else []),
        unset_flags=tuple(name for name, flag in _PROTECTING.items() if header.lacks(flag)),
    )
    kind = Kind.SHARED_LIBRARY if header.is_dll else Kind.EXECUTABLE
    if header.directory(_CLR, "the .NET header") is not None:
        kind = Kind.MANAGED_ASSEMBLY
    return NativeLibrary(name, header.target, kind, (facts,), exports, count)


@dataclass(frozen=True, slots=True)
class _Section:
    address: int
    offset: int
    size: int
    is_writable_code: bool


@dataclass(frozen=True, slots=True)
class _Header:
    image: Image
    target: NativeTarget
    is_dll: bool
    is_64: bool
    flags: int
    base: int
    subsystem: tuple[int, int]
    directories: list[tuple[int, int]]
    sections: list[_Section]

    def lacks(self, flag: int) -> bool:
        """Whether a flag is not set; an address of 32 bits is never a high one."""
        return not self.flags & flag and (self.is_64 or flag != _PROTECTING["HIGH_ENTROPY_VA"])

    def directory(self, number: int, what: str) -> tuple[int, int] | None:
        """Return the offset in the file and the size of a data directory; None if the file has none."""
        address, size = self.directories[number] if number < len(self.directories) else (0, 0)
        return (self.offset_of(address, what), size) if address and size else None

    def offset_of(self, address: int, what: str) -> int:
        """Return the offset in the file of `address` in memory, relative to the image."""
        for section in self.sections:
            if section.address <= address < section.address + section.size:
                return section.offset + address - section.address
        raise UnreadableLibrary(f"{what} is not in any section")

    def name_at(self, address: int, what: str) -> str:
        return self.image.name(self.offset_of(address, what), what)


def _read_header(image: Image) -> _Header:
    (start,) = image.unpack("I", 0x3C, "the DOS header")
    if image.data[start : start + 4] != b"PE\0\0":
        raise UnreadableLibrary(
            "it has no PE header at the offset that its DOS header names: it is a DOS program or damaged"
        )
    machine, sections, _, _, _, optional_size, characteristics = image.unpack("HHIIIHH", start + 4, "the PE header")
    optional = start + 24
    (magic,) = image.unpack("H", optional, "the optional header")
    if magic not in (_PE32, _PE32_PLUS):
        raise UnreadableLibrary(f"its optional header has the unknown magic number {magic:#x}")
    is_64 = magic == _PE32_PLUS
    base, flags, count = (
        image.unpack(layout, optional + offset, "the optional header")[0]
        for layout, offset in (("Q" if is_64 else "I", 24 if is_64 else 28), ("H", 70), ("I", 108 if is_64 else 92))
    )
    subsystem = image.unpack("HH", optional + 48, "the optional header")
    directories_at = optional + (112 if is_64 else 96)
    rows = image.table("II", directories_at, min(count, 16), "the table of data directories")
    target = NativeTarget("PE", _MACHINES.get((machine, magic), f"machine {machine:#x} of {64 if is_64 else 32} bits"))
    return _Header(
        image,
        target,
        bool(characteristics & _IMAGE_FILE_DLL),
        is_64,
        flags,
        base,
        subsystem,
        [(address, size) for address, size in rows],
        list(_read_sections(image, optional + optional_size, sections)),
    )


def _read_sections(image: Image, offset: int, count: int) -> Iterator[_Section]:
    if count > _MOST_SECTIONS:
        raise UnreadableLibrary(f"its PE header names {count} sections; Windows loads {_MOST_SECTIONS}")
    for row in image.table("8sIIIIIIHHI", offset, count, "the table of sections"):
        _, _, address, size, start, *_, flags = row
        if size and start + size > len(image):
            raise UnreadableLibrary("a section ends after the end of the file: it is cut off")
        yield _Section(address, start, size, bool(flags & _MEM_EXECUTE and flags & _MEM_WRITE))


def _read_exports(header: _Header) -> tuple[tuple[str, ...], int]:
    what = "the table of exported names"
    if (place := header.directory(_EXPORT, what)) is None:
        return (), 0
    row = header.image.unpack("IIHHIIIIIII", place[0], what)
    count, names_at = row[7], row[9]
    rows = list(header.image.table("I", header.offset_of(names_at, what), count, what)) if count else []
    return tuple(header.name_at(name, what) for (name,) in rows[:MOST_SYMBOLS]), count


def _read_imports(header: _Header) -> Iterator[tuple[str, int]]:
    """The DLLs that are loaded with it, each with the address of the table of what is imported from it."""
    for row in _rows(header, _IMPORT, 5, 3, "the table of imported DLLs"):
        # Old linkers write the table of names only once, in the place of the addresses.
        yield header.name_at(row[3], "the name of an imported DLL"), row[0] or row[4]


def _read_functions(header: _Header, imports: list[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """Each DLL with each function that is imported from it by name, not by number; `MOST_SYMBOLS` at most."""
    what = "the table of imported functions"
    layout, by_number = ("Q", 1 << 63) if header.is_64 else ("I", 1 << 31)
    left = MOST_SYMBOLS
    for dll, address in imports:
        for place in range(header.offset_of(address, what), len(header.image), 8 if header.is_64 else 4):
            (entry,) = header.image.unpack(layout, place, what)
            left -= 1
            if entry == 0 or left < 0:
                break
            if not entry & by_number:
                yield dll, header.name_at(entry + 2, "the name of an imported function")


def _read_delayed(header: _Header) -> Iterator[str]:
    """The DLLs that are loaded at their first call, each once."""
    rows = _rows(header, _DELAY_IMPORT, 8, 1, "the table of delayed DLLs")
    # The oldest form of the table has absolute addresses instead of ones relative to the image.
    names = (row[1] if row[0] & 1 else row[1] - header.base for row in rows)
    yield from dict.fromkeys(header.name_at(name, "the name of a delayed DLL") for name in names)


def _rows(header: _Header, directory: int, fields: int, name: int, what: str) -> Iterator[tuple[int, ...]]:
    """The rows of a table, each of some fields, that ends with a row without a name, which is field `name`."""
    if (place := header.directory(directory, what)) is None:
        return
    for number in range(MOST_LIBRARIES):
        row = header.image.unpack(f"{fields}I", place[0] + number * fields * 4, what)
        if row[name] == 0:
            return
        yield row
    raise UnreadableLibrary(f"{what} has more than {MOST_LIBRARIES} rows")


def _read_version(header: _Header) -> tuple[int, ...] | None:
    """The version of the file in its resources."""
    start, size = header.directory(_RESOURCE, "the resources") or (0, 0)
    found = header.image.data.find(_FIXED_FILE_INFO, start, start + size)
    if found < 0:
        return None
    minor, major, build, patch = header.image.unpack("4H", found + 8, "the version of the file")
    return major, minor, patch, build


def _read_pdb_path(header: _Header) -> str:
    what = "the table of debug records"
    start, size = header.directory(_DEBUG, what) or (0, 0)
    for row in header.image.table("IIHHIIII", start, min(size // 28, _MOST_DEBUG_RECORDS), what):
        kind, length, offset = row[4], row[5], row[7]
        # RSDS, a GUID and an age; then the path.
        if kind == _CODEVIEW and length > 24 and header.image.data[offset : offset + 4] == b"RSDS":
            return header.image.name(offset + 24, "the path of the debug information")
    return ""
