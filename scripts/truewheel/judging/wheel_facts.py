"""Makes the facts that reports show of a wheel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.wheel.filename import try_parse
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.native.policies import required_glibc
from truewheel.wheel.reader import Wheel


def facts_of(wheel: Wheel) -> WheelFacts:
    """Return the facts about a wheel."""
    sizes = {member.name: member.size for member in wheel.members}
    glibc = max(filter(None, map(required_glibc, wheel.libraries)), default=None)
    return replace(
        _facts_of_file(wheel.path, wheel.size),
        sha256=wheel.sha256,
        readable=True,
        glibc=str(glibc) if glibc else "",
        libraries=tuple(_library(library, sizes[library.name]) for library in wheel.libraries),
        contents=tuple((member.name, member.size) for member in wheel.members),
    )


def facts_of_unreadable(path: Path) -> WheelFacts:
    """Return the facts about a file that cannot be read as a wheel."""
    return _facts_of_file(path, path.stat().st_size)


def _facts_of_file(path: Path, size: int) -> WheelFacts:
    filename = try_parse(path.name)
    title, tags = (filename.stem.replace("-", " "), filename.tag_text) if filename else (path.name, "")
    return WheelFacts(path.name, size, "", title=title, tags=tags, readable=False)


def _library(library: NativeLibrary, size: int) -> LibraryFacts:
    facts, glibc = library.facts, required_glibc(library)
    oldest = max((part.system for part in library.parts if part.system), default=None)
    macos = f"macOS {oldest[0]}.{oldest[1]}" if oldest and library.target.format == "Mach-O" else ""
    return LibraryFacts(
        library.name,
        str(library.target),
        needs=(*facts.needed, *facts.delayed),
        soname=facts.soname,
        size=size,
        debug_size=facts.debug_size,
        exports=library.export_count,
        system=f"glibc {glibc}" if glibc else macos,
    )
