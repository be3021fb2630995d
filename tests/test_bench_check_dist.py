"""The benchmark of check-dist: its sample, its ratios, its tables."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench_check_dist import main, project_of, ratio, sampled, seconds_of
from tests.support.factories import WINDOWS_TAG, make_wheel
from tests.support.programs import run
from truewheel.errors import ReleaseError
from truewheel.report.text import aligned

WHEELS = [
    Path(f"{project}-1.0-py3-none-{platform}.whl")
    for project in ("a", "a_b", "c", "d", "e")
    for platform in ("manylinux_2_28_x86_64", "win_amd64")
]


def test_a_sample_has_all_wheels_of_its_projects() -> None:
    assert sampled(WHEELS, 2) == [wheel for wheel in WHEELS if project_of(wheel) in ("a", "c", "e")]
    assert sampled(WHEELS, 1) == WHEELS
    assert sampled(WHEELS, 9) == WHEELS[:2]


def test_a_ratio_is_the_median_over_the_turns() -> None:
    # 2, 30 and 4 times as long: a turn in which the machine was busy counts no more than another.
    assert ratio([2.0, 30.0, 8.0], [1.0, 1.0, 2.0]) == 4.0


def test_a_table_is_aligned() -> None:
    rows = [("wheels", "median", "x"), ("check-dist --any", "1.00 s", "1.00 x"), ("twine", "12.50 s", "12.50 x")]
    assert aligned(rows, right=(1, 2)) == [
        "wheels             median        x",
        "check-dist --any   1.00 s   1.00 x",
        "twine             12.50 s  12.50 x",
    ]


def test_a_verdict_is_measured_and_a_crash_is_an_error() -> None:
    assert seconds_of("one", [[sys.executable, "-c", "raise SystemExit(1)"]]) > 0
    assert seconds_of("two", [[sys.executable, "-c", "raise SystemExit('no such wheel')"]] * 2) > 0
    for code, shown in (
        ("raise KeyError('a bug')", r"Traceback[\s\S]*a bug"),
        ("import sys; print('oh no', file=sys.stderr); sys.exit(3)", "oh no"),
    ):
        with pytest.raises(ReleaseError, match=f"^three crashed: {shown}"):
            seconds_of("three", [[sys.executable, "-c", code]])


def test_a_folder_without_wheels_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(main, capsys, tmp_path)
    assert outcome.status == 2
    assert outcome.last_line == f"bench: cannot measure: {tmp_path} has no wheels"


@pytest.mark.once
def test_the_benchmark_of_two_wheels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(tmp_path)
    make_wheel(tmp_path, tag=WINDOWS_TAG)
    # The other checkers are not installed with the tests.
    monkeypatch.setattr("bench_check_dist._others", lambda _: {"none": [], "one": [[sys.executable, "-c", ""]]})
    page = tmp_path / "speed.md"
    outcome = run(main, capsys, tmp_path, "--turns", "1", "--page", page)
    assert page.read_text(encoding="utf-8").endswith(f"```text\n{outcome.output.strip()}\n```\n")
    assert outcome.status == 0
    firsts = [line.split("  ")[0] for line in outcome.output.splitlines() if line]
    assert firsts[1:3] == ["check-dist --any", "unpack and SHA-256, once"]
    assert firsts[4:8] == ["check-dist --any", "none", "one", "the other five, in sequence"]
    assert firsts[-2] == "peak memory of a process"
