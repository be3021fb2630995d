"""truewheel init: write what a release needs into the repository in this folder, and nothing over what is there."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from truewheel.adoption.adopt import changes, workflow_name
from truewheel.adoption.files import Change
from truewheel.adoption.repository import find_package, find_platforms, released_tags
from truewheel.adoption.ways import FOLDER, OldWorkflow, build_settings, demand_tests, differences, read_workflows
from truewheel.builders.choice import CannotBuildHere, choose_builder
from truewheel.command_line import Parser, called_as, run_program
from truewheel.config import Config, find_config
from truewheel.errors import ReleaseError
from truewheel.locks import with_builds
from truewheel.origin import find_origin
from truewheel.platforms import Platform
from truewheel.publishing.indexed_release import IndexUnreachable
from truewheel.report.console import write_line
from truewheel.system import git
from truewheel.system.files import write_together


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; exit status 2, and nothing is written, if that cannot be done."""
    parser = Parser(
        prog=called_as("init"),
        description="Write what a release needs into the repository in this folder. Only two things are ever "
        "overwritten: the workflow that --workflow names and, with --upgrade, files that were not edited.",
    )
    parser.add_argument(
        "package", nargs="?", type=Path, metavar="PACKAGE", help="folder of the package (default: the only one)"
    )
    parser.add_argument(
        "--workflow", type=Path, metavar="FILE", help="the publishing workflow's file; an existing one is replaced"
    )
    parser.add_argument("--upgrade", action="store_true", help="renew files that init wrote, unless they were edited")
    return run_program("init", "write", parser, _init, arguments)


def _init(options: argparse.Namespace) -> int:
    root, origin = Path.cwd(), find_origin()
    if inside := git.run(root, "rev-parse", "--show-prefix").strip():
        raise ReleaseError(f"this is the folder {inside} of a repository", hint="run this in its top folder")
    before, workflows = find_config(root, locked=False), read_workflows(root)
    if before is None and options.upgrade:
        raise ReleaseError("[tool.release] is missing in pyproject.toml", hint="run truewheel init without --upgrade")
    wanted = FOLDER / options.workflow.name if options.workflow else None
    if before is not None and wanted not in (None, before.workflow):
        hint = f"change it there to {wanted}, remove the old file, and run this again"
        raise ReleaseError(f"workflow in [tool.release] is {before.workflow.as_posix()}", hint=hint)
    replaced = wanted if wanted in [old.path for old in workflows] else None
    if replaced is not None and git.uncommitted(root, [replaced]):
        raise ReleaseError(f"{replaced.as_posix()} has changes that are not committed", hint="commit them first")
    package = before.package if before else find_package(root, options.package)
    demand_tests(package, workflows)
    notes: list[str] = []
    if before is not None:
        config = with_builds(before)
    else:
        config = _found(Config(root, package, wanted or workflow_name(root, "publish"), "pypi", ()), workflows, notes)
    done = list(changes(config, before, replaced, is_upgrade=options.upgrade))
    write_together(root, {change.path: change.text for change in done if change.text is not None})
    notes += differences(workflows, config.workflow, config.environment)
    if settings := build_settings(workflows, package):
        file = package.pyproject.as_posix()
        notes.append(f"the new workflows ignore these settings of cibuildwheel; add those that you need to {file}:")
        notes += [f"  {line}" for line in settings]
    if origin.is_local:
        what = f"truewheel is installed from {origin.location}, which CI cannot reach"
        notes.append(f"{what}: install it from its repository, and run truewheel init --upgrade")
    for line in _report(config, done, notes):
        write_line(line, sys.stdout)
    return 0


def _found(config: Config, workflows: list[OldWorkflow], notes: list[str]) -> Config:
    """A configuration with what the project has: the environment of a workflow that is replaced, and the platforms."""
    known = [old.environment for old in workflows if old.path == config.workflow and old.environment]
    tags: set[str] = set()
    is_new = False
    try:
        tags = released_tags(config.package, os.environ)
        is_new = not tags
    except IndexUnreachable as error:
        notes.append(f"the platforms are the default ones: {error.message}")
    config, left_out = find_platforms(replace(config, environment=next(iter(known), "pypi")), tags)
    if left_out:
        why = "cibuildwheel's settings select no build for them that is tested; untested wheels are not published (D6)"
        notes.append(f"left out: {', '.join(left_out)}: {why}")
    if is_new and (names := [each.name for each in config.platforms if not _is_built_here(each, config)]):
        what = f"this machine cannot build {', '.join(names)}, and there is no release to take wheels from"
        notes.append(f"{what}: rehearse on one that can, or leave the platform out until the first release")
    return config


def _is_built_here(platform: Platform, config: Config) -> bool:
    try:
        choose_builder(platform, config, requested=None, environ={}, may_pull=False)
    except ReleaseError as error:  # if no machine can, the plan says why
        return not isinstance(error, CannotBuildHere)
    return True


def _report(config: Config, done: Sequence[Change], notes: Sequence[str]) -> Iterator[str]:
    package, version = config.package, config.package.version
    where = package.directory.as_posix()
    yield f"{package.name} {version or '(its version is dynamic)'}{'' if where == '.' else f' in {where}'}"
    for platform in config.platforms:
        yield f"  {platform.name} on {platform.runner}: {', '.join(build.python for build in platform.builds)}"
    for change in done:
        yield f"{change.path.as_posix()}: {change.what}"
        yield from (f"    {line}" for line in change.shown)
    yield from (note if note.startswith(" ") else f"note: {note}" for note in notes)
    for change in done:
        if change.is_incomplete:
            yield f"note: first complete {change.path.as_posix()} as shown above: without that, the next commands fail"
    yield "next:"
    yield f"  nox -s validate -- --tag-only {f'v{version}' if version else '--tag-from-version'}"
    yield "  nox -s rehearse -- --plan"
    yield "  nox -s rehearse"
