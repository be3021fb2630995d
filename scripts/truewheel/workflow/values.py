"""The values of GitHub's expressions: how they are compared, counted as true, and turned into text and numbers.

A value is None, a bool, a number, a str, a list or a mapping with str keys. Source: GitHub's documentation of
expressions, "Operators" and "Literals"; where that is silent, what its open-source runner does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PREFIXED = {"0x": (re.compile(r"0x[0-9a-fA-F]+"), 16), "0o": (re.compile(r"0o[0-7]+"), 8)}
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_EXACT = 2**53


def is_primitive(value: Any) -> bool:
    """Whether a value is neither a list nor a mapping."""
    return not isinstance(value, (list, Mapping))


def is_number(value: Any) -> bool:
    """Whether a value is a number; a bool is none, other than in Python."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def as_text(value: Any) -> str:
    """A value as GitHub writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return _number_text(float(value))
    if isinstance(value, str):
        return value
    return "Array" if isinstance(value, list) else "Object"


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    # Fifteen significant digits; adding zero takes the sign from a zero that has one.
    return format(number + 0.0, ".15G")


def as_number(value: Any) -> float:
    """A value as a number; not a number for what is none."""
    if value is None:
        return 0.0
    if isinstance(value, (bool, int, float)):
        return float(value)
    return parse_number(value) if isinstance(value, str) else math.nan


def parse_number(text: str) -> float:
    """The number that a text is, NaN if it is none; an empty text is 0."""
    text = text.strip()
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if text in _INFINITIES:
        return _INFINITIES[text]
    form, base = _PREFIXED.get(text[:2], (None, 10))
    if form is None or not form.fullmatch(text):
        return math.nan
    # Hexadecimal and octal numbers are those of 32 bits, the topmost of which is the sign.
    bits = int(text[2:], base)
    return math.nan if bits >= 1 << 32 else float(bits - (1 << 32) if bits >> 31 else bits)


def exact_number(number: float) -> int | float:
    """The same number, as an int where it is a whole one, so that it is written as one."""
    return int(number) if math.isfinite(number) and number.is_integer() and abs(number) <= _EXACT else number


def is_true(value: Any) -> bool:
    """Whether a condition with this value holds: false, 0, NaN, '' and null do not."""
    if is_number(value):
        return value != 0 and not math.isnan(value)
    return value is not None and value is not False and value != ""


def fold(text: str) -> str:
    """A text without its case, letter by letter: ß stays one letter."""
    return text.upper() if text.isascii() else "".join(map(_folded_letter, text))


def _folded_letter(letter: str) -> str:
    upper = letter.upper()
    # Nor does a letter beyond ASCII become one of ASCII: the dotless i is no I.
    return letter if len(upper) > 1 or (upper.isascii() and not letter.isascii()) else upper


def equal(left: Any, right: Any) -> bool:
    """GitHub's `==`: texts without case, different types as numbers, lists and mappings by identity."""
    left, right = _comparable(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) == fold(right)
    if is_primitive(left) and is_primitive(right):
        return bool(type(left) is type(right) and left == right)
    return left is right


def less(left: Any, right: Any) -> bool:
    """GitHub's `<`; what cannot be compared is not less."""
    left, right = _comparable(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) < fold(right)
    numbers = isinstance(left, (bool, float)) and type(left) is type(right)
    return bool(numbers and left < right)


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Both values as one type where GitHub makes them so; every number as a float."""
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    same = (isinstance(left, bool) and isinstance(right, bool)) or (left is None and right is None)
    if same or not (is_primitive(left) and is_primitive(right)):
        return left, right
    return as_number(left), as_number(right)


def to_json(value: Any, indent: str = "") -> str:
    """A value as `toJSON()` writes it: two spaces a level, numbers as texts have them."""
    inner = indent + "  "
    if isinstance(value, Mapping):
        lines = [f"{inner}{_json_text(key)}: {to_json(one, inner)}" for key, one in value.items()]
        return _enclosed("{", lines, indent + "}")
    if isinstance(value, list):
        return _enclosed("[", [inner + to_json(one, inner) for one in value], indent + "]")
    if value is None:
        return "null"
    return _json_text(value) if isinstance(value, str) else as_text(value)


def _enclosed(opening: str, lines: list[str], closing: str) -> str:
    return opening + "\n" + ",\n".join(lines) + "\n" + closing if lines else opening + closing.strip()


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def from_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is none; the message says why.
    """
    try:
        return json.loads(text, parse_int=_json_number, parse_float=_json_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _json_number(digits: str) -> int | float:
    return exact_number(float(digits))
