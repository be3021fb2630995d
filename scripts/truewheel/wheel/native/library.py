"""Detects a native library by its content, not by its name, and reads it."""

from __future__ import annotations

from truewheel.wheel.native.elf import read_elf
from truewheel.wheel.native.facts import NativeLibrary, UnreadableLibrary
from truewheel.wheel.native.macho import MACHO_UNIVERSAL_MAGIC, read_macho
from truewheel.wheel.native.pe import read_pe

ELF_MAGIC = b"\x7fELF"
PE_MAGIC = b"MZ"
MACHO_MAGICS = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")


def detect_format(start: bytes) -> str | None:
    """Return the format of a file that begins with `start`: `ELF`, `PE`, `Mach-O` or None.

    `start` has at least 64 bytes, if the file has. `MZ` is not enough for PE, because text files may begin with it: at
    0x3c must be the offset of the PE header. It is larger than 0x40 from all linkers; Windows also loads smaller ones.
    Four letters there would be an offset beyond any file.
    """
    if start.startswith(ELF_MAGIC):
        return "ELF"
    offset = int.from_bytes(start[0x3C:0x40], "little") if start.startswith(PE_MAGIC) and len(start) >= 64 else 0
    if 0x40 <= offset < 0x08000000 or (0 < offset < 0x40 and start[offset : offset + 4] == b"PE\0\0"):
        return "PE"
    # The number of machines; a Java class file has its version there, 45 or more.
    is_universal = start.startswith(MACHO_UNIVERSAL_MAGIC) and 1 <= int.from_bytes(start[4:8], "big") < 20
    return "Mach-O" if is_universal or start.startswith(MACHO_MAGICS) else None


def read_library(name: str, data: bytes) -> NativeLibrary:
    """Read the library `data`, member `name` of a wheel; UnreadableLibrary if it is damaged or contradicts itself."""
    read = _READERS.get(detect_format(data[:64]) or "")
    if read is None:
        raise UnreadableLibrary("it is not ELF, PE or Mach-O")
    return read(name, data)


_READERS = {"ELF": read_elf, "PE": read_pe, "Mach-O": read_macho}
