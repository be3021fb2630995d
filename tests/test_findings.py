"""How a check is declared, and how its problems become findings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from truewheel.findings import CheckRegister, Finding, Problem, Rule


def register() -> CheckRegister[list[str]]:
    """A register with two checks: one yields what it is given, the other a problem with a place of its own."""
    checks: CheckRegister[list[str]] = CheckRegister()

    @checks("each-word", "there are no words", source="nobody", hint="delete them")
    def each_word(words: list[str]) -> Iterator[str]:
        yield from words

    @checks("first-letter", "words begin with a", source="somebody", hint="mend it")
    def first_letter(words: list[str]) -> Iterator[Problem]:
        for word in words:
            if word[0] != "a":
                yield Problem(f"begins with {word[0]}", where=word)
                yield Problem("no a", hint="write an a")

    assert list(each_word(["direct"])) == ["direct"], "a declared check is still a function"
    return checks


def test_all_checks_are_run_and_one_finding_never_hides_the_next() -> None:
    assert list(register().findings(["apple", "pear"], "the basket")) == [
        Finding("each-word", "the basket", "apple", "delete them"),
        Finding("each-word", "the basket", "pear", "delete them"),
        Finding("first-letter", "pear", "begins with p", "mend it"),
        Finding("first-letter", "the basket", "no a", "write an a"),
    ]


def test_a_sound_subject_has_no_findings() -> None:
    assert list(register().findings([], "the basket")) == []


def test_rules_are_listed_in_the_order_of_their_declaration() -> None:
    checks = register()
    assert len(checks) == 2
    assert checks.rules == (
        Rule("each-word", "there are no words", "nobody", "delete them"),
        Rule("first-letter", "words begin with a", "somebody", "mend it"),
    )
    assert [check.rule for check in checks] == list(checks.rules)


def test_two_checks_cannot_share_a_name() -> None:
    checks = register()
    (first, _) = checks
    with pytest.raises(ValueError, match=r"^two checks are called each-word$"):
        checks("each-word", "again", source="nobody", hint="none")(first.judge)
    assert len(checks) == 2
