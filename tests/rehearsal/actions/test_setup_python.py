"""The stand-in for setup-python makes fresh environments of the Pythons of this machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.action_stage import Stage
from truewheel.rehearsal.actions import STAND_INS, setup_python
from truewheel.rehearsal.actions.call import ActionOutcome
from truewheel.system.pythons import Interpreter, running_python

SETUP = "actions/setup-python"
THERE = [
    Interpreter(Path(f"/{version}"), tag, version)
    for tag, version in (
        ("cp312", "3.12.1"),
        ("cp315", "3.15.0a2"),
        ("cp314t", "3.14.0"),
        ("cp313", "3.13.0"),
        ("cp312", "3.12.7"),
        ("cp39", "3.9.18"),
        ("pp311", "3.11.9"),
    )
]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_python, "pythons", lambda: iter(THERE))


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("request_", "version"),
    [
        ("3.x", "3.13.0"),
        ("3", "3.13.0"),
        ("3.12", "3.12.7"),
        ("3.12.x", "3.12.7"),
        ("3.12.1", "3.12.1"),
        (">=3.9 <3.13", "3.12.7"),
        (">= 3.9 < 3.12.7", "3.12.1"),
        ("==3.12.*", "3.12.7"),
        ("= v3.12.1", "3.12.1"),
        ("~=3.12.2", "3.12.7"),
        ("<3.12", "3.9.18"),
        ("<=3.12", "3.12.7"),
        ("<=3.12.6", "3.12.1"),
        (">3.12", "3.13.0"),
        (">3.12.1 <3.13", "3.12.7"),
        ("^3.9", "3.13.0"),
        ("~3.12", "3.12.7"),
        ("~3.12.2", "3.12.7"),
        ("~3.12.8", ""),
        ("^4", ""),
        ("~3", "3.13.0"),
        ("3.9 - 3.12", "3.12.7"),
        ("3.9.0 - 3.12.6", "3.12.1"),
        ("3.8 || =3.9.x", "3.9.18"),
        ("*", "3.13.0"),
        ("3.14t", "3.14.0"),
        ("3.15-dev", "3.15.0a2"),
        ("pypy3.11", "3.11.9"),
        ("pypy-3.11-v7.3.x", "3.11.9"),
        ("3.14", ""),
        ("3.15", ""),
        ("3.13t", ""),
        ("pypy3.10", ""),
    ],
)
def test_the_newest_python_that_fits(request_: str, version: str) -> None:
    found = setup_python.find_python(request_)
    assert (found.version if found else "") == version


@pytest.mark.usefixtures("machine")
def test_a_python_that_this_machine_does_not_have_is_named_before_anything_runs() -> None:
    stand_in = STAND_INS[SETUP]
    assert stand_in.refusal("python-version", "3.9\n3.x\n") == ""
    assert stand_in.refusal("python-version", "3.12\n3.8") == (
        "python-version: 3.12\n3.8 cannot be rehearsed: this machine has no Python 3.8 "
        "(it has 3.15.0a2, 3.14.0, 3.13.0, 3.12.7, 3.12.1, 3.11.9, 3.9.18); uv python install 3.8"
    )
    for other in ("newest", "^", "3.9 -", "3.9 ||", "!=3.9", ">=3.9,<3.13", ">=3.9<3.13", "3.9.1.2", "3X", "==3.12.1"):
        assert stand_in.refusal("python-version", other) == (
            f"python-version: {other} cannot be rehearsed: {other!r} is not a version or a range of CPython or PyPy "
            "that a rehearsal knows"
        )


@pytest.mark.usefixtures("machine")
def test_only_a_prerelease_or_a_file_of_nonsense_is_an_error_of_the_step(stage: Stage) -> None:
    there = "(it has 3.15.0a2, 3.14.0, 3.13.0, 3.12.7, 3.12.1, 3.11.9, 3.9.18)"
    assert stage.fail(SETUP, {"python-version": "3.15"}) == (
        f"python-version: this machine has no Python 3.15 {there}; uv python install 3.15"
    )
    stage.write(".python-version", "newest")
    assert stage.fail(SETUP).startswith("python-version: 'newest' is not a version or a range")


@pytest.mark.once
def test_it_is_a_fresh_environment_first_on_path(stage: Stage) -> None:
    version = platform.python_version()
    outcome = stage.run(SETUP, {"python-version": version, "cache": "pip"})
    (programs,) = outcome.path
    python = Path(outcome.outputs["python-path"])
    assert python.parent == programs
    assert programs.is_relative_to(stage.folder)
    assert outcome.outputs["python-version"] == version
    assert outcome.environ["pythonLocation"] == str(programs.parent)
    script = "import sys; print(sys.prefix); import importlib.util; print(importlib.util.find_spec('werkzeug'))"
    result = subprocess.run([python, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert result.stdout.splitlines() == [str(programs.parent), "None"]
    assert stage.log[-1] == "the cache of pip is this machine's own"
    # Again: nothing is made anew.
    marker = programs / "marker"
    marker.touch()
    kept = stage.run(SETUP, {"python-version": version, "update-environment": "false"})
    assert marker.exists()
    assert (kept.path, kept.environ, kept.outputs) == ((), {}, outcome.outputs)


def made(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer every request with the Python of the tests, which is quicker than to make environments."""

    def install(_: object, python: Interpreter, before: ActionOutcome) -> ActionOutcome:
        stage.log.append(python.version)
        return ActionOutcome({}, (python.path, *before.path))

    monkeypatch.setattr(setup_python, "_installed", install)


@pytest.mark.usefixtures("machine")
def test_of_several_versions_the_last_comes_first_on_path(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made(stage, monkeypatch)
    outcome = stage.run(SETUP, {"python-version": "3.9\n3.13\n"})
    assert outcome.path == (Path("/3.13.0"), Path("/3.9.18"))


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("file", "text", "version"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9,<3.13"\n', "3.12.7"),
        (".python-version", "# newest\n3.13\n", "3.13.0"),
        (".tool-versions", "python 3.12.1\n", "3.12.1"),
    ],
)
def test_the_version_may_stand_in_a_file(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, file: str, text: str, version: str
) -> None:
    made(stage, monkeypatch)
    stage.write(file, text)
    stage.run(SETUP, {"python-version-file": file})
    assert stage.log == [version]


def test_a_file_without_a_version_is_an_error(stage: Stage) -> None:
    message = "The specified python version file at: {} doesn't exist or names no version."
    assert stage.fail(SETUP) == message.format(".python-version")
    stage.write("pyproject.toml", "[project]\n")
    assert stage.fail(SETUP, {"python-version-file": "pyproject.toml"}) == message.format("pyproject.toml")


@pytest.mark.skipif(os.name == "nt", reason="a script takes the place of Python")
def test_a_python_that_cannot_make_an_environment_is_an_error(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = stage.folder / "python"
    broken.write_text("#!/bin/sh\necho no venv\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(setup_python, "pythons", lambda: iter([Interpreter(broken, running_python().tag, "3.12.1")]))
    assert stage.fail(SETUP, {"python-version": "3.x"}) == f"{broken} cannot make an environment, exit status 3"
    assert stage.log == ["no venv"]
    assert sys.executable != str(broken)
