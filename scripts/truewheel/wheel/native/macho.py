"""Mach-O libraries: only their machines and kind, which are in the header.

Source: Apple's mach-o/loader.h and mach-o/fat.h.
"""

from __future__ import annotations

from truewheel.platforms import NativeTarget
from truewheel.wheel.native.facts import (
    EXECUTABLE,
    OBJECT_FILE,
    SHARED_LIBRARY,
    NativeLibrary,
)
from truewheel.wheel.native.image import Image

# Also the beginning of Java class files; the number after it is different.
MACHO_UNIVERSAL_MAGIC = b"\xca\xfe\xba\xbe"

_MACHINES = {0x01000007: "x86_64", 0x0100000C: "aarch64", 7: "x86"}
# Python imports bundles; others link with dynamic libraries.
_KINDS = {1: OBJECT_FILE, 2: EXECUTABLE, 6: SHARED_LIBRARY, 8: SHARED_LIBRARY}


def read_macho(name: str, data: bytes) -> NativeLibrary:
    """Read the header of a Mach-O file, and in a universal one the list of machines and the first header.

    Raises:
        UnreadableLibrary: they are not complete.
    """
    if not data.startswith(MACHO_UNIVERSAL_MAGIC):
        machine, kind = _thin(data, 0)
        return NativeLibrary(name, NativeTarget("Mach-O", machine), kind)
    image = Image(data, ">")
    (count,) = image.unpack("I", 4, "the number of machines")
    slices = list(image.table("5I", 8, count, "the list of machines"))
    machines = sorted({_MACHINES.get(cpu, f"machine {cpu:#x}") for cpu, *_ in slices})
    universal = "universal2" if machines == ["aarch64", "x86_64"] else "+".join(machines)
    return NativeLibrary(name, NativeTarget("Mach-O", universal), _thin(data, slices[0][2])[1])


def _thin(data: bytes, offset: int) -> tuple[str, str]:
    order = "<" if data[offset : offset + 4] in (b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe") else ">"
    cpu, _, kind = Image(data, order).unpack("III", offset + 4, "the Mach-O header")
    return _MACHINES.get(cpu, f"machine {cpu:#x}"), _KINDS.get(kind, f"Mach-O file of type {kind}")
