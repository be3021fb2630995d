"""truewheel as others get it: its own wheel, judged by itself, installed without this repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.factories import make_wheel
from tests.support.programs import ROOT, TRUEWHEEL
from truewheel.__main__ import PROGRAMS

# A real build and a real installation: the Python that runs the tests makes no difference.
pytestmark = pytest.mark.once
UV = (sys.executable, "-m", "uv", "--quiet")


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program in `folder`, with no environment variable that leads to this repository."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GITHUB_", "COV"))}
    environ["NO_COLOR"] = "1"
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("dist")
    built = run(dist, *UV, "build", "--wheel", "--out-dir", dist, ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of a fresh environment with truewheel and all that a rehearsal needs."""
    environment = tmp_path_factory.mktemp("fresh") / "env"
    made = run(environment.parent, *UV, "venv", "--python", sys.executable, environment)
    assert made.returncode == 0, made.stderr
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    lock, python = ROOT / "requirements/rehearse.txt", programs / "python"
    for arguments in (("--require-hashes", "-r", lock), ("--no-deps", wheel)):
        done = run(environment.parent, *UV, "pip", "install", "--python", python, *arguments)
        assert done.returncode == 0, done.stderr
    return programs


def test_its_own_wheel_is_fit(wheel: Path) -> None:
    judged = run(wheel.parent, sys.executable, TRUEWHEEL, "check-dist", "--any", wheel.parent)
    assert judged.stdout.splitlines()[-1] == "check-dist: fit: 1 wheel", judged.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_explains_itself(installed: Path, tmp_path: Path, name: str) -> None:
    shown = run(tmp_path, installed / "truewheel", name, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("usage: ")
    assert "\n  -h, --help " in shown.stdout


def test_the_list_of_programs_is_the_help(installed: Path, tmp_path: Path) -> None:
    shown = run(tmp_path, installed / "truewheel", "--help")
    assert shown.returncode == 0
    assert [line.split()[0] for line in shown.stdout.splitlines() if line.startswith("  ")] == list(PROGRAMS)


def test_the_gate_judges_a_folder_of_wheels_anywhere(installed: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path)
    fit = run(tmp_path, installed / "truewheel", "check-dist", tmp_path)
    assert fit.returncode == 0, fit.stdout
    assert "  no [tool.release] here: judging each wheel on its own, as with --any\n" in fit.stdout
    path.write_bytes(path.read_bytes()[:-30])
    refused = run(tmp_path, installed / "python", "-m", "truewheel", "check-dist", "--any", "--html", "page.html", ".")
    assert refused.returncode == 1
    assert refused.stdout.splitlines()[-1] == "check-dist: refused: 1 finding in 1 wheel"
    # The page needs the style sheet and the script that are data of the package.
    assert "<style>" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_no_file_of_the_package_is_missing_from_the_wheel(wheel: Path) -> None:
    package = ROOT / "scripts"
    tracked = subprocess.run(
        ["git", "ls-files", "truewheel"], cwd=package, capture_output=True, encoding="utf-8", check=True
    )
    assert {*tracked.stdout.split()} <= {*zipfile.ZipFile(wheel).namelist()}
