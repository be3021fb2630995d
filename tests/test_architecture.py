"""The arrows and the habits of the design: who may import whom, who may print, and how long a module grows."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from truewheel.checks import MODULES

pytestmark = pytest.mark.once
ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "scripts" / "truewheel"

# The rooms of the house, floor by floor from the ground. A module imports from its own room and from lower floors.
FLOORS = (
    ("builds", "errors", "findings", "patterns", "versions"),
    ("origin", "toml_tables"),
    ("acceptances", "package_tables", "platforms"),
    ("config", "system", "wheel", "workflow"),
    ("builders", "publishing", "tag"),
    ("checks", "clean_room"),
    ("judging", "locks", "verification"),
    ("adoption", "rehearsal", "verdict"),
    ("report",),
    ("command_line", "docs"),
    ("programs",),
    ("__main__",),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# What a report may know of those below it: facts, and nothing that does something.
REPORTED = {
    *("truewheel.errors", "truewheel.findings", "truewheel.judging.facts", "truewheel.system.files"),
    "truewheel.publishing.pip_choice",
    *("truewheel.rehearsal.result", "truewheel.rehearsal.plan_facts", "truewheel.rehearsal.observer"),
}
# What writes to a terminal.
PRINTERS = {"truewheel.report"}
# Runs in the interpreter of a clean room, where there is nothing but the standard library.
PROBE = "truewheel.clean_room.probe"


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in SOURCES.items()}
CHECKS = {name for name in SOURCES if name.startswith("truewheel.checks")}
PROGRAMS = {name for name in SOURCES if name.startswith("truewheel.programs.")}


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "truewheel imports by full names"
            assert node.module is not None
            yield node.module
            # `from truewheel.system import git` imports a module, `from truewheel.config import Config` a name of one.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> set[str]:
    """The modules of truewheel that a module imports; its packages, which every import runs, are left out."""
    return {found for found in imported(TREES[name]) if found in SOURCES and not f"{name}.".startswith(f"{found}.")}


def room(name: str) -> str:
    """The folder or module directly below the package, e.g. `checks` for `truewheel.checks.record`."""
    return name.split(".")[1]


def test_every_room_is_on_a_floor() -> None:
    assert {room(name) for name in SOURCES if "." in name} == set(FLOOR_OF)


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {"truewheel"}))
def test_imports_run_one_way(name: str) -> None:
    for found in ours(name):
        assert room(found) == room(name) or FLOOR_OF[room(found)] < FLOOR_OF[room(name)], found
    assert not ours(name) & PROGRAMS, "nobody imports a program"


@pytest.mark.parametrize("name", sorted(name for name in SOURCES if name.startswith("truewheel.report.")))
def test_a_report_knows_facts_only(name: str) -> None:
    assert {found for found in ours(name) if room(found) != "report"} <= REPORTED


def test_every_module_of_checks_is_loaded() -> None:
    # A check whose module is not loaded is in no register, and finds nothing.
    declaring = {
        name
        for name in CHECKS
        if any(re.fullmatch(r"truewheel\.checks\.registers\.\w+_check", found) for found in imported(TREES[name]))
    }
    assert declaring == {f"truewheel.checks.{module}" for modules in MODULES.values() for module in modules}


def test_no_module_imports_itself_in_a_circle() -> None:
    arrows = {name: ours(name) for name in SOURCES}
    reached: set[str] = set()
    while ready := {name for name, targets in arrows.items() if targets <= reached} - reached:
        reached |= ready
    assert set(SOURCES) - reached == set()


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_checks_are_functions_of_data(name: str) -> None:
    forbidden = {
        "os",
        "sys",
        "subprocess",
        "io",
        "shutil",
        "tempfile",
        "zipfile",
        "pathlib",
        "socket",
        "urllib",
        "logging",
    }
    assert not {found.partition(".")[0] for found in imported(TREES[name])} & forbidden
    called = {ast.unparse(node.func) for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)}
    assert not called & {"open", "print", "input", "exec", "eval"}
    methods = {call.rpartition(".")[2] for call in called}
    assert not methods & {"read_text", "read_bytes", "open", "exists", "is_file", "iterdir", "glob"}


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {PROBE}))
def test_only_the_report_prints(name: str) -> None:
    if any(f"{name}.".startswith(f"{printer}.") for printer in PRINTERS):
        return
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in (
                *("print", "sys.stdout.write", "sys.stderr.write", "os.write", "warnings.warn"),
                *("sys.stdout.buffer.write", "sys.stdout.writelines", "Console"),
            ), f"line {node.lineno}"


def test_truewheel_knows_nothing_of_nox_nor_of_tests() -> None:
    for name, tree in TREES.items():
        found = {module.partition(".")[0] for module in imported(tree)}
        assert not found & {"nox", "noxfile", "tests", "pytest", "quiverdb"}, name


def test_the_noxfile_imports_nothing_of_ours() -> None:
    # nox does not put the repository on sys.path.
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    assert {name.partition(".")[0] for name in imported(tree)} - sys.stdlib_module_names == {"nox"}


def test_the_probe_needs_the_standard_library_only() -> None:
    found = {name.partition(".")[0] for name in imported(TREES[PROBE])}
    assert found - sys.stdlib_module_names == set()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_stays_short_and_says_what_it_is_for(name: str) -> None:
    assert len(SOURCES[name].read_text(encoding="utf-8").splitlines()) <= 300
    assert ast.get_docstring(TREES[name])


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_a_program_is_run_by_a_session(name: str) -> None:
    if name == "truewheel.programs.init":  # it writes the noxfile of other repositories
        return
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    program = name.rpartition(".")[2].replace("_", "-")
    assert f'truewheel(session, "{program}", ' in noxfile
