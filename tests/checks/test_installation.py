"""Every file of a wheel is installed to a path of its own, and overwrites nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable
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


@pytest.mark.parametrize(
    "name", ["data/share/man/man1/q.1", "data/etc/q.cfg", "data/libexec/q", "purelib/lib/python3/x"]
)
def test_environment_untouched_accepts_data_of_its_own(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "environment-untouched", change={f"{DATA}/{name}": ""}) == []


@pytest.mark.parametrize(
    "name",
    ["pyvenv.cfg", "lib/python3.12/site-packages/q.py", "Lib/json.py", "lib64/python3/x.py", "lib/site-packages/q.pth"],
)
def test_environment_untouched_refuses_what_overwrites_it(tmp_path: Path, name: str) -> None:
    assert of_wheel(tmp_path, "environment-untouched", change={f"{DATA}/data/{name}": ""}) == [
        f"{DATA}/data/{name} would be installed as {name} of the environment"
    ]


@pytest.mark.parametrize(
    "content", ["#!python\n", "#!pythonw", "#!/usr/bin/env python3\n", "#! /bin/sh\n", "print()\n", b"\x7fELF", ""]
)
def test_scripts_portable_accepts_what_runs_elsewhere(tmp_path: Path, content: str | bytes) -> None:
    change = {f"{DATA}/scripts/run": content, "quiverdb/run.py": "#!/tmp/build/bin/python"}
    assert of_wheel(tmp_path, "scripts-portable", change=change) == []


@pytest.mark.parametrize(
    "path", ["/tmp/build-env-x1/bin/python3.12", "/opt/python/cp312/bin/python", "C:\\py\\python.exe"]
)
def test_scripts_portable_refuses_an_interpreter_of_the_build_machine(tmp_path: Path, path: str) -> None:
    assert of_wheel(tmp_path, "scripts-portable", change={f"{DATA}/scripts/run": f"#! {path}\r\nimport x\n"}) == [
        f"the first line of {DATA}/scripts/run names {path}"
    ]


def with_mode(mode: int) -> Callable[[bytes], bytes]:
    """An edit that gives the first member of an archive another mode."""

    def edit(data: bytes) -> bytes:
        at = data.index(b"PK\1\2") + 38
        return data[:at] + struct.pack("<I", mode << 16) + data[at + 4 :]

    return edit


@pytest.mark.parametrize("mode", [0, 0o644, 0o100644, 0o100755, 0o100400, 0o100666])
def test_modes_harmless_accepts_files_that_can_be_read(tmp_path: Path, mode: int) -> None:
    assert of_wheel(tmp_path, "modes-harmless", edit=with_mode(mode)) == []


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        (0o100000, "0000: its owner cannot read it"),
        (0o100044, "0044: its owner cannot read it"),
        (0o104755, "4755: it is setuid, setgid or sticky"),
        (0o102755, "2755: it is setuid, setgid or sticky"),
    ],
)
def test_modes_harmless_refuses_files_that_nobody_reads_or_run_as_another(
    tmp_path: Path, mode: int, problem: str
) -> None:
    assert of_wheel(tmp_path, "modes-harmless", edit=with_mode(mode)) == [f"quiverdb/__init__.py has mode {problem}"]


def test_modes_private_accepts_windows_which_has_no_permissions(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "modes-private", edit=with_mode(0o100664)) == []
    assert of_wheel(tmp_path, "modes-private", edit=with_mode(0o100666), tag="py3-none-win_amd64") == []


def test_modes_private_notes_what_everybody_may_change(tmp_path: Path) -> None:
    assert of_wheel(tmp_path, "modes-private", edit=with_mode(0o100666)) == [
        "everybody may write to quiverdb/__init__.py"
    ]
