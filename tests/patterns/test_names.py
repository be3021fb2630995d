"""Artifact names are selected as minimatch, the library of the actions, selects them."""

from __future__ import annotations

import pytest

from truewheel.patterns import PatternError
from truewheel.patterns.names import expand, selects


@pytest.mark.parametrize(
    ("pattern", "name", "selected"),
    [
        ("wheels-*", "wheels-win_amd64", True),
        ("wheels-*", "wheels-", True),
        ("wheels-*", "wheels", False),
        ("*", "wheels", True),
        ("*", ".hidden", False),
        (".*", ".hidden", True),
        ("?heels", ".heels", False),
        ("wheel?", "wheels", True),
        ("wheel?", "wheel", False),
        ("w[a-h]eels", "wheels", True),
        ("w[!a-h]eels", "wheels", False),
        ("w[^a-g]eels", "wheels", True),
        ("w[h-a]eels", "wheels", False),
        ("w[]h]eels", "w]eels", True),
        ("w[.+]", "w+", True),
        ("w[heels", "w[heels", True),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("a.b", "a+b", False),
        ("wheels-{win,linux}*", "wheels-linux_x86", True),
        ("wheels-{win,linux}", "wheels-mac", False),
        ("w-{a,b{c,d}}", "w-bd", True),
        ("w-{a}", "w-{a}", True),
        ("!wheels-*", "wheels-a", False),
        ("!wheels-*", "other", True),
        ("!!wheels-*", "wheels-a", True),
        ("#wheels", "#wheels", False),
        ("Wheels", "wheels", False),
        ("wheels-{manylinux_x86_64,win_amd64}", "wheels-win_amd64", True),
        ("w-{1..3}", "w-2", True),
        ("w-{1..3}", "w-4", False),
        ("${a,b}", "${a,b}", True),
        ("{a,}b", "b", True),
        ("w[[:digit:]]", "w1", True),
        ("wheels-@(win|linux)", "wheels-win", True),
        ("wheels-@(win|linux)", "wheels-mac", False),
        ("+(a|b)c", "abac", True),
        ("?(a)b", "b", True),
        ("*(a)", "", True),
        # A leading ! negates the pattern that follows it, which then has ordinary parentheses.
        ("!(a|b)", "a", True),
        ("!(a|b)", "(a|b)", False),
        # Extended negation looks at what follows it: nothing that begins with dist-sdist is selected.
        ("dist-!(sdist)*", "dist-linux", True),
        ("dist-!(sdist)*", "dist-sdist", False),
        ("dist-!(sdist)*", "dist-sdist-2", False),
        ("dist-!(sdist)", "dist-sdist-2", True),
        ("dist-!(sdist)", "dist-sdist", False),
        ("dist-!(a|b)-!(c)", "dist-x-y", True),
        ("dist-!(a|b)-!(c)", "dist-x-c", False),
        ("dist-!(a)b*", "dist-abc", False),
        ("{x,dist-!(sdist)*}", "dist-sdist", False),
        ("[!(]a", "xa", True),
        (r"\!(a)", "!(a)", True),
    ],
)
def test_a_pattern_selects_names_as_minimatch_does(pattern: str, name: str, *, selected: bool) -> None:
    assert selects(pattern, name) is selected


def test_a_pattern_that_stands_for_too_many_is_refused() -> None:
    with pytest.raises(PatternError) as caught:
        selects("{1..1001}", "a")
    assert str(caught.value) == "'{1..1001}' stands for more than 1000 patterns"


@pytest.mark.parametrize(
    ("pattern", "expanded"),
    [
        ("a", ["a"]),
        ("a{b,c}d{e,f}", ["abde", "abdf", "acde", "acdf"]),
        ("{a,}b", ["ab", "b"]),
        ("${a,b}", ["${a,b}"]),
        ("{a{b,c}}", ["{ab}", "{ac}"]),
        ("{a,b", ["{a,b"]),
        (r"\{a,b}", [r"\{a,b}"]),
    ],
)
def test_braces_are_expanded(pattern: str, expanded: list[str]) -> None:
    assert expand(pattern) == expanded
