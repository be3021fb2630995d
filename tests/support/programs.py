"""Run a program, in this process or as users do, and read what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TRUEWHEEL = str(ROOT / "scripts" / "truewheel")
# The variables that a program needs in order to find others; on Windows nothing runs without the others.
BARE = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT") if name in os.environ}


@dataclass(frozen=True)
class Outcome:
    """How a program ended."""

    status: int
    output: str

    @property
    def last_line(self) -> str:
        return self.output.splitlines()[-1]

    @property
    def report(self) -> Any:
        """The one JSON document that was printed."""
        return json.loads(self.output)

    @property
    def findings(self) -> list[tuple[str, str, str]]:
        """The findings of a JSON report: check, where, message."""
        return [(finding["check"], finding["where"], finding["message"]) for finding in self.report["findings"]]


def run(main: Callable[[Sequence[str]], int], capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Outcome:
    """Run the `main` of a program, which must print nothing to standard error."""
    capsys.readouterr()
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert err == ""
    return Outcome(status, out)


def run_in(
    main: Callable[[Sequence[str]], int],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    folder: Path,
    *arguments: str,
    environ: Mapping[str, str] = {},
) -> Outcome:
    """Run the `main` of a program that starts others in `folder`; return what all print, errors first."""
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    capfd.readouterr()
    status = main(arguments)
    output, errors = capfd.readouterr()
    return Outcome(status, errors + output)


def run_module(name: str, folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Outcome:
    """Run `truewheel NAME` from the tree in its own process, as its nox session does."""
    result = subprocess.run(
        [sys.executable, TRUEWHEEL, name, *arguments],
        cwd=folder,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.stderr == ""
    return Outcome(result.returncode, result.stdout)
