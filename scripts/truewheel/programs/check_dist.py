"""nox -s check-dist: may these files be published?"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from truewheel.builders.backend_version import with_version
from truewheel.checks import load_checks
from truewheel.checks.archive import ARCHIVE_READABLE
from truewheel.checks.dist import WHEELS_PRESENT
from truewheel.checks.registers import (
    ReleaseSources,
    dist_check,
    release_wheel_check,
    source_check,
    wheel_check,
    wheel_set_check,
)
from truewheel.checks.sentences import join_names
from truewheel.command_line import gate_parser, run_gate
from truewheel.config import Config, find_config
from truewheel.errors import ReleaseError
from truewheel.findings import Finding, Note, Result, Rule
from truewheel.judging.twine_check import (
    DESCRIPTION_PRESENT,
    DESCRIPTION_RENDERS,
    SAME_AS_TWINE,
    TWINE_CHECK,
    TWINE_WARNINGS,
    started_twine,
    twine_results,
)
from truewheel.judging.wheels import Judgement, comparable, is_understudy, judge_wheels
from truewheel.publishing.distribution_folder import list_strays, list_wheels, read_distribution_folder
from truewheel.report.model import Report
from truewheel.report.progress import shown_progress
from truewheel.report.text import pluralize
from truewheel.system import git
from truewheel.system.github_actions import is_rehearsed
from truewheel.verdict import ACCEPTANCES_USED, judged
from truewheel.wheel.reader import Wheel

load_checks("dist", "wheels")
RULES = (
    WHEELS_PRESENT,
    *dist_check.rules,
    ARCHIVE_READABLE,
    *wheel_check.rules,
    *release_wheel_check.rules,
    *wheel_set_check.rules,
    *source_check.rules,
    DESCRIPTION_RENDERS,
    DESCRIPTION_PRESENT,
    TWINE_CHECK,
    TWINE_WARNINGS,
    ACCEPTANCES_USED,
)
_UNCONFIGURED = "no [tool.release] here: judging each wheel on its own, as with --any"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a folder of wheels; exit status 0 fit, 1 refused, 2 could not be judged."""
    parser = gate_parser("check-dist", "May these files be published?")
    parser.add_argument(
        "dist", nargs="?", type=Path, default=Path("dist"), metavar="DIST", help="folder of the wheels (default: dist)"
    )
    parser.add_argument(
        "--any",
        action="store_true",
        help="judge each wheel on its own, of any project; the default where there is no [tool.release]",
    )
    return run_gate("check-dist", parser, RULES, _judge, arguments)


def _judge(options: argparse.Namespace) -> Report:
    found = None if options.any else find_config(Path.cwd())
    config = found and with_version(found, os.environ)
    if config is not None:
        return _judge_release(options.dist, config)
    return _judge_any(options.dist, [] if options.any else [Note("", "", _UNCONFIGURED)])


def _judge_any(dist: Path, before: list[Result]) -> Report:
    """Judge the wheels in a folder by the rules for every wheel, and only name what else is no distribution."""
    paths = list_wheels(dist)
    if strays := list_strays(dist):
        what = f"neither wheels nor sdists, or only links to them: {join_names(strays)}"
        hint = "move them away first"
        before.append(Note("", str(dist), f"{what}; an upload of the whole folder would include them", hint))
    if not paths:
        before.append(WHEELS_PRESENT.finding("there is no wheel in it", str(dist)))
    return _report(_judgements(paths, None), None, before)


def _judge_release(dist: Path, config: Config) -> Report:
    """Judge a folder that must hold the wheels of the release that `config` describes."""
    folder = read_distribution_folder(dist, config)
    before = list(dist_check.results(folder, str(dist), config.accept))
    paths = [dist / filename.text for filename in folder.wheels]
    # It takes as long to start as small wheels to be judged.
    with started_twine(paths) as twine:
        judgements = _judgements(paths, config)
        wheels = [judgement.wheel for judgement in judgements if judgement.wheel is not None]
        rehearsed = is_rehearsed(os.environ)
        alike = comparable([wheel for wheel in wheels if not is_understudy(wheel, is_rehearsed=rehearsed)], config)
        after = [*wheel_set_check.results(alike, str(dist), config.accept), *_source_results(alike, config, str(dist))]
        # An accepted finding does not hide what else twine may refuse.
        results = (result for judgement in judgements for result in (*judgement.findings, *judgement.notes))
        known = {result.where for result in results if result.check in SAME_AS_TWINE}
        # A wheel that cannot be read may be a zip bomb, which twine would unpack.
        if [wheel.path for wheel in wheels] == paths:
            after += twine_results(twine, paths, known)
    # A wheel that is missing or unreadable may have what is accepted; in a rehearsal, so may that of another builder.
    is_whole = len(wheels) == len(judgements) and not any(isinstance(result, Finding) for result in before)
    is_whole = is_whole and not rehearsed
    return _report(judgements, config, before=before, after=after, run=RULES if is_whole else ())


def _source_results(wheels: Sequence[Wheel], config: Config, dist: str) -> Iterable[Result]:
    try:
        paths = git.tracked(config.root)
    except ReleaseError:
        return ()  # without git there is no tag either, which validate reports
    project = config.package.settings["project"]
    readme = project.get("readme")
    compared = {str(readme.get("file") if isinstance(readme, Mapping) else readme).rpartition("/")[2]}
    compared |= {name.rpartition("/")[2] for wheel in wheels for name in wheel.sources}
    tracked = {path: (config.root / path).read_bytes() for path in paths if path.rpartition("/")[2] in compared}
    package = config.package.directory.as_posix()
    sources = ReleaseSources(wheels, tracked, package, config.exports, paths, project)
    return source_check.results(sources, dist, config.accept)


def _judgements(paths: Sequence[Path], config: Config | None) -> list[Judgement]:
    with shown_progress("judging wheels", len(paths), sys.stderr, os.environ) as progress:
        return judge_wheels(paths, config, progress, is_rehearsed=is_rehearsed(os.environ))


def _report(
    judgements: Sequence[Judgement],
    config: Config | None,
    before: Iterable[Result],
    after: Iterable[Result] = (),
    run: Sequence[Rule] = (),
) -> Report:
    results = [*before, *(result for judgement in judgements for result in judgement.results), *after]
    findings, notes, accepted = judged(results, config, run)
    facts = tuple(judgement.facts for judgement in judgements)
    subject = pluralize(len(facts), "wheel")
    return Report("check-dist", subject, findings, facts, notes=notes, accepted=accepted)
