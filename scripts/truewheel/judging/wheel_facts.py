"""Makes the facts that reports show of a wheel."""

from __future__ import annotations

from pathlib import Path

from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.wheel.filename import try_parse
from truewheel.wheel.native.facts import NativeLibrary
from truewheel.wheel.native.policies import required_glibc
from truewheel.wheel.reader import Wheel


def facts_of(wheel: Wheel) -> WheelFacts:
    """Return the facts about a wheel."""
    title, tags = _title_and_tags(wheel.path)
    sizes = {member.name: member.size for member in wheel.members}
    glibc = max(filter(None, map(required_glibc, wheel.libraries)), default=None)
    return WheelFacts(
        wheel.name,
        wheel.size,
        wheel.sha256,
        title=title,
        tags=tags,
        glibc=str(glibc) if glibc else "",
        libraries=tuple(_library(library, sizes[library.name]) for library in wheel.libraries),
        contents=tuple((member.name, member.size) for member in wheel.members),
    )


def facts_of_unreadable(path: Path) -> WheelFacts:
    """Return the facts about a file that cannot be read as a wheel."""
    title, tags = _title_and_tags(path)
    return WheelFacts(path.name, path.stat().st_size, "", title=title, tags=tags, readable=False)


def _title_and_tags(path: Path) -> tuple[str, str]:
    filename = try_parse(path.name)
    if filename is None:
        return path.name, ""
    return filename.stem.replace("-", " "), filename.tag_text


def _library(library: NativeLibrary, size: int) -> LibraryFacts:
    facts = library.facts
    return LibraryFacts(
        library.name,
        str(library.target),
        (*library.needed, *facts.delayed),
        facts.soname,
        size,
        facts.debug_size,
        library.export_count,
        _system(library),
    )


def _system(library: NativeLibrary) -> str:
    if glibc := required_glibc(library):
        return f"glibc {glibc}"
    oldest = max((part.system for part in library.parts if part.system), default=None)
    return f"macOS {oldest[0]}.{oldest[1]}" if oldest and library.target.format == "Mach-O" else ""
