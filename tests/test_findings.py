"""How a check is declared, and how its problems become findings or notes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from truewheel.findings import Acceptance, Accepted, By, CheckRegister, Finding, Note, Problem, Rule, separate


def register() -> CheckRegister[list[str]]:
    """A register with two checks: one yields its subject, the other notes with a place of their own."""
    checks: CheckRegister[list[str]] = CheckRegister()

    @checks(By.PYPI, source="nobody", hint="delete them")
    def each_word(words: list[str]) -> Iterator[str]:
        """there are no words"""
        yield from words

    @checks.note(By.CARE, source="somebody", hint="fix it")
    def first_letter(words: list[str]) -> Iterator[Problem]:
        """words
        begin with a
        """
        for word in words:
            if word[0] != "a":
                yield Problem(f"begins with {word[0]}", where=word)
                yield Problem("no a", hint="write an a")

    assert list(each_word(["direct"])) == ["direct"], "a declared check is still a function"
    return checks


FINDINGS = (
    Finding("each-word", "the basket", "apple", "delete them"),
    Finding("each-word", "the basket", "pear", "delete them"),
)
NOTES = (
    Note("first-letter", "pear", "begins with p", "fix it"),
    Note("first-letter", "the basket", "no a", "write an a"),
)


def test_all_checks_are_run_and_one_result_never_hides_the_next() -> None:
    assert list(register().results(["apple", "pear"], "the basket")) == [*FINDINGS, *NOTES]


def test_findings_and_notes_are_separated() -> None:
    accepted = Accepted("each-word", "the basket", "fig", "delete it")
    assert separate([NOTES[0], FINDINGS[0], accepted, FINDINGS[1], NOTES[1]]) == (FINDINGS, NOTES, (accepted,))
    assert separate(()) == ((), (), ())


def test_what_is_accepted_does_not_count_among_the_others() -> None:
    check = next(iter(register()))
    words = [f"word {number}" for number in range(60)]
    lines = [Acceptance("each-word", "the *", "old")]
    results = [*check.results(words, "the basket", lines), *check.results(words[:22], "the bag", lines[1:])]
    _, _, accepted = separate(results)
    assert [one.message for one in accepted] == ["word 0 (and 59 more like this)"]
    (finding,) = (one for one in results if isinstance(one, Finding))
    assert finding.message == "word 0 (and 21 more like this)"
    assert len(finding.also) == 19


def test_the_subject_of_a_problem_is_its_own_or_its_place_without_the_line() -> None:
    rule = register().rules[0]
    problems = (
        "apple",
        Problem.at("f.yml, line 3, column 5", "pear"),
        Problem("fig", "f.yml", subject="publish/env.A"),
    )
    subjects = [rule.finding(problem, "basket-1.0.whl").subject for problem in problems]
    assert subjects == ["basket-1.0.whl", "f.yml", "publish/env.A"]


def test_a_sound_subject_has_no_findings() -> None:
    assert list(register().results([], "the basket")) == []


def test_rules_are_listed_in_the_order_of_their_declaration() -> None:
    checks = register()
    assert len(checks) == 2
    assert checks.rules == (
        Rule("each-word", "there are no words", "nobody", "delete them", By.PYPI),
        Rule("first-letter", "words begin with a", "somebody", "fix it", By.CARE, is_note=True),
    )
    assert [check.rule for check in checks] == list(checks.rules)


def test_two_checks_cannot_share_a_name() -> None:
    checks = register()
    first, _ = checks
    with pytest.raises(ValueError, match=r"^two checks have the name each-word$"):
        checks(By.CARE, source="nobody", hint="none")(first.judge)
    assert len(checks) == 2
