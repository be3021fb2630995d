"""What the noxfile itself does with the arguments and the output of its programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("session", "answer"),
    [
        ("tests-wine", "nox -s tests-wine takes arguments of pytest, e.g. tests/wheel or -k record"),
        ("lint", "nox -s lint takes no arguments"),
    ],
)
def test_help_is_answered_at_once(session: str, answer: str) -> None:
    command = [sys.executable, "-m", "nox", "--no-venv", "--session", session, "--", "--help"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0
    assert (run.stdout + run.stderr).splitlines() == [
        f"nox > Running session {session}",
        f"nox > Session {session} skipped: {answer}.",
    ]


def test_what_a_program_writes_to_standard_error_is_not_mixed_into_its_json() -> None:
    command = [sys.executable, "-m", "nox", "--no-venv", "--no-install", "-s", "check-dist", "--", "--list", "--json"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = {**os.environ, "PATH": path, "PYTHONPROFILEIMPORTTIME": "1"}  # on standard error
    run = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, encoding="utf-8", check=False)
    assert (run.returncode, [*json.loads(run.stdout)]) == (0, ["version", "checks"])
    assert "truewheel.verdict" in run.stderr
