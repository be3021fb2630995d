"""What installers and PyPI would read differently."""

from __future__ import annotations

from pathlib import Path

from scripts.checks import wheel_check
from scripts.wheel import read_wheel

from .factories import make_wheel
from .judging import messages


def test_member_unique_accepts_names_that_differ(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, change={"quiverdb/PY.typed": "", "quiverdb/a/py.typed": ""}))
    assert messages(wheel_check, "member-unique", wheel) == []


def test_member_unique_refuses_a_name_that_is_there_twice(tmp_path: Path) -> None:
    twice = [("quiverdb/py.typed", "other"), ("quiverdb/py.typed", ""), ("quiverdb/__init__.py", "x")]
    assert messages(wheel_check, "member-unique", read_wheel(make_wheel(tmp_path, again=twice))) == [
        "quiverdb/__init__.py is in the archive 2 times",
        "quiverdb/py.typed is in the archive 3 times",
    ]
