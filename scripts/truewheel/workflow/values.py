"""The values of GitHub's expressions: comparison, truth, conversion to texts and numbers.

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
_PREFIXED = re.compile(r"0x[0-9a-fA-F]{1,16}|0o[0-7]{1,16}")
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_EXACT = 2**53


def is_primitive(value: Any) -> bool:
    """Whether a value is neither a list nor a mapping."""
    return not isinstance(value, (list, Mapping))


def is_number(value: Any) -> bool:
    """Whether a value is a number, which a bool is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def as_text(value: Any) -> str:
    """Convert a value to a text as GitHub does."""
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
    """Convert a value to a number, NaN if it is not one."""
    if value is None:
        return 0.0
    if isinstance(value, (bool, int, float)):
        return float(value)
    return parse_number(value) if isinstance(value, str) else math.nan


def parse_number(text: str) -> float:
    """Convert a text to a number, NaN if it is not one; an empty text is 0."""
    text = text.strip()
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if text in _INFINITIES:
        return _INFINITIES[text]
    return float(int(text, 0)) if _PREFIXED.fullmatch(text) else math.nan


def exact_number(number: float) -> int | float:
    """Return a whole number as an int, so that it is written as one."""
    return int(number) if math.isfinite(number) and number.is_integer() and abs(number) <= _EXACT else number


def is_true(value: Any) -> bool:
    """Whether a condition with this value holds: not for false, 0, NaN, '' and null."""
    if is_number(value):
        return value != 0 and not math.isnan(value)
    return value is not None and value is not False and value != ""


def fold(text: str) -> str:
    """Return a text without its case."""
    return text.upper()


def equal(left: Any, right: Any) -> bool:
    """GitHub's `==`: texts without case, different types as numbers, lists and mappings by identity."""
    left, right = _comparable(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) == fold(right)
    if is_primitive(left) and is_primitive(right):
        return bool(type(left) is type(right) and left == right)
    return left is right


def less(left: Any, right: Any) -> bool:
    """GitHub's `<`; false for values that cannot be compared."""
    left, right = _comparable(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) < fold(right)
    numbers = isinstance(left, (bool, float)) and type(left) is type(right)
    return bool(numbers and left < right)


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Return both values in one type where GitHub converts them, and numbers as floats."""
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    same = (isinstance(left, bool) and isinstance(right, bool)) or (left is None and right is None)
    if same or not (is_primitive(left) and is_primitive(right)):
        return left, right
    return as_number(left), as_number(right)


def to_json(value: Any) -> str:
    """Return a value as `toJSON()` writes it."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=dict)
