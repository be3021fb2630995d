r"""GitHub's filter patterns for branches and tags, which are neither globs nor regular expressions.

Source: GitHub's workflow syntax reference, "Filter pattern cheat sheet":

    *       any characters except /
    **      any characters; **/ also none at all, so **/v1 matches v1
    ?       zero or one of the preceding character
    +       one or more of the preceding character
    [a-z]   one of the listed characters or ranges (letters and digits)
    !       at the start: what matched before no longer does
    \       takes the special meaning from the next character

A list of patterns is read in order; the last one that matches decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# The longest first.
_STARS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}


class PatternError(ValueError):
    """The pattern is not one that GitHub would accept."""


def selects(patterns: Sequence[str], name: str) -> bool:
    """Whether a list of filter patterns selects the branch or tag `name`.

    Raises:
        PatternError: a pattern is malformed, or every pattern is negative (GitHub refuses such a list).
    """
    if patterns and all(pattern.startswith("!") for pattern in patterns):
        raise PatternError("a list of patterns needs at least one without a leading !")
    selected = False
    for pattern in patterns:
        negative = pattern.startswith("!")
        if to_regex(pattern[1:] if negative else pattern).fullmatch(name):
            selected = not negative
    return selected


def to_regex(pattern: str) -> re.Pattern[str]:
    """The regular expression that matches whole names exactly as the filter pattern does.

    Raises:
        PatternError: the pattern is malformed; the message says where.
    """
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        part, position = _next_part(pattern, position, follows=bool(parts))
        if part in ("?", "+"):
            parts[-1] = f"(?:{parts[-1]}){part}"
        else:
            parts.append(part)
    return re.compile("".join(parts), re.DOTALL)


def _next_part(pattern: str, position: int, *, follows: bool) -> tuple[str, int]:
    character = pattern[position]
    for star, expression in _STARS.items():
        if pattern.startswith(star, position):
            return expression, position + len(star)
    if character in "?+":
        if not follows:
            raise PatternError(f"{pattern!r}: {character} has nothing before it to repeat")
        return character, position + 1
    if character == "[":
        return _character_class(pattern, position)
    if character == "\\":
        if position + 1 == len(pattern):
            raise PatternError(f"{pattern!r}: \\ has nothing behind it to escape")
        return re.escape(pattern[position + 1]), position + 2
    return re.escape(character), position + 1


def _character_class(pattern: str, position: int) -> tuple[str, int]:
    end = pattern.find("]", position)
    body = pattern[position + 1 : end] if end != -1 else ""
    if not re.fullmatch(r"(?:[0-9A-Za-z](?:-[0-9A-Za-z])?)+", body):
        raise PatternError(f"{pattern!r}: [ at {position + 1} is not closed or lists no letters or digits")
    for first, last in re.findall(r"(.)-(.)", body):
        if first > last:
            raise PatternError(f"{pattern!r}: the range {first}-{last} runs backwards")
    return f"[{body}]", end + 1
