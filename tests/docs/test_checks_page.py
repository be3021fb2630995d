"""docs/checks.md is made from the checks; tests/support/examples.py compares its examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import ROOT
from truewheel.acceptances import NEVER_ACCEPTED, WHY_NEVER
from truewheel.docs.checks_page import PAGE, load_examples, page, subjects
from truewheel.errors import ReleaseError
from truewheel.programs import check_dist, validate
from truewheel.verification import rules as verification

pytestmark = pytest.mark.once

RULES = {rule.name for rule in (*validate.RULES, *check_dist.RULES)}


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(ROOT), "run nox -s docs"


def test_every_check_is_on_the_page_once() -> None:
    shown = [rule.name for _, scoped in subjects() for rule, _ in scoped]
    assert sorted(shown) == sorted(RULES)


def test_what_can_never_be_accepted_exists() -> None:
    assert sorted(WHY_NEVER) == sorted(name for names in NEVER_ACCEPTED.values() for name in names)
    assert WHY_NEVER.keys() <= RULES | {rule.name for rule in verification.RULES}


def test_every_subject_is_a_question_with_answers() -> None:
    for title, scoped in subjects():
        assert title.endswith("?")
        assert scoped


def test_every_check_has_an_example() -> None:
    assert sorted(load_examples(ROOT)) == sorted(RULES)


def test_without_examples_there_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"^docs/check-examples\.json is missing$"):
        load_examples(tmp_path)
