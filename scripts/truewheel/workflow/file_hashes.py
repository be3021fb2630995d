"""What `hashFiles()` gives: one hash for all files that a list of glob patterns names."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_GLOB = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?\]?[^\]/]*\]|\\.", re.DOTALL)
_PLAIN = {"**/": "(?:[^/]+/)*", "/**": "(?:/.*)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def hash_of_files(workspace: Path, patterns: Sequence[str]) -> str:
    """SHA-256 over the SHA-256 of every file that the patterns select, in hexadecimal; empty when there is none.

    A pattern that begins with ! takes files away again; a folder stands for everything in it.

    Raises:
        ValueError: a pattern is malformed.
    """
    whole = hashlib.sha256()
    found = list(_selected(workspace, patterns))
    for file in found:
        with file.open("rb") as opened:
            whole.update(_digest(opened.read()))
    return whole.hexdigest() if found else ""


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _selected(workspace: Path, patterns: Sequence[str]) -> Iterator[Path]:
    rules = [(not pattern.startswith("!"), _regex(pattern.removeprefix("!"))) for pattern in patterns]
    for file in _files(workspace):
        name = file.relative_to(workspace).as_posix()
        chosen = False
        for takes, regex in rules:
            if regex.fullmatch(name):
                chosen = takes
        if chosen:
            yield file


def _files(workspace: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(workspace):
        # In a fixed order, whatever the file system gives.
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if Path(folder, name).is_file())


def _regex(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("./").rstrip("/")
    parts: list[str] = []
    end = 0
    for match in _GLOB.finditer(pattern):
        parts += [re.escape(pattern[end : match.start()]), _translated(match[0])]
        end = match.end()
    parts.append(re.escape(pattern[end:]))
    try:
        return re.compile("".join(parts) + "(?:/.*)?", re.DOTALL)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a glob pattern: {error}") from None


def _translated(special: str) -> str:
    if special in _PLAIN:
        return _PLAIN[special]
    if special.startswith("\\"):
        return re.escape(special[1:])
    body = special[1:-1]
    negated = body.startswith("!")
    # Escaped whole, but for the dash between two ends of a range.
    listed = re.escape(body.removeprefix("!")).replace(r"\-", "-")
    return f"[{'^' if negated else ''}{listed}]" if listed else re.escape(special)
