"""nox -s check-dist: may these files be published?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.checks import archive, dist, metadata, native, record
from scripts.checks.archive import ARCHIVE_READABLE
from scripts.checks.registers import dist_check, wheel_check
from scripts.command_line import gate_parser, run_gate
from scripts.config import load_config
from scripts.distribution_folder import read_distribution_folder
from scripts.errors import ReleaseError
from scripts.findings import Finding
from scripts.report import Report, WheelFacts, counted
from scripts.twine_check import TWINE_CHECK, TwineCheck
from scripts.wheel import UnreadableWheel, Wheel, read_wheel

CHECKS = (dist, archive, record, metadata, native)  # importing them is what registers their checks
RULES = (*dist_check.rules, ARCHIVE_READABLE, *wheel_check.rules, TWINE_CHECK)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a folder of wheels; exit status 0 fit, 1 refused, 2 could not be judged."""
    parser = gate_parser("check-dist", "May these files be published?")
    parser.add_argument(
        "dist", nargs="?", type=Path, default=Path("dist"), metavar="DIST", help="the folder (default: dist)"
    )
    return run_gate("check-dist", parser, RULES, _judge, arguments)


def _judge(options: argparse.Namespace) -> Report:
    folder = read_distribution_folder(options.dist, load_config(Path.cwd()))
    findings = list(dist_check.findings(folder, str(options.dist)))
    wheels: list[Wheel] = []
    for filename in folder.wheels:
        wheel = _read(options.dist / filename.text)
        if isinstance(wheel, Wheel):
            wheels.append(wheel)
        else:
            findings.append(wheel)
    twine = TwineCheck([wheel.path for wheel in wheels]) if wheels else None
    for wheel in wheels:
        findings += wheel_check.findings(wheel, wheel.name)
    if twine is not None:
        findings += twine.findings()
    facts = tuple(WheelFacts(wheel.name, wheel.size, wheel.sha256) for wheel in wheels)
    return Report("check-dist", counted(len(folder.wheels), "wheel"), tuple(findings), facts)


def _read(path: Path) -> Wheel | Finding:
    try:
        return read_wheel(path)
    except UnreadableWheel as error:
        return ARCHIVE_READABLE.finding(str(error), path.name)
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main())
