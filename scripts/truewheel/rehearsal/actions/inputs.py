"""How stand-ins judge the inputs of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

# Returns why a value of an input cannot be rehearsed, or "".
Judge = Callable[[str], str]


def anything(_value: str) -> str:
    """Accept every value of an input."""
    return ""


def one_of(*values: str) -> Judge:
    """Accept these values of an input, and an empty one, which stands for the default."""

    def judge(value: str) -> str:
        return "" if value.strip().lower() in ("", *values) else f"expected {' or '.join(values)}"

    return judge


FLAG = one_of("true", "false")


def whole_number(value: str) -> str:
    """Accept digits, and an empty value, which stands for the default."""
    return "" if value.strip().isdecimal() or not value.strip() else "expected a whole number"


def known(free: str = "", flags: str = "", others: Mapping[str, Judge] | None = None, **only: str) -> dict[str, Judge]:
    """Return the inputs that a stand-in knows, by their lower-cased names.

    Args:
        free: the names of those that may have any value, separated by blanks.
        flags: the names of those that are true or false.
        others: those with a function of their own.
        only: the names of those that may have only the value `true`, or `false`.
    """
    same = {name: one_of(value) for value, names in only.items() for name in names.split()}
    return {**dict.fromkeys(free.split(), anything), **dict.fromkeys(flags.split(), FLAG), **same, **(others or {})}
