"""Jobs and steps, and every way in which GitHub would refuse them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from truewheel.errors import ReleaseError
from truewheel.rehearsal.support import unsupported
from truewheel.workflow import Permissions, Place, Scope, Workflow, WorkflowError, read_workflow

HEAD = "on: push\njobs:\n"
JOB = HEAD + "  a:\n    runs-on: x\n    steps: [run: x]\n"
STEP = HEAD + "  a:\n    runs-on: x\n    steps:\n      - "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workflow")


def read(folder: Path, text: str) -> Workflow:
    (folder / "w.yml").write_text(text, encoding="utf-8")
    return read_workflow(folder, Path("w.yml"))


def refusal(folder: Path, text: str) -> WorkflowError:
    with pytest.raises(WorkflowError) as caught:
        read(folder, text)
    assert caught.value.message == f"{caught.value.place}: {caught.value.problem}"
    return caught.value


FULL = """\
name: Everything
run-name: Run of ${{ github.ref_name }}
on: {push: {tags: [v*]}, workflow_dispatch: }
permissions: read-all
env: {LEVEL: workflow, COUNT: 3}
defaults: {run: {shell: bash, working-directory: src}}
concurrency: one-at-a-time
jobs:
  first:
    runs-on: [self-hosted, "${{ inputs.label }}"]
    outputs: {version: "${{ steps.find.outputs.version }}"}
    steps:
      - id: find
        name: Find ${{ github.ref_name }}
        if: always()
        run: echo version=1 >> "$GITHUB_OUTPUT"
        env: {LEVEL: step}
        shell: python {0}
        working-directory: ${{ github.workspace }}
        timeout-minutes: 2.5
        continue-on-error: ${{ matrix.experimental }}
  second:
    name: Second of ${{ matrix.os }}
    needs: first
    if: needs.first.outputs.version == '1'
    strategy: {max-parallel: 1, fail-fast: false, matrix: {os: [linux]}}
    runs-on: ${{ matrix.os }}
    environment: {name: pypi, url: "${{ steps.up.outputs.url }}"}
    permissions: {contents: write, id-token: write}
    concurrency: {group: "deploy-${{ matrix.os }}", cancel-in-progress: true}
    env: {LEVEL: job}
    defaults: {run: {shell: "${{ matrix.shell }}"}}
    timeout-minutes: 30
    continue-on-error: true
    steps:
      - uses: actions/upload-artifact/merge@v4
        with: {name: wheels, retention-days: 3, overwrite: true, separate: }
      - uses: ./.github/actions/own
      - uses: docker://alpine:3
"""


def test_everything_of_a_workflow_is_read(folder: Path) -> None:
    workflow = read(folder, FULL)
    scope = Scope({"github": {"ref_name": "v1"}, "matrix": {"os": "linux"}})
    assert workflow.run_name is not None
    assert (workflow.name, workflow.run_name.text(scope)) == ("Everything", "Run of v1")
    assert workflow.events == {"push", "workflow_dispatch"}
    assert {key: template.text(scope) for key, template in workflow.env.items()} == {"LEVEL": "workflow", "COUNT": "3"}
    assert workflow.concurrency is not None
    assert (workflow.concurrency.group.source, workflow.concurrency.cancel_in_progress) == ("one-at-a-time", None)
    assert workflow.default_working_directory is not None
    assert workflow.default_working_directory.source == "src"
    assert list(workflow.jobs) == ["first", "second"]
    assert workflow.ancestors("first") == frozenset()
    assert workflow.ancestors("second") == {"first"}


def test_a_job_is_read(folder: Path) -> None:
    job = read(folder, FULL).jobs["second"]
    scope = Scope({"matrix": {"os": "linux", "shell": "sh"}, "needs": {"first": {"outputs": {"version": "1"}}}})
    assert job.place == Place("w.yml", 22, 3)
    assert job.name is not None
    assert job.name.text(scope) == "Second of linux"
    assert job.needs == ("first",)
    assert job.condition is not None
    assert job.condition.holds(scope)
    assert [label.text(scope) for label in job.runs_on] == ["linux"]
    assert job.environment is not None
    assert job.environment.url is not None
    assert (job.environment.name.source, job.environment.url.source) == ("pypi", "${{ steps.up.outputs.url }}")
    assert job.concurrency is not None
    assert job.concurrency.cancel_in_progress is not None
    assert (job.concurrency.group.text(scope), job.concurrency.cancel_in_progress.flag(scope)) == ("deploy-linux", True)
    assert job.default_shell is not None
    assert job.default_shell.text(scope) == "sh"
    assert job.strategy is not None
    assert job.strategy.fail_fast is not None
    assert job.strategy.max_parallel is not None
    assert (job.strategy.fail_fast.value(scope), job.strategy.max_parallel.value(scope)) == (False, 1)
    assert job.timeout_minutes is not None
    assert job.continue_on_error is not None
    assert (job.timeout_minutes.number(scope), job.continue_on_error.flag(scope)) == (30, True)
    assert (job.uses, job.container, job.services, job.runner_group, job.snapshot) == (None, False, False, None, False)


def test_a_step_is_read(folder: Path) -> None:
    first, second = read(folder, FULL).jobs.values()
    step = first.steps[0]
    scope = Scope({"github": {"ref_name": "v1", "workspace": "/w"}, "matrix": {"experimental": True}})
    assert (step.id, step.uses, step.place) == ("find", None, Place("w.yml", 13, 9))
    given_templates = (step.name, step.run, step.env["LEVEL"], step.shell, step.working_directory)
    assert [template and template.text(scope) for template in given_templates] == [
        *("Find v1", 'echo version=1 >> "$GITHUB_OUTPUT"', "step", "python {0}", "/w")
    ]
    assert step.timeout_minutes is not None
    assert step.continue_on_error is not None
    assert (step.timeout_minutes.number(scope), step.continue_on_error.flag(scope)) == (2.5, True)
    assert list(first.outputs) == ["version"]
    inputs = {key: template.text(scope) for key, template in second.steps[0].inputs.items()}
    assert inputs == {"name": "wheels", "retention-days": "3", "overwrite": "true", "separate": ""}
    uses = [(step.uses.owner_and_name, step.uses.ref) for step in second.steps if step.uses is not None]
    assert uses == [
        ("actions/upload-artifact/merge", "v4"),
        ("./.github/actions/own", ""),
        ("docker://alpine:3", ""),
    ]


def test_the_name_of_a_workflow_without_one_is_its_path(folder: Path) -> None:
    assert read(folder, "on: push").name == "w.yml"


@pytest.mark.parametrize(
    ("permissions", "levels"),
    [
        ("", {"contents": "read", "packages": "read", "id-token": "none", "issues": "none"}),
        ("permissions: {}\n", {"contents": "none", "packages": "none", "id-token": "none"}),
        ("permissions: read-all\n", {"contents": "read", "issues": "read", "id-token": "none"}),
        ("permissions: write-all\n", {"contents": "write", "issues": "write", "id-token": "write"}),
        ("permissions: {contents: write, issues: none}\n", {"contents": "write", "issues": "none", "packages": "none"}),
    ],
)
def test_permissions_of_the_workflow_are_those_of_a_job_without_its_own(
    folder: Path, permissions: str, levels: dict[str, str]
) -> None:
    workflow = read(folder, permissions + JOB)
    granted = workflow.permissions_of(workflow.jobs["a"])
    assert {scope: granted.level(scope) for scope in levels} == levels


@pytest.mark.parametrize("defaults", ["defaults:\n", "defaults: {run: }\n", "defaults: {run: {}}\n"])
def test_empty_defaults_are_none(folder: Path, defaults: str) -> None:
    workflow = read(folder, defaults + JOB)
    assert (workflow.default_shell, workflow.default_working_directory) == (None, None)


def test_permissions_of_a_job_replace_those_of_the_workflow(folder: Path) -> None:
    workflow = read(folder, "permissions: write-all\n" + JOB + "    permissions: {contents: read}\n")
    assert workflow.permissions_of(workflow.jobs["a"]) == Permissions({"contents": "read"})
    workflow = read(folder, "permissions: write-all\n" + JOB + "    permissions: {}\n")
    assert workflow.permissions_of(workflow.jobs["a"]) == Permissions({})


def test_write_includes_read() -> None:
    granted = Permissions({"contents": "write", "issues": "read", "pages": "none"})
    asked = [(scope, level) for scope in ("contents", "issues", "pages", "checks") for level in ("read", "write")]
    assert [pair for pair in asked if granted.allows(*pair)] == [
        *(("contents", "read"), ("contents", "write"), ("issues", "read"))
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "  a: 5\n", "3, column 6: the job `a` must be a mapping, not `5`"),
        ("on: push\njobs: [a]\n", "2, column 7: `jobs` must be a mapping, not a list"),
        (
            HEAD + "  1a: {}\n",
            (
                "3, column 3: the id of a job must be at most 100 letters, digits, - and _, "
                "and begin with a letter or _; it is `1a`"
            ),
        ),
        (JOB + "  A: {}\n", "6, column 3: two jobs have the id `A`; GitHub ignores case"),
        (HEAD + "  a:\n    steps: [run: x]\n", "4, column 5: the job `a` has no `runs-on`"),
        (HEAD + "  a:\n    runs-on: x\n", "4, column 5: the job `a` has no `steps`"),
        (HEAD + "  a:\n    runs-on: x\n    steps: []\n", "5, column 12: the job `a` has no steps"),
        (
            HEAD + "  a:\n    runs-on: x\n    steps: {run: x}\n",
            "5, column 12: `steps` of the job `a` must be a list, not a mapping",
        ),
        (
            HEAD + "  a:\n    runs-on: []\n    steps: [run: x]\n",
            "4, column 14: `runs-on` of the job `a` must be a label or a list of labels",
        ),
        (
            HEAD + "  a:\n    runs-on: [{}]\n    steps: [run: x]\n",
            "4, column 14: `runs-on` of the job `a` must be a label or a list of labels",
        ),
        (JOB + "    need: b\n", "6, column 5: the job `a` has the unknown key `need`; did you mean `needs`?"),
        (JOB + "    with: {}\n", "6, column 5: the job `a` has `with`, but does not call a workflow"),
        (
            HEAD + "  a:\n    uses: ./x.yml\n    runs-on: y\n",
            "5, column 5: the job `a` has `runs-on`, but calls a workflow",
        ),
        (JOB + "    needs: b\n", "6, column 12: the job `a` needs `b`, which is not a job; known are a"),
        (
            JOB + "    needs: [b, {}]\n",
            "6, column 16: each item of `needs` of the job `a` must be a single value, not a mapping",
        ),
        (JOB + "    needs: ''\n", "6, column 12: `needs` of the job `a` must not be empty"),
        (JOB + "    needs: a\n", "6, column 12: jobs wait for each other in a circle: a → a"),
        (
            (
                "on: push\njobs:\n"
                "  build: {runs-on: x, steps: [run: x]}\n"
                "  merge: {runs-on: x, steps: [run: x], needs: [build, check]}\n"
                "  check: {runs-on: x, steps: [run: x], needs: [merge]}\n"
                "  last: {runs-on: x, steps: [run: x], needs: [check]}\n"
            ),
            "4, column 47: jobs wait for each other in a circle: merge → check → merge",
        ),
        (
            (
                "on: push\njobs:\n"
                "  build: {runs-on: x, steps: [run: x]}\n"
                "  merge: {runs-on: x, steps: [run: x], needs: biuld}\n"
            ),
            "4, column 47: the job `merge` needs `biuld`, which is not a job; did you mean `build`?",
        ),
        (
            (
                "on: push\njobs:\n"
                "  build: {runs-on: x, steps: [run: x]}\n"
                "  merge: {runs-on: x, steps: [run: x], needs: [build, build]}\n"
            ),
            "4, column 47: the job `merge` needs a job twice: build, build",
        ),
        (
            JOB + "    permissions: all\n",
            "6, column 18: `permissions` of the job `a` must be a mapping, read-all or write-all, not `all`",
        ),
        (
            JOB + "    permissions:\n",
            (
                "6, column 5: `permissions` of the job `a` must be a mapping, read-all or write-all, not nothing "
                "({} grants nothing)"
            ),
        ),
        (
            JOB + "    permissions: {id_token: write}\n",
            "6, column 19: `permissions` of the job `a` has the unknown key `id_token`; did you mean `id-token`?",
        ),
        (
            JOB + "    permissions: {id-token: read}\n",
            "6, column 29: `id-token` in `permissions` of the job `a` must be write or none, not `read`",
        ),
        (JOB + "    environment: {url: x}\n", "6, column 18: `environment` of the job `a` has no `name`"),
        (
            JOB + "    concurrency: {cancel-in-progress: true}\n",
            "6, column 18: `concurrency` of the job `a` has no `group`",
        ),
        (
            JOB + "    timeout-minutes: -1\n",
            "6, column 22: expected a number above 0, found -1",
        ),
        (
            JOB + "    continue-on-error: sure\n",
            '6, column 24: expected true or false, found "sure"',
        ),
        (JOB + "    env: [A]\n", "6, column 10: `env` of the job `a` must be a mapping, not a list"),
        (JOB + "    env: {A: [b]}\n", "6, column 14: `A` in `env` of the job `a` must be a single value, not a list"),
        (
            JOB + "    env: {'${{ github.ref }}': b}\n",
            "6, column 11: `env` of the job `a` has an expression as a key: `${{ github.ref }}`",
        ),
        (
            JOB + "    defaults: {run: {shel: x}}\n",
            "6, column 22: `defaults.run` of the job `a` has the unknown key `shel`; did you mean `shell`?",
        ),
        (
            "defaults: {run: {shell: '${{ github.ref }}'}}\n" + JOB,
            (
                "1, column 25: `shell` of `defaults.run` of the workflow must not have an expression, "
                "but is `${{ github.ref }}`"
            ),
        ),
    ],
)
def test_a_wrong_job_is_named_with_its_place(folder: Path, text: str, message: str) -> None:
    assert refusal(folder, text).message == f"w.yml, line {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "6, column 9: step 1 of the job `a` must be a mapping, not `x`"),
        ("name: x", "6, column 9: step 1 of the job `a` must have either `run` or `uses`, not neither"),
        (
            "run: x\n        uses: a/b@c",
            "6, column 9: step 1 of the job `a` must have either `run` or `uses`, not both",
        ),
        ("run:", "6, column 9: `run` of step 1 of the job `a` must be commands, not nothing"),
        ("run: x\n        with: {a: b}", "7, column 9: step 1 of the job `a` has `with`, which does not go with `run`"),
        (
            "uses: a/b@c\n        shell: sh",
            "7, column 9: step 1 of the job `a` has `shell`, which does not go with `uses`",
        ),
        (
            "run: x\n        iff: true",
            "7, column 9: step 1 of the job `a` has the unknown key `iff`; did you mean `if`?",
        ),
        (
            "uses: a/b",
            (
                "6, column 15: `uses` of step 1 of the job `a` must be owner/name@version, ./path or docker://image, "
                "not `a/b`"
            ),
        ),
        (
            "uses: checkout@v4",
            (
                "6, column 15: `uses` of step 1 of the job `a` must be owner/name@version, ./path or docker://image, "
                "not `checkout@v4`"
            ),
        ),
        (
            "uses: a/b@${{ github.ref }}",
            "6, column 15: `uses` of step 1 of the job `a` must not have an expression, but is `a/b@${{ github.ref }}`",
        ),
        (
            "uses: a/b@c\n        if: !cancelled()",
            "7, column 13: GitHub does not accept YAML tags, but here is !cancelled()",
        ),
        (
            "run: x\n        id: my step",
            (
                "7, column 13: `id` of step 1 of the job `a` must be at most 100 letters, digits, "
                "- and _, and begin with a letter or _; it is `my step`"
            ),
        ),
        (
            "run: x\n        id: __one",
            "7, column 13: `id` of step 1 of the job `a` must be a name that does not begin with __, not `__one`",
        ),
        (
            "run: x\n        id: one\n      - run: y\n        id: ONE",
            "8, column 9: the job `a` has two steps with the id `ONE`, the first on line 6",
        ),
        (
            "run: x\n        timeout-minutes: soon",
            '7, column 26: expected a number above 0, found "soon"',
        ),
        (
            "run: x\n        shell: ${{ matrix.shell }}",
            "7, column 16: `shell` of step 1 of the job `a` must not have an expression, but is `${{ matrix.shell }}`",
        ),
    ],
)
def test_a_wrong_step_is_named_with_its_place(folder: Path, text: str, message: str) -> None:
    assert refusal(folder, STEP + text + "\n").message == f"w.yml, line {message}"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (JOB, []),
        (HEAD + "  a:\n    uses: ./x.yml\n    with: {a: b}\n    secrets: inherit\n", []),
        (
            JOB + "    container: alpine\n    services: {db: {image: x}}\n    snapshot: image\n",
            ["3, column 3: the job `a` makes an image of its runner (`snapshot`)"],
        ),
        (
            HEAD + "  a:\n    runs-on: {group: big, labels: [x]}\n    steps: [run: x]\n",
            ["3, column 3: the job `a` asks for a group of runners (`runs-on.group`)"],
        ),
        (STEP + "run: x\n        env: {T: '${{ secrets.PYPI_TOKEN }}', t: '${{ vars.A }}'}\n", []),
    ],
)
def test_parts_that_cannot_be_rehearsed_are_read_and_named(folder: Path, text: str, messages: list[str]) -> None:
    found = [error.message for job in read(folder, text).jobs.values() for error in unsupported(job)]
    assert found == [f"w.yml, line {message}" for message in messages]


KEYS = st.sampled_from(
    [
        *("a", "b", "run", "uses", "if", "needs", "steps", "runs-on", "strategy", "matrix", "include", "env", "with"),
        *("permissions", "environment", "concurrency", "group", "name", "id", "defaults", "timeout-minutes", "outputs"),
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["a", "b", "a/b@c", "${{ github.ref }}", "${{"])
)
NODES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=10
)


@given(job=st.dictionaries(KEYS, NODES, max_size=4), step=NODES)
def test_any_job_is_read_or_refused_with_its_place(folder: Path, job: dict[str, object], step: object) -> None:
    jobs = {"a": {"runs-on": "x", "steps": [{"run": "x"}, step], **job}, "b": {"runs-on": "y", "steps": [{"run": "y"}]}}
    with (folder / "w.yml").open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"on": "push", "jobs": jobs}, file)
    try:
        workflow = read_workflow(folder, Path("w.yml"))
    except ReleaseError as error:
        assert isinstance(error, WorkflowError)  # noqa: PT017
        assert error.message.startswith("w.yml, line ")  # noqa: PT017
    else:
        assert list(workflow.jobs) == ["a", "b"]
        found = [error for job in workflow.jobs.values() for error in unsupported(job)]
        assert all(isinstance(error, WorkflowError) for error in found)
