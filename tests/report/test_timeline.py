"""The timeline in letters: bars where they belong, in the width that was given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.report.timeline import ASCII, UNICODE, Signs, Span, ticks, timeline

SPANS = st.lists(
    st.builds(Span, st.text(max_size=40), st.floats(0, 1e4), st.floats(0, 1e4), st.just("success")),
    min_size=1,
    max_size=12,
)


def lines(*spans: Span, width: int = 40) -> list[str]:
    return [row.text for row in timeline(spans, width, ASCII)]


def test_what_ran_at_the_same_time_stands_in_the_same_columns() -> None:
    assert lines(Span("a", 10, 5, ""), Span("long", 10, 10, ""), Span("b", 20, 5, ""), width=60) == [
        "      0 s             5 s            10 s           15 s",
        "      +---------------+--------------+--------------+",
        "a     ################ 5.0 s",
        "long  ############################### 10.0 s",
        "b                                    ################ 5.0 s",
    ]


def test_nothing_ran_nothing_is_drawn() -> None:
    assert lines() == []


def test_what_took_no_time_has_a_bar_too() -> None:
    assert lines(Span("a", 0, 0, ""))[2:] == ["a  # 0.0 s"]
    assert lines(Span("a", 0, 9, ""), Span("b", 9, 0, ""))[3].split() == ["b", "#", "0.0", "s"]


def test_a_long_name_loses_its_middle() -> None:
    row = lines(Span("Build quiverdb for manylinux_x86_64", 0, 1, ""), width=80)[2]
    assert row.startswith("Build quiverd~nylinux_x86_64  ####")


@given(SPANS, st.integers(78, 118), st.sampled_from([ASCII, UNICODE]))
def test_it_is_never_wider_than_it_may_be(spans: list[Span], width: int, signs: Signs) -> None:
    rows = list(timeline(spans, width, signs))
    assert len(rows) == len(spans) + 2
    for row in rows:
        assert len(row.text) <= width
        assert row.text.isprintable()
    assert all(row.bar for row in rows[2:])


@pytest.mark.parametrize(
    ("length", "most", "expected"),
    [
        (0.1, 5, [0.0, 0.1]),
        (0.3, 5, [0.0, 0.1, 0.2, 0.3]),
        (10.0, 6, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
        (24.9, 6, [0.0, 5.0, 10.0, 15.0, 20.0]),
        (3600.0, 5, [0.0, 1000.0, 2000.0, 3000.0]),
    ],
)
def test_the_axis_has_round_numbers(length: float, most: int, expected: list[float]) -> None:
    assert ticks(length, most) == expected
