"""The rows of a matrix, by the rules of GitHub's documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from truewheel.config import load_config
from truewheel.workflow import Matrix, Scope, WorkflowError, read_workflow

ROOT = Path(__file__).parents[2]
JOB = "on: push\njobs:\n  build:\n    runs-on: x\n    steps: [{run: x}]\n    strategy:\n"


def strategy(folder: Path, text: str) -> Matrix:
    """The strategy of the one job of a workflow; `text` is indented by six spaces."""
    lines = "".join(f"      {line}\n" for line in text.splitlines())
    (folder / "w.yml").write_text(JOB + lines, encoding="utf-8")
    found = read_workflow(folder, Path("w.yml")).jobs["build"].strategy
    assert found is not None
    return found


def refusal(folder: Path, text: str, contexts: dict[str, Any] | None = None) -> str:
    with pytest.raises(WorkflowError) as caught:
        strategy(folder, text).rows(Scope(contexts or {}))
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("matrix: {os: [linux, windows]}", [{"os": "linux"}, {"os": "windows"}]),
        # The first key turns slowest.
        (
            "matrix: {os: [l, w], python: [3.10, '3.10']}",
            [
                {"os": "l", "python": 3.1},
                {"os": "l", "python": "3.10"},
                {"os": "w", "python": 3.1},
                {"os": "w", "python": "3.10"},
            ],
        ),
        ("matrix: {include: [{a: 1}, {b: 2}]}", [{"a": 1}, {"b": 2}]),
        # An exclusion need not name every key.
        ("matrix: {os: [l, w], n: [1, 2], exclude: [{os: w}]}", [{"os": "l", "n": 1}, {"os": "l", "n": 2}]),
        (
            "matrix: {os: [l, w], n: [1, 2], exclude: [{os: W, n: '2'}]}",
            [{"os": "l", "n": 1}, {"os": "l", "n": 2}, {"os": "w", "n": 1}],
        ),
        # What an entry adds goes to every row whose own values stay as they are.
        ("matrix: {os: [l, w], include: [{color: red}]}", [{"os": "l", "color": "red"}, {"os": "w", "color": "red"}]),
        ("matrix: {os: [l, w], include: [{os: w, color: red}]}", [{"os": "l"}, {"os": "w", "color": "red"}]),
        # A later entry writes over what an earlier one added.
        (
            "matrix: {os: [l, w], include: [{color: red}, {os: w, color: blue}]}",
            [{"os": "l", "color": "red"}, {"os": "w", "color": "blue"}],
        ),
        # An entry that fits no row is one, and gets nothing of the others.
        (
            "matrix: {os: [l], include: [{os: m, color: red}, {shape: round}]}",
            [{"os": "l", "shape": "round"}, {"os": "m", "color": "red"}],
        ),
        # GitHub's own example, in other words: animals and fruits.
        (
            (
                "matrix:\n"
                "  fruit: [apple, pear]\n"
                "  animal: [cat, dog]\n"
                "  include:\n"
                "    - color: green\n"
                "    - color: pink\n"
                "      animal: cat\n"
                "    - fruit: apple\n"
                "      shape: circle\n"
                "    - fruit: banana\n"
                "    - fruit: banana\n"
                "      animal: cat"
            ),
            [
                {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
                {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
                {"fruit": "pear", "animal": "cat", "color": "pink"},
                {"fruit": "pear", "animal": "dog", "color": "green"},
                {"fruit": "banana"},
                {"fruit": "banana", "animal": "cat"},
            ],
        ),
        # Exclusions come first: what is left out can be put in again.
        ("matrix: {os: [l, w], exclude: [{os: w}], include: [{os: w, n: 1}]}", [{"os": "l"}, {"os": "w", "n": 1}]),
        ("matrix: {os: [{name: l, bits: 64}, {name: w}], exclude: [{os: {name: l}}]}", [{"os": {"name": "w"}}]),
        ("matrix: {n: [[1, 2], [3]], exclude: [{n: [1]}]}", [{"n": [3]}]),
        ("matrix: {os: [true, null, x]}", [{"os": True}, {"os": None}, {"os": "x"}]),
        ("fail-fast: false", [{}]),
    ],
)
def test_rows(tmp_path: Path, text: str, rows: list[dict[str, Any]]) -> None:
    assert strategy(tmp_path, text).rows(Scope({})) == rows


@pytest.mark.parametrize(
    "text",
    [
        "matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}",
        'matrix: {os: "${{ fromJSON(needs.plan.outputs.matrix).os }}", exclude: [{os: m}]}',
        'matrix: {include: "${{ fromJSON(needs.plan.outputs.rows) }}"}',
        'matrix: {include: [{os: "${{ \'l\' }}"}, "${{ fromJSON(needs.plan.outputs.rows)[1] }}"]}',
        'matrix: {os: ["${{ needs.plan.outputs.first }}", w]}',
    ],
)
def test_rows_can_come_from_another_job(tmp_path: Path, text: str) -> None:
    outputs = {
        "matrix": '{"os": ["l", "m", "w"], "exclude": [{"os": "m"}]}',
        "rows": '[{"os": "l"}, {"os": "w"}]',
        "first": "l",
    }
    matrix = strategy(tmp_path, text)
    assert not matrix.is_constant
    assert matrix.rows(Scope({"needs": {"plan": {"outputs": outputs}}})) == [{"os": "l"}, {"os": "w"}]


WHERE = "w.yml, line 7, column"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("matrix: {}", f"{WHERE} 15: the matrix has no rows, so the job would never run"),
        (
            "matrix: {os: []}",
            f"{WHERE} 15: `os` of the matrix is an empty list, so the job would never run",
        ),
        ("matrix: {os: x}", f'{WHERE} 15: `os` of the matrix must be a list, not "x"'),
        ("matrix: {os: {a: b}}", f"{WHERE} 15: `os` of the matrix must be a list, not object"),
        ("matrix: [a]", f"{WHERE} 15: the matrix must be a mapping, not array"),
        ("matrix: {os: [l], exclude: [{os: l}]}", f"{WHERE} 15: the matrix has no rows, so the job would never run"),
        (
            "matrix: {os: [l], exclude: [{sys: l}]}",
            f"{WHERE} 15: `exclude` names `sys`, which is not a key of the matrix",
        ),
        (
            "matrix: {os: [l], include: [x]}",
            f'{WHERE} 15: each entry of `include` in the matrix must be a mapping, not "x"',
        ),
        (
            "matrix: {os: [l], include: {os: m}}",
            f"{WHERE} 15: `include` of the matrix must be a list, not object",
        ),
        ("matrix: {os: [l], OS: [m]}", f"{WHERE} 15: the matrix has the key `OS` twice; GitHub ignores case"),
        (
            f"matrix: {{a: {list(range(20))}, b: {list(range(20))}}}",
            f"{WHERE} 15: the matrix has 400 rows; GitHub runs 256 at most",
        ),
        (
            "fail-fast: maybe",
            f'{WHERE} 18: expected true or false, found "maybe"',
        ),
        (
            "max-parallel: 0",
            f"{WHERE} 21: expected a number above 0, found 0",
        ),
        (
            "matrx: {a: [1]}",
            f"{WHERE} 7: `strategy` of the job `build` has the unknown key `matrx`; did you mean `matrix`?",
        ),
        (
            "matrix: {os: ['${{ matrix.x }}']}",
            (
                f"{WHERE} 21: in the expression `matrix.x`: the context `matrix` is not available in "
                "jobs.<job_id>.strategy; available there: github, inputs, needs, vars"
            ),
        ),
    ],
)
def test_a_wrong_matrix_is_named_when_it_is_read(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text) == message


@pytest.mark.parametrize(
    ("given_value", "message"),
    [
        ("null", f"{WHERE} 15: the matrix must be a mapping, not null"),
        ('["l"]', f"{WHERE} 15: the matrix must be a mapping, not array"),
        ('{"os": "l"}', f'{WHERE} 15: `os` of the matrix must be a list, not "l"'),
        ('{"os": []}', f"{WHERE} 15: `os` of the matrix is an empty list, so the job would never run"),
        (
            '{"os": ["l"], "include": [1]}',
            f"{WHERE} 15: each entry of `include` in the matrix must be a mapping, not 1",
        ),
        ('{"os": ["l"], "exclude": [{}]}', f"{WHERE} 15: an entry of `exclude` in the matrix is empty"),
        ("{}", f"{WHERE} 15: the matrix has no rows, so the job would never run"),
    ],
)
def test_a_wrong_matrix_from_another_job_is_named_with_its_place(
    tmp_path: Path, given_value: str, message: str
) -> None:
    contexts = {"needs": {"plan": {"outputs": {"matrix": given_value}}}}
    assert refusal(tmp_path, "matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}", contexts) == message


@pytest.mark.parametrize("file", ["publish.yml", "ci.yml"])
def test_the_matrix_of_this_repository_is_that_of_the_configured_platforms(file: str) -> None:
    workflow = read_workflow(ROOT, Path(".github/workflows") / file)
    matrix = workflow.jobs["build"].strategy
    assert matrix is not None
    assert matrix.rows(Scope({})) == [
        {"platform": platform.name, "runner": platform.runner} for platform in load_config(ROOT).platforms
    ]


AXES = st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(0, 3), min_size=1, max_size=3), min_size=1)
ENTRIES = st.lists(st.dictionaries(st.sampled_from("abcxy"), st.integers(0, 3), min_size=1), max_size=4)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix")


@given(axes=AXES, include=ENTRIES)
def test_inclusions_never_change_the_product(
    axes: dict[str, list[int]], include: list[dict[str, int]], scratch: Path
) -> None:
    def rows(matrix: dict[str, Any]) -> list[dict[str, Any]]:
        job = {"runs-on": "x", "steps": [{"run": "x"}], "strategy": {"matrix": matrix}}
        with (scratch / "w.yml").open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump({"on": "push", "jobs": {"build": job}}, file)
        read = read_workflow(scratch, Path("w.yml")).jobs["build"].strategy
        assert read is not None
        return read.rows(Scope({}))

    product, whole = rows(dict(axes)), rows({**axes, "include": include})
    restricted = [{key: row[key] for key in axes if key in row} for row in whole]
    assert restricted[: len(product)] == product
    assert all(row in include for row in whole[len(product) :])
