"""The facts about a wheel and its native libraries that reports show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """A native library.

    Attributes:
        name: the member of the archive.
        target: format and machine, e.g. `ELF for x86_64`.
        needs: the libraries that it loads, as it names them.
        soname: the name under which others load it; empty if it has none.
        size: in bytes.
        debug_size: how many bytes of it are debug information and symbols that no loader needs; 0 if not known.
        exports: how many symbols it exports.
        system: the oldest system with which it works, e.g. `glibc 2.17` or `macOS 11.0`; empty if it does not say.
    """

    name: str
    target: str
    needs: tuple[str, ...] = ()
    soname: str = ""
    size: int = 0
    debug_size: int = 0
    exports: int = 0
    system: str = ""

    @property
    def basename(self) -> str:
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class WheelFacts:
    """A wheel that was judged or built.

    Attributes:
        name: the file name.
        size: of the file, in bytes.
        sha256: of the file, in hexadecimal; empty if it could not be read.
        title: name and version, e.g. `quiverdb 0.5.0`; the file name if that is not the name of a wheel.
        tags: the compressed tag, e.g. `py3-none-win_amd64`; empty if there is none.
        readable: whether it could be read as a wheel.
        glibc: the oldest glibc with which it works, e.g. `2.17`; empty if it needs none.
        libraries: its native libraries.
        contents: its files with their unpacked sizes, in bytes.
    """

    name: str
    size: int
    sha256: str
    title: str = ""
    tags: str = ""
    readable: bool = True
    glibc: str = ""
    libraries: tuple[LibraryFacts, ...] = ()
    contents: tuple[tuple[str, int], ...] = ()

    @property
    def unpacked(self) -> int:
        return sum(size for _, size in self.contents)
