"""Every file of a wheel is installed to a path of its own, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import DIST_INFO
from tests.support.wheel_judging import of_wheel

DATA = "quiverdb-0.5.0.data"
ENTRY_POINTS = f"{DIST_INFO}/entry_points.txt"


def test_install_paths_unique_accepts_different_paths(tmp_path: Path) -> None:
    change = {
        f"{DATA}/purelib/quiverdb/a.py": "",
        f"{DATA}/platlib/quiverdb/b.py": "",
        f"{DATA}/scripts/quiver-load": "#!python\n",
        f"{DATA}/headers/quiverdb/__init__.py": "",
        f"{DATA}/data/quiverdb/__init__.py": "",
        "scripts/quiver": "",
        ENTRY_POINTS: "[console_scripts]\nquiver = quiverdb:main\n",
    }
    assert of_wheel(tmp_path, "install-paths-unique", change=change) == []


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (
            [f"{DATA}/purelib/quiverdb/__init__.py"],
            f"{DATA}/purelib/quiverdb/__init__.py, quiverdb/__init__.py are",
        ),
        ([f"{DATA}/platlib/quiverdb/PY.typed"], f"{DATA}/platlib/quiverdb/PY.typed, quiverdb/py.typed are"),
        (
            [f"{DATA}/platlib/x.py", f"{DATA}/purelib/x.py"],
            f"{DATA}/platlib/x.py, {DATA}/purelib/x.py are",
        ),
        ([f"{DATA}/scripts/quiver"], f"{DATA}/scripts/quiver, the command quiver of entry_points.txt are"),
        (
            [f"{DATA}/scripts/load", f"{DATA}/data/bin/load"],
            f"{DATA}/data/bin/load, {DATA}/scripts/load are",
        ),
    ],
)
def test_install_paths_unique_refuses_two_files_for_one_path(tmp_path: Path, names: list[str], found: str) -> None:
    change: dict[str, str | bytes | None] = dict.fromkeys(names, "")
    change[ENTRY_POINTS] = "[console_scripts]\nquiver = quiverdb:main\n"
    assert of_wheel(tmp_path, "install-paths-unique", change=change) == [f"{found} installed to the same path"]


@pytest.mark.parametrize("name", ["quiver", "python-quiver", "pip-quiver", "pipx", "activate-quiver", "pythonic"])
def test_no_reserved_commands_accepts_names_of_their_own(tmp_path: Path, name: str) -> None:
    change = {f"{DATA}/scripts/{name}": "", ENTRY_POINTS: f"[console_scripts]\n{name}2 = quiverdb:main\n"}
    assert of_wheel(tmp_path, "no-reserved-commands", change=change) == []


def test_no_reserved_commands_lets_pip_have_its_command(tmp_path: Path) -> None:
    change = {"pip-0.5.0.dist-info/entry_points.txt": "[console_scripts]\npip = pip:main\npip3.12 = pip:main\n"}
    assert of_wheel(tmp_path, "no-reserved-commands", name="pip", change=change) == []


@pytest.mark.parametrize("name", ["python", "python3", "Python3.13.exe", "pip", "pip3", "pythonw", "activate.bat"])
@pytest.mark.parametrize("place", ["scripts", "data/bin", "data/Scripts", None])
def test_no_reserved_commands_refuses_those_of_the_environment(tmp_path: Path, name: str, place: str | None) -> None:
    if place is None:
        change = {ENTRY_POINTS: f"[gui_scripts]\n{name} = quiverdb:main\n"}
    else:
        change = {f"{DATA}/{place}/{name}": "#!python\n"}
    assert of_wheel(tmp_path, "no-reserved-commands", change=change) == [
        f"the command {name} would overwrite the environment's own"
    ]
