"""The JSON that programs print is what its schema says."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.rehearsal_samples import FAILING, PASSING, PLAN, RERUN, hostile
from truewheel.errors import ReleaseError
from truewheel.findings import Acceptance, Accepted, Finding, Note, Rule
from truewheel.judging.facts import LibraryFacts, WheelFacts
from truewheel.programs import check_dist, rehearse, validate
from truewheel.rehearsal.plan_facts import Plan
from truewheel.rehearsal.result import Rehearsal
from truewheel.report import printing
from truewheel.report.model import Report
from truewheel.report.printing import print_report, print_rules
from truewheel.report.rehearsal.printing import print_plan, print_rehearsal
from truewheel.verification import rules as verification

WHEEL = WheelFacts("a-1-py3-none-any.whl", 5, "00", "a 1", "py3-none-any", libraries=(LibraryFacts("a.so", "ELF"),))
FIT = Report("check-dist", "2 wheels", wheels=(WHEEL, WheelFacts("b.whl", 0, "", readable=False)))
REPORTS = {
    "fit": FIT,
    "refused": replace(FIT, findings=(Finding("tag-form", "v1", "wrong", "correct it"),), notes=(Note("", "", "x"),)),
    "accepted": replace(FIT, accepted=(Accepted("a", "v1", "wrong", acceptances=(Acceptance("a", "*", "old"),)),)),
    "cannot judge": Report("validate", error=ReleaseError("there is no folder dist")),
    "publisher": Report("validate", "the tag v1", publisher=(("Owner", None), ("Environment name", "pypi"))),
}
SCHEMA: dict[str, Any] = json.loads(Path(printing.__file__).with_name("schema.json").read_text(encoding="utf-8"))


def validate_as(kind: str, text: str) -> None:
    document = json.loads(text)
    # The kind by itself first: its errors name the key.
    for schema in ({**SCHEMA, "oneOf": [], "$ref": f"#/$defs/{kind}"}, SCHEMA):
        known = {key: value for key, value in schema.items() if value != []}
        jsonschema.Draft202012Validator(known).validate(document)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_reports(report: Report) -> None:
    stream = io.StringIO()
    print_report(report, stream, as_json=True, environ={})
    validate_as("report", stream.getvalue())


@pytest.mark.parametrize("rehearsal", [PASSING, FAILING, RERUN, hostile(), replace(PASSING, release=None)])
def test_rehearsals(rehearsal: Rehearsal) -> None:
    stream = io.StringIO()
    print_rehearsal(rehearsal, stream, as_json=True, environ={})
    validate_as("rehearsal", stream.getvalue())


@pytest.mark.parametrize("plan", [PLAN, replace(PLAN, fires=False, release=None, findings=("no version",))])
def test_plans(plan: Plan) -> None:
    stream = io.StringIO()
    print_plan(plan, stream, as_json=True, environ={})
    validate_as("plan", stream.getvalue())


@pytest.mark.parametrize("rules", [check_dist.RULES, validate.RULES, verification.RULES])
def test_rules(rules: Sequence[Rule]) -> None:
    stream = io.StringIO()
    print_rules(rules, stream, as_json=True)
    validate_as("checks", stream.getvalue())


@pytest.mark.parametrize(("arguments", "kind"), [(["--list-faults"], "faults"), (["--nonsense"], "report")])
def test_a_program(arguments: list[str], kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    rehearse.main(["--json", *arguments])
    validate_as(kind, capsys.readouterr().out)


@pytest.mark.parametrize("change", [{"verdict": "good"}, {"more": 1}, {"wheels": [{"name": "a.whl"}]}, {"version": 1}])
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    stream = io.StringIO()
    print_report(FIT, stream, as_json=True, environ={})
    with pytest.raises(jsonschema.ValidationError):
        validate_as("report", json.dumps({**json.loads(stream.getvalue()), **change}))
