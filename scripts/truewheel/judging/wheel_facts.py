"""What reports say of a wheel, taken from the wheel as read."""

from __future__ import annotations

import re
from pathlib import Path

from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.wheel.filename import try_parse
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.reader import Wheel

_GLIBC = re.compile(r"GLIBC_(\d{1,4}(?:\.\d{1,4}){1,3})", re.ASCII)


def facts_of(wheel: Wheel) -> WheelFacts:
    """The facts of a wheel that was read to its end."""
    title, tags = _title_and_tags(wheel.path)
    return WheelFacts(
        wheel.name,
        wheel.size,
        wheel.sha256,
        title=title,
        tags=tags,
        glibc=_glibc(wheel),
        libraries=tuple(_library(library) for library in wheel.libraries),
        contents=tuple((member.name, member.size) for member in wheel.members),
    )


def facts_of_unreadable(path: Path) -> WheelFacts:
    """The facts of a file that could not be read as a wheel."""
    title, tags = _title_and_tags(path)
    return WheelFacts(path.name, path.stat().st_size, "", title=title, tags=tags, readable=False)


def _title_and_tags(path: Path) -> tuple[str, str]:
    filename = try_parse(path.name)
    if filename is None:
        return path.name, ""
    return filename.stem.replace("-", " "), filename.tag_text


def _library(library: NativeLibrary) -> LibraryFacts:
    delayed = library.pe.delayed if library.pe else ()
    soname = library.elf.soname if library.elf else None
    return LibraryFacts(library.name, str(library.target), (*library.needed, *delayed), soname or "")


def _glibc(wheel: Wheel) -> str:
    """The newest glibc that any library in the wheel asks for: with an older one it would not be loaded."""
    asked = [
        tuple(map(int, match[1].split(".")))
        for library in wheel.libraries
        if library.elf
        for _, versions in library.elf.versions
        for version in versions
        if (match := _GLIBC.fullmatch(version))
    ]
    return ".".join(map(str, max(asked, default=())))
