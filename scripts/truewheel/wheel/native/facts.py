"""What is known of a native library, whichever format it is in."""

from __future__ import annotations

from dataclasses import dataclass

from truewheel.platforms import NativeTarget

SHARED_LIBRARY, EXECUTABLE, OBJECT_FILE = "shared library", "executable", "object file"
# What .NET loads and compiles: the machine in its header is a formality.
MANAGED_ASSEMBLY = "managed assembly"

# What Python looks for in an extension module (PEP 489, PEP 793).
_MODULE_EXPORTS = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")


class UnreadableLibrary(Exception):
    """The file begins like a native library, but cannot be read as one; the message says why."""


@dataclass(frozen=True, slots=True)
class ElfFacts:
    """What is said in ELF alone. Sources: System V ABI; the GNU extensions in the Linux Standard Base.

    Attributes:
        soname: the name under which others need it.
        search_tag: `RUNPATH` or `RPATH`, whichever of them the loader heeds; empty where there is neither.
        search_path: its folders as they are written, `$ORIGIN` included.
        versions: of each needed library, the symbol versions that must be there (`GLIBC_2.17`).
        imports: names of the symbols that others must define, weak ones aside; at most `MOST_SYMBOLS`.
        interpreter: the program loader that an executable asks for.
        executable_stack: the loader must make the stack executable, as it must when nothing is said.
        text_relocations: the loader must write into the code.
        relro: the loader write-protects what it has relocated.
    """

    soname: str | None = None
    search_tag: str = ""
    search_path: tuple[str, ...] = ()
    versions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    imports: tuple[str, ...] = ()
    interpreter: str | None = None
    executable_stack: bool = False
    text_relocations: bool = False
    relro: bool = False


@dataclass(frozen=True, slots=True)
class PeFacts:
    """What is said in PE alone. Source: Microsoft's PE format.

    Attributes:
        delayed: DLLs that are loaded when they are first called.
        pdb_path: where the linker left the debug information, as it is written.
        dynamic_base: it may be loaded anywhere (ASLR).
        high_entropy: anywhere in 64 bits.
        nx_compatible: it needs no executable data (DEP).
    """

    delayed: tuple[str, ...] = ()
    pdb_path: str | None = None
    dynamic_base: bool = False
    high_entropy: bool = False
    nx_compatible: bool = False


@dataclass(frozen=True, slots=True)
class NativeLibrary:
    """A shared library, an extension module, or another file of machine code.

    Attributes:
        name: the member of the archive.
        target: its format, and the machine as the format names it where it is not a usual one.
        kind: `shared library`, or what else it is (`executable`, `object file`, `managed assembly`, …).
        needed: the libraries that must be there for it to be loaded, as it names them.
        exports: names of the symbols that it offers; at most `MOST_SYMBOLS`, and no longer than `LONGEST_NAME`.
        export_count: how many it offers.
        elf: what is said in ELF alone; None in other formats and for object files.
        pe: what is said in PE alone; None in other formats.
    """

    name: str
    target: NativeTarget
    kind: str
    needed: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    export_count: int = 0
    elf: ElfFacts | None = None
    pe: PeFacts | None = None

    @property
    def file_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def is_shared_library(self) -> bool:
        return self.kind == SHARED_LIBRARY

    @property
    def is_extension_module(self) -> bool:
        """Whether Python can import it."""
        return any(is_module_export(name) for name in self.exports)


def is_module_export(symbol: str) -> bool:
    """Whether `symbol` is what Python looks for in an extension module."""
    return symbol.startswith(_MODULE_EXPORTS)
