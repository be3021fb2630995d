"""nox -s wheels: build the wheels of one platform, verify them, and put them in dist/: all of them or none."""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from truewheel.builders import zig
from truewheel.builders.choice import BUILDERS, CannotBuildHere, Choice, choose_builder
from truewheel.builders.cibuildwheel_options import selected_builds
from truewheel.builders.project import read_project
from truewheel.builders.source_tree import staged_sources
from truewheel.builds import serves_any, unserved
from truewheel.checks import load_checks
from truewheel.checks.native import native_platform, native_present, native_readable
from truewheel.checks.native_needs import needed_symbols_found
from truewheel.checks.registers import dist_check, project_check, wheel_check
from truewheel.checks.sentences import join_names
from truewheel.clean_room import room as clean_room
from truewheel.clean_room.package_tests import load_all_tests
from truewheel.command_line import Parser, run_program
from truewheel.config import BUILDS_LOCK, Config, load_config
from truewheel.errors import ReleaseError
from truewheel.findings import Note, Result
from truewheel.platforms import Platform
from truewheel.publishing.distribution_folder import DistributionFolder, list_wheels
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.rehearsal.understudy import explanation, take_understudies, understudied
from truewheel.report.console import write_line
from truewheel.report.github import append_summary
from truewheel.report.markdown import code, table
from truewheel.report.model import Report
from truewheel.report.printing import print_report
from truewheel.report.text import pluralize, readable_size
from truewheel.system import git
from truewheel.system.files import place_together, scratch_folder
from truewheel.system.github_actions import NOT_BUILT, RAN, UNDERSTUDY, RehearsedJob, rehearsed_job
from truewheel.tag import resolve_tag
from truewheel.verdict import judged
from truewheel.wheel.filename import try_parse
from truewheel.wheel.reader import UnreadableWheel, Wheel, read_wheel

load_checks("build", "dist")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build one platform's wheels; exit status 0 built and tested, 1 refused by its tests, 2 not built."""
    parser = Parser(
        prog='nox -s "wheels(PLATFORM)" --',
        description="Build the wheels of a platform of [tool.release.platforms], verify them in a clean environment, "
        "run the package's tests, and put them in dist/. `nox -s wheels` does this for every platform; without nox, "
        "it is `truewheel wheels PLATFORM`.",
    )
    # The nox session names the platform.
    parser.add_argument("platform", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--builder", choices=list(BUILDERS), help="use this builder (default: one that works here)")
    parser.add_argument("--dist", type=Path, default=Path("dist"), help="where to put the wheels (default: dist)")
    parser.add_argument(
        "--all-tests",
        action="store_true",
        help="under Wine, run all tests of the package, not only the smoke test (elsewhere all are run anyway)",
    )
    return run_program("wheels", "build", parser, _build_or_stand_in, arguments)


def _build_or_stand_in(options: argparse.Namespace) -> int:
    """Build; in a rehearsal, take the last release's wheels in the place of those that cannot be built here."""
    try:
        return _build(options)
    except CannotBuildHere as error:
        why, job = error.message, rehearsed_job(os.environ)
        if job is None:
            raise
    config = load_config(Path.cwd())
    try:
        _take_understudies(_platform(options.platform, config), config, options.dist, job, why)
    except ReleaseError as error:
        job.remark(NOT_BUILT, f"{why}; and {error.line}")
        raise ReleaseError(f"{why}; and {error.message}", hint=error.hint) from None
    return 0


def _build(options: argparse.Namespace) -> int:
    started = time.monotonic()
    config = load_config(Path.cwd())
    platform = _platform(options.platform, config)
    load_all_tests(config, platform, [build.python for build in platform.builds], os.environ)
    if options.dist.exists() and not options.dist.is_dir():
        raise ReleaseError(
            f"{options.dist} is not a folder, so no wheel can be put in it",
            hint="move the file away, or name another folder: -- --dist FOLDER",
        )
    _print_notes(config)
    choice = _choose(platform, config, options.builder)
    with staged_sources(config, os.environ) as sources, scratch_folder() as out:
        for submodule in sources.missing:
            missing = f"the submodule {submodule.as_posix()} is not checked out, so the build does not see it"
            write_line(f"wheels: note: {missing}", sys.stdout)
        wheels = [_read(path, platform) for path in choice.builder.build(platform, sources, config, out)]
        results, rows = [*_judge(wheels, platform, config), *_cxx_notes(wheels, platform, choice)], []
        for wheel in () if judged(results, config, ())[0] else wheels:
            found, done = clean_room.verify(wheel, sources, config, all_tests=options.all_tests)
            results += found
            elapsed = f"{time.monotonic() - started:.1f} s"
            rows.append([choice.name, wheel.name, readable_size(wheel.size), wheel.sha256, elapsed, done])
        # An acceptance for another platform accepts nothing here.
        findings, notes, accepted = judged(results, config, ())
        if findings or accepted:
            shown = notes if findings else ()
            report = Report("wheels", _subject(wheels, platform), findings, notes=shown, accepted=accepted)
            print_report(report, sys.stdout, as_json=False, environ=os.environ)
            if findings:
                return report.outcome.exit_status
        paths = [wheel.path for wheel in wheels]
        place_together(paths, options.dist, instead_of=_older(options.dist, platform, config))
    _report(rows, notes, options.dist)
    return 0


def _platform(given: Sequence[str], config: Config) -> Platform:
    if len(given) == 1:
        return config.platform(given[0])
    wanted = given[-1] if given else config.platforms[0].name
    raise ReleaseError(
        f"a platform belongs in the session's name, not after --: {wanted}" if given else "no platform was named",
        hint=f'run nox -s "wheels({wanted})"',
    )


def _refuse_outdated_lock(platform: Platform, config: Config) -> None:
    """Raise a ReleaseError if cibuildwheel selects other builds than those that `nox -s lock` wrote down."""
    if load_config(config.root, locked=False).platform(platform.name).builds:
        return  # named in the platform's own table
    selected, locked = (list(map(str, builds)) for builds in (selected_builds(platform, config), platform.builds))
    lacks = [build for build in selected if build not in locked]
    differences = {"lacks": lacks, "has": [build for build in locked if build not in selected]}
    if words := [f"{verb} {', '.join(builds)}" for verb, builds in differences.items() if builds]:
        raise ReleaseError(
            f"{BUILDS_LOCK.as_posix()} {' and '.join(words)}; cibuildwheel selects {', '.join(selected)}",
            hint="run nox -s lock, and commit the file",
        )


def _print_notes(config: Config) -> None:
    """Print what should be known before a build that may take minutes."""
    changed = git.uncommitted(config.root, config.source_folders)
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        write_line(f"wheels: note: uncommitted changes, which no tag contains: {changed[0]}{more}", sys.stdout)
    for result in project_check.results(read_project(config), ""):
        # The choice of the builder says the rest.
        if result.check == "downloads-pinned":
            write_line(f"wheels: note: {result.message}; {result.hint}", sys.stdout)


def _choose(platform: Platform, config: Config, requested: str | None) -> Choice:
    if platform.system == "linux" and requested != "zig":
        write_line("wheels: looking for a container engine and its image; the first pull takes minutes", sys.stdout)
    choice = choose_builder(platform, config, requested=requested, environ=os.environ)
    if choice.name == "cibuildwheel":
        _refuse_outdated_lock(platform, config)
    write_line(f"wheels: building {platform.name} with {choice.name}: {choice.reason}", sys.stdout)
    return choice


def _read(path: Path, platform: Platform) -> Wheel:
    try:
        wheel = read_wheel(path)
    except UnreadableWheel as error:
        raise ReleaseError(f"the build made an unreadable wheel, {path.name}: {error}") from None
    if not platform.accepts_any(wheel.platform_tags):
        raise ReleaseError(
            f"the build made {path.name}, which is not a wheel for {platform.name}",
            hint="a wheel tagged linux_… was not repaired; a wheel tagged any has no native library in it",
        )
    return wheel


def _judge(wheels: Sequence[Wheel], platform: Platform, config: Config) -> Iterator[Result]:
    """Judge a set of wheels before any of it is run: does it serve the builds, is its native code for the platform?"""
    names = tuple(wheel.filename for wheel in wheels if wheel.filename is not None)
    package = config.package
    version = package.version or str(names[0].version)
    folder = DistributionFolder(Path(), names, (), package.normalized_name, version, (platform,))
    for result in dist_check.results(folder, platform.name):
        yield replace(result, hint="correct the tags that the backend gives to wheels, or the builds (nox -s lock)")
    for check in wheel_check:
        if check.judge in (native_present, native_readable, native_platform, needed_symbols_found):
            for wheel in wheels:
                yield from check.results(wheel, wheel.name)


def _cxx_notes(wheels: Sequence[Wheel], platform: Platform, choice: Choice) -> Iterator[Note]:
    for wheel in wheels if choice.name == "zig" else ():
        names = zig.cxx_libraries(wheel)
        if len(names) > 1:
            yield Note(
                "cxx-runtimes",
                wheel.name,
                f"zig linked a C++ runtime into each of {join_names(names)}: an exception that crosses from one to "
                "another ends the process",
                'let no exception leave a library; or put builder = "cibuildwheel" in '
                f"[tool.release.platforms.{platform.name}]",
            )


def _subject(wheels: Sequence[Wheel], platform: Platform) -> str:
    return wheels[0].name if len(wheels) == 1 else f"{pluralize(len(wheels), 'wheel')} for {platform.name}"


def _take_understudies(platform: Platform, config: Config, dist: Path, job: RehearsedJob, why: str) -> None:
    settings = replace(read_pip_settings(os.environ), index_url=job.upstream)
    version = resolve_tag(None, os.environ, config.root).removeprefix("v")
    with scratch_folder() as out:
        is_wanted = functools.partial(serves_any, builds=platform.builds)
        wheels = take_understudies(config.package.normalized_name, version, is_wanted, out, settings)
        if without := unserved(platform.builds, [name for wheel in wheels if (name := try_parse(wheel.name))]):
            old = understudied(wheels[0])
            raise ReleaseError(
                f"{old}, of the last release, does not serve {join_names(map(str, without))}",
                hint="rehearse on a machine that can build for them",
            )
        place_together(wheels, dist, instead_of=_older(dist, platform, config))
        for wheel in wheels:
            words = f"{explanation(wheel.name, understudied(wheel))}; {why}"
            job.remark(UNDERSTUDY, words)
            write_line(f"wheels: {words}", sys.stdout)


def _older(dist: Path, platform: Platform, config: Config) -> Iterator[Path]:
    """The wheels of this project and platform in `dist`, which those of this build replace."""
    for path in dist.glob("*.whl"):
        name = try_parse(path.name)
        if name and name.project == config.package.normalized_name and platform.accepts_any(name.platform_tags):
            yield path


def _report(rows: Sequence[Sequence[str]], notes: Sequence[Note], dist: Path) -> None:
    """Report each wheel, with the time from the start until it was tested; the notes; and what `dist` holds now."""
    header = ["builder", "wheel", "size", "SHA-256", "time", "tests"]
    append_summary(table(header, [[*row[:3], code(row[3]), *row[4:]] for row in rows]), os.environ)
    for builder, name, size, sha256, *others in rows:
        if (job := rehearsed_job(os.environ)) and not others[-1].startswith("not run"):
            job.remark(RAN, f"{name} {others[-1]}")
        write_line("  ".join([f"wheels: {builder}", name, size, f"sha256 {sha256}", *others]), sys.stdout)
    for note in notes:
        write_line(f"wheels: note: {note.where}: {note.message}; {note.hint}", sys.stdout)
    names = [path.name for path in list_wheels(dist)]
    write_line(f"wheels: {dist}/ holds {pluralize(len(names), 'wheel')}: {join_names(names)}", sys.stdout)
