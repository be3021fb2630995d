"""What reports say of a wheel and of its native libraries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """What a report says of a native library.

    Attributes:
        name: the member of the archive.
        target: format and machine, e.g. `ELF for x86_64`.
        needs: the libraries that it loads, as it names them.
        soname: the name under which others load it, where that is said inside of it.
    """

    name: str
    target: str
    needs: tuple[str, ...] = ()
    soname: str = ""

    @property
    def basename(self) -> str:
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class WheelFacts:
    """What a report says of a wheel that was judged or built.

    Attributes:
        name: the file name.
        size: of the file, in bytes.
        sha256: of the file, in hexadecimal; empty when it was not read to its end.
        title: name and version, e.g. `quiverdb 0.5.0`; the file name when that cannot be taken apart.
        tags: the compressed tag, e.g. `py3-none-win_amd64`; empty when there is none.
        readable: whether it could be read as a wheel.
        glibc: the oldest glibc that runs it, e.g. `2.17`; empty where glibc plays no part.
        libraries: its native libraries.
        contents: its files with their unpacked sizes.
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
