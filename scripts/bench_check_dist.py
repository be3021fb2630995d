"""nox -s bench: check-dist on real wheels, compared with the floor and with other checkers of wheels.

The floor is the work that no checker can avoid: one process unpacks every member once and hashes it. The contenders
take turns, so that other load on the machine affects all of them alike; a ratio is the median over the turns.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from truewheel.command_line import Parser, run_program
from truewheel.errors import ReleaseError
from truewheel.report.console import write_line
from truewheel.report.text import aligned, pluralize, readable_size
from truewheel.system.files import scratch_folder

FLOOR = """\
import hashlib, pathlib, sys, zipfile
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.whl")):
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            digest = hashlib.sha256()
            with archive.open(info) as stream:
                while chunk := stream.read(1 << 20):
                    digest.update(chunk)
"""
# Runs a command and prints the peak memory of its largest process, as the system counts it.
PEAK = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
PAGE = """\
# How fast is check-dist?

Made by `nox -s bench`: {python}. All programs take turns; a ratio is the median over the turns.

```text
{tables}
```
"""
OURS, FLOOR_NAME, OTHERS = "check-dist --any", "unpack and SHA-256, once", "the other five, in sequence"
# A process may use this many bytes, plus twice the largest member.
MOST_MEMORY = 150_000_000
# The other checkers would take minutes for all wheels, so they get the wheels of every fifth project.
SAMPLED = 5

Command = list[str]


def seconds_of(name: str, commands: Iterable[Command]) -> float:
    """Return the seconds that a program's commands take in sequence; ReleaseError if one crashed (1 is a verdict)."""
    begin = time.perf_counter()
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1) or b"Traceback" in done.stderr:
            raise ReleaseError(f"{name} crashed: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return time.perf_counter() - begin


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; return 2 if there is nothing to measure."""
    parser = Parser(prog="python scripts/bench_check_dist.py", description="Measure check-dist on real wheels.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder with the wheels")
    parser.add_argument("--turns", type=int, default=3, help="how often to measure each program (default: 3)")
    parser.add_argument("--page", type=Path, metavar="FILE", help="also write the tables to a page")
    return run_program("bench", "measure", parser, _bench, arguments)


def _bench(options: argparse.Namespace) -> int:
    wheels = sorted(options.folder.glob("*.whl"))
    if not wheels:
        raise ReleaseError(f"{options.folder} has no wheels", hint="run nox -s bench, which downloads them")
    floor = {FLOOR_NAME: [[sys.executable, "-c", FLOOR, str(options.folder)]]}
    tables = _show_times(options.folder, floor, options.turns)
    with scratch_folder() as sample:
        for wheel in sampled(wheels, SAMPLED):
            shutil.copyfile(wheel, sample / wheel.name)
        tables += _show_times(sample, _others(sorted(sample.iterdir())), options.turns)
    tables += _show_memory(options.folder, wheels)
    if options.page is not None:
        python = f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} processors"
        options.page.write_text(PAGE.format(python=python, tables="\n".join(tables).strip()), encoding="utf-8")
    return 0


def sampled(wheels: Sequence[Path], step: int) -> list[Path]:
    """Return the wheels of every `step`th project: all of a project, as in a release."""
    projects = sorted({project_of(wheel) for wheel in wheels})
    chosen = set(projects[::step])
    return [wheel for wheel in wheels if project_of(wheel) in chosen]


def project_of(wheel: Path) -> str:
    """Return the project of a wheel, spelled as in its file name."""
    return wheel.name.partition("-")[0]


def _others(wheels: Sequence[Path]) -> dict[str, list[Command]]:
    """The other checkers, each with its version and the commands that judge the wheels."""
    names = [str(wheel) for wheel in wheels]
    abi3 = [name for name in names if "-abi3-" in name]
    commands = {
        "twine": [["twine", "check", "--strict", *names]],
        "check-wheel-contents": [["check-wheel-contents", *names]],
        "pydistcheck": [["pydistcheck", *names]],
        # It takes one wheel at a time, and only knows Linux.
        "auditwheel": [["auditwheel", "show", name] for name in names if "manylinux" in name],
        # It only knows modules for the stable ABI.
        "abi3audit": [["abi3audit", "--report", *abi3]] if abi3 else [],
    }
    return {
        f"{tool} {metadata.version(tool)}": [[_tool(tool), *command[1:]] for command in each]
        for tool, each in commands.items()
    }


def _show_times(folder: Path, others: Mapping[str, list[Command]], turns: int) -> list[str]:
    """Measure check-dist and others in turns."""
    contenders = {OURS: [_ours(folder)], **others}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(turns):
        for name, commands in contenders.items():
            seconds[name].append(seconds_of(name, commands))
    if len(others) > 1:
        seconds[OTHERS] = [sum(turn) for turn in zip(*(seconds[name] for name in others), strict=True)]
    wheels = [*folder.glob("*.whl")]
    rows = [
        (name, f"{statistics.median(times):.2f} s", f"{ratio(times, seconds[OURS]):.2f} x")
        for name, times in seconds.items()
    ]
    total = readable_size(sum(wheel.stat().st_size for wheel in wheels))
    return _table((f"{pluralize(len(wheels), 'wheel')}, {total}", "median", "to check-dist"), rows)


def ratio(times: Sequence[float], ours: Sequence[float]) -> float:
    """Return how many times as long as ours it took: the median over the turns."""
    return statistics.median(one / other for one, other in zip(times, ours, strict=True))


def _ours(folder: Path) -> Command:
    return [sys.executable, str(Path(__file__).with_name("truewheel")), "check-dist", "--any", str(folder)]


def _tool(name: str) -> str:
    found = shutil.which(name, path=sysconfig.get_path("scripts"))
    if found is None:
        raise ReleaseError(f"{name} is not installed", hint="run nox -s bench, which installs it")
    return found


def _show_memory(folder: Path, wheels: Sequence[Path]) -> list[str]:
    command = [sys.executable, "-c", PEAK, *_ours(folder)]
    output = subprocess.run(command, capture_output=True, encoding="ascii", check=True).stdout
    # In KB on Linux, in bytes on macOS.
    peak = int(output) * (1 if sys.platform == "darwin" else 1024)
    largest = max(info.file_size for wheel in wheels for info in zipfile.ZipFile(wheel).infolist())
    row = (readable_size(peak), readable_size(largest), readable_size(MOST_MEMORY + 2 * largest))
    return _table(("peak memory of a process", "largest member", "150 MB and twice that"), [row])


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["", *aligned([header, *rows], right=range(1, len(header)))]
    for line in lines:
        write_line(line, sys.stdout)
    return lines


if __name__ == "__main__":
    sys.exit(main())
