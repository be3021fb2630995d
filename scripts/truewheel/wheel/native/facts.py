"""The facts about a native library, in any format."""

from __future__ import annotations

from dataclasses import dataclass, field

from truewheel.platforms import NativeTarget


class Kind:
    """What a file of machine code may be."""

    SHARED_LIBRARY, EXECUTABLE, OBJECT_FILE, CORE_DUMP = "shared library", "executable", "object file", "core dump"
    # .NET loads and compiles it on any machine; the one in its header does not count.
    MANAGED_ASSEMBLY = "managed assembly"


class Trait:
    """What may harm, as a predicate of the library."""

    WRITABLE_CODE = "has a part that is writable and executable"
    EXECUTABLE_STACK = "needs an executable stack (its PT_GNU_STACK is missing or executable)"
    TEXT_RELOCATIONS = "has text relocations (DT_TEXTREL)"
    NO_RELRO = "has no PT_GNU_RELRO"
    UNOPENABLE = "cannot be opened: it is linked with -z nodlopen"
    UNSIGNED = "has no signature"


# The symbols that Python looks for in an extension module (PEP 489, PEP 793).
_MODULE_EXPORTS = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")


class UnreadableLibrary(Exception):
    """The file begins like a native library, but cannot be read as one; the message says why."""


@dataclass(frozen=True, slots=True)
class NativeFacts:
    """What a loader reads in a library for one machine. A field that its format does not have is empty."""

    machine: str  # as in `NativeTarget`
    needed: tuple[str, ...] = ()  # the libraries that are loaded with it, as it names them
    delayed: tuple[str, ...] = ()  # DLLs that are loaded at their first call
    soname: str = ""  # the name under which other ELF libraries need it
    search_tag: str = ""  # `RUNPATH` or `RPATH`, the one that the loader of Linux uses; empty if it has neither
    # The folders for what it needs as they are written, with `$ORIGIN` or `@loader_path`.
    search_path: tuple[str, ...] = ()
    # For each needed library, the symbol versions that it must define (`GLIBC_2.17`).
    versions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # The symbols that other libraries must define, without weak ones, each with the library (PE) or an empty name; at
    # most `MOST_SYMBOLS`.
    imports: tuple[tuple[str, str], ...] = ()
    unversioned: tuple[str, ...] = ()  # those that need no version; libraries that have versions define them with one
    # The oldest version of macOS that it was built for, or of Windows that loads it: `(11, 0)`.
    system: tuple[int, int] | None = None
    version: tuple[int, ...] | None = None  # its own, three numbers in Mach-O, four in the resources of a DLL
    pdb_path: str = ""  # the path of the debug information, as the linker wrote it
    isa_level: int = 1  # the level of x86-64 that the processor must have; 1 is the baseline, 2 is x86-64-v2
    debug_size: int = 0  # how many bytes are debug information, and symbols that the loader does not need
    traits: frozenset[str] = frozenset()  # what may harm
    unset_flags: tuple[str, ...] = ()  # of a DLL's flags that protect the process: those that it lacks


@dataclass(frozen=True, slots=True)
class NativeLibrary:
    """A shared library, an extension module, or another file of machine code."""

    name: str  # the member of the archive
    target: NativeTarget  # its format and machine
    kind: str  # `shared library`, `executable`, `object file`, `managed assembly`, …
    parts: tuple[NativeFacts, ...]  # the facts for each machine; one, but for a universal Mach-O file
    # Names of the symbols that it exports; at most `MOST_SYMBOLS`, each cut at `LONGEST_NAME`.
    exports: tuple[str, ...] = ()
    export_count: int = 0  # how many symbols it exports
    is_extension_module: bool = field(init=False)  # whether Python can import it

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_extension_module", any(map(is_module_export, self.exports)))

    @property
    def facts(self) -> NativeFacts:
        """Those of the first part."""
        return self.parts[0]

    @property
    def needed(self) -> tuple[str, ...]:
        return self.facts.needed

    @property
    def file_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def names(self) -> set[str]:
        """The names under which another library may need it."""
        return {self.file_name, self.facts.soname or self.file_name}

    @property
    def is_shared_library(self) -> bool:
        return self.kind == Kind.SHARED_LIBRARY


def is_module_export(symbol: str) -> bool:
    """Whether Python looks for `symbol` in an extension module."""
    return symbol.startswith(_MODULE_EXPORTS)
