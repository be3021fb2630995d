"""Patterns for artifact names: those of minimatch, the JavaScript library of the actions.

Source: minimatch's documentation; `pattern` of download-artifact and upload-artifact/merge. `*`, `?`, `[a-z]`, `{a,b}`,
`{1..3}` and extended patterns such as `@(a|b)` are those of bash. Three rules are minimatch's own: a leading `!`
selects all other names, `#` begins a comment, and `x!(a)b*` selects no name that begins with `xab`.
"""

from __future__ import annotations

import re

import bracex
from wcmatch import fnmatch

from truewheel.patterns import PatternError

_FLAGS = fnmatch.EXTMATCH | fnmatch.CASE | fnmatch.FORCEUNIX
_UNIT = re.compile(r"\\.|\[[!^]?]?[^]]*]|[?*+@!]\(|.", re.DOTALL)


def selects(pattern: str, name: str) -> bool:
    """Whether `pattern` selects an artifact called `name`.

    Raises:
        PatternError: the pattern has too many braces.
    """
    if pattern.startswith("#"):
        return False
    positive = pattern.lstrip("!")
    return bool(fnmatch.fnmatch(name, expand(positive), flags=_FLAGS)) != bool((len(pattern) - len(positive)) % 2)


def expand(pattern: str) -> list[str]:
    """Expand the braces of a pattern: `a{b,c}` to `ab` and `ac`.

    Raises:
        PatternError: there are more than a thousand.
    """
    try:
        patterns = bracex.expand(pattern, keep_escapes=True)
    except bracex.ExpansionLimitException:
        raise PatternError(f"{pattern!r} stands for more than 1000 patterns") from None
    return ["/".join(map(_negated_as_minimatch, one.split("/"))) for one in patterns]


def _negated_as_minimatch(pattern: str) -> str:
    """Rewrite `!(a)b` for wcmatch, which reads it as bash does: not `a`, regardless of what follows.

    minimatch rejects every name that can go on with `a` and then `b`: `dist-!(sdist)*` does not select `dist-sdist`.
    """
    depth = start = 0
    for match in _UNIT.finditer(pattern):
        if match[0].endswith("(") and len(match[0]) == 2 and match[0] != "\\(":
            start = match.end() if match[0] == "!(" and depth == 0 else start * (depth > 0)
            depth += 1
        elif match[0] == ")" and depth:
            depth -= 1
            if depth == 0 and start:
                rest = _negated_as_minimatch(pattern[match.end() :])
                return f"{pattern[: start - 2]}!(!(*{rest})|@({pattern[start : match.start()]}){rest})"
    return pattern
