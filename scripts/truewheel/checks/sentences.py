"""How messages speak of what nobody vouches for: names and values from inside a wheel, and lists without end."""

from __future__ import annotations

from collections.abc import Iterator

_LONGEST = 160
_MOST = 20


def shown(text: str) -> str:
    """A name or a value for a message, shortened in the middle when nobody would read all of it."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]}…{text[-half:]}"


def listed(names: Iterator[str] | list[str] | tuple[str, ...], most: int = 5) -> str:
    """The first names of a list, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(shown(name) for name in every[:most]) + more


def first(problems: Iterator[str], what: str = "like these") -> Iterator[str]:
    """The first problems of a kind; the rest is counted, for a thousand lines hide what stands beside them."""
    more = 0
    for number, problem in enumerate(problems):
        if number < _MOST:
            yield problem
        else:
            more += 1
    if more:
        yield f"{more} more {what}"
