r"""Patterns for names as the actions' JavaScript libraries (minimatch, glob) read them; fnmatch does not.

    *        any characters
    ?        any character
    [a-z]    one of the listed characters; [!a-z] and [^a-z] any other
    \        takes the special meaning from the next character
    {a,b}    one pattern for each alternative, where the library expands braces

A leading dot is matched by a wildcard only where the caller says so. Extended patterns such as !(a|b) and ranges
such as {1..3} are refused: no release workflow needs them, and half of them would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_EXTENDED = re.compile(r"[?*+@!]\(")
_NOTHING = "(?!)"


class PatternUnsupported(ValueError):
    """The pattern uses what is not read here."""


def selects(pattern: str, name: str) -> bool:
    """Whether minimatch, as it stands, takes `name` (one without slashes) for a match of `pattern`.

    Raises:
        PatternUnsupported: the pattern is an extended one.
    """
    if pattern.startswith("#"):
        return False  # a comment
    positive = pattern.lstrip("!")
    negated = (len(pattern) - len(positive)) % 2 == 1
    # `!(` begins an extended pattern, and not a negation.
    if pattern != positive and positive.startswith("("):
        raise _unsupported(pattern)
    matched = any(to_regex(one).fullmatch(name) for one in expand_braces(positive))
    return matched != negated


def expand_braces(pattern: str) -> list[str]:
    """The patterns that a pattern with {a,b} in it stands for.

    Raises:
        PatternUnsupported: it holds a range.
    """
    for start, end in _braces(pattern):
        alternatives = list(_alternatives(pattern[start + 1 : end]))
        if len(alternatives) > 1:
            front, back = pattern[:start], pattern[end + 1 :]
            return [whole for one in alternatives for whole in expand_braces(front + one + back)]
        if ".." in alternatives[0]:
            raise _unsupported(pattern)
    return [pattern]


def to_regex(pattern: str, *, dot: bool = False, ignore_case: bool = False) -> re.Pattern[str]:
    """The regular expression that matches whole names as `pattern`, one name without slashes, does.

    Raises:
        PatternUnsupported: the pattern is an extended one.
    """
    if _EXTENDED.search(pattern):
        raise _unsupported(pattern)
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        part, position = _next_part(pattern, position)
        parts.append(part)
    guard = "" if dot or pattern.startswith(".") else r"(?!\.)"
    return re.compile(guard + "".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def literal(pattern: str) -> str | None:
    """The one name that a pattern without wildcards stands for; None when it has some.

    As @actions/glob has it, which takes a class of one character for that character, and an empty one as it stands.
    """
    name = ""
    position = 0
    while position < len(pattern):
        character = pattern[position]
        listed = pattern.find("]", position) - position - 1 if character == "[" else 0
        if character in "*?" or listed > 1:
            return None
        if listed == 1:
            name += pattern[position + 1]
            position += 3
        else:
            position += character == "\\" and position + 1 < len(pattern)
            name += pattern[position]
            position += 1
    return name


def _next_part(pattern: str, position: int) -> tuple[str, int]:
    character = pattern[position]
    if character == "\\" and position + 1 < len(pattern):
        return re.escape(pattern[position + 1]), position + 2
    if character == "*":
        return ".*", position + 1
    if character == "?":
        return ".", position + 1
    end = _class_end(pattern, position)
    if end:
        return _character_class(pattern[position + 1 : end - 1]), end
    return re.escape(character), position + 1


def _class_end(pattern: str, position: int) -> int:
    """The position behind the character class that begins at `position`; 0 when none does."""
    if pattern[position] != "[":
        return 0
    body = position + 1
    if pattern[body : body + 1] in ("!", "^"):
        body += 1
    # A ] that comes first is one of the characters.
    return pattern.find("]", body + 1) + 1


def _character_class(body: str) -> str:
    negated = body[0] in "!^"
    listed = re.sub(r"[^\w-]", lambda match: "\\" + match[0], body[1:] if negated else body)
    expression = f"[{'^' if negated else ''}{listed}]"
    try:
        re.compile(expression)
    except re.error:
        return _NOTHING  # a range that runs backwards
    return expression


def _braces(pattern: str) -> Iterator[tuple[int, int]]:
    """Where each { of a pattern and the } that closes it stand, from the left."""
    for match in re.finditer(r"(?<![\\$])\{", pattern):
        depth = 0
        for position in range(match.start(), len(pattern)):
            depth += (pattern[position] == "{") - (pattern[position] == "}")
            if depth == 0:
                yield match.start(), position
                break


def _alternatives(body: str) -> Iterator[str]:
    """What commas outside of inner braces part."""
    depth = start = 0
    for position, character in enumerate(body):
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            yield body[start:position]
            start = position + 1
    yield body[start:]


def _unsupported(pattern: str) -> PatternUnsupported:
    return PatternUnsupported(f"the pattern {pattern!r} cannot be rehearsed: it is an extended one or holds a range")
