"""nox -s validate: may this tag be released?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from truewheel.builders.backend_version import tag_to_be, with_version
from truewheel.builders.project import read_project
from truewheel.checks import load_checks
from truewheel.checks.registers import dist_check, index_check, project_check, release_check, workflow_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.command_line import gate_parser, run_gate
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.findings import Note, Result
from truewheel.publishing.distribution_folder import read_distribution_folder
from truewheel.publishing.indexed_release import IndexUnreachable
from truewheel.publishing.package_index import read_indexed_release
from truewheel.publishing.pip_choice import PipChoice
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.publishing.publication import Publication, read_built_files
from truewheel.publishing.stated_versions import read_stated_versions
from truewheel.publishing.trusted_publisher import find_repository, registration
from truewheel.report.model import Report
from truewheel.system.github_actions import is_real_job, is_rehearsed
from truewheel.tag import resolve_tag
from truewheel.verdict import ACCEPTANCES_USED, judged
from truewheel.workflow import read_workflow
from truewheel.workflow.nox_sessions import read_nox_sessions

load_checks("release", "build", "dist", "index")
_REGISTERS = (release_check, project_check, workflow_check, dist_check, index_check)
RULES = (*(rule for register in _REGISTERS for rule in register.rules), ACCEPTANCES_USED)
# After one of these, a maintainer needs the fields of PyPI's form.
ABOUT_PUBLISHER = frozenset({"project-known", "publish-environment", "workflow-file-trusted"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a tag; exit status 0 fit, 1 refused, 2 could not be judged."""
    parser = gate_parser("validate", "May this tag be released?")
    parser.add_argument(
        "tag", nargs="?", metavar="TAG", help="tag to judge (default: the one that GitHub runs for, or the one at HEAD)"
    )
    parser.add_argument(
        "--tag-from-version",
        action="store_true",
        help="judge the tag that the package's version would get, and do not ask the index",
    )
    parser.add_argument("--tag-only", action="store_true", help="do not judge the wheels, which are not built yet")
    parser.add_argument("--no-index", action="store_true", help="do not ask the index")
    parser.add_argument("--dist", type=Path, default=Path("dist"), help="folder of the wheels (default: dist)")
    parser.add_argument(
        "--registration", action="store_true", help="also show the trusted publisher to register on PyPI"
    )
    return run_gate("validate", parser, RULES, _judge, arguments)


def _judge(options: argparse.Namespace) -> Report:
    config = load_config(Path.cwd())
    given = None if options.tag_from_version else resolve_tag(options.tag, os.environ, config.root)
    if given is None and options.tag is not None:
        raise ReleaseError("--tag-from-version and a tag cannot be used together", hint="leave out one of the two")
    config = with_version(config, os.environ)
    tag = given or tag_to_be(config)
    subject = _subject(tag, config, is_tagged=given is not None)
    # --tag-from-version is for builds of any commit, whose version may have been published long ago.
    asks_index = not options.tag_from_version and not options.no_index
    tag_rules = (*release_check.rules, *workflow_check.rules)
    choices: list[PipChoice] = []
    steps = [
        (True, f"the tag {tag}", tag_rules, _judge_tag(subject)),
        (not options.tag_only, f"{options.dist}", dist_check.rules, _judge_folder(options.dist, config)),
        # What is on the index changes over time, and may need an acceptance again.
        (asks_index, "the index", (), _judge_index(config, None if options.tag_only else options.dist, choices)),
    ]
    results, error = _run([step for is_wanted, _, _, step in steps if is_wanted])
    run = [rule for is_wanted, _, rules, _ in steps if is_wanted and error is None for rule in rules]
    findings, notes, accepted = judged(results, config, run)
    is_needed = options.registration or any(result.check in ABOUT_PUBLISHER for result in results)
    return Report(
        "validate",
        _joined([what for is_wanted, what, _, _ in steps if is_wanted]),
        findings,
        error=error,
        notes=notes,
        accepted=accepted,
        publisher=registration(config, os.environ).fields if is_needed else (),
        choices=tuple(choices),
    )


def _run(steps: Sequence[Iterator[Result]]) -> tuple[list[Result], ReleaseError | None]:
    """Run every step, even if one ends with an error; return the results, and the first error."""
    results: list[Result] = []
    errors: list[ReleaseError] = []
    for step in steps:
        try:
            results.extend(step)
        except ReleaseError as error:
            errors.append(error)
    results += [Note("", "", f"this cannot be judged either: {error.message}", error.hint) for error in errors[1:]]
    return results, next(iter(errors), None)


def _judge_tag(subject: TaggedRelease) -> Iterator[Result]:
    config, accept = subject.config, subject.config.accept
    yield from release_check.results(subject, subject.tag, accept)
    for result in project_check.results(read_project(config), config.package.pyproject.as_posix(), accept):
        # In GitHub Actions zig builds nothing.
        if result.check != "cross-build-possible" or not is_real_job(os.environ):
            yield result
    yield from workflow_check.results(subject, subject.workflow.path.as_posix(), accept)


def _judge_folder(folder: Path, config: Config) -> Iterator[Result]:
    yield from dist_check.results(read_distribution_folder(folder, config), f"{folder}", config.accept)


def _judge_index(config: Config, folder: Path | None, choices: list[PipChoice]) -> Iterator[Result]:
    """Judge what the index has; add to `choices` what pip takes after the release."""
    name, version = config.package.normalized_name, config.package.version or ""
    try:
        indexed = read_indexed_release(name, version, read_pip_settings(os.environ))
    except IndexUnreachable as error:
        error.hint += "; or leave the index out: nox -s validate -- --no-index"
        raise
    # A folder that is missing is the error of another step.
    built = read_built_files(folder) if folder is not None and folder.is_dir() else None
    promised = config.package.settings["project"].get("requires-python", "")
    publication = Publication(indexed, config.builds, built, datetime.now(timezone.utc), promised)
    choices += publication.choices
    results = index_check.results(publication, f"{indexed.project} {indexed.version} on {indexed.index}")
    yield from (result for result in results if result.check != "project-known" or not is_rehearsed(os.environ))


def _joined(words: Sequence[str]) -> str:
    """Join words: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _subject(tag: str, config: Config, *, is_tagged: bool) -> TaggedRelease:
    workflow, sessions = read_workflow(config.root, config.workflow), read_nox_sessions(config.root)
    if config.package.is_dynamic and not is_tagged:
        # The backend sees no tag yet, so the version is that of a development release.
        return TaggedRelease(tag, config.with_version(tag.removeprefix("v")), workflow, (), sessions)
    # Builds of any commit may run in a fork.
    repository = find_repository(None, os.environ, config.root) if is_tagged else None
    return TaggedRelease(tag, config, workflow, read_stated_versions(config), sessions, repository)
