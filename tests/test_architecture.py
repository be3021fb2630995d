"""The arrows and the habits of the design: who may import whom, who may print, and how long a module grows."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "scripts"

# What everything may lean on, and what itself leans on nothing else.
GROUND = {"scripts.errors", "scripts.findings", "scripts.platforms"}
# What speaks to people: for the programs alone.
VOICES = {
    *("scripts.report", "scripts.report_model", "scripts.report_terminal", "scripts.report_github"),
    *("scripts.report_html", "scripts.report_progress", "scripts.command_line"),
    *("scripts.report_rehearsal", "scripts.report_rehearsal_model", "scripts.report_rehearsal_terminal"),
    *("scripts.report_rehearsal_html", "scripts.report_rehearsal_progress"),
    *("scripts.report_plan", "scripts.report_timeline"),
}
# Of those, the ones that really write to a terminal.
PRINTERS = {
    *("scripts.report", "scripts.report_terminal", "scripts.report_progress"),
    *("scripts.report_rehearsal", "scripts.report_rehearsal_progress"),
}
# What a rehearsal did or would do, as plain facts, and who is told of it: what the voices speak of.
REHEARSED = {"scripts.rehearsal.result", "scripts.rehearsal.plan_facts", "scripts.rehearsal.observer"}
# Between the checks and the programs: they read, judge, and hand over what is to be reported.
JUDGES = {"scripts.judging", "scripts.wheel_facts", "scripts.twine_verdict"}
# Runs in the interpreter of a clean room, where there is nothing but the standard library.
PROBE = "scripts.clean_room_probe"


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(file): file for file in sorted(SCRIPTS.rglob("*.py"))}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in SOURCES.items()}


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "scripts imports by full names"
            assert node.module is not None
            yield node.module
            # `from scripts import git` imports a module, `from scripts.config import Config` a name of one.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> set[str]:
    """The modules of scripts that a module imports; its package, which every import runs, is left out."""
    return {found for found in imported(TREES[name]) if found in SOURCES and found != "scripts"}


def at_the_top(name: str) -> set[str]:
    """The modules of scripts that are imported as soon as a module is."""
    tops = [node for node in TREES[name].body if isinstance(node, (ast.Import, ast.ImportFrom))]
    # A module's own package is being imported already.
    return {found for found in imported(ast.Module(list(tops), [])) if found in SOURCES and not name.startswith(found)}


def is_program(name: str) -> bool:
    """Whether a module is one that a nox session runs."""
    return any(
        isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'" for node in TREES[name].body
    )


PROGRAMS = {name for name in SOURCES if is_program(name)}
CHECKS = {name for name in SOURCES if name.startswith("scripts.checks")}
BUILDERS = {name for name in SOURCES if name.startswith("scripts.builders")}
PAGES = {name for name in SOURCES if name.startswith("scripts.page")}
# Plays the release: it may read, and judge what is published by the checks.
REHEARSALS = {name for name in SOURCES if f"{name}.".startswith("scripts.rehearsal.")}
# They describe the code in docs/, and so may look at all of it.
DOCS = {"scripts.check_docs", "scripts.rehearsal_docs"}
READERS = (
    set(SOURCES) - PROGRAMS - CHECKS - BUILDERS - GROUND - VOICES - JUDGES - PAGES - REHEARSALS - DOCS - {"scripts"}
)


def test_the_layers_are_what_this_module_takes_them_for() -> None:
    assert {"scripts.validate", "scripts.check_dist", "scripts.wheels", PROBE} <= PROGRAMS
    assert {"scripts.config", "scripts.wheel", "scripts.tag", "scripts.native.elf"} <= READERS
    assert set(SOURCES) >= GROUND | VOICES
    assert "scripts.checks.record" in CHECKS
    assert "scripts.builders.zig" in BUILDERS


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_imports_run_one_way(name: str) -> None:
    found = ours(name)
    assert not found & PROGRAMS, "nobody imports a program"
    if name in GROUND:
        assert found <= GROUND
    if name in READERS:
        assert not found & (CHECKS | BUILDERS | VOICES | JUDGES | PAGES | REHEARSALS), (
            "a reader states facts; it neither judges, nor builds, nor prints"
        )
    if name in CHECKS:
        assert not found & (BUILDERS | VOICES), "a check is a function of what was read"
    if name in BUILDERS:
        assert not found & (CHECKS | VOICES), "a builder builds; who judges and prints is the program"
    if name in VOICES:
        known = GROUND | VOICES | PAGES | REHEARSED | {"scripts.files", "scripts.rehearsal"}
        assert found <= known, "what prints knows findings, errors and what a rehearsal did, nothing that does it"
    if name in REHEARSED:
        assert found <= REHEARSED | {"scripts.rehearsal"}, "facts lean on nothing"
    if name in PAGES:
        reported = {"scripts.report_model", "scripts.report_rehearsal_model", "scripts.report_timeline"}
        assert found <= PAGES | REHEARSED | reported | {"scripts.rehearsal"}, "a page is made of what is reported"
    if name in REHEARSALS:
        assert not found & (VOICES | PAGES | BUILDERS), "a rehearsal states what happened; who prints is the program"
    if name in JUDGES:
        assert not found & (VOICES - {"scripts.report_model"} | BUILDERS | PAGES), "a judge prints nothing"


def test_every_module_of_checks_is_run_by_a_program() -> None:
    # A check that is never imported is in no register, and finds nothing.
    run, new = set[str](), PROGRAMS
    while new:
        new = set[str]().union(*map(ours, new)) - run
        run |= new
    assert CHECKS - run == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    # What a function imports when it is called makes no circle.
    arrows = {name: at_the_top(name) for name in SOURCES}
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


@pytest.mark.parametrize("name", sorted(set(SOURCES) - PRINTERS - {PROBE}))
def test_only_the_report_prints(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in (
                *("print", "sys.stdout.write", "sys.stderr.write", "os.write", "warnings.warn"),
                *("sys.stdout.buffer.write", "sys.stdout.writelines", "Console"),
            ), f"line {node.lineno}"


def test_scripts_know_nothing_of_nox_nor_of_tests() -> None:
    for name, tree in TREES.items():
        found = {module.partition(".")[0] for module in imported(tree)}
        assert not found & {"nox", "noxfile", "tests", "pytest", "quiverdb"}, name


def test_the_noxfile_imports_nothing_of_ours() -> None:
    # nox does not put the repository on sys.path.
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    assert {name.partition(".")[0] for name in imported(tree)} - sys.stdlib_module_names == {"nox"}


def test_the_probe_needs_the_standard_library_alone() -> None:
    found = {name.partition(".")[0] for name in imported(TREES[PROBE])}
    assert found - sys.stdlib_module_names == set()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_stays_short_and_says_what_it_is_for(name: str) -> None:
    assert len(SOURCES[name].read_text(encoding="utf-8").splitlines()) <= 300
    assert ast.get_docstring(TREES[name]) or not TREES[name].body


@pytest.mark.parametrize("name", sorted(PROGRAMS - {PROBE}))
def test_a_program_is_run_by_a_session(name: str) -> None:
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert f'"{name}"' in noxfile
