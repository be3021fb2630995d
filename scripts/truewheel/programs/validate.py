"""nox -s validate: may this tag be released?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from truewheel.checks import dist, index, release, workflow, workflow_gates, workflow_publication, workflow_wheels
from truewheel.checks.registers import dist_check, index_check, release_check, workflow_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.command_line import gate_parser, run_gate
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.findings import Note, Result, separate
from truewheel.publishing.distribution_folder import read_distribution_folder
from truewheel.publishing.package_index import IndexUnreachable, read_indexed_release
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.publishing.publication import BuiltFile, Publication, read_built_files
from truewheel.publishing.stated_versions import read_stated_versions
from truewheel.publishing.trusted_publisher import registration
from truewheel.report.model import Report
from truewheel.tag import resolve_tag
from truewheel.workflow import read_workflow

# Importing them is what registers their checks.
CHECKS = (release, workflow, workflow_gates, workflow_publication, workflow_wheels, dist, index)
RULES = (*release_check.rules, *workflow_check.rules, *dist_check.rules, *index_check.rules)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a tag; exit status 0 fit, 1 refused, 2 could not be judged."""
    parser = gate_parser("validate", "May this tag be released?")
    parser.add_argument("tag", nargs="?", metavar="TAG", help="the tag to judge; by default the one being released")
    parser.add_argument(
        "--tag-from-version",
        action="store_true",
        help="judge the tag that the package's version would get, for builds without a tag; the index is not asked",
    )
    parser.add_argument("--tag-only", action="store_true", help="leave the wheels out, before they are built")
    parser.add_argument("--no-index", action="store_true", help="do not ask the index what it has of the version")
    parser.add_argument("--dist", type=Path, default=Path("dist"), help="the folder with the wheels (default: dist)")
    return run_gate("validate", parser, RULES, _judge, arguments)


def _judge(options: argparse.Namespace) -> Report:
    config = load_config(Path.cwd())
    tag = _tag(options, config)
    # Without a tag nothing is about to be published, and most commits carry a version that was published already.
    is_release = not options.tag_from_version
    publisher = registration(config, os.environ).fields if is_release else ()
    subject = TaggedRelease(tag, config, read_workflow(config.root, config.workflow), read_stated_versions(config))
    results = [
        *release_check.results(subject, tag),
        *workflow_check.results(subject, subject.workflow.path.as_posix()),
    ]
    # What is wrong with the tag is known by now, and is shown whatever becomes of the folder and the index.
    errors: list[ReleaseError] = []
    built: tuple[BuiltFile, ...] | None = None
    judged = [f"the tag {tag}"]
    if not options.tag_only:
        judged.append(f"{options.dist}")
        try:
            folder = read_distribution_folder(options.dist, config)
            results += dist_check.results(folder, f"{options.dist}")
            built = read_built_files(options.dist)
        except ReleaseError as error:
            errors.append(error)
    if is_release and not options.no_index and config.package.version is not None:
        judged.append("the index")
        try:
            results += _index_results(_publication(config, config.package.version, built))
        except ReleaseError as error:
            errors.append(error)
    results += [Note("", "", f"could not be judged either: {error.message}", error.hint) for error in errors[1:]]
    findings, notes = separate(results)
    return Report(
        "validate",
        _joined(judged),
        findings,
        error=next(iter(errors), None),
        notes=notes,
        publisher=publisher,
    )


def _publication(config: Config, version: str, built: tuple[BuiltFile, ...] | None) -> Publication:
    try:
        indexed = read_indexed_release(config.package.normalized_name, version, read_pip_settings(os.environ))
    except IndexUnreachable as error:
        raise ReleaseError(
            error.message, hint="mend that, or leave the index out: nox -s validate -- --no-index"
        ) from None
    return Publication(indexed, config.platforms, built, datetime.now(timezone.utc))


def _index_results(publication: Publication) -> Iterator[Result]:
    indexed = publication.indexed
    return index_check.results(publication, f"{indexed.project} {indexed.version} on {indexed.index}")


def _joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


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
