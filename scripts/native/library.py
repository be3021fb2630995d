"""A native library found in a wheel, whatever its name: recognized and read by its content."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.platforms import NativeTarget

ELF_MAGIC = b"\x7fELF"
PE_MAGIC = b"MZ"
MACHO_MAGICS = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")


class UnreadableLibrary(Exception):
    """The file begins like a native library, but cannot be read as one; the message says why."""


@dataclass(frozen=True, slots=True)
class NativeLibrary:
    """A shared library or extension module.

    Attributes:
        name: the member of the archive.
        target: its format, and the machine as the format names it where it is not a usual one.
        kind: `shared library`, or what else it is (`executable`, …).
    """

    name: str
    target: NativeTarget
    kind: str


def detect_format(start: bytes) -> str | None:
    """Which format a file that begins with `start` (64 bytes or more, if it has them) is in; None if neither.

    `MZ` alone is no proof: two letters also begin text files. A PE file says at 0x3c where its header is.
    """
    if start.startswith(ELF_MAGIC):
        return "ELF"
    if start.startswith(PE_MAGIC) and len(start) >= 64 and _pe_offset_plausible(start):
        return "PE"
    return "Mach-O" if start.startswith(MACHO_MAGICS) else None


def _pe_offset_plausible(start: bytes) -> bool:
    offset = int.from_bytes(start[0x3C:0x40], "little")
    return 0x40 <= offset < 0x10000


def read_library(name: str, data: bytes) -> NativeLibrary:
    """Read the native library `data`, member `name` of a wheel.

    Raises:
        UnreadableLibrary: the bytes contradict themselves.
    """
    # The parsers are imported where they are needed: a wheel has libraries of one format.
    match detect_format(data[:64]):
        case "ELF":
            from scripts.native.elf import read_elf  # noqa: PLC0415

            return read_elf(name, data)
        case "PE":
            from scripts.native.pe import read_pe  # noqa: PLC0415

            return read_pe(name, data)
        case "Mach-O":
            return NativeLibrary(name, NativeTarget("Mach-O", "unknown"), "shared library")
        case _:
            raise UnreadableLibrary("it is neither ELF nor PE nor Mach-O")
