"""Real wheels, made by many build systems: every finding and every note about them is true, and known with its reason.

The wheels are not in the repository; `nox -s real-wheels` downloads them once and passes their folder.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from truewheel.findings import Finding, Result
from truewheel.judging.twine_check import SAME_AS_TWINE, TWINE_WARNINGS, started_twine, twine_results
from truewheel.judging.wheels import Judgement, judge_wheels

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
# The variable in which nox passes the folder.
FOLDER = "REAL_WHEELS"
_LISTED = re.compile(r"^# (?P<name>\S+\.whl)\n\S+ --hash=sha256:(?P<sha256>[0-9a-f]{64})$", re.MULTILINE)
_KINDS = ("finding", "note")

TWINE_CHECKS = {*SAME_AS_TWINE, TWINE_WARNINGS.name}


@dataclass(frozen=True, order=True)
class Report:
    """A check that reports a finding or a note about a wheel."""

    kind: str
    wheel: str
    check: str


def listed(file: str) -> dict[str, str]:
    """Return the wheels in one of the lists, with their SHA-256."""
    return {match["name"]: match["sha256"] for match in _LISTED.finditer((HERE / file).read_text(encoding="utf-8"))}


def known_reasons() -> list[tuple[Report, str]]:
    """Return what is known to be reported, with the reasons."""
    tables = tomllib.loads((HERE / "known_findings.toml").read_text(encoding="utf-8"))
    assert tables.keys() <= {*_KINDS}
    return [
        (Report(kind, wheel, table["check"]), table["reason"])
        for kind in _KINDS
        for table in tables.get(kind, ())
        for wheel in table["wheels"]
    ]


# Each list, and what is in the names of its wheels.
LISTS = {
    "linux": r"manylinux\w+_x86_64",
    "linux_aarch64": r"manylinux\w+_aarch64",
    "macos_arm64": r"macosx_\w+_(?:arm64|universal2)",
    "macos_x86_64": r"macosx_\w+_(?:x86_64|universal2)",
    "mobile": r"-(?:android|ios|pyemscripten)_\w+",
    "musllinux": r"musllinux_\w+_x86_64",
    "win32": r"-win32",
    "win_arm64": r"-win_arm64",
    "windows": r"-win_amd64",
}
WHEELS = {name: digest for file in LISTS for name, digest in listed(f"{file}.txt").items()}


@pytest.fixture(scope="module")
def paths() -> list[Path]:
    """Return the paths of the wheels, none of which may be missing."""
    folder = Path(os.environ[FOLDER])
    found = [folder / name for name in sorted(WHEELS)]
    assert [path.name for path in found if not path.is_file()] == []
    return found


@pytest.fixture(scope="module")
def judgements(paths: list[Path]) -> list[Judgement]:
    return judge_wheels(paths, None, lambda _: None)


def test_the_lists_are_well_formed() -> None:
    assert {f"{file}.txt" for file in LISTS} == {path.name for path in HERE.glob("*.txt")}
    for file, platform in LISTS.items():
        wheels = listed(f"{file}.txt")
        lines = (HERE / f"{file}.txt").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1 + 2 * len(wheels)
        assert all(re.search(rf"{platform}(?:\.\w+)*\.whl$", name) for name in wheels)
    assert len({name.partition("-")[0].lower() for name in WHEELS}) >= 110


def test_every_known_finding_is_about_a_listed_wheel_and_has_a_reason() -> None:
    known = known_reasons()
    assert {report.wheel for report, _ in known} <= WHEELS.keys()
    assert all(len(reason) > 20 for _, reason in known)
    assert len({report for report, _ in known}) == len(known)


@pytest.mark.real_wheels
def test_the_wheels_are_those_in_the_lists(judgements: list[Judgement]) -> None:
    assert {judgement.facts.name: judgement.facts.sha256 for judgement in judgements} == WHEELS


@pytest.mark.real_wheels
def test_every_finding_and_every_note_is_known_to_be_true(judgements: list[Judgement]) -> None:
    found: dict[Report, list[str]] = {}
    for judgement in judgements:
        results: list[Result] = [*judgement.findings, *judgement.notes]
        for result in results:
            kind = "finding" if isinstance(result, Finding) else "note"
            found.setdefault(Report(kind, judgement.facts.name, result.check), []).append(result.message)
    known = {report for report, _ in known_reasons()}
    assert {report: found[report] for report in sorted(found.keys() - known)} == {}, "new: a defect, or our bug"
    assert sorted(known - found.keys()) == [], "no longer reported: take it off the list"


@pytest.mark.real_wheels
def test_twine_itself_refuses_the_same_wheels(paths: list[Path], judgements: list[Judgement]) -> None:
    refused = {
        judgement.facts.name
        for judgement in judgements
        if any(result.check in TWINE_CHECKS for result in judgement.results)
    }
    with started_twine(paths) as twine:
        assert {finding.where for finding in twine_results(twine, paths)} == refused
