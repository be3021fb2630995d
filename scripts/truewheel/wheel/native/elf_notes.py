"""What an ELF library demands of the processor, in the notes of its segments.

Source: x86-64 psABI, program property GNU_PROPERTY_X86_ISA_1_NEEDED. glibc refuses to load a library whose level the
processor does not have ("CPU ISA level is lower than required").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from truewheel.wheel.native.image import Image

_NT_GNU_PROPERTY_TYPE_0, _ISA_1_NEEDED = 5, 0xC0008002
# More than any library has: segments with notes, notes of a segment, properties of a note.
_MOST = 50


def isa_level(image: Image, segments: Iterable[tuple[int, int]]) -> int:
    """Return the level of x86-64 that is needed: 1 is the baseline, 2 is x86-64-v2, and so on.

    Args:
        image: the library, of 64 bits.
        segments: the offset and size of each segment with notes.
    """
    needed = (bits for segment in islice(segments, _MOST) for bits in _needed(image, *segment))
    return max((bits.bit_length() for bits in needed), default=1) or 1


def _needed(image: Image, offset: int, size: int) -> Iterator[int]:
    end = min(offset + size, len(image))
    for _ in range(_MOST):
        if offset + 16 > end:
            return
        name, length, kind = image.unpack("III", offset, "a note")
        if kind == _NT_GNU_PROPERTY_TYPE_0 and image.data[offset + 12 : offset + 16] == b"GNU\0":
            yield from _properties(image, offset + 16, min(offset + 16 + length, end))
        # Notes of properties are aligned to eight bytes, all others to four; both have names of whole fours.
        offset += 12 + -(-name // 4) * 4 + -(-length // 4) * 4


def _properties(image: Image, offset: int, end: int) -> Iterator[int]:
    for _ in range(_MOST):
        if offset + 12 > end:
            return
        kind, length, value = image.unpack("III", offset, "a property")
        if kind == _ISA_1_NEEDED and length == 4:
            yield value
        offset += 8 + -(-length // 8) * 8
