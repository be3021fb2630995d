"""A wheel that a rehearsal renamed is refused, whoever accepts what."""

from __future__ import annotations

from pathlib import Path

from tests.support.factories import DIST_INFO
from tests.support.wheel_judging import of_wheel
from truewheel.acceptances import problem_with


def test_understudy_absent_accepts_a_wheel_that_was_built(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "understudy-absent") == []
    assert of_wheel(tmp_path, "understudy-absent", change={"quiverdb/UNDERSTUDY": "a play"}) == []


def test_understudy_absent_refuses_a_wheel_of_an_earlier_release(tmp_path: Path) -> None:
    change = {f"{DIST_INFO}/UNDERSTUDY": "quiverdb-0.4.0-py3-none-manylinux_2_28_x86_64.whl\n"}
    assert of_wheel(tmp_path, "understudy-absent", change=change) == [
        "UNDERSTUDY in dist-info says that a rehearsal made it from a wheel of an earlier release"
    ]
    assert problem_with("understudy-absent:*", "we like it") == (
        "can never be accepted: a wheel of an earlier release is not this one"
    )
