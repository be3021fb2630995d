"""What the content scan searches for: secrets of known formats, and paths of the machines that build wheels.

They are listed in scan_patterns.toml.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from truewheel.toml_tables import table_of

BUILD_PATH, SOURCE_PATH = "build path", "path of a source file"
PRIVATE_KEY, JSON_WEB_TOKEN, URL_PASSWORD = "private key", "JSON web token", "password in a URL"
# Kinds that tests and examples also have, made for them.
OF_FIXTURES = frozenset((PRIVATE_KEY, JSON_WEB_TOKEN, URL_PASSWORD))


# Compared by identity, because a tuple of them is the key of a cache.
@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A literal to search for, and the expression that must match at the same place."""

    kind: str
    literal: bytes
    source: bytes

    @property
    def expression(self) -> re.Pattern[bytes]:
        """Compiled when its literal is found, as few are."""
        return _compiled(self.source)


_compiled = functools.cache(re.compile)
_TABLE = table_of(__file__)
_WORD_BEGINS, _WORD_ENDS = rb"(?<![A-Za-z0-9_+/])", rb"(?![A-Za-z0-9_+/])"
_PATH_BEGINS = rb"(?:(?<![\w./~%$}\-\\])|(?<=-[ILFB])(?<!\w-[ILFB])|(?<=file://))"
_DRIVE = rb"(?<![A-Za-z]{2})(?<=[A-Za-z])"


def _patterns(table: str, begin: bytes = b"", end: bytes = b"") -> Iterator[Pattern]:
    for kind, literals, rest, *before in _TABLE[table]:
        for literal in literals.encode().split():
            source = [begin, "".join(before).encode(), re.escape(literal), "".join(rest).encode(), end]
            yield Pattern(kind, literal, b"".join(source))


PATTERNS = (
    *_patterns("everywhere", _WORD_BEGINS, _WORD_ENDS),
    *_patterns("everywhere_bare"),
    *_patterns("unix_paths", _PATH_BEGINS),
    *_patterns("windows_paths", _DRIVE),
)
TEXT_PATTERNS = (*_patterns("in_text", _WORD_BEGINS, _WORD_ENDS), *_patterns("in_text_bare"))
