"""Every rule that a program lists has a test of what it accepts and one of what it refuses or notes."""

from __future__ import annotations

import ast
import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from truewheel.checks.registers import (
    dist_check,
    index_check,
    project_check,
    release_check,
    release_wheel_check,
    source_check,
    wheel_check,
    wheel_set_check,
    workflow_check,
)
from truewheel.findings import Rule
from truewheel.programs import check_dist, validate
from truewheel.verdict import ACCEPTANCES_USED

pytestmark = pytest.mark.once
TESTS = Path(__file__).parents[1]
RULES = {rule.name: rule for rule in (*validate.RULES, *check_dist.RULES)}
# test_workflow.py has tables of edits, and knows that every check of the workflow notices one of them.
NAMED = [rule for rule in RULES.values() if rule not in workflow_check.rules]


@functools.cache
def names_of_tests() -> set[str]:
    """The names of all test functions."""
    return {
        node.name
        for file in TESTS.rglob("test_*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("rule", NAMED, ids=[rule.name for rule in NAMED])
def test_every_check_has_tests_of_its_name(rule: Rule) -> None:
    for verdict in ("accepts", "notes" if rule.is_note else "refuses"):
        start = f"test_{rule.name.replace('-', '_')}_{verdict}_"
        assert [test for test in names_of_tests() if test.startswith(start)], f"write a test {start}…"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_has_a_demand_a_source_and_a_hint_in_words(rule: Rule) -> None:
    assert rule.name == rule.name.lower()
    assert set(rule.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(rule.demand.split()) >= 4
    assert rule.source
    assert rule.hint
    for text in (rule.demand, rule.source, rule.hint):
        assert text.isprintable()
        assert not text.endswith(".")


def test_the_programs_judge_by_all_registers() -> None:
    assert min(len(register) for register in (release_check, workflow_check, index_check, dist_check, wheel_check)) > 0
    listed = {rule.name for rule in check_dist.RULES}
    assert {rule.name for rule in (*dist_check.rules, *wheel_check.rules)} <= listed
    both = len(dist_check) + len([ACCEPTANCES_USED])
    assert len(RULES) == len(validate.RULES) - both + len(check_dist.RULES), "two rules share a name"


def test_a_program_loads_every_check_of_its_registers() -> None:
    # Here all modules are loaded already.
    code = "from truewheel.programs import {}; print(*(rule.name for rule in {}.RULES))"
    for program, registers in (
        ("validate", (release_check, project_check, workflow_check, dist_check, index_check)),
        ("check_dist", (dist_check, wheel_check, release_wheel_check, wheel_set_check, source_check)),
    ):
        command = [sys.executable, "-c", code.format(program, program)]
        environ = {**os.environ, "PYTHONPATH": str(TESTS.parent / "scripts")}
        listed = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, env=environ).stdout.split()
        assert {rule.name for register in registers for rule in register.rules} - set(listed) == set()
