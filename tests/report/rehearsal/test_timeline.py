"""The timeline in a terminal: bars in the right columns, in the given width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.rehearsal.result import JobResult
from truewheel.report.rehearsal.timeline import ticks, timeline


def job(name: str, started: float, seconds: float) -> JobResult:
    return JobResult("id", name, "success", started=started, seconds=seconds)


JOBS = st.lists(
    st.builds(job, st.text(max_size=40), st.floats(0, 1e4), st.floats(0, 1e4)),
    min_size=1,
    max_size=12,
)


def lines(*jobs: JobResult, width: int = 40) -> list[str]:
    return ["".join(text for text, _ in line) for line in timeline(jobs, width)]


def test_bars_of_jobs_that_ran_at_the_same_time_are_in_the_same_columns() -> None:
    assert lines(job("a", 10, 5), job("long", 10, 10), job("b", 20, 5), width=60) == [
        "      0 s             5 s            10 s           15 s",
        "      ┬───────────────┬──────────────┬──────────────┬",
        "a     ████████████████ 5.0 s",
        "long  ███████████████████████████████ 10.0 s",
        "b                                    ████████████████ 5.0 s",
    ]


def test_without_jobs_nothing_is_drawn() -> None:
    assert lines() == []


def test_every_job_has_a_bar() -> None:
    assert lines(job("a", 0, 0))[2:] == ["a  █ 0.0 s"]
    assert lines(job("a", 0, 9), job("b", 9, 0))[3].split() == ["b", "█", "0.0", "s"]


def test_a_long_name_loses_its_middle() -> None:
    row = lines(job("Build quiverdb for manylinux_x86_64", 0, 1), width=80)[2]
    assert row.startswith("Build quiverd…nylinux_x86_64  ████")


@given(JOBS, st.integers(78, 118))
def test_it_is_never_wider_than_allowed(jobs: list[JobResult], width: int) -> None:
    found = list(timeline(jobs, width))
    assert len(found) == len(jobs) + 2
    for line in lines(*jobs, width=width):
        assert len(line) <= width
        assert line.isprintable()
    assert all(bar for _, (bar, _), _ in found[2:])


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
