"""nox -s check-dist: may these files be published?"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from truewheel.checks import dist
from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.dist import WHEELS_PRESENT
from truewheel.checks.registers import dist_check, release_wheel_check, wheel_check, wheel_set_check
from truewheel.checks.wheel_set import comparable
from truewheel.command_line import gate_parser, run_gate
from truewheel.config import Config, load_config
from truewheel.findings import Result, separate
from truewheel.judging import wheels as judging
from truewheel.judging.twine_check import DESCRIPTION_RENDERS, TWINE_CHECK, TwineCheck
from truewheel.judging.wheels import Judgement, judge_wheels
from truewheel.publishing.distribution_folder import list_wheels, read_distribution_folder
from truewheel.report.model import Report
from truewheel.report.progress import shown_progress
from truewheel.report.text import pluralize

CHECKS = (dist, *judging.CHECKS)  # importing them is what registers their checks
RULES = (
    WHEELS_PRESENT,
    *dist_check.rules,
    ARCHIVE_READABLE,
    *wheel_check.rules,
    *release_wheel_check.rules,
    *wheel_set_check.rules,
    DESCRIPTION_RENDERS,
    TWINE_CHECK,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a folder of wheels; exit status 0 fit, 1 refused, 2 could not be judged."""
    parser = gate_parser("check-dist", "May these files be published?")
    parser.add_argument(
        "dist", nargs="?", type=Path, default=Path("dist"), metavar="DIST", help="the folder (default: dist)"
    )
    parser.add_argument(
        "--any",
        action="store_true",
        help="judge each wheel on its own, of whatever project, and nothing that [tool.release] says of a release",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write a page that shows the wheels")
    return run_gate("check-dist", parser, RULES, _judge, arguments)


def _judge(options: argparse.Namespace) -> Report:
    report = _judge_any(options.dist) if options.any else _judge_release(options.dist, load_config(Path.cwd()))
    if options.html is not None:
        # Imported here because few runs want it.
        from truewheel.report.page.wheels_page import write_page  # noqa: PLC0415

        write_page(report, RULES, options.html)
    return report


def _judge_any(dist: Path) -> Report:
    """Judge the wheels in a folder by what holds for every wheel; whatever else lies there is nobody's business."""
    paths = list_wheels(dist)
    findings = [] if paths else [WHEELS_PRESENT.finding("there is no wheel in it", str(dist))]
    return _report(paths, findings, _judged(paths, None))


def _judge_release(dist: Path, config: Config) -> Report:
    """Judge the wheels in a folder as those of the release that `config` describes."""
    folder = read_distribution_folder(dist, config)
    results = list(dist_check.results(folder, str(dist)))
    paths = [dist / filename.text for filename in folder.wheels]
    judgements = _judged(paths, config)
    wheels = [judgement.wheel for judgement in judgements if judgement.wheel is not None]
    # Only what was read to its end: twine would unpack a bomb.
    twine = TwineCheck([wheel.path for wheel in wheels]) if wheels else None
    report = _report(paths, results, judgements)
    findings, notes = separate(
        (*wheel_set_check.results(comparable(wheels, config), str(dist)), *(twine.findings() if twine else ()))
    )
    return replace(report, findings=(*report.findings, *findings), notes=(*report.notes, *notes))


def _judged(paths: Sequence[Path], config: Config | None) -> list[Judgement]:
    with shown_progress("judging wheels", len(paths), sys.stderr, os.environ) as progress:
        return judge_wheels(paths, config, progress)


def _report(paths: Sequence[Path], results: Sequence[Result], judgements: Sequence[Judgement]) -> Report:
    findings, notes = separate(results)
    for judgement in judgements:
        findings += judgement.findings
        notes += judgement.notes
    facts = tuple(judgement.facts for judgement in judgements)
    return Report("check-dist", pluralize(len(paths), "wheel"), findings, facts, notes=notes)
