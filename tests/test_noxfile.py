"""Sessions of the noxfile that answer before they install anything."""

from __future__ import annotations

import subprocess
import sys

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
