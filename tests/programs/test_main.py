"""The table of programs, and what it says where a program's dependencies are not installed."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT, TRUEWHEEL
from truewheel.__main__ import PROGRAMS, main
from truewheel.toml_tables import load_toml


def bare(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python without any installed package, as in a terminal that has colours."""
    command = [sys.executable, "-I", "-S", *arguments]
    environ = {**os.environ, "FORCE_COLOR": "1"}
    return subprocess.run(command, env=environ, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("name", PROGRAMS)
def test_outside_of_its_environment_a_program_says_which_one_it_needs(name: str) -> None:
    ended = bare(TRUEWHEEL, name)
    assert (ended.returncode, ended.stderr) == (2, "")
    assert ended.stdout.splitlines()[-1].startswith(f"{name}: cannot run: the module ")
    assert ended.stdout.splitlines()[-1].endswith(f" is not installed for {sys.executable}")
    assert f"run nox -s {name}" in ended.stdout
    as_json = bare(TRUEWHEEL, name, "--json")
    assert (as_json.returncode, json.loads(as_json.stdout)["verdict"]) == (2, "cannot-judge")


def test_an_installed_program_says_which_extra_it_needs(tmp_path: Path) -> None:
    shutil.copytree(TRUEWHEEL, tmp_path / "truewheel", ignore=shutil.ignore_patterns("__pycache__"))
    start = f"import sys; sys.path.append({str(tmp_path)!r}); from truewheel.__main__ import main; main(['rehearse'])"
    ended = bare("-c", start)
    assert "install truewheel with its dependencies: truewheel[rehearse] @ git+" in ended.stdout
    assert (
        "install truewheel with its dependencies: truewheel @ git+"
        in bare("-c", start.replace("rehearse", "validate")).stdout
    )


def test_a_missing_module_of_our_own_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROGRAMS, "none", "a program without a module")
    with pytest.raises(ModuleNotFoundError):
        main(["none"])


def test_the_version_is_that_of_the_tree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    number = load_toml(ROOT / "pyproject.toml")["project"]["version"]
    assert capsys.readouterr().out == f"truewheel {number} in {ROOT}\n"


@pytest.mark.parametrize(("arguments", "problem"), [([], "no program was named"), (["x"], "'x' is not a program")])
def test_an_unknown_program_is_answered_with_the_list(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "usage: truewheel NAME [OPTION …]"
    assert lines[-1] == f"truewheel: {problem}"


def test_an_old_python_is_told_which_one_is_needed() -> None:
    file = Path(TRUEWHEEL, "__main__.py")
    start = "import runpy, sys; sys.version_info, sys.version = (3, 9, 18), '3.9.18 (main)'; "
    ended = bare("-c", f"{start}runpy.run_path({str(file)!r}, run_name='__main__')")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "truewheel needs Python 3.10 or newer, this is 3.9.18\n"
    text = file.read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert not re.search("^from __future__ import annotations", text, re.MULTILINE)
