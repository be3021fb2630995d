"""Templates, conditions, and the positions of errors in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truewheel.workflow import Scope, Template, WorkflowError
from truewheel.workflow.availability import STEP_IF, step_spot
from truewheel.workflow.templates import parse_condition, parse_template
from truewheel.workflow.yaml_nodes import Scalar, YamlMapping, read_yaml

SCOPE = Scope({"github": {"ref": "refs/tags/v1", "list": [1], "none": None}, "matrix": {"n": 3, "on": True}})
RUN = step_spot("run")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


def scalar(folder: Path, text: str) -> Scalar:
    """The scalar that stands behind `key: ` in the first line of a file."""
    (folder / "w.yml").write_text(f"key: {text}\n", encoding="utf-8")
    document = read_yaml(folder / "w.yml", "w.yml")
    assert isinstance(document, YamlMapping)
    ((_, value),) = document.entries
    assert isinstance(value, Scalar)
    return value


def template(folder: Path, text: str) -> Template:
    return parse_template(scalar(folder, text), RUN)


def condition(folder: Path, text: str) -> Template:
    return parse_condition(scalar(folder, text), STEP_IF)


@pytest.mark.parametrize(
    ("text", "value", "as_text"),
    [
        # Scalars as GitHub's YAML reader types them.
        ("", None, ""),
        ("~", None, ""),
        ("Null", None, ""),
        ("true", True, "true"),
        ("FALSE", False, "false"),
        ("yes", "yes", "yes"),
        ("on", "on", "on"),
        ("10", 10, "10"),
        ("-7", -7, "-7"),
        ("010", 10, "10"),
        ("0x1F", 31, "31"),
        ("0o17", 15, "15"),
        ("1_000", "1_000", "1_000"),
        ("3.10", 3.1, "3.1"),
        ("1e3", 1000, "1000"),
        ("1.2.3", "1.2.3", "1.2.3"),
        ("2026-01-02", "2026-01-02", "2026-01-02"),
        ("'10'", "10", "10"),
        ('"true"', "true", "true"),
        ("!!str 10", "10", "10"),
        ("&anchor 10", 10, "10"),
        ("|\n  a\n  b\n", "a\nb\n", "a\nb\n"),
        # A lone expression keeps its type.
        ("${{ matrix.n }}", 3, "3"),
        ("'${{ matrix.on }}'", True, "true"),
        ("${{ github.list }}", [1], "Array"),
        ("${{ github }}", SCOPE.contexts["github"], "Object"),
        ("${{ github.none }}", None, ""),
        # Beside other text it becomes part of it.
        ("a ${{ matrix.n }}", "a 3", "a 3"),
        ("${{ matrix.n }}${{ matrix.on }}", "3true", "3true"),
        ("${{ github.none }}-${{ github.list }}", "-Array", "-Array"),
        ("'}} ${{ ''}}'' }} {{'", "}} }} {{", "}} }} {{"),
        ("|\n  echo ${{ github.ref }}\n  done\n", "echo refs/tags/v1\ndone\n", "echo refs/tags/v1\ndone\n"),
    ],
)
def test_a_template_has_a_value_and_a_text(folder: Path, text: str, value: Any, as_text: str) -> None:
    found = template(folder, text)
    assert found.value(SCOPE) == value
    assert isinstance(found.value(SCOPE), bool) == isinstance(value, bool)
    assert found.text(SCOPE) == as_text
    assert found.is_constant == ("${{" not in text)


def test_a_template_knows_what_it_reads_and_how_it_is_written(folder: Path) -> None:
    found = template(folder, "'a ${{ matrix.n }} ${{ github.ref }}'")
    assert found.references == {("matrix", "n"), ("github", "ref")}
    assert found.source == "a ${{ matrix.n }} ${{ github.ref }}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${{ github.list }}", "expected true or false, found [\n  1\n]"),
        ("${{ 'true' }}", 'expected true or false, found "true"'),
    ],
)
def test_a_flag_is_true_or_false(folder: Path, text: str, message: str) -> None:
    assert template(folder, "${{ matrix.on }}").flag(SCOPE) is True
    with pytest.raises(WorkflowError) as caught:
        template(folder, text).flag(SCOPE)
    assert caught.value.message == f"w.yml, line 1, column 6: {message}"


@pytest.mark.parametrize("text", ["${{ 0 }}", "${{ 'soon' }}", "${{ matrix.on }}", "${{ github.none }}"])
def test_a_number_is_above_zero(folder: Path, text: str) -> None:
    assert template(folder, "${{ matrix.n }}").number(SCOPE) == 3
    assert template(folder, "${{ '2.5' }}").number(SCOPE) == 2.5
    with pytest.raises(WorkflowError, match=r"^w\.yml, line 1, column 6: expected a number above 0, found "):
        template(folder, text).number(SCOPE)


@pytest.mark.parametrize(
    ("text", "states"),
    [
        # Each says for which of the states succeeded, failed, cancelled it holds.
        ("", "s"),
        ("''", "s"),
        ("true", "s"),
        ("false", ""),
        ("0", ""),
        ("github.ref == 'refs/tags/v1'", "s"),
        ("${{ github.ref == 'refs/tags/v1' }}", "s"),
        ("github.ref == 'other'", ""),
        ("always()", "sfc"),
        ("${{ always() && github.ref == 'other' }}", ""),
        ("failure()", "f"),
        ("success() || failure()", "sf"),
        ("cancelled()", "c"),
        ("'!cancelled()'", "sf"),
        ("${{ !cancelled() && matrix.on }}", "sf"),
        ("contains('always()', 'always')", "s"),
        ("contains(toJSON(failure()), 'true')", "f"),
        (">-\n  failure() ||\n  cancelled()", "fc"),
        ('"matrix.n == 3"', "s"),
    ],
)
def test_a_condition_implies_success_unless_it_asks_for_the_status(folder: Path, text: str, states: str) -> None:
    scopes = {
        "s": Scope(SCOPE.contexts),
        "f": Scope(SCOPE.contexts, succeeded=False, failed=True),
        "c": Scope(SCOPE.contexts, succeeded=False, cancelled=True),
    }
    found = condition(folder, text)
    assert "".join(state for state, scope in scopes.items() if found.holds(scope)) == states


def test_a_condition_knows_what_it_reads(folder: Path) -> None:
    assert condition(folder, "matrix.n && always()").references == {("matrix", "n")}
    assert condition(folder, "").references == frozenset()


@pytest.mark.parametrize("text", ["${{ matrix.on }} && false", "a ${{ matrix.on }}", "${{ true }} ${{ false }}"])
def test_a_condition_that_would_always_hold_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        condition(folder, text)
    assert caught.value.message == (
        f"w.yml, line 1, column 6: the condition `{text}` would always hold: "
        "with text around it, ${{ }} makes a text"
    )
    assert caught.value.hint == "put the whole condition between ${{ and }}, or leave them out"


@pytest.mark.parametrize("text", ["|\n  ${{ false }}\n", ">\n  ${{ false }}\n", "' ${{ false }}'", '"${{ false }}\\t"'])
def test_a_condition_with_blanks_around_its_expression_would_always_hold(folder: Path, text: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        condition(folder, text)
    assert caught.value.message == (
        "w.yml, line 1, column 6: the condition `${{ false }}` would always hold: "
        "with text around it, ${{ }} makes a text"
    )
    assert caught.value.hint == (
        "remove ${{ and }}, or all spaces and line breaks around them (|- and >- instead of | and >)"
    )


@pytest.mark.parametrize("text", ["|-\n  ${{ false }}\n", ">-\n  ${{ false }}\n", "  ${{ false }}  ", "|\n  false\n"])
def test_a_condition_without_blanks_around_its_expression_is_that(folder: Path, text: str) -> None:
    assert not condition(folder, text).holds(SCOPE)


UNKNOWN = (
    "there is no context `x`; known are github, env, vars, job, jobs, steps, runner, secrets, strategy, matrix, "
    "needs, inputs"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${{ x }}", f"in the expression `x`: {UNKNOWN}"),
        ("a ${{ 1 }} ${{ 1 == x }}", f"in the expression `1 == x`: {UNKNOWN}"),
        ('"${{ x }}"', f"in the expression `x`: {UNKNOWN}"),
        ("&anchor ${{ x }}", f"in the expression `x`: {UNKNOWN}"),
        (">-\n  a\n  ${{ 1 ==\n  x }}\n", f"in the expression `1 == x`: {UNKNOWN}"),
        ("'${{ ''a'' == x }}'", f"in the expression `'a' == x`: {UNKNOWN}"),
        ("${{ github.ref", "`${{ github.ref` has no closing }}"),
        ("|\n  a ${{ 1 }} ${{ 'b }} c\n  d", "`${{ 'b }} c` has no closing }}"),
        ("${{}}", "in the expression `${{ }}`: expected an expression, found nothing"),
        ("${{ github.ref }", "`${{ github.ref }` has no closing }}"),
    ],
)
def test_a_wrong_expression_is_named_with_the_place_of_its_value(folder: Path, text: str, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        template(folder, text)
    assert caught.value.message == f"w.yml, line 1, column 6: {message}"


@pytest.mark.parametrize("text", ["x", "1 == x", "'1 == x'", "${{ 1 == x }}"])
def test_a_wrong_condition_is_named_with_its_place(folder: Path, text: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        condition(folder, text)
    body = text.strip("'&a${} ")
    assert caught.value.message == f"w.yml, line 1, column 6: in the expression `{body}`: {UNKNOWN}"


def test_a_missing_value_is_named_with_its_place(folder: Path) -> None:
    found = template(folder, "a ${{ fromJSON(github.ref) }}")
    with pytest.raises(WorkflowError) as caught:
        found.value(SCOPE)
    assert caught.value.message == (
        "w.yml, line 1, column 6: `fromJSON(github.ref)`: fromJSON(): 'refs/tags/v1' is not JSON: "
        "Expecting value: line 1 column 1 (char 0)"
    )


@given(text=st.text(alphabet="${} 'ax1.()|&\n!", max_size=30))
def test_any_scalar_is_a_template_and_a_condition_or_refused(folder: Path, text: str) -> None:
    block = scalar(folder, '"' + text.replace("\n", "\\n") + '"')
    assert block.value == text
    for parse, spot in ((parse_template, RUN), (parse_condition, STEP_IF)):
        try:
            parsed = parse(block, spot)
        except WorkflowError as error:
            assert error.message.startswith("w.yml, line 1, column ")  # noqa: PT017
        else:
            assert parsed.source.strip() in (text.strip(), "")
