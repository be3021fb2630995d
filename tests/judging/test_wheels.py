"""Wheels judged one after the other and on all cores: the same findings, in the same order."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.factories import METADATA, WINDOWS_TAG, make_wheel
from truewheel.errors import ReleaseError
from truewheel.judging import wheels as judging
from truewheel.judging.wheels import Judgement, judge_wheels
from truewheel.wheel.reader import Wheel

TWINES = ("description-renders", "twine-check")
RST = METADATA.format(name="quiverdb", version="0.5.0").replace("text/markdown", "text/x-rst")


@pytest.fixture(params=["alone", "on all cores"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether processes are started."""
    if request.param == "on all cores":
        monkeypatch.setattr(judging, "_SMALL", 0)
        monkeypatch.setattr(judging, "cores", lambda: 2)
    return str(request.param)


@pytest.fixture
def wheels(tmp_path: Path) -> list[Path]:
    """Return a sound wheel, one without its library, a file that is not a wheel, and a large wheel."""
    lacking = {"quiverdb/_libs/quiver.dll": None}
    (tmp_path / "a.whl").write_bytes(b"")
    return [
        make_wheel(tmp_path),
        make_wheel(tmp_path, tag=WINDOWS_TAG, change=lacking),
        tmp_path / "a.whl",
        make_wheel(tmp_path, version="1.0", change={"quiverdb/data.bin": os.urandom(100_000)}),
    ]


def test_judgements_are_in_the_order_of_the_wheels(way: str, wheels: list[Path]) -> None:
    done: list[str] = []
    judged = judge_wheels(wheels, None, done.append)
    assert [judgement.facts.name for judgement in judged] == [path.name for path in wheels]
    assert [[finding.check for finding in judgement.findings] for judgement in judged] == [
        [],
        ["native-present"],
        ["archive-readable"],
        [],
    ]
    assert sorted(done) == sorted(path.name for path in wheels)


def test_the_largest_is_judged_first(wheels: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Path] = []

    def begin(_: object, paths: list[Path], *_processes: object) -> Iterator[tuple[Path, Judgement]]:
        begun.extend(paths)
        return iter(())

    monkeypatch.setattr(judging, "_SMALL", 0)
    monkeypatch.setattr(judging, "cores", lambda: 2)
    monkeypatch.setattr(judging, "on_all_cores", begin)
    with pytest.raises(KeyError):
        judge_wheels(wheels, None, lambda _: None)
    assert begun[0] == wheels[3]
    assert begun[-1] == wheels[2]


def test_every_wheel_is_judged_by_its_own_description(way: str, tmp_path: Path) -> None:
    broken = RST.replace("*one*", "*one")
    wheels = [
        make_wheel(tmp_path, metadata=broken),
        make_wheel(tmp_path, metadata=RST.replace("# quiverdb\n", ""), tag=WINDOWS_TAG),
        make_wheel(tmp_path, metadata=f"Summary: *one\n{broken}", filename="quiverdb-0.5.0-1-py3-none-any.whl"),
    ]
    found = [[finding.message for finding in one.findings if finding.check in TWINES] for one in _judge(wheels)]
    failure = "the description does not render:"
    problem = f"{failure} line 3: WARNING: Inline emphasis start-string without end-string."
    assert found == [[problem], [], []], "metadata-valid reports the third"


def _judge(wheels: list[Path]) -> list[Judgement]:
    return judge_wheels(wheels, None, lambda _: None)


def test_a_bug_in_a_check_keeps_its_traceback(way: str, wheels: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(_: Wheel) -> None:
        raise ZeroDivisionError("a bug in a check")

    monkeypatch.setattr(judging, "facts_of", burst)
    with pytest.raises(ZeroDivisionError, match="a bug in a check") as caught:
        judge_wheels(wheels, None, lambda _: None)
    if way == "on all cores":
        # The traceback of the other process.
        assert 'raise ZeroDivisionError("a bug in a check")' in str(caught.value.__cause__)


def test_a_killed_process_is_an_error_and_not_a_hang(wheels: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_SMALL", 0)
    monkeypatch.setattr(judging, "cores", lambda: 2)
    parent = os.getpid()

    def die(_: Wheel) -> None:
        assert os.getpid() != parent
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(judging, "facts_of", die)
    with pytest.raises(ReleaseError, match=r"^a process that judged wheels was killed$"):
        judge_wheels(wheels, None, lambda _: None)


def test_a_wheel_that_vanishes_is_an_error(way: str, wheels: list[Path]) -> None:
    wheels[0].unlink()
    with pytest.raises(ReleaseError, match=r"cannot be read: No such file or directory$"):
        judge_wheels(wheels, None, lambda _: None)


def test_no_wheels_no_judgements(way: str) -> None:
    assert judge_wheels([], None, lambda _: None) == []
