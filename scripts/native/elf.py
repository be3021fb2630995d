"""ELF libraries, read with pyelftools."""

from __future__ import annotations

import io

from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from scripts.native.library import NativeLibrary, UnreadableLibrary
from scripts.platforms import NativeTarget

_MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64", "EM_386": "x86"}
_KINDS = {"ET_DYN": "shared library", "ET_EXEC": "executable", "ET_REL": "object file"}


def read_elf(name: str, data: bytes) -> NativeLibrary:
    """Read an ELF file.

    Raises:
        UnreadableLibrary: its headers or its dynamic section cannot be read.
    """
    try:
        elf = ELFFile(io.BytesIO(data))
        machine, kind = elf["e_machine"], elf["e_type"]
        # What is never looked at is never found broken: the loader needs these two.
        segments = list(elf.iter_segments())
        for segment in segments:
            if isinstance(segment, DynamicSegment):
                list(segment.iter_tags())
    except Exception as error:  # pyelftools lets through whatever damaged bytes lead it to, asserts too
        reason = str(error) or "they contradict themselves"
        raise UnreadableLibrary(f"its ELF headers cannot be read: {reason}") from error
    if not segments:
        raise UnreadableLibrary("its ELF headers name no segment, so nothing of it could be loaded")
    target = NativeTarget("ELF", _MACHINES.get(machine, str(machine)))
    return NativeLibrary(name, target, _KINDS.get(kind, str(kind)))
