"""PE libraries (Windows DLLs and extension modules), read with pefile."""

from __future__ import annotations

import pefile

from scripts.native.library import NativeLibrary, UnreadableLibrary
from scripts.platforms import NativeTarget

_MACHINES = {0x8664: "x86_64", 0xAA64: "aarch64", 0x14C: "x86"}
_IMAGE_FILE_DLL = 0x2000


def read_pe(name: str, data: bytes) -> NativeLibrary:
    """Read a PE file.

    Raises:
        UnreadableLibrary: its headers cannot be read.
    """
    try:
        pe = pefile.PE(data=data, fast_load=True)
    except Exception as error:  # pefile lets through whatever damaged bytes lead it to
        reason = getattr(error, "value", error)  # the text of a PEFormatError is this in quotation marks
        raise UnreadableLibrary(f"its PE headers cannot be read: {reason}") from error
    number = pe.FILE_HEADER.Machine
    target = NativeTarget("PE", _MACHINES.get(number, f"machine {number:#x}"))
    is_dll = pe.FILE_HEADER.Characteristics & _IMAGE_FILE_DLL
    return NativeLibrary(name, target, "shared library" if is_dll else "executable")
