"""Words, numbers and names as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.report.text import as_displayed, pluralize, printable, readable_seconds, readable_size, truncate


@given(st.text())
def test_printable_text_is_one_line_and_printable_text_is_kept(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(text) == text or not text.isprintable()


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (43210, "43.2 KB"), (1_700_000, "1.7 MB"), (10**10, "10000.0 MB")],
)
def test_sizes_are_readable(size: int, shown: str) -> None:
    assert readable_size(size) == shown


def test_nouns_are_counted() -> None:
    assert [pluralize(number, "wheel") for number in (0, 1, 2)] == ["0 wheels", "1 wheel", "2 wheels"]
    assert [pluralize(number, "library") for number in (1, 2)] == ["1 library", "2 libraries"]


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mERROR\x1b[0m no", "ERROR no"),
        ("a\tb \n", "a       b"),
        ("10 %\r20 %\r100 %\r\n", "100 %"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
    ],
)
def test_a_line_is_what_a_terminal_would_have_shown(line: str, seen: str) -> None:
    assert as_displayed(line) == seen


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"),
        (1.25, "1.2 s"),
        (99.94, "99.9 s"),
        (99.96, "1 min 40 s"),
        (125, "2 min 05 s"),
        (7200, "120 min 00 s"),
    ],
)
def test_times_are_readable(seconds: float, shown: str) -> None:
    assert readable_seconds(seconds) == shown


def test_a_long_name_loses_its_middle() -> None:
    assert truncate("abcdefghij", 10) == "abcdefghij"
    assert truncate("abcdefghijk", 10) == "abcd…ghijk"
