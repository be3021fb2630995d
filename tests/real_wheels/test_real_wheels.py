"""Real wheels, made by many build systems: whatever is found in them is true, and known with its reason.

The wheels are not in the repository; `nox -s real-wheels` downloads them once and names their folder.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from truewheel.judging.twine_check import DESCRIPTION_RENDERS, TWINE_CHECK, TwineCheck
from truewheel.judging.wheels import Judgement, judge_wheels

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
# What nox names the folder with.
FOLDER = "REAL_WHEELS"
_LISTED = re.compile(r"^# (?P<name>\S+\.whl)\n\S+ --hash=sha256:(?P<sha256>[0-9a-f]{64})$", re.MULTILINE)

Pair = tuple[str, str]
TWINES = (DESCRIPTION_RENDERS.name, TWINE_CHECK.name)


@dataclass(frozen=True)
class Known:
    """A finding that was looked at and is true: a wheel, a check, and why."""

    wheel: str
    check: str
    reason: str


def listed(file: str) -> dict[str, str]:
    """The wheels in one of the lists, with their SHA-256."""
    return {match["name"]: match["sha256"] for match in _LISTED.finditer((HERE / file).read_text(encoding="utf-8"))}


def known_findings() -> list[Known]:
    tables = tomllib.loads((HERE / "known_findings.toml").read_text(encoding="utf-8"))["known"]
    return [Known(wheel, table["check"], table["reason"]) for table in tables for wheel in table["wheels"]]


LINUX, WINDOWS = listed("linux.txt"), listed("windows.txt")
WHEELS = LINUX | WINDOWS


@pytest.fixture(scope="module")
def paths() -> list[Path]:
    """The wheels, all of which must be there."""
    folder = Path(os.environ[FOLDER])
    found = [folder / name for name in sorted(WHEELS)]
    assert [path.name for path in found if not path.is_file()] == []
    return found


@pytest.fixture(scope="module")
def judgements(paths: list[Path]) -> list[Judgement]:
    return judge_wheels(paths, None, lambda _: None)


def test_the_lists_hold_what_they_promise() -> None:
    for file, wheels in (("linux.txt", LINUX), ("windows.txt", WINDOWS)):
        lines = (HERE / file).read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1 + 2 * len(wheels)
        assert len(wheels) >= 40
    assert all("manylinux" in name for name in LINUX)
    assert all(name.endswith("-win_amd64.whl") for name in WINDOWS)


def test_every_known_finding_is_of_a_listed_wheel_and_has_a_reason() -> None:
    known = known_findings()
    assert {finding.wheel for finding in known} <= WHEELS.keys()
    assert all(len(finding.reason) > 20 for finding in known)
    assert len({(finding.wheel, finding.check) for finding in known}) == len(known)


@pytest.mark.real_wheels
def test_the_wheels_are_those_that_are_listed(judgements: list[Judgement]) -> None:
    assert {judgement.facts.name: judgement.facts.sha256 for judgement in judgements} == WHEELS


@pytest.mark.real_wheels
def test_whatever_is_found_in_real_wheels_is_known_to_be_true(judgements: list[Judgement]) -> None:
    found: dict[Pair, list[str]] = {}
    for judgement in judgements:
        for finding in judgement.findings:
            found.setdefault((finding.where, finding.check), []).append(finding.message)
    known = {(finding.wheel, finding.check) for finding in known_findings()}
    assert {pair: messages for pair, messages in found.items() if pair not in known} == {}, "new: a defect, or our bug"
    assert known - found.keys() == set(), "no longer found: take it off the list"


@pytest.mark.real_wheels
def test_twine_itself_refuses_the_same(paths: list[Path], judgements: list[Judgement]) -> None:
    ours = {finding.where for judgement in judgements for finding in judgement.findings if finding.check in TWINES}
    assert {finding.where for finding in TwineCheck(paths).findings()} == ours
