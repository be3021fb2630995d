"""nox -s validate: may this tag be released?"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.checks import dist, release
from scripts.checks.registers import dist_check, release_check
from scripts.command_line import gate_parser, run_gate
from scripts.config import Config, load_config
from scripts.distribution_folder import read_distribution_folder
from scripts.errors import ReleaseError
from scripts.release import Release
from scripts.report import Report
from scripts.tag import resolve_tag
from scripts.workflow import read_workflow

CHECKS = (release, dist)  # importing them is what registers their checks


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a tag; exit status 0 fit, 1 refused, 2 could not be judged."""
    parser = gate_parser("validate", "May this tag be released?")
    parser.add_argument("tag", nargs="?", metavar="TAG", help="the tag to judge; by default the one being released")
    parser.add_argument(
        "--tag-from-version",
        action="store_true",
        help="judge the tag that the package's version would get, for builds without a tag",
    )
    parser.add_argument("--tag-only", action="store_true", help="leave the wheels out, before they are built")
    parser.add_argument("--dist", type=Path, default=Path("dist"), help="the folder with the wheels (default: dist)")
    return run_gate("validate", parser, [*release_check.rules, *dist_check.rules], _judge, arguments)


def _judge(options: argparse.Namespace) -> Report:
    config = load_config(Path.cwd())
    tag = _tag(options, config)
    subject = Release(tag, config, read_workflow(config.root, config.workflow))
    findings = list(release_check.findings(subject, tag))
    judged = f"the tag {tag}"
    if options.tag_only:
        return Report("validate", judged, tuple(findings))
    judged += f" and {options.dist}"
    try:
        folder = read_distribution_folder(options.dist, config)
    except ReleaseError as error:
        # What is wrong with the tag is known by now, and is shown whatever became of the folder.
        return Report("validate", judged, tuple(findings), error=error)
    findings += dist_check.findings(folder, f"{options.dist}")
    return Report("validate", judged, tuple(findings))


def _tag(options: argparse.Namespace, config: Config) -> str:
    if not options.tag_from_version:
        return resolve_tag(options.tag, os.environ, config.root)
    if options.tag is not None:
        raise ReleaseError("--tag-from-version and a tag exclude each other", hint="give one of the two")
    if config.package.version is None:
        raise ReleaseError(
            f"{config.package.pyproject.as_posix()} has no version in [project] to make a tag from",
            hint='write version = "X.Y.Z" into [project]',
        )
    return f"v{config.package.version}"


if __name__ == "__main__":
    sys.exit(main())
