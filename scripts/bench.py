"""nox -s bench, first part: the package's own benchmarks, run on a wheel that is built for this machine."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from truewheel.builders.choice import choose_builder
from truewheel.builders.source_tree import SourceTree, staged_sources
from truewheel.clean_room import room as clean_room
from truewheel.clean_room.interpreters import why_not_run_here
from truewheel.command_line import Parser, run_program
from truewheel.config import Config, load_config
from truewheel.errors import ReleaseError
from truewheel.report.console import write_line
from truewheel.system.files import scratch_folder
from truewheel.wheel.reader import Wheel, read_wheel


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, install and measure; return the status of the first benchmark that fails, 2 if there is none to run."""
    parser = Parser(prog="nox -s bench --", description="Measure the package against its alternatives.")
    return run_program("bench", "measure", parser, _bench, arguments)


def _bench(_: argparse.Namespace) -> int:
    config = load_config(Path.cwd())
    with staged_sources(config, os.environ) as sources, scratch_folder() as out:
        benchmarks = sorted((sources.root / sources.package / "benchmarks").glob("bench_*.py"))
        if not benchmarks:
            raise ReleaseError(f"{sources.package.as_posix()} has no benchmarks/bench_*.py")
        with clean_room.created(_wheel_for_this_machine(config, sources, out), sources) as room:
            clean = room.environment
            for benchmark in benchmarks:
                write_line(f"bench: {benchmark.name}", sys.stdout)
                status = subprocess.run([clean.python, "-I", benchmark], env=clean.environ, check=False).returncode
                if status:
                    return status
    return 0


def _wheel_for_this_machine(config: Config, sources: SourceTree, out: Path) -> Wheel:
    reasons = []
    for platform in config.platforms:
        choice = choose_builder(platform, config, requested="zig", environ=os.environ)
        for path in choice.builder.build(platform, sources, config, out / platform.name):
            wheel = read_wheel(path)
            reason = why_not_run_here(wheel)
            if reason is None:
                return wheel
        reasons.append(f"{platform.name}: {reason}")
    raise ReleaseError(f"this machine runs no configured platform: {'; '.join(reasons)}")


if __name__ == "__main__":
    sys.exit(main())
