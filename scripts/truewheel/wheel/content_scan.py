"""Secrets, and paths of the build machine, inside the files of a wheel.

A scan gets a file's bytes in chunks, as they are unpacked, and costs a small part of the unpacking: one pass of a
vectorized multi-string search for a few literals, then a regular expression where one was found. Files with zero bytes
are also searched in UTF-16, in which compilers for Windows store wide strings (the `__FILE__` of an assertion). The
scan knows no file formats; the checks decide whether a hit matters.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

BUILD_PATH = "build path"
PRIVATE_KEY = "private key"
# The file has so many literals that it was not searched to its end.
UNFINISHED = "unfinished"

# Hits of one kind that are kept per file; once these are fixed, the next ones show.
_HITS_PER_KIND = 3
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
    """Something found in a file.

    Attributes:
        kind: `build path`, `private key`, `GitHub token`, …, or `unfinished`.
        member: the file's name in the archive.
        offset: in the unpacked file, in bytes.
        text: what was found, truncated; of a secret only what all of its kind begin with.
    """

    kind: str
    member: str
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A literal to search for, and the expression that must match at the same place."""

    kind: str
    literal: bytes
    expression: re.Pattern[bytes]


def _secret(kind: str, literals: str, rest: bytes) -> Iterator[_Pattern]:
    # Not within a longer word: in enough base64 and hashes, every short word occurs.
    for literal in literals.encode().split():
        yield _Pattern(
            kind, literal, re.compile(rb"(?<![A-Za-z0-9_+/])" + re.escape(literal) + rest + rb"(?![A-Za-z0-9_+/])")
        )


# Where an absolute path begins: not within a longer path or URL, unless after a compiler's option or file://.
_BEGIN = rb"(?:(?<![\w./~%$}\-\\])|(?<=-[ILFB])(?<!\w-[ILFB])|(?<=file://))"
_DRIVE = rb"(?<![A-Za-z]{2})(?<=[A-Za-z])"
_NAME = rb"[\w.+-]{1,64}"
_WINDOWS_NAME = rb"[\w.+ @~-]{1,64}"
_BACKSLASH = rb"\\{1,2}"


def _unix(folder: str, inside: bytes) -> _Pattern:
    literal = b"/" + folder.encode()
    return _Pattern(BUILD_PATH, literal, re.compile(_BEGIN + literal + inside))


def _windows(literal: bytes, inside: bytes) -> _Pattern:
    return _Pattern(BUILD_PATH, literal, re.compile(_DRIVE + re.escape(literal) + inside))


# No literal is part of another one or overlaps its end, so the search finds all of them.
_PATTERNS = (
    *_secret("PyPI token", "pypi-AgE", rb"[\w-]{50,400}"),
    *_secret("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", rb"[A-Za-z0-9]{36,255}"),
    *_secret("GitHub token", "github_pat_", rb"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    *_secret("GitLab token", "glpat", rb"-[\w-]{20,300}"),
    # Amazon's documentation uses keys that end in EXAMPLE.
    *_secret("AWS access key", "AKIA ASIA", rb"(?![A-Z0-9]{9}EXAMPLE)[A-Z2-7]{16}"),
    *_secret("Slack token", "xoxb xoxp xoxa xoxr xoxs", rb"-\d{6,20}-[A-Za-z0-9-]{16,200}"),
    *_secret("Stripe key", "sk_live_ rk_live_", rb"[A-Za-z0-9]{24,200}"),
    *_secret("npm token", "npm_", rb"[A-Za-z0-9]{36}"),
    *_secret("Docker token", "dckr_pat_", rb"[\w-]{27,100}"),
    *_secret("Google API key", "AIzaSy", rb"[\w-]{33}"),
    *_secret("Hugging Face token", "hf_", rb"[A-Za-z]{34}"),
    *_secret("Anthropic key", "sk-ant-", rb"[\w-]{80,200}"),
    *_secret("OpenAI key", "sk-proj- sk-svcacct-", rb"[\w-]{60,250}"),
    *_secret("DigitalOcean token", "dop_v1_", rb"[0-9a-f]{64}"),
    *_secret("SendGrid key", "SG.", rb"[\w-]{22}\.[\w-]{43}"),
    _Pattern(
        "Slack webhook",
        b"hooks.slack.com",
        re.compile(rb"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{24}(?![A-Za-z0-9])"),
    ),
    # Not the storage emulator's key, which is documented.
    *_secret("Azure storage key", "AccountKey=", rb"(?!Eby8vdM0)[A-Za-z0-9+/]{86}=="),
    _Pattern(
        "Google service account",
        b"private_key_id",
        re.compile(rb"private_key_id\\?[\"']\s{0,9}:\s{0,9}\\?[\"'][0-9a-f]{40}\\?[\"']"),
    ),
    _Pattern(
        PRIVATE_KEY,
        b"-----BEGIN",
        re.compile(rb"-----BEGIN (?:[A-Z0-9]{2,12} )?PRIVATE KEY(?: BLOCK)?-----"),
    ),
    _unix("home", b"/" + _NAME + b"/"),
    _unix("Users", b"/" + _WINDOWS_NAME + b"/"),
    _unix("root", rb"/[\w.+-]"),
    # cibuildwheel's container; GitHub's containers and runners.
    _unix("project", b"/" + _NAME + b"[/.]"),
    _unix("__w", rb"/[\w.+-]"),
    _unix("github/workspace", rb"\b"),
    # GitLab's runners.
    _unix("builds", b"/" + _NAME + b"/" + _NAME + b"/"),
    # Temporary folders of pip, build, cibuildwheel and Python; those of macOS.
    _unix("tmp", rb"/(?:pip-|cibw|tmp\w{6}|[\w.-]{0,40}build)[\w.-]{0,80}/"),
    _Pattern(BUILD_PATH, b"/var/folders", re.compile(rb"(?:" + _BEGIN + rb"|(?<=/private))/var/folders/\w")),
    _windows(rb":\Users", _BACKSLASH + _WINDOWS_NAME + _BACKSLASH),
    _windows(rb":\\Users", _BACKSLASH + _WINDOWS_NAME + _BACKSLASH),
    _windows(rb":\a", _BACKSLASH + _NAME + _BACKSLASH),
    _windows(rb":\\a", _BACKSLASH + _NAME + _BACKSLASH),
    _Pattern(BUILD_PATH, b":/a", re.compile(_DRIVE + rb"(?<=[CD]):/a/" + _NAME + b"/")),
    _Pattern(
        BUILD_PATH, b"AppData", re.compile(rb"(?<=[\\/])AppData(?:\\{1,2}|/)Local(?:\\{1,2}|/)Temp(?:\\{1,2}|/)\w")
    ),
)
# The first line by itself is in every program that reads keys. A key has base64 after it, plain or as strings of some
# language, perhaps with headers between (of encrypted keys, and of PGP).
_KEY_HEADER = re.compile(rb"[A-Z][A-Za-z-]{2,20}: [^\r\n\\]{1,80}")
_KEY_FILLER = re.compile(rb"\\+[nr]|[\s\"'#,();]")
_KEY_BODY = re.compile(rb"[A-Za-z0-9+/=]{60}")
_SHOWN_PATH = re.compile(rb"[\w./\\:+@~-]{0,80}")


class ContentScan:
    """The search of one file: `update` with its bytes in order, in chunks of any size, then `finish`.

    Args:
        name: the file's name in the archive.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._hits: list[ScanHit] = []
        self._found: Counter[str] = Counter()
        self._looks = 0
        self._kept = b""  # the end of the bytes so far: a hit may begin there
        self._base = 0  # offset of its first byte
        self._next = 0  # offset of the first byte at which no literal has been judged yet

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
        for start, index, is_wide in _literals(data):
            if begin <= start < end and self._found[_PATTERNS[index].kind] < _HITS_PER_KIND:
                self._look(_PATTERNS[index], data, start, is_wide=is_wide)
                if self._looks > _LOOKS:
                    self._hits.append(ScanHit(UNFINISHED, self._name, self._base + start, ""))
                    return
        self._next = self._base + end

    def _look(self, pattern: _Pattern, data: bytes, start: int, *, is_wide: bool) -> None:
        self._looks += 1
        for text, place in _narrowed(data, start) if is_wide else ((data, start),):
            if (found := _judged(pattern, text, place)) is not None:
                self._found[pattern.kind] += 1
                self._hits.append(ScanHit(pattern.kind, self._name, self._base + start, found))
                return


def _judged(pattern: _Pattern, data: bytes, start: int) -> str | None:
    """Return the text of the hit whose literal begins at `start`; None if it is not a hit."""
    match = pattern.expression.match(data, start, start + _AFTER)
    if match is None or (pattern.kind == PRIVATE_KEY and not _is_key(data[match.end() : start + _AFTER])):
        return None
    if pattern.kind == BUILD_PATH:
        return _path(data, start - 1 if pattern.literal.startswith(b":") else start)
    # What all secrets of the kind begin with is enough, and leaks nothing into a log.
    return (match[0] if pattern.kind == PRIVATE_KEY else pattern.literal).decode("ascii") + "…"


def _literals(data: bytes) -> list[tuple[int, int, bool]]:
    """The literals in `data`, in order: offset, index of the pattern, and whether it is in UTF-16."""
    found = [(start, index, False) for index, start, _ in _search().find_matches_as_indexes(data)]
    # Text has no zero bytes, and need not be searched again.
    wide = list(_wide_literals(data)) if b"\0" in data else []
    return sorted([*found, *wide]) if wide else found


def _wide_literals(data: bytes) -> Iterator[tuple[int, int, bool]]:
    # Every second byte: searching for literals with zero bytes in them would be slower than unpacking.
    for parity in (0, 1):
        for index, start, end in _search().find_matches_as_indexes(data[parity::2]):
            begin = parity + 2 * start
            if not any(data[begin + 1 : parity + 2 * end - 2 : 2]):
                yield begin, index, True


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
def _search() -> BytesAhoCorasick:
    from ahocorasick_rs import BytesAhoCorasick, MatchKind  # noqa: PLC0415  (only where something is searched)

    # Only for this kind of match does the library use its vectorized search, ten times as fast as its automaton.
    return BytesAhoCorasick([pattern.literal for pattern in _PATTERNS], matchkind=MatchKind.LeftmostFirst)
