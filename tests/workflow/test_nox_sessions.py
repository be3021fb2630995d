"""The sessions of a noxfile, read without running it; None if that is not possible."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from truewheel.workflow.nox_sessions import has_session, read_nox_sessions

SESSION = "@nox.session\ndef lint(session): ...\n"


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("", set()),
        (f"import nox\n{SESSION}", {"lint"}),
        ("import nox as n\n@n.session(name='check-dist')\ndef check_dist(session): ...\n", {"check-dist"}),
        ("@nox.session(python=['3.12', '3.13'])\n@nox.parametrize('x', [1])\ndef tests(session): ...\n", {"tests"}),
        ("@nox_poetry.session(reuse_venv=True)\ndef docs(session): ...\ndef other(): ...\n", {"docs"}),
        # Where any of these may make more of them, nothing is known.
        (f"from sessions import *\n{SESSION}", None),
        (f"from nox import session\n{SESSION}", None),
        (f"import local\n{SESSION}", None),
        (f"from package.module import helper\n{SESSION}", None),
        (f"{SESSION}nox.session(lint, name='other')\n", None),
        ("for n in range(3):\n    @nox.session(name=f'n{n}')\n    def s(session): ...\n", None),
        ("@nox.session(name=NAME)\ndef lint(session): ...\n", None),
        ("@nox.session(**OPTIONS)\ndef lint(session): ...\n", None),
        ("def (", None),
        ("\0", None),
    ],
)
def test_sessions_are_read(tmp_path: Path, text: str, sessions: set[str] | None) -> None:
    (tmp_path / "local.py").touch()
    (tmp_path / "package").mkdir()
    (tmp_path / "noxfile.py").write_text(text)
    assert read_nox_sessions(tmp_path) == sessions


def test_without_a_noxfile_there_are_none(tmp_path: Path) -> None:
    assert read_nox_sessions(tmp_path) == frozenset()


def test_those_of_this_repository_are_those_that_nox_lists() -> None:
    # `-k True` takes every session; without it the listing holds only those that a bare `nox` runs.
    command = [sys.executable, "-m", "nox", "--json", "-l", "-k", "True"]
    listing = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=60).stdout
    sessions = read_nox_sessions(ROOT)
    assert sessions == frozenset(entry["name"] for entry in json.loads(listing))
    assert all(has_session(sessions, entry["session"]) for entry in json.loads(listing))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tests", True),
        ("tests-3.12", True),
        ("tests-python3.12", True),
        ("tests-pypy3.11", True),
        ("tests-3.13t(x=1)", True),
        ("wheels(win_amd64)", True),
        ("test", False),
        ("tests-extra", False),
        ("wheel(win_amd64)", False),
    ],
)
def test_a_name_may_have_a_python_and_parameters(name: str, *, expected: bool) -> None:
    assert has_session(frozenset(["tests", "wheels"]), name) is expected
