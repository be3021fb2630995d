"""The nox action's stand-in puts the rehearsal's own nox on PATH, and says which Pythons are missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.action_stage import Stage, make_stage
from truewheel.rehearsal.actions import nox
from truewheel.rehearsal.actions.call import ActionFailed

NOX = "wntrblm/nox"
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return make_stage(tmp_path)


@pytest.fixture
def no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python on this machine but the one that runs."""
    monkeypatch.setattr(nox, "_python", lambda *_: "")


@pytest.mark.once
def test_nox_is_a_command_behind_it(stage: Stage) -> None:
    pytest.importorskip("nox")
    outcome = stage.run(NOX, {"python-versions": OWN})
    (folder,) = outcome.path
    assert folder == stage.folder / "temp/nox"
    command = shutil.which("nox", path=str(folder))
    assert command is not None
    result = subprocess.run([command, "--version"], capture_output=True, encoding="utf-8", check=True)
    assert result.stderr.strip() or result.stdout.strip()
    assert stage.log[0] == f"nox is run by {sys.executable}"
    assert stage.log[-1] == f"Python {OWN} is the rehearsal's own"


@pytest.mark.usefixtures("no_python")
@pytest.mark.skipif(os.name == "nt", reason="it is a copy there")
def test_uv_lies_beside_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    uv = stage.folder / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    monkeypatch.setattr(nox, "_uv", lambda _: uv)
    (folder,) = stage.run(NOX, {"python-versions": OWN}).path
    assert (folder / "uv").resolve() == uv
    # A second use in one job puts it there again.
    stage.run(NOX, {"python-versions": OWN})
    assert (folder / "uv").resolve() == uv


def test_a_launcher_survives_blanks_and_quotes_in_paths(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name == "nt":
        pytest.skip("there are no such paths there")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(nox, "_uv", lambda _: None)
    python = stage.folder / "it's a python"
    python.write_text('#!/bin/sh\necho "$#" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    (folder,) = stage.run(NOX, {"python-versions": OWN}).path
    result = subprocess.run([folder / "nox", "-s", "two words"], capture_output=True, encoding="utf-8", check=True)
    assert result.stdout == "4 -m nox -s two words\n"
    assert stage.log[1] == "uv is not on this machine; nox makes its environments without it"


@pytest.mark.usefixtures("no_python")
def test_a_python_that_is_missing_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    stage.run(NOX, {"python-versions": f"3.9, {OWN}, pypy-3.10, 3.99t"})
    assert stage.log[-4:] == [
        f"Python 3.9 is not on this machine; {OWN}, the rehearsal's own, takes its place",
        f"Python {OWN} is the rehearsal's own",
        f"PyPy 3.10 is not on this machine; {OWN}, the rehearsal's own, takes its place",
        f"Python 3.99t is not on this machine; {OWN}, the rehearsal's own, takes its place",
    ]


@pytest.mark.skipif(os.name == "nt", reason="a program is found by its suffix there")
def test_a_python_that_is_there_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    python = stage.folder / "bin/python3.99"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    monkeypatch.setenv("PATH", f"{python.parent}{os.pathsep}{os.environ['PATH']}")
    stage.run(NOX, {"python-versions": "3.99"})
    assert stage.log[-1] == f"Python 3.99 is on this machine: {python}"


@pytest.mark.usefixtures("no_python")
def test_by_default_the_action_wants_all_supported_pythons(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    stage.run(NOX)
    said = [line.split(" is ")[0] for line in stage.log if line.startswith("Python ")]
    assert said == ["Python 3.10", "Python 3.11", "Python 3.12", "Python 3.13", "Python 3.14"]


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ("3", "invalid version: 3"),
        ("latest.x", "invalid version: latest.x"),
        (
            "3.12, 3.12.1",
            "multiple versions specified for the same 'major.minor' CPython interpreter: ['3.12', '3.12.1']",
        ),
        (
            "pypy3.10, pypy-3.10-v7",
            "multiple versions specified for the same 'major.minor' PyPy interpreter: ['pypy3.10', 'pypy-3.10-v7']",
        ),
    ],
)
def test_versions_that_the_action_does_not_take_are_refused(stage: Stage, versions: str, message: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        stage.run(NOX, {"python-versions": versions})
    assert str(caught.value) == message


def test_without_nox_it_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ActionFailed) as caught:
        stage.run(NOX)
    assert str(caught.value) == f"nox is not installed for {sys.executable}, which rehearses"
