"""The tokens of GitHub's expressions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from truewheel.workflow import values

Kind = Literal["literal", "name", "operator", "end"]

_SPACE = re.compile(r"\s*")
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OPERATOR = re.compile(r"==|!=|<=|>=|&&|\|\||[!<>()\[\].,*]")
# What ends a number or a name; a number may hold a dot.
_WORD = re.compile(r"[^\s()\[\],.!<>=&|]+")
_NUMBER = re.compile(r"[^\s()\[\],!<>=&|]+")
_WORDS = {"null": None, "true": True, "false": False, "NaN": math.nan, "Infinity": math.inf}
# Behind these a dot is not the one before a property.
_BEFORE_NUMBERS = frozenset(["", ",", "(", "[", "!", "==", "!=", "<", "<=", ">", ">=", "&&", "||"])


class ExpressionError(Exception):
    """An expression that cannot be parsed, or evaluated.

    Args:
        complaint: what was found, and what was expected.
        offset: where in the expression, in characters from its beginning.
    """

    def __init__(self, complaint: str, offset: int = 0) -> None:
        super().__init__(complaint)
        self.complaint = complaint
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Token:
    """A token: what it is, as it is written, where it begins; for literals also the value."""

    kind: Kind
    text: str
    offset: int
    value: Any = None


def tokens(source: str) -> Iterator[Token]:
    """The tokens of an expression, ending with one of the kind `end`.

    Raises:
        ExpressionError: something in it is no token.
    """
    last = ""
    offset = _after_space(source, 0)
    while offset < len(source):
        token = _token(source, offset, last)
        yield token
        last = token.text if token.kind == "operator" else token.kind
        offset = _after_space(source, offset + len(token.text))
    yield Token("end", "", len(source))


def _after_space(source: str, offset: int) -> int:
    match = _SPACE.match(source, offset)
    return match.end() if match else offset


def _token(source: str, offset: int, last: str) -> Token:
    character = source[offset]
    if character == "'":
        return _text(source, offset)
    if character in "+-0123456789" or (character == "." and last in _BEFORE_NUMBERS):
        return _number(source, offset)
    if match := _OPERATOR.match(source, offset):
        return Token("operator", match[0], offset)
    return _name(source, offset, last)


def _text(source: str, offset: int) -> Token:
    match = _TEXT.match(source, offset)
    if match is None:
        raise ExpressionError(f"the text {_shown(source[offset:])} has no ' at its end", offset)
    return Token("literal", match[0], offset, match[1].replace("''", "'"))


def _number(source: str, offset: int) -> Token:
    match = _NUMBER.match(source, offset)
    word = match[0] if match else source[offset]
    number = values.parse_number(word)
    if math.isnan(number):
        raise ExpressionError(f"{_shown(word)} is not a number; texts stand in single quotes", offset)
    return Token("literal", word, offset, values.exact_number(number))


def _name(source: str, offset: int, last: str) -> Token:
    match = _WORD.match(source, offset)
    word = match[0] if match else source[offset]
    if word.startswith('"'):
        raise ExpressionError("a text in an expression stands in single quotes, not in double ones", offset)
    if not _NAME.fullmatch(word):
        raise ExpressionError(f"{_shown(word)} is neither a name, nor a number, nor an operator", offset)
    if word in _WORDS and last != ".":
        return Token("literal", word, offset, _WORDS[word])
    return Token("name", word, offset)


def _shown(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"
