"""truewheel init: write what a release needs into the repository in this folder, and nothing over what is there."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from truewheel.adoption.adopt import Adoption, changes, with_builds, workflow_name
from truewheel.adoption.files import Change, mark_of
from truewheel.adoption.repository import find_package, find_platforms, released_tags
from truewheel.adoption.ways import (
    FOLDER,
    OldWorkflow,
    build_settings,
    demand_tests,
    differences,
    read_workflows,
    shown,
)
from truewheel.command_line import Parser, called_as, run_program
from truewheel.config import Config, find_config
from truewheel.errors import ReleaseError
from truewheel.origin import find_origin
from truewheel.publishing.indexed_release import IndexUnreachable
from truewheel.report.console import write_line
from truewheel.system import git
from truewheel.system.files import write_together


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; exit status 2, and nothing is written, if that cannot be done."""
    parser = Parser(prog=called_as("init"), description="Write what a release needs, and nothing over what is there.")
    parser.add_argument(
        "package", nargs="?", type=Path, metavar="PACKAGE", help="folder of the package (default: the only one)"
    )
    parser.add_argument(
        "--workflow", type=Path, metavar="FILE", help="the publishing workflow's name; one that is there is replaced"
    )
    parser.add_argument("--upgrade", action="store_true", help="renew what was written before, unless it was edited")
    return run_program("init", "write", parser, _init, arguments)


def _init(options: argparse.Namespace) -> int:
    root, origin = Path.cwd(), find_origin()
    if inside := git.run(root, "rev-parse", "--show-prefix").strip():
        raise ReleaseError(f"this is the folder {inside} of a repository", hint="run this in its top folder")
    before, workflows = find_config(root, locked=False), read_workflows(root)
    if before is None and options.upgrade:
        raise ReleaseError("[tool.release] is missing in pyproject.toml", hint="run truewheel init without --upgrade")
    wanted = FOLDER / options.workflow.name if options.workflow else None
    replaced = _replaced(root, wanted)
    notes: list[str] = []
    named: set[str] = set()
    if before is None:
        config = _new_config(root, options.package, wanted, workflows, notes)
    else:
        demand_tests(before.package, workflows)
        config = dataclasses.replace(with_builds(before), workflow=wanted or before.workflow)
        named = {platform.name for platform in before.platforms if platform.builds}
    former = before.workflow if before and before.workflow != config.workflow else None
    selected = tuple(f"{build}" for build in config.builds if build.platform not in named)
    done = list(changes(Adoption(config, origin, selected, before is None, replaced, former, options.upgrade)))
    write_together(root, {change.path: change.text for change in done if change.text is not None})
    notes += differences(workflows, config.workflow, config.environment)
    if settings := build_settings(workflows, config.package.table("tool", "cibuildwheel")):
        notes.append(
            "settings of cibuildwheel in workflows have no effect here; add those that you need to "
            f"{config.package.pyproject.as_posix()}:"
        )
        notes += [f"  {line}" for line in shown(settings)]
    if origin.is_local:
        notes.append(
            f"truewheel is installed from {origin.location}, which CI cannot reach: install it from its "
            "repository, and run truewheel init --upgrade"
        )
    for line in _report(config, done, notes):
        write_line(line, sys.stdout)
    return 0


def _new_config(
    root: Path, folder: Path | None, wanted: Path | None, workflows: list[OldWorkflow], notes: list[str]
) -> Config:
    """The configuration of a repository that has none; what there is to say about it goes to `notes`."""
    package = find_package(root, folder)
    demand_tests(package, workflows)
    name = wanted or workflow_name(root, "publish")
    environments = [old.environment for old in workflows if old.path == name and old.environment]
    try:
        tags = released_tags(package, os.environ)
    except IndexUnreachable as error:
        notes.append(f"the platforms are the usual ones: {error.message}")
        tags = []
    config = Config(root, package, name, next(iter(environments), "pypi"), ())
    config, lost = find_platforms(config, tags)
    if lost:
        why = "cibuildwheel's settings select no build for them that is tested; untested wheels are not published (D6)"
        notes.append(f"left out: {', '.join(lost)}: {why}")
    return config


def _replaced(root: Path, path: Path | None) -> Path | None:
    """The workflow that is replaced, of which git must have the whole text; None if there is none.

    Raises:
        ReleaseError: it has changes that git does not have.
    """
    if path is None or not (root / path).exists() or mark_of((root / path).read_text(encoding="utf-8")):
        return None
    if git.uncommitted(root, [path]):
        raise ReleaseError(f"{path.as_posix()} has changes that are not committed", hint="commit them first")
    return path


def _report(config: Config, done: Sequence[Change], notes: Sequence[str]) -> Iterator[str]:
    package = config.package
    where = package.directory.as_posix()
    yield f"{package.name} {package.version or '(its version is dynamic)'}{'' if where == '.' else f' in {where}'}"
    for platform in config.platforms:
        yield f"  {platform.name} on {platform.runner}: {', '.join(build.python for build in platform.builds)}"
    for change in done:
        yield f"{change.path.as_posix()}: {change.what}"
        yield from (f"    {line}" for line in change.shown)
    yield from (f"note: {note}" if not note.startswith(" ") else note for note in notes)
    yield "next:"
    yield f"  nox -s validate -- --tag-only {f'v{package.version}' if package.version else '--tag-from-version'}"
    yield "  nox -s rehearse -- --plan"
    yield "  nox -s rehearse"
