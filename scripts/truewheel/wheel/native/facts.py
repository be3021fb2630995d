"""The facts about a native library, in any format."""

from __future__ import annotations

from dataclasses import dataclass, field

from truewheel.platforms import NativeTarget

SHARED_LIBRARY, EXECUTABLE, OBJECT_FILE = "shared library", "executable", "object file"
CORE_DUMP = "core dump"
# .NET loads and compiles it on any machine; the one in its header does not count.
MANAGED_ASSEMBLY = "managed assembly"

# The symbols that Python looks for in an extension module (PEP 489, PEP 793).
_MODULE_EXPORTS = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")


class UnreadableLibrary(Exception):
    """The file begins like a native library, but cannot be read as one; the message says why."""


@dataclass(frozen=True, slots=True)
class ElfFacts:
    """Facts that only ELF files have. Sources: System V ABI; the GNU extensions in the Linux Standard Base.

    Attributes:
        soname: the name under which other libraries need it.
        search_tag: `RUNPATH` or `RPATH`, the one that the loader uses; empty if it has neither.
        search_path: its folders as they are written, with `$ORIGIN`.
        versions: for each needed library, the symbol versions that it must define (`GLIBC_2.17`).
        imports: names of the symbols that other libraries must define, without weak ones; at most `MOST_SYMBOLS`.
        unversioned: those of them that need no version; libraries that have versions define them with one.
        interpreter: the program loader that an executable names.
        executable_stack: the loader must make the stack executable, as it must if the file does not say.
        text_relocations: the loader must write into the code.
        relro: the loader write-protects what it has relocated.
        writable_code: a segment is writable and executable.
        unopenable: the loader refuses to open it by itself (DF_1_NOOPEN).
        isa_level: the level of x86-64 that the processor must have; 1 is the baseline, 2 is x86-64-v2.
        debug_size: how many bytes are debug information, and symbols that the loader does not need.
    """

    soname: str | None = None
    search_tag: str = ""
    search_path: tuple[str, ...] = ()
    versions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    imports: tuple[str, ...] = ()
    unversioned: tuple[str, ...] = ()
    interpreter: str | None = None
    executable_stack: bool = False
    text_relocations: bool = False
    relro: bool = False
    writable_code: bool = False
    unopenable: bool = False
    isa_level: int = 1
    debug_size: int = 0


@dataclass(frozen=True, slots=True)
class PeFacts:
    """Facts that only PE files have. Source: Microsoft's PE format.

    Attributes:
        delayed: DLLs that are loaded at their first call.
        pdb_path: the path of the debug information, as the linker wrote it.
        dynamic_base: it can be loaded at any address (ASLR).
        high_entropy: that address may have 64 bits.
        nx_compatible: it does not execute data (DEP).
        functions: each DLL, with each function that is imported from it by name; at most `MOST_SYMBOLS`.
        subsystem: the oldest version of Windows that loads it, `(6, 0)` or the like.
        writable_code: a section is writable and executable.
        version: the version of the file, four numbers, if its resources have one.
    """

    delayed: tuple[str, ...] = ()
    pdb_path: str | None = None
    dynamic_base: bool = False
    high_entropy: bool = False
    nx_compatible: bool = False
    functions: tuple[tuple[str, str], ...] = ()
    subsystem: tuple[int, int] = (0, 0)
    writable_code: bool = False
    version: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class MachoFacts:
    """Facts about the part of a Mach-O file that is for one machine. Source: Apple's mach-o/loader.h.

    Attributes:
        machine: as in `NativeTarget`.
        needed: the libraries that are loaded with it, as it names them.
        rpaths: the folders that `@rpath` stands for, with `@loader_path`.
        imports: names of the symbols that other libraries must define, without weak ones; at most `MOST_SYMBOLS`.
        oldest_macos: the oldest version of macOS that it was built for, `(11, 0)` or the like.
        version: its current version, three numbers.
        signed: it has a signature, without which no Mac with an Apple processor loads it.
        writable_code: a segment is writable and executable.
    """

    machine: str
    needed: tuple[str, ...] = ()
    rpaths: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    oldest_macos: tuple[int, int] | None = None
    version: tuple[int, ...] | None = None
    signed: bool = False
    writable_code: bool = False


@dataclass(frozen=True, slots=True)
class NativeLibrary:
    """A shared library, an extension module, or another file of machine code.

    Attributes:
        name: the member of the archive.
        target: its format and machine.
        kind: `shared library`, `executable`, `object file`, `managed assembly`, …
        needed: the libraries that are loaded with it, as it names them.
        exports: names of the symbols that it exports; at most `MOST_SYMBOLS`, each cut at `LONGEST_NAME`.
        export_count: how many symbols it exports.
        elf: None in other formats and for object files.
        pe: None in other formats.
        macho: one for each machine of a Mach-O file; empty in other formats.
        is_extension_module: whether Python can import it.
    """

    name: str
    target: NativeTarget
    kind: str
    needed: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    export_count: int = 0
    elf: ElfFacts | None = None
    pe: PeFacts | None = None
    macho: tuple[MachoFacts, ...] = ()
    is_extension_module: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_extension_module", any(map(is_module_export, self.exports)))

    @property
    def file_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def is_shared_library(self) -> bool:
        return self.kind == SHARED_LIBRARY


def is_module_export(symbol: str) -> bool:
    """Whether Python looks for `symbol` in an extension module."""
    return symbol.startswith(_MODULE_EXPORTS)
