"""The tokens of GitHub's expressions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from truewheel.workflow import values

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*')
    |(?P<number>(?:[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:[0-9]+\.?[0-9]*|(?<![\w\])*])\.[0-9]+)(?:[eE][-+]?[0-9]+)?)|[-+]Infinity)(?![\w.]))
    |(?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    |(?P<operator>==|!=|<=|>=|&&|\|\||[!<>()\[\].,*])""",
    re.VERBOSE,
)
_WORDS = {"null": None, "true": True, "false": False, "NaN": math.nan, "Infinity": math.inf}


class ExpressionError(Exception):
    """An expression that cannot be parsed or evaluated: what was found, and what was expected."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token: `literal`, `name`, `operator` or `end`, as written; for literals also the value."""

    kind: str
    text: str
    value: Any = None


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of an expression, `end` last; an ExpressionError if some of it is not a token."""
    offset, before = 0, ""
    while rest := source[offset:].lstrip():
        offset = len(source) - len(rest)
        match = _TOKEN.match(source, offset)
        if match is None:
            raise ExpressionError(_not_a_token(rest))
        yield _token(f"{match.lastgroup}", match[0], before)
        offset, before = match.end(), match[0]
    yield Token("end", "")


def _token(kind: str, text: str, before: str) -> Token:
    if kind == "text":
        return Token("literal", text, text[1:-1].replace("''", "'"))
    if kind == "number":
        return Token("literal", text, values.exact_number(values.parse_number(text)))
    # After a dot they are names of properties.
    if text in _WORDS and before != ".":
        return Token("literal", text, _WORDS[text])
    return Token(kind, text)


def _not_a_token(rest: str) -> str:
    word = rest.split(maxsplit=1)[0]
    if rest.startswith("'"):
        return f"the text {_shortened(rest)} has no ' at its end"
    if rest.startswith('"'):
        return "texts in expressions need single quotes, not double quotes"
    return f"{_shortened(word)} is not a name, a number or an operator; texts need single quotes"


def _shortened(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"
