"""Mach-O libraries: the machines that they are for, which is all that their header says at once.

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

# Java's class files begin with it too; what tells them apart is the number that follows.
MACHO_UNIVERSAL_MAGIC = b"\xca\xfe\xba\xbe"

_MACHINES = {0x01000007: "x86_64", 0x0100000C: "aarch64", 7: "x86"}
# Bundles are what Python imports, dynamic libraries what others link with.
_KINDS = {1: OBJECT_FILE, 2: EXECUTABLE, 6: SHARED_LIBRARY, 8: SHARED_LIBRARY}


def read_macho(name: str, data: bytes) -> NativeLibrary:
    """Read the header of a Mach-O file, and in a universal one the list of machines and the first header.

    Raises:
        UnreadableLibrary: they are not whole.
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
