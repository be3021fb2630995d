"""The stand-in for the nox action puts the rehearsal's own nox on PATH."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

from tests.support.action_stage import Stage
from truewheel.rehearsal.actions import nox

NOX = "wntrblm/nox"
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def nox_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)


@pytest.mark.once
def test_nox_is_a_command_afterwards(stage: Stage) -> None:
    pytest.importorskip("nox")
    outcome = stage.run(NOX, {"python-versions": OWN})
    (folder,) = outcome.path
    assert folder == stage.folder / "temp/nox"
    command = shutil.which("nox", path=str(folder))
    assert command is not None
    result = subprocess.run([command, "--version"], capture_output=True, encoding="utf-8", check=True)
    assert result.stderr.strip() or result.stdout.strip()
    assert stage.log[0].startswith(f"nox runs on {sys.executable}, with")


@pytest.mark.usefixtures("nox_installed")
@pytest.mark.skipif(os.name == "nt", reason="it is a copy there")
def test_uv_is_put_next_to_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = stage.folder / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    monkeypatch.setattr(nox, "find_uv", lambda _: uv)
    (folder,) = stage.run(NOX, {"python-versions": OWN}).path
    assert (folder / "uv").resolve() == uv
    # A second use in one job puts it there again.
    stage.run(NOX, {"python-versions": OWN})
    assert (folder / "uv").resolve() == uv


@pytest.mark.usefixtures("nox_installed")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such paths")
def test_a_launcher_survives_blanks_and_quotes_in_paths(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nox, "find_uv", lambda _: None)
    python = stage.folder / "it's a python"
    python.write_text('#!/bin/sh\necho "$#" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    (folder,) = stage.run(NOX, {"python-versions": OWN}).path
    result = subprocess.run([folder / "nox", "-s", "two words"], capture_output=True, encoding="utf-8", check=True)
    assert result.stdout == "4 -m nox -s two words\n"
    (line,) = stage.log
    assert line == (
        f"nox runs on {python}, without uv; python-versions ({OWN}) are not installed: "
        "sessions use the Pythons of this machine"
    )


@pytest.mark.usefixtures("nox_installed")
def test_several_pythons_may_be_of_different_kinds(stage: Stage) -> None:
    versions = "3.13, 3.13t, 3.14.0-alpha.1, 3.15.0t, pypy3.10, pypy-3.11-v7.3"
    stage.run(NOX, {"python-versions": versions})
    assert f"; python-versions ({versions}) are not installed: " in stage.log[0]


@pytest.mark.usefixtures("nox_installed")
def test_by_default_the_action_installs_all_supported_pythons(stage: Stage) -> None:
    stage.run(NOX)
    assert "; python-versions (3.10, 3.11, 3.12, 3.13, 3.14) are not installed: " in stage.log[0]


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ("3", "invalid version: 3"),
        ("latest.x", "invalid version: latest.x"),
        (
            "3.12, 3.12.1",
            "multiple versions specified for the same 'major.minor' interpreter: 3.12, 3.12.1",
        ),
        ("3.12, 3.12", "multiple versions specified for the same 'major.minor' interpreter: 3.12, 3.12"),
        (
            "pypy3.10, pypy-3.10-v7",
            "multiple versions specified for the same 'major.minor' interpreter: pypy3.10, pypy-3.10-v7",
        ),
    ],
)
def test_versions_that_the_action_does_not_accept_are_errors(stage: Stage, versions: str, message: str) -> None:
    assert stage.fail(NOX, {"python-versions": versions}) == message


def test_without_nox_the_error_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert stage.fail(NOX) == f"nox is not installed for {sys.executable}, which runs the rehearsal"
