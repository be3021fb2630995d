"""What a wheel is imported by, and which of its libraries a package may load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.factories import LINUX_LIBRARY, make_wheel
from tests.support.native_factories import elf_library
from truewheel.wheel.import_names import installed_libraries, names_to_import, project_names
from truewheel.wheel.reader import Wheel, read_wheel

NO_PACKAGE: dict[str, str | bytes | None] = dict.fromkeys(("quiverdb/__init__.py", "quiverdb/py.typed", LINUX_LIBRARY))


def wheel(folder: Path, change: dict[str, str | bytes | None]) -> Wheel:
    return read_wheel(make_wheel(folder, change=change))


@pytest.mark.parametrize(
    ("name", "members", "own", "imported"),
    [
        ("quiverdb", ["quiverdb/__init__.py", "quiverd/__init__.py"], {"quiverdb"}, ["quiverdb"]),
        ("Quiver.DB", ["quiver_db/__init__.py", "tests/__init__.py"], {"quiver_db"}, ["quiver_db"]),
        ("PyYAML", ["yaml/__init__.py", "_yaml/__init__.py"], {"yaml", "_yaml"}, ["yaml"]),
        ("pillow", ["PIL/__init__.py", "PIL/x.py"], {"PIL"}, ["PIL"]),
        ("cython", ["cython.py", "Cython/__init__.py"], {"cython", "Cython"}, ["Cython", "cython"]),
        ("pywin32", ["win32/__init__.py", "isapi/__init__.py"], {"pywin32"}, ["isapi", "win32"]),
        ("_secret", ["_secret.py"], {"_secret"}, ["_secret"]),
    ],
)
def test_the_names_of_a_project_are_found_in_its_wheel(
    tmp_path: Path, name: str, members: list[str], own: set[str], imported: list[str]
) -> None:
    made = wheel(tmp_path, NO_PACKAGE | dict.fromkeys(members, ""))
    assert project_names(made, {"name": name}) == (own, set())
    assert names_to_import(made, {"name": name}) == imported


@pytest.mark.parametrize(
    ("stated", "expected", "imported"),
    [
        ({"import-names": ["a.b", "c ; private"]}, ({"a.b", "c"}, set()), ["a.b", "c"]),
        ({"import-namespaces": ["a"]}, (set(), {"a"}), ["a"]),
        ({}, (set(), {"google"}), ["google"]),
    ],
)
def test_names_that_the_project_states_come_first(
    tmp_path: Path, stated: dict[str, Any], expected: tuple[set[str], set[str]], imported: list[str]
) -> None:
    members = ["a/b.py", "c.py"] if stated else ["google/x/__init__.py"]
    made = wheel(tmp_path, NO_PACKAGE | dict.fromkeys(members, ""))
    assert project_names(made, {"name": "quiverdb", **stated}) == expected
    assert names_to_import(made, {"name": "quiverdb", **stated}) == imported


def test_programs_are_not_libraries_and_libraries_are_where_they_are_installed(tmp_path: Path) -> None:
    program = elf_library(kind=2, soname="", interpreter="/lib64/ld-linux-x86-64.so.2")
    change: dict[str, str | bytes | None] = {
        "quiverdb-0.5.0.data/scripts/quiver": program,
        LINUX_LIBRARY: None,
        f"quiverdb-0.5.0.data/platlib/{LINUX_LIBRARY}": elf_library(),
    }
    assert list(installed_libraries(wheel(tmp_path, change))) == [LINUX_LIBRARY]
