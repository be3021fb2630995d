r"""GitHub's filter patterns for branches and tags, which are neither globs nor regular expressions.

Source: GitHub's workflow syntax reference, "Filter pattern cheat sheet":

    *       any characters except /
    **      any characters; **/ may match nothing, so **/v1 matches v1
    ?       zero or one of the preceding character
    +       one or more of the preceding character
    [a-z]   one of the listed characters or ranges (letters and digits)
    !       at the start: names that matched an earlier pattern no longer do
    \       makes the next character an ordinary one

The last pattern of a list that matches decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from truewheel.patterns import PatternError

_STARS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
_SIGN = re.compile(r"\*\*/|\*\*|\[[^]]*]?|\\.|.", re.DOTALL)


def selects(patterns: Sequence[str], name: str) -> bool:
    """Whether a list of filter patterns selects the branch or tag `name`.

    Raises:
        PatternError: a pattern is malformed, or every pattern is negative (GitHub refuses such a list).
    """
    if patterns and all(pattern.startswith("!") for pattern in patterns):
        raise PatternError("a list of patterns needs at least one without a leading !")
    selected = False
    for pattern in patterns:
        positive = pattern.removeprefix("!")
        if to_regex(positive).fullmatch(name):
            selected = positive == pattern
    return selected


def to_regex(pattern: str) -> re.Pattern[str]:
    """Return the regular expression that matches the same whole names as the filter pattern.

    Raises:
        PatternError: the pattern is malformed; the message says where.
    """
    parts: list[str] = []
    for match in _SIGN.finditer(pattern):
        sign = match[0]
        if sign not in ("?", "+"):
            parts.append(_STARS.get(sign) or _one_character(pattern, sign, match.start()))
        elif parts:
            parts[-1] = f"(?:{parts[-1]}){sign}"
        else:
            raise PatternError(f"{pattern!r}: {sign} has nothing before it to repeat")
    return re.compile("".join(parts), re.DOTALL)


def _one_character(pattern: str, sign: str, position: int) -> str:
    if sign == "\\":
        raise PatternError(f"{pattern!r}: \\ has nothing after it to escape")
    if not sign.startswith("["):
        return re.escape(sign[-1])
    if not re.fullmatch(r"\[(?:[0-9A-Za-z](?:-[0-9A-Za-z])?)+]", sign):
        raise PatternError(f"{pattern!r}: [ at {position + 1} is not closed or lists no letters or digits")
    for first, last in re.findall(r"(.)-(.)", sign):
        if first > last:
            raise PatternError(f"{pattern!r}: the range {first}-{last} runs backwards")
    return sign
