"""Patterns for paths: names of folders and files, each a pattern of its own, and ** for any number of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.patterns.names import PatternUnsupported, literal, to_regex

# None stands for **.
Names = tuple["re.Pattern[str] | None", ...]


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern, absolute.

    Attributes:
        root: the folder or file before the first wildcard: where a search begins.
        names: what is demanded of each part of a path, its anchor first.
        folders_only: it ends with a slash.
    """

    root: Path
    names: Names
    folders_only: bool

    def matches(self, path: Path) -> bool:
        return _matches(self.names, path.parts)

    def matches_above(self, path: Path) -> bool:
        """Whether a folder that `path` lies in matches."""
        return any(_matches(self.names, path.parts[:length]) for length in range(1, len(path.parts)))

    def may_match_below(self, path: Path) -> bool:
        """Whether anything in `path`, or it itself, could match."""
        for name, part in zip(self.names, path.parts, strict=False):
            if name is None:
                return True
            if not name.fullmatch(part):
                return False
        return True


def read_path_pattern(text: str, *, folder: Path, home: Path) -> PathPattern:
    """Read a pattern that is relative to `folder`; a leading ~ is `home`.

    Raises:
        PatternUnsupported: `.` or `..` stands in it elsewhere than at the front, or a name is an extended pattern.
    """
    if os.name == "nt":
        text = text.replace("\\", "/")
    parts = [part for part in text.split("/") if part]
    base = folder
    if text.startswith("/"):
        base = Path(folder.anchor)
    elif parts and re.fullmatch(r"[A-Za-z]:", parts[0]) and os.name == "nt":
        base = Path(parts.pop(0) + "/")
    elif parts and parts[0] == "~":
        base = home
        parts.pop(0)
    elif parts and parts[0] == ".":
        parts.pop(0)
    if {".", ".."} & set(parts):
        raise PatternUnsupported(f"Invalid pattern '{text}'. Relative pathing '.' and '..' is not allowed.")
    return PathPattern(_root(base, parts), _names(base, parts), text.endswith("/"))


def walk(root: Path, patterns: Sequence[PathPattern], *, hidden: bool, links: bool) -> Iterator[Path]:
    """Every file at or below `root` in folders where one of `patterns` may match, sorted.

    Broken links and circles of links are left out. `hidden` is for names that begin with a dot; `links` for folders
    that are links.
    """
    yield from _walk(root, patterns, (), hidden=hidden, links=links)


def _walk(
    path: Path, patterns: Sequence[PathPattern], above: tuple[Path, ...], *, hidden: bool, links: bool
) -> Iterator[Path]:
    if not path.exists() or not any(pattern.may_match_below(path) for pattern in patterns):
        return
    if not hidden and path.name.startswith("."):
        return
    if not path.is_dir():
        yield path
        return
    real = path.resolve()
    if real in above or (above and not links and path.is_symlink()):
        return
    for child in sorted(path.iterdir()):
        yield from _walk(child, patterns, (*above, real), hidden=hidden, links=links)


def _root(base: Path, parts: Sequence[str]) -> Path:
    for part in parts:
        name = literal(part)
        if name is None:
            break
        base /= name
    return base


def _names(base: Path, parts: Sequence[str]) -> Names:
    ignore_case = os.name == "nt"
    flags = re.IGNORECASE if ignore_case else 0
    front = (re.compile(re.escape(part), flags) for part in base.parts)
    back = (None if part == "**" else to_regex(part, dot=True, ignore_case=ignore_case) for part in parts)
    return (*front, *back)


def _matches(names: Names, parts: Sequence[str]) -> bool:
    if not names:
        return not parts
    first, rest = names[0], names[1:]
    if first is None:
        return any(_matches(rest, parts[skipped:]) for skipped in range(len(parts) + 1))
    return bool(parts) and first.fullmatch(parts[0]) is not None and _matches(rest, parts[1:])
