"""What a workflow uses of its own repository, run for real: the workflows that it calls, and composite actions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.runs import make_run, workflow
from truewheel.rehearsal.result import JobResult
from truewheel.rehearsal.runner.schedule import JobState, run_jobs
from truewheel.workflow.parts import read_parts

CALLED = """\
on:
  workflow_call:
    inputs:
      os: {type: string, required: true}
      fast: {type: boolean}
    outputs:
      wheel:
        value: ${{ jobs.build.outputs.wheel }} on ${{ inputs.os }}
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    outputs:
      wheel: ${{ steps.made.outputs.name }}
    steps:
      - id: made
        run: echo "name=${{ inputs.os }}.whl" >> "$GITHUB_OUTPUT"
  check:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: test '${{ needs.build.outputs.wheel }} ${{ inputs.fast }}' = '${{ inputs.os }}.whl false'
"""
CALLER = """\
build:
  strategy:
    matrix:
      os: [one, two]
  uses: ./.github/workflows/called.yml
  with:
    os: ${{ matrix.os }}
use:
  needs: build
  runs-on: ubuntu-latest
  steps:
    - run: test '${{ needs.build.outputs.wheel }}' = 'two.whl on two'
"""
ACTION = """\
name: Greet
inputs:
  who: {default: world, description: whom}
outputs:
  words: {value: '${{ steps.say.outputs.words }}'}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: |
        echo "words=hello, ${{ inputs.who }} of $PLACE" >> "$GITHUB_OUTPUT"
        echo "GREETER=$(basename "$GITHUB_ACTION_PATH")" >> "$GITHUB_ENV"
    - uses: someone/greet@v1
      with: {name: '${{ inputs.who }}'}
    - if: failure()
      shell: bash
      run: echo a step after the failure
"""


def played(tmp_path: Path, jobs: str, files: dict[str, str]) -> dict[str, JobState]:
    """Run a workflow of a repository with these files."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = workflow(tmp_path, jobs)
    parts = read_parts(tmp_path, found)
    assert parts.errors == ()
    return run_jobs(make_run(found, tmp_path, parts=parts))


def results(states: dict[str, JobState]) -> list[JobResult]:
    return [result for state in states.values() for leg in state.legs for result in leg.results]


def test_a_called_workflow_gets_inputs_and_returns_outputs(tmp_path: Path) -> None:
    found = results(played(tmp_path, CALLER, {".github/workflows/called.yml": CALLED}))
    assert {(one.id, one.name, one.conclusion) for one in found} == {
        ("build/build", "build (one) / build", "success"),
        ("build/check", "build (one) / check", "success"),
        ("build", "build (one)", "success"),
        ("build/build", "build (two) / build", "success"),
        ("build/check", "build (two) / check", "success"),
        ("build", "build (two)", "success"),
        ("use", "use", "success"),
    }
    (check, *_) = [one for one in found if one.id == "build/check"]
    assert check.needs == ("build/build",)


def test_a_failure_in_a_called_workflow_fails_the_job_that_calls_it(tmp_path: Path) -> None:
    broken = CALLED.replace("test '${{ needs", "exit 3 # '${{ needs")
    states = played(tmp_path, CALLER, {".github/workflows/called.yml": broken})
    assert {name: state.conclusion for name, state in states.items()} == {"build": "failure", "use": "skipped"}


def test_an_input_that_does_not_fit_fails_the_job(tmp_path: Path) -> None:
    wrong = CALLER.replace("os: ${{ matrix.os }}", "os: x\n    fast: perhaps")
    state = played(tmp_path, wrong, {".github/workflows/called.yml": CALLED})["build"]
    assert state.legs[0].result.error == (
        ".github/workflows/called.yml, line 5, column 13: the input fast must be true or false, not 'perhaps'"
    )


GREETING = """\
greet:
  runs-on: ubuntu-latest
  steps:
    - run: mkdir -p .github/actions/greet
    - id: hello
      uses: ./.github/actions/greet
      with: {who: WHO}
      env: {PLACE: here}
    - run: echo "${{ steps.hello.outputs.words }}, by $GREETER"
"""
FILES = {".github/actions/greet/action.yml": ACTION}


def test_a_composite_action_runs_its_steps_with_inputs_and_outputs(tmp_path: Path) -> None:
    result = played(tmp_path, GREETING.replace("WHO", "you"), FILES)["greet"].legs[0].result
    assert (result.conclusion, result.error) == ("success", "")
    assert result.steps[1].name == "Run ./.github/actions/greet"
    assert result.steps[1].log[1:] == ("[Run someone/greet]", "hello, you", "from a program")
    assert result.steps[2].log == ("hello, you of here, by greet",)


def test_a_step_that_fails_in_a_composite_action_fails_the_action(tmp_path: Path) -> None:
    result = played(tmp_path, GREETING.replace("WHO", "nobody"), FILES)["greet"].legs[0].result
    assert result.error == "there is nobody to greet"
    assert "a step after the failure" in result.steps[1].log
    assert [step.conclusion for step in result.steps] == ["success", "failure", "skipped"]


def test_an_action_of_the_repository_needs_a_checkout(tmp_path: Path) -> None:
    without = GREETING.replace("    - run: mkdir -p .github/actions/greet\n", "")
    result = played(tmp_path, without, FILES)["greet"].legs[0].result
    assert result.error == "Can't find .github/actions/greet: did you forget to run actions/checkout before it?"
    # One where the workflow is needs none.
    anywhere = played(
        tmp_path / "other", without.replace("uses: ./", "uses: $/").replace("run: test", "run: true #"), FILES
    )
    assert anywhere["greet"].conclusion == "success"


@pytest.mark.parametrize(
    ("called", "message"),
    [
        ("", "publish.yml, line 6, column 3: the workflow .github/workflows/called.yml is not in the repository"),
        (
            "on: push\n",
            (
                "publish.yml, line 6, column 3: the workflow .github/workflows/called.yml cannot be called: "
                "it has no `on.workflow_call`"
            ),
        ),
        (
            CALLED.replace("    runs-on: ubuntu-latest\n    outputs", "    outputs"),
            "called.yml, line 12, column 5: the job `build` has no `runs-on`",
        ),
    ],
)
def test_workflows_that_cannot_be_called(tmp_path: Path, called: str, message: str) -> None:
    found = workflow(tmp_path, CALLER)
    if called:
        (tmp_path / ".github/workflows/called.yml").write_text(called, encoding="utf-8")
    assert [error.message for error in read_parts(tmp_path, found).errors] == [f".github/workflows/{message}"]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            "",
            "line 11, column 15: there is no .github/actions/greet/action.yml in the repository",
        ),
        (
            "name: x\nruns: {using: node24, main: index.js}\n",
            ("line 11, column 15: .github/actions/greet/action.yml is not a composite action (`using: node24`)"),
        ),
        (
            ACTION.replace("shell: bash", "shell: bash\n      env: {A: '${{ secrets.B }}'}", 1),
            "line 11, column 16: an action has no secrets and no variables: pass them as inputs",
        ),
    ],
)
def test_actions_of_the_repository_that_cannot_run(tmp_path: Path, action: str, message: str) -> None:
    found = workflow(tmp_path, GREETING)
    if action:
        (tmp_path / ".github/actions/greet").mkdir(parents=True)
        (tmp_path / ".github/actions/greet/action.yml").write_text(action, encoding="utf-8")
    (error,) = read_parts(tmp_path, found).errors
    assert error.message.endswith(message)


def test_a_workflow_that_calls_itself(tmp_path: Path) -> None:
    again = f"{CALLED[: CALLED.index('  check:')]}  check:\n    uses: ./.github/workflows/called.yml\n"
    found = workflow(tmp_path, CALLER)
    (tmp_path / ".github/workflows/called.yml").write_text(again, encoding="utf-8")
    (error,) = read_parts(tmp_path, found).errors
    assert error.problem == (
        ".github/workflows/called.yml uses itself: .github/workflows/publish.yml → .github/workflows/called.yml → "
        ".github/workflows/called.yml"
    )
