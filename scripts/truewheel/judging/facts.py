"""The facts about a wheel and its native libraries that reports show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """A native library."""

    name: str  # the member of the archive
    target: str  # format and machine, e.g. `ELF for x86_64`
    needs: tuple[str, ...] = ()  # the libraries that it loads, as it names them
    soname: str = ""  # the name under which others load it; empty if it has none
    size: int = 0  # in bytes
    debug_size: int = 0  # how many bytes of it are debug information and symbols that no loader needs; 0 if not known
    exports: int = 0  # how many symbols it exports
    # The oldest system with which it works, e.g. `glibc 2.17` or `macOS 11.0`; empty if it does not say.
    system: str = ""

    @property
    def basename(self) -> str:
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class WheelFacts:
    """A wheel that was judged or built."""

    name: str  # the file name
    size: int  # of the file, in bytes
    sha256: str  # of the file, in hexadecimal; empty if it could not be read
    title: str = ""  # name and version, e.g. `quiverdb 0.5.0`; the file name if that is not the name of a wheel
    tags: str = ""  # the compressed tag, e.g. `py3-none-win_amd64`; empty if there is none
    readable: bool = True  # whether it could be read as a wheel
    glibc: str = ""  # the oldest glibc with which it works, e.g. `2.17`; empty if it needs none
    libraries: tuple[LibraryFacts, ...] = ()  # its native libraries
    contents: tuple[tuple[str, int], ...] = ()  # its files with their unpacked sizes, in bytes

    @property
    def unpacked(self) -> int:
        return sum(size for _, size in self.contents)
