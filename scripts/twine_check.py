"""`twine check --strict`, run beside our own checks: does the description render on PyPI?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.errors import ReleaseError
from scripts.findings import Finding, Rule

TWINE_CHECK = Rule(
    "twine-check",
    "twine check --strict finds nothing",
    source="twine; PyPI refuses a description that does not render",
    hint="mend `readme` in the package's pyproject.toml, or the file that it names, and build again: nox -s wheels",
)
_FILE = re.compile(r"^Checking (?P<file>.+?): (?P<verdict>PASSED|FAILED)\b.*$", re.MULTILINE)


class TwineCheck:
    """A running `twine check --strict` over some wheels, at least one."""

    def __init__(self, wheels: Sequence[Path]) -> None:
        if not wheels:
            raise ValueError("twine check passes when it is given nothing, so it must be given something")
        self._wheels = wheels
        # Wide and plain, so that a line of its output is a line of ours.
        environ = {**os.environ, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "10000", "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "twine", "check", "--strict", *map(str, wheels)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=environ,
        )

    def findings(self) -> Iterator[Finding]:
        """Wait for it, and tell what it refused.

        Raises:
            ReleaseError: twine itself broke, or did not look at every wheel.
        """
        output, _ = self._process.communicate()
        verdicts = list(_FILE.finditer(output))
        failed = [match for match in verdicts if match["verdict"] == "FAILED"]
        if len(verdicts) != len(self._wheels) or bool(failed) != bool(self._process.returncode):
            last = (output.strip().splitlines() or ["no output"])[-1]
            raise ReleaseError(
                f"twine check broke on {len(self._wheels)} wheel(s), exit status {self._process.returncode}: {last}",
                hint=f"try it alone: python -m twine check --strict {' '.join(map(str, self._wheels))}",
            )
        for match in failed:
            end = next((other.start() for other in verdicts if other.start() > match.start()), len(output))
            reason = " ".join(output[match.end() : end].split()) or "no reason given"
            yield TWINE_CHECK.finding(reason, Path(match["file"]).name)
