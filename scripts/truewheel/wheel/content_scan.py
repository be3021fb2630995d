"""Secrets, and paths of the build machine, inside the files of a wheel.

A scan gets a file's bytes in chunks, as they are unpacked, and costs a small part of the unpacking: one pass of a
vectorized multi-string search for a few literals, then a regular expression where one was found. Files with zero bytes
are also searched in UTF-16, in which compilers for Windows store wide strings (the `__FILE__` of an assertion); files
that begin without, for more kinds of secrets. The scan knows no file formats; the checks decide whether a hit matters.
"""

from __future__ import annotations

import functools
import operator
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truewheel.wheel.scan_patterns import BUILD_PATH, PATTERNS, PRIVATE_KEY, SOURCE_PATH, TEXT_PATTERNS, Pattern

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

# The file has so many literals that it was not searched to its end.
UNFINISHED = "unfinished"

# Hits of one kind that are kept per file; once these are fixed, the next ones show.
_HITS_PER_KIND = 3
# Paths of one file that are looked at until one is that of a source file.
_PATHS = 200
# Literals that are looked at per file; real files have some thousands (a big Go binary names its sources).
_LOOKS = 500_000
# How many bytes an expression may look at before its literal, and from the beginning of it; twice as many in UTF-16.
_BEFORE = 64
_AFTER = 1024
_AFTER_WIDE = 2 * _AFTER
# Characters of UTF-16 before a literal that are decoded; no expression looks further back than `/private`.
_WIDE_BEFORE = 16


@dataclass(frozen=True, slots=True)
class ScanHit:
    """Something found in a file."""

    kind: str  # `build path`, `path of a source file`, `private key`, `GitHub token`, …, or `unfinished`
    member: str  # the file's name in the archive
    offset: int  # in the unpacked file, in bytes
    text: str  # what was found, truncated; of a secret only what all of its kind begin with


# The first line by itself is in every program that reads keys. A key has base64 after it, plain or as strings of some
# language, perhaps with headers between (of encrypted keys, and of PGP).
_KEY_HEADER = re.compile(rb"[A-Z][A-Za-z-]{2,20}: [^\r\n\\]{1,80}")
_KEY_FILLER = re.compile(rb"\\+[nr]|[\s\"'#,();]")
# A key in a file of its own, in DER: of PKCS #8 (RFC 5958), PKCS #1 (RFC 8017) or SEC 1 (RFC 5915).
_KEY_FILE = re.compile(
    rb"0(?:\x82..|\x81.|[\x20-\x7f])\x02\x01"
    rb"(?:[\0\1]0[\x05-\x1f]\x06[\x03-\x0b]|\0\x02(?:\x82..|\x81.)|\x01\x04[\x1c-\x42])",
    re.DOTALL,
)
_KEY_BODY = re.compile(rb"[A-Za-z0-9+/=]{60}")
_SHOWN_PATH = re.compile(rb"[\w./\\:+@~-]{0,200}")
_SOURCE = re.compile(
    r".*\.(?:c|cc|cpp|cxx|h|hh|hpp|hxx|inl|ipp|tcc|rs|go|pyx|pxd|f|f90|for|zig|swift|m|mm|cu|cuh|s|asm)(?::\d+)*",
    re.ASCII | re.IGNORECASE,
)


class ContentScan:
    """The search of one member: `update` with its bytes in order, in chunks of any size, then `finish`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._hits: list[ScanHit] = []
        self._found: Counter[str] = Counter()
        self._looks = 0
        self._kept = b""  # the end of the bytes so far: a hit may begin there
        self._base = 0  # offset of its first byte
        self._next = 0  # offset of the first byte at which no literal has been judged yet
        self._is_text: bool | None = None  # not known yet

    def update(self, chunk: bytes) -> None:
        """Search the next bytes of the file."""
        if self._looks > _LOOKS:
            return
        data = self._kept + chunk if self._kept else chunk
        end = len(data) - _AFTER_WIDE
        if end > 0:
            self._judge(data, end)
        start = max(0, end - _BEFORE)
        self._kept = data[start:]
        self._base += start

    def finish(self) -> tuple[ScanHit, ...]:
        """Return all hits, in the order of the file."""
        if self._looks <= _LOOKS:
            self._judge(self._kept, len(self._kept))
        return tuple(self._hits)

    def _judge(self, data: bytes, end: int) -> None:
        """Judge the literals that begin before `data[end]` and have not been judged yet."""
        begin = self._next - self._base
        if self._is_text is None:
            self._is_text = b"\0" not in data[:_AFTER_WIDE]
            if _KEY_FILE.match(data):
                self._hits.append(ScanHit(PRIVATE_KEY, self._name, 0, "the file is one, in DER"))
        for start, pattern, is_wide in _literals(data, is_text=self._is_text):
            if begin <= start < end and not self._is_settled(pattern.kind):
                self._look(pattern, data, start, is_wide=is_wide)
                if self._looks > _LOOKS:
                    self._hits.append(ScanHit(UNFINISHED, self._name, self._base + start, ""))
                    return
        self._next = self._base + end

    def _is_settled(self, kind: str) -> bool:
        if kind == BUILD_PATH:
            # Those of source files are worth a longer search: in native code, only they count.
            return self._found[SOURCE_PATH] >= _HITS_PER_KIND or self._found[BUILD_PATH] >= _PATHS
        return self._found[kind] >= _HITS_PER_KIND

    def _look(self, pattern: Pattern, data: bytes, start: int, *, is_wide: bool) -> None:
        self._looks += 1
        for text, place in _narrowed(data, start) if is_wide else ((data, start),):
            if (found := _judged(pattern, text, place)) is not None:
                kind = SOURCE_PATH if pattern.kind == BUILD_PATH and _SOURCE.fullmatch(found) else pattern.kind
                self._found[kind] += 1
                if self._found[kind] <= _HITS_PER_KIND:
                    self._hits.append(ScanHit(kind, self._name, self._base + start, found))
                return


def _judged(pattern: Pattern, data: bytes, start: int) -> str | None:
    """Return the text of the hit whose literal begins at `start`; None if it is not a hit."""
    match = pattern.expression.match(data, start, start + _AFTER)
    if match is None or (pattern.kind == PRIVATE_KEY and not _is_key(data[match.end() : start + _AFTER])):
        return None
    if pattern.kind == BUILD_PATH:
        return _path(data, start - 1 if pattern.literal.startswith(b":") else start)
    # What all secrets of the kind begin with is enough, and leaks nothing into a log.
    return (match[0] if pattern.kind == PRIVATE_KEY else pattern.literal).decode("ascii") + "…"


def _literals(data: bytes, *, is_text: bool) -> list[tuple[int, Pattern, bool]]:
    """The literals in `data`, in order: offset, pattern, and whether it is in UTF-16."""
    found = [(start, PATTERNS[index], False) for index, start, _ in _search(PATTERNS).find_matches_as_indexes(data)]
    if is_text:
        more = _search(TEXT_PATTERNS).find_matches_as_indexes(data)
        found += [(start, TEXT_PATTERNS[index], False) for index, start, _ in more]
    # Text has no zero bytes, and need not be searched again.
    if b"\0" in data:
        found += _wide_literals(data)
    return sorted(found, key=operator.itemgetter(0))


def _wide_literals(data: bytes) -> Iterator[tuple[int, Pattern, bool]]:
    # Every second byte: searching for literals with zero bytes in them would be slower than unpacking.
    for parity in (0, 1):
        for index, start, end in _search(PATTERNS).find_matches_as_indexes(data[parity::2]):
            begin = parity + 2 * start
            if not any(data[begin + 1 : parity + 2 * end - 2 : 2]):
                yield begin, PATTERNS[index], True


def _narrowed(data: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    """The UTF-16 text around `start` as one byte per character, and the index of `start` in it.

    The zero byte may be the first or the second of a character. If the byte before the text is not part of it but looks
    like its first character, there is a second reading, without it.
    """
    after, high = data[start : start + _AFTER_WIDE : 2], data[start + 1 : start + _AFTER_WIDE : 2]
    rest = after[: len(high) - len(high.lstrip(b"\0"))] if high.strip(b"\0") else after
    before, place = b"", start - 2
    while len(before) < _WIDE_BEFORE and place >= 0 and data[place] and not data[place + 1]:
        before = data[place : place + 1] + before
        place -= 2
    yield before + rest, len(before)
    if before and len(before) < _WIDE_BEFORE and place >= -1 and data[place + 1]:
        yield before[1:] + rest, len(before) - 1


def _is_key(rest: bytes) -> bool:
    """Whether `rest`, after the first line of a key, has the base64 of one."""
    return _KEY_BODY.match(_KEY_FILLER.sub(b"", _KEY_HEADER.sub(b"", rest))) is not None


def _path(data: bytes, start: int) -> str:
    match = _SHOWN_PATH.match(data, start)
    return match[0].decode("ascii") if match else ""


@functools.cache
def _search(patterns: tuple[Pattern, ...]) -> BytesAhoCorasick:
    from ahocorasick_rs import BytesAhoCorasick, MatchKind  # noqa: PLC0415  (only where something is searched)

    # Only for this kind of match does the library use its vectorized search, ten times as fast as its automaton.
    return BytesAhoCorasick([pattern.literal for pattern in patterns], matchkind=MatchKind.LeftmostFirst)
