"""Finding files as actions find them: by the patterns of @actions/glob, and by those of the library glob."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.patterns.names import PatternUnsupported, expand_braces
from truewheel.patterns.paths import PathPattern, read_path_pattern, walk


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        files: the files, each once.
        roots: where the search began; folders that lie in others are left out.
    """

    files: tuple[Path, ...]
    roots: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    pattern: PathPattern
    excludes: bool

    def decides_about(self, file: Path) -> bool:
        # What matches a folder matches all that is in it.
        is_match = not self.pattern.folders_only and self.pattern.matches(file)
        return is_match or self.pattern.matches_above(file)


def search(patterns: str, *, folder: Path, home: Path, hidden: bool) -> Found:
    """Find files as @actions/glob does: one pattern a line, `!` excludes again, `#` begins a comment.

    A pattern that matches a folder matches all that is in it; braces are ordinary characters; links are followed;
    without `hidden`, what begins with a dot is left out with all that is in it.

    Raises:
        PatternUnsupported: a pattern holds `.` or `..` in the middle, or is an extended one.
    """
    lines = [_line(text, folder, home) for text in map(str.strip, patterns.splitlines()) if text and text[0] != "#"]
    wanted = [line.pattern for line in lines if not line.excludes]
    roots = _outermost(pattern.root for pattern in wanted)
    candidates = (file for root in roots for file in walk(root, wanted, hidden=hidden, links=True))
    return Found(tuple(file for file in candidates if _is_selected(lines, file)), roots)


def glob_files(pattern: str, *, folder: Path, home: Path) -> list[Path]:
    """The files that the library glob finds, with names that begin with a dot: braces are expanded, `**` follows no
    links and at the end is at least one name, a folder that matches does not count for what is in it.

    Raises:
        PatternUnsupported: the pattern is an extended one, or holds `..` behind a wildcard.
    """
    found: dict[Path, None] = {}
    for one in expand_braces(pattern):
        read = _read_from_above(one, folder, home)
        if not read.folders_only:
            files = walk(read.root, [read], hidden=True, links=False)
            found.update(dict.fromkeys(file for file in files if file.is_file() and read.matches(file)))
    return list(found)


def _line(text: str, folder: Path, home: Path) -> _Line:
    positive = text.lstrip("! ")
    excludes = text[: len(text) - len(positive)].count("!") % 2 == 1
    return _Line(read_path_pattern(positive, folder=folder, home=home), excludes)


def _is_selected(lines: Sequence[_Line], file: Path) -> bool:
    selected = False
    for line in lines:
        if line.decides_about(file):
            selected = not line.excludes
    return selected


def _outermost(roots: Iterable[Path]) -> tuple[Path, ...]:
    distinct = dict.fromkeys(roots)
    return tuple(root for root in distinct if not distinct.keys() & set(root.parents))


def _read_from_above(pattern: str, folder: Path, home: Path) -> PathPattern:
    """Read a pattern whose front may climb with `..`."""
    climbing = re.match(r"(?:\./|\.\./)+", pattern.replace("\\", "/") if os.name == "nt" else pattern)
    if climbing is not None:
        folder = Path(os.path.normpath(folder / climbing[0]))
        pattern = pattern[climbing.end() :]
    pattern = re.sub(r"(?<=/)(?:\./)+", "", pattern)
    # What ** may be no name for is a folder, and those are not looked for.
    pattern = re.sub(r"(?:^|(?<=/))\*\*$", "**/*", pattern)
    try:
        return read_path_pattern(pattern, folder=folder, home=home)
    except PatternUnsupported as error:
        if ".." not in pattern:
            raise
        raise PatternUnsupported(f"the pattern {pattern!r} cannot be rehearsed: .. stands inside of it") from error


def found_by_each(patterns: Sequence[str], *, folder: Path, home: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each pattern with the files that `glob_files` finds by it."""
    for pattern in patterns:
        yield pattern, glob_files(pattern, folder=folder, home=home)
