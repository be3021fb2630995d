"""nox -s wheels: build the wheel of a platform, prove it, and put it into dist/."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag

from truewheel.builders import BUILDERS, Choice, choose_builder
from truewheel.builders.source_tree import staged_sources
from truewheel.clean_room import room as clean_room
from truewheel.clean_room.package_tests import load_package_tests
from truewheel.command_line import Parser, run_program
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.report.console import write_line
from truewheel.report.github import append_summary, markdown_table
from truewheel.report.model import Report
from truewheel.report.printing import print_report
from truewheel.report.text import readable_size
from truewheel.system import git
from truewheel.system.files import place_atomically, scratch_folder
from truewheel.wheel.filename import try_parse
from truewheel.wheel.reader import UnreadableWheel, Wheel, read_wheel


def main(arguments: Sequence[str] | None = None) -> int:
    """Build one platform's wheel; exit status 0 built and tested, 1 refused by its tests, 2 not built."""
    parser = Parser(prog="nox -s wheels --", description="Build, prove and test the wheel of a platform.")
    parser.add_argument("platform", metavar="PLATFORM", help="a platform of [tool.release.platforms]")
    parser.add_argument("--builder", choices=list(BUILDERS), help="insist on a builder")
    parser.add_argument("--dist", type=Path, default=Path("dist"), help="where the wheel goes (default: dist)")
    return run_program("wheels", "build", parser, _build, arguments)


@dataclass(frozen=True, slots=True)
class Built:
    """A wheel that was built, before it goes into dist/: how, what, and why it was not run here (None if it was)."""

    choice: Choice
    wheel: Wheel
    not_run: str | None
    seconds: float


def _build(options: argparse.Namespace) -> int:
    started = time.monotonic()
    config = load_config(Path.cwd())
    platform = config.platform(options.platform)
    tests = load_package_tests(config.package)
    if platform.is_manylinux and options.builder != "zig":
        write_line("wheels: looking for a container engine and the image; the first time it is pulled", sys.stdout)
    choice = choose_builder(platform, config, insisted=options.builder, environ=os.environ)
    write_line(f"wheels: building {platform.name} with {choice.name}: {choice.reason}", sys.stdout)
    _note_uncommitted(config)
    with staged_sources(config, os.environ) as sources, scratch_folder() as out:
        wheel = _read(choice.builder.build(platform, sources, config, out), platform)
        not_run = clean_room.why_not_here(wheel)
        if not_run is None:
            findings = tuple(clean_room.verify(wheel, sources, tests, config))
            if findings:
                refusal = Report("wheels", wheel.name, findings)
                print_report(refusal, sys.stdout, as_json=False, environ=os.environ)
                return refusal.exit_status
        placed = place_atomically(wheel.path, options.dist)
    _remove_older(placed, platform, config)
    _tell(Built(choice, wheel, not_run, time.monotonic() - started))
    return 0


def _note_uncommitted(config: Config) -> None:
    changed = git.uncommitted(config.root, config.package.directory)
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        write_line(f"wheels: note: built with {changed[0]}{more}, not committed; a tag would go without", sys.stdout)


def _read(path: Path, platform: Platform) -> Wheel:
    try:
        wheel = read_wheel(path)
    except UnreadableWheel as error:
        raise ReleaseError(f"the build made an unreadable wheel, {path.name}: {error}") from None
    tags = wheel.filename.platform_tags if wheel.filename else []
    if not platform.accepts_all(tags):
        raise ReleaseError(
            f"the build made {path.name}, which is no wheel for {platform.name}",
            hint="a wheel tagged linux_… was not repaired; one tagged any has no native library in it",
        )
    if wheel.filename is not None and not all(_serves_every_python(tag) for tag in wheel.filename.tags):
        raise ReleaseError(
            f"the build made {path.name}, which serves one version of Python alone",
            hint="one wheel is published per platform: build it as py3-none (cffi, ctypes) or abi3 (stable ABI)",
        )
    return wheel


def _serves_every_python(tag: Tag) -> bool:
    return tag.abi == "abi3" or (tag.interpreter.startswith("py") and tag.abi == "none")


def _remove_older(placed: Path, platform: Platform, config: Config) -> None:
    """Remove the wheels of the same project and platform that `placed` takes the place of."""
    for other in placed.parent.glob("*.whl"):
        filename = try_parse(other.name)
        if other == placed or filename is None or filename.project != config.package.normalized_name:
            continue
        if platform.accepts_all(filename.platform_tags):
            other.unlink()


def _tell(built: Built) -> None:
    wheel = built.wheel
    tested = "tested" if built.not_run is None else f"not run: {built.not_run}"
    size, seconds = readable_size(wheel.size), f"{built.seconds:.1f} s"
    append_summary(
        markdown_table(
            ["builder", "wheel", "size", "SHA-256", "time", "tests"],
            [[built.choice.name, wheel.name, size, f"`{wheel.sha256}`", seconds, tested]],
        ),
        os.environ,
    )
    write_line(
        f"wheels: {built.choice.name}  {wheel.name}  {size}  sha256 {wheel.sha256}  {seconds}  {tested}",
        sys.stdout,
    )
