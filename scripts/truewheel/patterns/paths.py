"""Files by the patterns of actions: those of @actions/glob (upload-artifact) and of the library glob (gh-release)."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wcmatch import glob

from truewheel.patterns import PatternError
from truewheel.patterns.names import expand

_FLAGS = glob.GLOBSTAR | glob.DOTGLOB
# A class of one character is that character.
_LITERAL = re.compile(r"\\(?P<escaped>.)|\[(?:\\?(?P<only>[^]]))]|(?P<wildcard>[*?]|\[(?:\\.|[^]]){2,}])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search."""

    files: tuple[Path, ...]  # the files, each once
    roots: tuple[Path, ...]  # where the search began, without what is inside of others


def search(patterns: str, *, folder: Path, home: Path, hidden: bool) -> Found:
    """Find files as @actions/glob does.

    Source: the documentation and source of the package @actions/glob. One pattern a line; the last one that matches
    decides, and `!` at its start excludes; `#` begins a comment. A pattern that matches a folder matches all that is
    in it. Braces and extended patterns are ordinary characters. Links are followed, but not in circles.

    Args:
        patterns: the lines.
        folder: what they are relative to.
        home: the folder of a leading `~`.
        hidden: whether to find names that begin with a dot, and what is in such folders.

    Raises:
        PatternError: a pattern has `.` or `..` after its start.
    """
    lines = [_read(text, folder, home) for text in map(str.strip, patterns.splitlines()) if text and text[0] != "#"]
    distinct = dict.fromkeys(line.root for line in lines if not line.excludes)
    roots = tuple(root for root in distinct if not distinct.keys() & set(root.parents))
    candidates = (file for root in roots for file in _files(root, frozenset(), hidden=hidden))
    return Found(tuple(file for file in candidates if _is_selected(lines, file)), roots)


def glob_files(pattern: str, *, folder: Path, home: Path) -> list[Path]:
    """Find files as the library glob does: braces and extended patterns count, and `**` does not follow links.

    Raises:
        PatternError: the pattern has too many braces.
    """
    written = _with_slashes(pattern)
    if written.startswith("~/"):
        written = glob.escape(home.as_posix()) + written[1:]
    found = glob.glob(expand(written), flags=_FLAGS | glob.EXTGLOB | glob.NODIR, root_dir=str(folder))
    return sorted(path for path in map(folder.joinpath, found) if path.is_file())


@dataclass(frozen=True, slots=True)
class _Line:
    """A pattern: where its search begins, and the absolute patterns for files that it matches."""

    root: Path
    patterns: tuple[str, ...]
    excludes: bool


def _read(text: str, folder: Path, home: Path) -> _Line:
    positive = text.lstrip("! ")
    excludes = text[: len(text) - len(positive)].count("!") % 2 == 1
    written = _with_slashes(positive)
    base, parts = folder / Path(written).anchor, [part for part in written.split("/") if part]
    if Path(written).drive or (not Path(written).anchor and parts[:1] in (["."], ["~"])):
        base = home if parts.pop(0) == "~" else base
    names = [_literal(part) for part in parts]
    if {".", ".."} & set(names):
        raise PatternError(f"Invalid pattern '{positive}'. Relative pathing '.' and '..' is not allowed.")
    root = base.joinpath(*filter(None, itertools.takewhile(bool, names)))
    while parts and parts[-1] == "**":
        parts.pop()
    whole = "/".join([glob.escape(base.as_posix()).rstrip("/"), *parts])
    # What matches a folder matches all that is in it; with a slash at its end, it matches no file itself.
    return _Line(root, (f"{whole}/**/*", *([] if written.endswith("/") else [whole])), excludes)


def _with_slashes(pattern: str) -> str:
    return pattern.replace("\\", "/") if os.name == "nt" else pattern


def _literal(part: str) -> str | None:
    """Return the one name that a part of a pattern matches; None if it has wildcards."""
    if any(match["wildcard"] for match in _LITERAL.finditer(part)):
        return None
    return _LITERAL.sub(lambda match: match["escaped"] or match["only"], part)


def _files(path: Path, above: frozenset[Path], *, hidden: bool) -> Iterator[Path]:
    """Yield every file at or below `path`, sorted, without broken links and circles of links."""
    if not path.exists() or (not hidden and path.name.startswith(".")):
        return
    real = path.resolve()
    if not path.is_dir():
        yield path
    elif real not in above:
        for child in sorted(path.iterdir()):
            yield from _files(child, above | {real}, hidden=hidden)


def _is_selected(lines: Sequence[_Line], file: Path) -> bool:
    matching = (line for line in reversed(lines) if glob.globmatch(file.as_posix(), line.patterns, flags=_FLAGS))
    return any(not line.excludes for line in itertools.islice(matching, 1))
