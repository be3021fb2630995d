"""The stand-in for setup-uv puts the rehearsal's own uv on PATH."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.action_stage import Stage
from truewheel.rehearsal.actions import nox

pytestmark = pytest.mark.once
SETUP = "astral-sh/setup-uv"
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.skipif(os.name == "nt", reason="the programs have other names there")
def test_uv_is_a_command_and_finds_the_pythons_of_this_machine(stage: Stage) -> None:
    pytest.importorskip("uv")
    outcome = stage.run(SETUP, {"version": "0.5.0", "enable-cache": "true"})
    (folder,) = outcome.path
    version = subprocess.run([folder / "uv", "--version"], capture_output=True, encoding="utf-8", check=True).stdout
    assert outcome.outputs["uv-version"] == version.split()[1]
    assert outcome.outputs["uvx-path"] == str(folder / "uvx")
    assert outcome.environ == {}
    environ = {"PATH": str(folder), "HOME": str(stage.folder)}
    found = subprocess.run(
        [folder / "uv", "python", "find", OWN], env=environ, capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert Path(found.strip()).parent == folder or Path(found.strip()).samefile(sys.executable)
    assert stage.log == [f"uv {version.split()[1]} of the rehearsal itself; its cache is this machine's own"]


@pytest.mark.skipif(os.name == "nt", reason="the programs have other names there")
def test_it_may_choose_a_python(stage: Stage) -> None:
    pytest.importorskip("uv")
    outcome = stage.run(SETUP, {"python-version": OWN})
    assert outcome.environ == {"UV_PYTHON": OWN}
    assert outcome.outputs["python-version"] == OWN


def test_without_uv_it_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nox, "find_uv", lambda _: None)
    assert stage.fail(SETUP) == "uv is not installed on this machine"
