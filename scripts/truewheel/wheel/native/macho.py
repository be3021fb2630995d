"""Mach-O libraries: their machines, and what dyld reads of each in the load commands.

Source: Apple's mach-o/loader.h, mach-o/fat.h and mach-o/nlist.h.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from truewheel.platforms import NativeTarget
from truewheel.wheel.native.facts import Kind, NativeFacts, NativeLibrary, Trait, UnreadableLibrary
from truewheel.wheel.native.image import MOST_LIBRARIES, MOST_SYMBOLS, Image

# Also the beginning of Java class files; the number after it is different.
MACHO_UNIVERSAL_MAGIC = b"\xca\xfe\xba\xbe"

_MACHINES = {0x01000007: "x86_64", 0x0100000C: "aarch64", 7: "x86"}
# Python imports bundles; others link with dynamic libraries.
_KINDS = {1: Kind.OBJECT_FILE, 2: Kind.EXECUTABLE, 4: Kind.CORE_DUMP, 6: Kind.SHARED_LIBRARY, 8: Kind.SHARED_LIBRARY}
# Load commands. Those for libraries that may be missing (LC_LOAD_WEAK_DYLIB) do not count.
_SYMTAB, _LOAD_DYLIB, _ID_DYLIB, _SEGMENT_64, _CODE_SIGNATURE = 0x2, 0xC, 0xD, 0x19, 0x1D
_REEXPORT_DYLIB, _UPWARD_DYLIB, _RPATH = 0x8000001F, 0x80000023, 0x8000001C
_VERSION_MIN_MACOSX, _BUILD_VERSION = 0x24, 0x32
_PLATFORM_MACOS = 1
_WRITE, _EXECUTE = 2, 4
# Kinds of symbols: of the debugger, private, external; the rest says where it is defined.
_N_STAB, _N_PEXT, _N_TYPE, _N_EXT = 0xE0, 0x10, 0x0E, 0x01
_N_WEAK_REF = 0x40


def read_macho(name: str, data: bytes) -> NativeLibrary:
    """Read a Mach-O file, in a universal one for each machine; UnreadableLibrary if its tables cannot be read."""
    places = [(0, len(data))]
    if data.startswith(MACHO_UNIVERSAL_MAGIC):
        image = Image(data, ">")
        (count,) = image.unpack("I", 4, "the number of machines")
        places = [(row[2], row[3]) for row in image.table("5I", 8, count, "the list of machines")]
    slices = [_read_slice(data[start : start + size]) for start, size in places]
    machines = sorted({facts.machine for _, facts, _, _ in slices})
    universal = "universal2" if machines == ["aarch64", "x86_64"] else "+".join(machines)
    kind, _, exports, number = slices[0]
    parts = tuple(facts for _, facts, _, _ in slices)
    return NativeLibrary(name, NativeTarget("Mach-O", universal), kind, parts, exports, number)


def _read_slice(data: bytes) -> tuple[str, NativeFacts, tuple[str, ...], int]:
    """Return the kind, the facts, the exported symbols and their number, of a library for one machine."""
    image = Image(data, "<" if data[:4] in (b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe") else ">")
    cpu, _, number, count, size, _ = image.unpack("6I", 4, "the Mach-O header")
    kind = _KINDS.get(number, f"Mach-O file of type {number}")
    machine = _MACHINES.get(cpu, f"machine {cpu:#x}")
    if cpu & 0x01000000 == 0 or kind == Kind.OBJECT_FILE:
        return kind, NativeFacts(machine), (), 0
    commands = list(_commands(image, count, 32 + size))
    names = {
        command: [_text(image, offset, length) for kind, offset, length in commands if kind == command]
        for command in (_LOAD_DYLIB, _REEXPORT_DYLIB, _UPWARD_DYLIB, _RPATH)
    }
    exports, exported, imports = _symbols(image, commands)
    facts = NativeFacts(
        machine,
        needed=tuple(dict.fromkeys(names[_LOAD_DYLIB] + names[_REEXPORT_DYLIB] + names[_UPWARD_DYLIB])),
        search_path=tuple(names[_RPATH]),
        imports=tuple(("", symbol) for symbol in imports),
        system=max(_oldest(image, commands), default=None),
        version=next(_versions(image, commands), None),
        traits=frozenset(_traits(image, commands, needs_signature=(machine, kind) == ("aarch64", Kind.SHARED_LIBRARY))),
    )
    return kind, facts, exports, exported


def _traits(image: Image, commands: list[tuple[int, int, int]], *, needs_signature: bool) -> Iterator[str]:
    # macOS ends processes that load unsigned code on Apple's processors only.
    if needs_signature and _CODE_SIGNATURE not in [number for number, _, _ in commands]:
        yield Trait.UNSIGNED
    for offset in (offset for number, offset, _ in commands if number == _SEGMENT_64):
        (protection,) = image.unpack("I", offset + 60, "a segment")
        if protection & _WRITE and protection & _EXECUTE:
            yield Trait.WRITABLE_CODE


def _commands(image: Image, count: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The load commands: number, offset and length."""
    if count > MOST_LIBRARIES:
        raise UnreadableLibrary(f"it has {count} load commands, more than {MOST_LIBRARIES}")
    offset = 32
    for _ in range(count):
        command, length = image.unpack("II", offset, "a load command")
        if length < 8 or offset + length > end:
            raise UnreadableLibrary("a load command ends after the end of all of them")
        yield command, offset, length
        offset += length


def _text(image: Image, offset: int, length: int) -> str:
    """The name in a load command; it may fill the command, without a zero byte at its end."""
    (start,) = image.unpack("I", offset + 8, "a name in a load command")
    return image.data[offset + start : offset + length].partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _oldest(image: Image, commands: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    for command, offset, _ in commands:
        if command == _VERSION_MIN_MACOSX:
            yield _dotted(image.unpack("I", offset + 8, "the version of macOS"))
        elif command == _BUILD_VERSION:
            platform, version = image.unpack("II", offset + 8, "the version of macOS")
            if platform == _PLATFORM_MACOS:
                yield _dotted((version,))


def _versions(image: Image, commands: list[tuple[int, int, int]]) -> Iterator[tuple[int, ...]]:
    for command, offset, _ in commands:
        if command == _ID_DYLIB:
            (version,) = image.unpack("I", offset + 16, "the version of the library")
            yield version >> 16, version >> 8 & 0xFF, version & 0xFF


def _dotted(fields: tuple[Any, ...]) -> tuple[int, int]:
    return fields[0] >> 16, fields[0] >> 8 & 0xFF


def _symbols(image: Image, commands: list[tuple[int, int, int]]) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """The exported symbols, how many there are, and the symbols that other libraries must define.

    Their names are without the underscore of C.
    """
    exports: list[int] = []
    imports: list[int] = []
    what = "the table of symbols"
    for offset in (offset for command, offset, _ in commands if command == _SYMTAB):
        symbols, count, strings, _ = image.unpack("4I", offset + 8, what)
        for name, kind, _, description, _ in image.table("IBBHQ", symbols, count, what):
            if kind & _N_EXT and not kind & (_N_STAB | _N_PEXT):
                if kind & _N_TYPE:
                    exports.append(strings + name)
                elif not description & _N_WEAK_REF:
                    imports.append(strings + name)
    return _names(image, exports), len(exports), _names(image, imports)


def _names(image: Image, offsets: list[int]) -> tuple[str, ...]:
    return tuple(image.name(place, "the name of a symbol").removeprefix("_") for place in offsets[:MOST_SYMBOLS])
