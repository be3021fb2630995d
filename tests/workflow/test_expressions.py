"""Expressions: every operator, literal and function that GitHub documents, and the messages for wrong ones."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.workflow import Scope, values
from truewheel.workflow.availability import ENV, JOB_IF, STEP_IF, Spot, step_spot
from truewheel.workflow.expressions import parse_expression
from truewheel.workflow.functions import FUNCTIONS
from truewheel.workflow.lexer import ExpressionError

LABELS = [{"name": "native", "id": 1}, {"name": "release"}, {"id": 3}]
CONTEXTS = {
    "github": {"ref": "refs/tags/v0.5.0", "ref_name": "v0.5.0", "event": {"labels": LABELS, "Empty": {}}},
    "matrix": {"platform": "win_amd64", "bits": 64, "half": 0.5, "fast": True, "pythons": ["3.10", "3.13"]},
    "needs": {"build": {"result": "success", "outputs": {"count": "2"}}, "lint": {"result": "failure", "outputs": {}}},
    "steps": {"pack": {"outputs": {"file-name": "a.whl"}, "outcome": "failure", "conclusion": "success"}},
    "env": {"EMPTY": "", "TWO": "2"},
}
SCOPE = Scope(CONTEXTS)


def value(source: str, scope: Scope = SCOPE, spot: Spot = STEP_IF) -> Any:
    return parse_expression(source, spot).value(scope)


def refusal(source: str, spot: Spot = STEP_IF) -> str:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(source, spot)
    return str(caught.value)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("null", None),
        ("true", True),
        ("false", False),
        ("711", 711),
        ("-9.2", -9.2),
        ("+1", 1),
        ("0xff", 255),
        ("0o17", 15),
        ("-2.99e-2", -0.0299),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("'It''s open source!'", "It's open source!"),
        ("''", ""),
        ("  ( 'a' )  ", "a"),
    ],
)
def test_a_literal_is_its_value(source: str, expected: object) -> None:
    found = value(source)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("github.ref_name", "v0.5.0"),
        ("github['ref_name']", "v0.5.0"),
        ("GitHub.REF_NAME", "v0.5.0"),
        ("matrix.pythons[1]", "3.13"),
        ("matrix.pythons['1']", "3.13"),
        ("matrix.pythons[1.9]", "3.13"),
        ("matrix.pythons[2]", None),
        ("matrix.pythons[-1]", None),
        ("matrix.pythons.first", None),
        ("matrix[matrix.bits]", None),
        ("steps.pack.outputs.file-name", "a.whl"),
        ("steps['pack'].outputs['file-name']", "a.whl"),
        ("github.nothing.at.all", None),
        ("github.ref.length", None),
        ("inputs.anything", None),
        ("fromJSON('{\"a\": [1, 2]}').a[0]", 1),
        ("(github.event).labels[0].name", "native"),
    ],
)
def test_a_context_is_read_by_property_and_by_index(source: str, expected: object) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("github.event.labels.*.name", ["native", "release"]),
        ("github.event.labels[*]['id']", [1, 3]),
        ("matrix.pythons.*", ["3.10", "3.13"]),
        ("needs.*.result", ["success", "failure"]),
        ("needs.*.outputs.count", ["2"]),
        ("needs.*.outputs.*", ["2"]),
        ("github.event.Empty.*", []),
        ("github.ref.*", []),
        ("inputs.*.a", []),
        ("fromJSON('[[1, 2], [3], 4]').*[1]", [2]),
        ("fromJSON('[[1, 2], [3], 4]').*.*", [1, 2, 3]),
    ],
)
def test_a_wildcard_reads_every_item(source: str, expected: list[object]) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # Texts are compared without their case, but letter by letter.
        ("'Tag' == 'tAG'", True),
        ("'é' == 'É'", True),
        ("'a' < 'B'", True),
        ("'b' >= 'B'", True),
        # Different types are compared as numbers.
        ("null == 0", True),
        ("null == ''", True),
        ("null == false", True),
        ("null == null", True),
        ("true == 1", True),
        ("true == '1'", True),
        ("true == 'true'", False),
        ("false == ''", True),
        ("matrix.bits == '64'", True),
        ("matrix.bits == '0x40'", True),
        ("matrix.bits == '64 bits'", False),
        ("'10' < '9'", True),
        ("10 < '9'", False),
        ("env.TWO > 1", True),
        ("1 > 'one'", False),
        ("1 <= 'one'", False),
        ("NaN == NaN", False),
        ("NaN != NaN", True),
        ("true > false", True),
        ("null < null", False),
        ("null >= null", True),
        # Lists and mappings are equal to themselves alone.
        ("github.event == github.event", True),
        ("fromJSON('[]') == fromJSON('[]')", False),
        ("fromJSON('[]') == ''", False),
        ("fromJSON('{}') != null", True),
        ("github.event < github.event", False),
        ("github.event <= github.event", True),
    ],
)
def test_comparisons_are_loose_as_github_documents(source: str, expected: bool) -> None:  # noqa: FBT001
    assert value(source) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("!true", False),
        ("!''", True),
        ("!'false'", False),
        ("!0", True),
        ("!NaN", True),
        ("!null", True),
        ("!fromJSON('[]')", False),
        ("!!'x'", True),
        # && and || give the operand that decides.
        ("'a' && 'b'", "b"),
        ("'' && 'b'", ""),
        ("null || 'b'", "b"),
        ("0 || false || ''", ""),
        ("github.ref_name == 'v0.5.0' && 'tag' || 'branch'", "tag"),
        # The order of precedence: !, < and its like, == and !=, &&, ||.
        ("true || false && false", True),
        ("(true || false) && false", False),
        ("!false == true", True),
        ("1 < 2 == true", True),
        ("1 == 1 == true", True),
        ("3 > 2 > 1", False),
        # What does not decide is not evaluated.
        ("false && fromJSON(github.ref)", False),
        ("true || fromJSON(github.ref)", True),
    ],
)
def test_logical_operators(source: str, expected: object) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("contains('Hello world', 'LLO')", True),
        ("contains('Hello world', 'bye')", False),
        ("contains(fromJSON('[\"push\", \"release\"]'), 'PUSH')", True),
        ("contains(fromJSON('[\"pushes\"]'), 'push')", False),
        ("contains(github.event.labels.*.name, 'release')", True),
        ("contains(fromJSON('[1]'), '1')", True),
        ("contains(1234, 23)", True),
        ("contains(github.event, 'labels')", False),
        ("contains('x', github.event)", False),
        ("startsWith('Hello world', 'he')", True),
        ("startsWith(github.ref, 'refs/heads/')", False),
        ("STARTSWITH(123, 12)", True),
        ("startsWith(github.event, 'Obj')", False),
        ("endsWith('Hello world', 'LD')", True),
        ("endsWith('Hello world', 'Hello')", False),
        ("format('Hello {0} {1} {0}', 'Mona', 'the')", "Hello Mona the Mona"),
        ("format('{{0}} {0}}}', true)", "{0} true}"),
        ("format('{0}|{1}|{2}', null, 1.50, fromJSON('[]'))", "|1.5|Array"),
        ("join(matrix.pythons, ', ')", "3.10, 3.13"),
        ("join(matrix.pythons)", "3.10,3.13"),
        ("join(matrix.pythons, github.event)", "3.10,3.13"),
        ("join('alone', '-')", "alone"),
        ("join(github.event)", ""),
        ("join(fromJSON('[null, true, 1.0, [1], {}]'))", ",true,1,Array,Object"),
        ("toJSON('a\"b')", '"a\\"b"'),
        ("toJSON(null)", "null"),
        ("toJSON(1.0)", "1"),
        ("toJSON(fromJSON('[]'))", "[]"),
        ("toJSON(needs.lint)", '{\n  "result": "failure",\n  "outputs": {}\n}'),
        ("toJSON(fromJSON('[1,[true,\"ü\"]]'))", '[\n  1,\n  [\n    true,\n    "ü"\n  ]\n]'),
        ("fromJSON('true')", True),
        ("fromJSON('3')", 3),
        ("fromJSON(needs.build.outputs.count) > 1", True),
    ],
)
def test_functions(source: str, expected: object) -> None:
    assert value(source) == expected


def test_case_returns_the_value_after_the_first_true_condition_else_the_last_one() -> None:
    assert value("case(false, 1, github.ref, 2, true, 3, 4)") == 2
    assert value("case(false, 1, '', 2, 3)") == 3


def test_the_hash_of_files_is_that_of_their_hashes(tmp_path: Path) -> None:
    for name in ("a.txt", "sub/b.txt", "other.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    scope = Scope({"github": {"workspace": str(tmp_path)}})
    digests = [hashlib.sha256(name.encode()).digest() for name in ("a.txt", "sub/b.txt")]
    assert value("hashFiles('**/*.txt')", scope) == hashlib.sha256(b"".join(digests)).hexdigest()
    assert value("hashFiles('**', '!**/*.md')", scope) == value("hashFiles('**/*.txt')", scope)
    assert value("hashFiles('*.lock')", scope) == ""


def test_status_functions() -> None:
    states = [Scope({}), Scope({}, succeeded=False, failed=True), Scope({}, succeeded=False, cancelled=True)]
    source = "format('{0} {1} {2} {3}', success(), failure(), cancelled(), always())"
    assert [value(source, scope) for scope in states] == [
        "true false false true",
        "false true false true",
        "false false true true",
    ]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "fromJSON(github.ref)",
            "fromJSON(): 'refs/tags/v0.5.0' is not JSON: Expecting value: line 1 column 1 (char 0)",
        ),
        (
            "format(env.TWO, github.ref) && format('{1}', github.ref)",
            "format(): '{1}' asks for {1}, but there are 1 values",
        ),
        ("hashFiles('x')", "hashFiles(): needs the files of a job's checkout"),
    ],
)
def test_an_error_names_its_reason(source: str, problem: str) -> None:
    expression = parse_expression(source, STEP_IF)
    with pytest.raises(ExpressionError) as caught:
        expression.value(SCOPE)
    assert str(caught.value) == problem


KNOWN_FUNCTIONS = ", ".join(FUNCTIONS)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", "expected an expression, found nothing"),
        ("  ", "expected an expression, found nothing"),
        ("gihub.ref", "there is no context `gihub`; did you mean `github`?"),
        ("'a' == stpes.x", "there is no context `stpes`; did you mean `steps`?"),
        (
            "wheels",
            (
                "there is no context `wheels`; known are github, env, vars, job, jobs, steps, runner, secrets, "
                "strategy, matrix, needs, inputs"
            ),
        ),
        ("startWith('a', 'b')", "there is no function `startWith`; did you mean `startsWith`?"),
        ("tojsn(x)", "there is no function `tojsn`; did you mean `toJSON`?"),
        ("length('x')", f"there is no function `length`; known are {KNOWN_FUNCTIONS}"),
        ("contains('a')", "contains() takes 2 arguments, not 1"),
        ("join()", "join() takes 1 to 2 arguments, not 0"),
        ("success('build')", "success() takes 0 arguments, not 1"),
        ('github.ref == "x"', "texts in expressions need single quotes, not double quotes"),
        ("'open", "the text 'open has no ' at its end"),
        ("1x", "1x is not a name, a number or an operator; texts need single quotes"),
        ("-x", "-x is not a name, a number or an operator; texts need single quotes"),
        ("1 = 1", "= is not a name, a number or an operator; texts need single quotes"),
        ("github.ref & true", "& is not a name, a number or an operator; texts need single quotes"),
        ("github.ref @ 1", "@ is not a name, a number or an operator; texts need single quotes"),
        ("(1", "expected `)`, found the end of the expression"),
        ("1)", "expected an operator or the end, found `)`"),
        ("1 ==", "expected a value, found the end of the expression"),
        ("== 1", "expected a value, found `==`"),
        ("github.", "expected the name of a property, found the end of the expression"),
        ("github.'ref'", "expected the name of a property, found `'ref'`"),
        ("github[", "expected a value, found the end of the expression"),
        ("github['a'", "expected `]`, found the end of the expression"),
        ("github.ref github.sha", "expected an operator or the end, found `github`"),
        ("contains('a' 'b')", "expected `,`, found `'b'`"),
        ("contains('a',", "expected a value, found the end of the expression"),
        ("'a'.b", "expected an operator or the end, found `.`"),
        # What is known already is an error already.
        ("fromJSON('[1,')", "fromJSON(): '[1,' is not JSON: Expecting value: line 1 column 4 (char 3)"),
        ("1 && format('{0}')", "format(): '{0}' asks for {0}, but there are 0 values"),
        (
            "format('{x}', 1)",
            "format(): '{x}' has a { that is not doubled and not part of {0}, {1}, …",
        ),
        ("!" * 60 + "true", "an expression is at most 50 levels deep"),
        ("(" * 60, "expected a value, found the end of the expression"),
    ],
)
def test_a_wrong_expression_says_what_was_found_and_what_expected(source: str, problem: str) -> None:
    assert refusal(source) == problem


@pytest.mark.parametrize(
    ("source", "spot", "problem"),
    [
        (
            "env.X",
            JOB_IF,
            "the context `env` is not available in jobs.<job_id>.if; available there: github, inputs, needs, vars",
        ),
        (
            "matrix.platform == 'x'",
            JOB_IF,
            "the context `matrix` is not available in jobs.<job_id>.if; available there: github, inputs, needs, vars",
        ),
        (
            "hashFiles('x')",
            JOB_IF,
            (
                "the function hashFiles() is not available in jobs.<job_id>.if; available there: always, cancelled, "
                "failure, success"
            ),
        ),
        (
            "always()",
            step_spot("run"),
            "the function always() is not available in jobs.<job_id>.steps.run; available there: hashFiles",
        ),
        ("success()", ENV, "the function success() is not available in env; available there: none"),
        (
            "secrets.TOKEN",
            STEP_IF,
            (
                "the context `secrets` is not available in jobs.<job_id>.steps.if; available there: env, github, "
                "inputs, job, matrix, needs, runner, steps, strategy, vars"
            ),
        ),
    ],
)
def test_contexts_and_functions_are_available_in_their_places_only(source: str, spot: Spot, problem: str) -> None:
    assert refusal(source, spot) == problem


def test_references_of_an_expression() -> None:
    source = (
        "needs.build.outputs.count && matrix[env.KEY].x || contains(github.event.labels.*.name, steps['pack'].outcome)"
    )
    assert parse_expression(source, STEP_IF).references == {
        ("needs", "build", "outputs", "count"),
        ("matrix",),
        ("env", "KEY"),
        ("github", "event", "labels"),
        ("steps", "pack", "outcome"),
    }


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (3.10, "3.1"),
        (0.1 + 0.2, "0.3"),
        (1e14, "100000000000000"),
        (1e15, "1E+15"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_a_number_is_written_with_fifteen_digits(number: float, text: str) -> None:
    assert values.as_text(number) == text


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(given_value=JSON_VALUES)
def test_json_there_and_back(given_value: object) -> None:
    assert value("fromJSON(env.X)", Scope({"env": {"X": values.to_json(given_value)}})) == given_value
    assert json.loads(values.to_json(given_value)) == given_value


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ExpressionError, match=r"is not JSON: nested too deeply$"):
        value("fromJSON(env.X)", Scope({"env": {"X": "[" * 200_000}}))


@given(text=st.text())
def test_a_text_in_quotes_is_that_text(text: str) -> None:
    assert value("'" + text.replace("'", "''") + "'") == text


@given(number=st.floats(-1e14, 1e14).map(lambda number: float(f"{number:.12g}")))
def test_a_number_written_and_read_is_the_same(number: float) -> None:
    assert value(values.as_text(number)) == number
    assert values.equal(number, values.as_text(number))


@given(left=JSON_VALUES, right=JSON_VALUES)
def test_comparing_is_consistent(left: object, right: object) -> None:
    assert values.equal(left, right) == values.equal(right, left)
    assert not (values.less(left, right) and values.less(right, left))
    assert not (values.less(left, right) and values.equal(left, right))


PIECES = st.sampled_from(
    [
        *(
            "github",
            "matrix",
            "steps",
            "a",
            "ref",
            "'x'",
            "'",
            '"',
            "1",
            "-1",
            "0x",
            ".",
            ".*",
            "*",
            "(",
            ")",
            "[",
            "]",
        ),
        *(",", " ", "\n", "!", "==", "!=", "<", ">=", "&&", "||", "=", "&", "null", "true", "NaN", "é", "@", "{0}"),
        *(f"{name}(" for name in FUNCTIONS),
    ]
)


@given(source=st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=30))
def test_any_text_is_parsed_and_evaluated_or_refused(source: str) -> None:
    try:
        parse_expression(source, STEP_IF).value(SCOPE)
    except ExpressionError as error:
        assert str(error)  # noqa: PT017
