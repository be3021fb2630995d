"""What a rehearsal does not know is found before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import machines
from tests.support.runs import workflow
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.reach import reached
from truewheel.rehearsal.support import refuse, rehearsal_errors
from truewheel.system import machine
from truewheel.workflow import Workflow, WorkflowError
from truewheel.workflow.parts import read_parts

JOB = "one:\n  runs-on: ubuntu-latest\n  steps:\n"


def found(tmp_path: Path, workflow: Workflow, event: str = "push") -> list[WorkflowError]:
    """The errors of the rehearsal of a workflow."""
    parts, run = read_parts(tmp_path, workflow), RunIdentity("owner/name", "file", "name", "v1.2.3", "sha", event=event)
    return rehearsal_errors(reached(workflow, parts, run, {}), parts)


def refusal(tmp_path: Path, jobs: str) -> tuple[str, str]:
    """What is wrong, without the name of the file, and the hint."""
    with pytest.raises(WorkflowError) as caught:
        refuse(found(tmp_path, workflow(tmp_path, jobs)))
    hint = caught.value.hint.replace("or leave the job out: --without one", "").replace("; ", "")
    return caught.value.message.removeprefix(".github/workflows/publish.yml, "), hint


def test_a_known_workflow_is_accepted(tmp_path: Path) -> None:
    steps = "    - uses: Actions/Checkout@v7\n      with:\n        Fetch-Depth: 0\n    - run: 'true'\n"
    assert found(tmp_path, workflow(tmp_path, JOB + steps)) == []


@pytest.mark.parametrize("action", ["some/action@v1", "actions/upload-artifact/other@v1"])
def test_an_action_without_a_stand_in(tmp_path: Path, action: str) -> None:
    message, hint = refusal(tmp_path, f"{JOB}    - uses: {action}\n")
    name = action.partition("@")[0]
    assert message == f"line 9, column 15: there is no stand-in for the action {name}"
    assert hint == "use one that docs/rehearsal.md lists, or do the same in a `run:` step"


def test_an_action_that_is_known_to_have_none_names_what_to_use(tmp_path: Path) -> None:
    _, hint = refusal(tmp_path, f"{JOB}    - uses: svenstaro/upload-release-action@v2\n")
    assert hint == "softprops/action-gh-release does the same, and can be rehearsed"


def test_an_image_as_an_action(tmp_path: Path) -> None:
    message, _ = refusal(tmp_path, f"{JOB}    - uses: docker://alpine:3.20\n")
    assert message == "line 9, column 15: there is no stand-in for the action docker://alpine:3.20"


def test_an_input_that_a_stand_in_does_not_know(tmp_path: Path) -> None:
    steps = "    - uses: actions/checkout@v7\n      with:\n        fetch-dept: 0\n        colour: blue\n"
    message, hint = refusal(tmp_path, JOB + steps)
    assert message == ("line 11, column 23: the stand-in for actions/checkout does not know the input fetch-dept")
    assert hint.splitlines() == [
        "did you mean `fetch-depth`?",
        (
            "also .github/workflows/publish.yml, line 12, column 19: "
            "the stand-in for actions/checkout does not know the input colour"
        ),
    ]


def test_inputs_that_cannot_be_rehearsed(tmp_path: Path) -> None:
    steps = "    - uses: pypa/gh-action-pypi-publish@release/v1\n      with:\n        skip-existing: maybe\n"
    message, _ = refusal(tmp_path, JOB + steps)
    assert message.startswith("line 11, column 26: skip-existing: maybe cannot be rehearsed: ")


@pytest.mark.parametrize(
    ("jobs", "problem"),
    [
        (
            "one:\n  uses: someone/else/.github/workflows/build.yml@v1\n",
            "the job `one` calls a workflow of another repository, someone/else/.github/workflows/build.yml@v1",
        ),
        (
            "one:\n  runs-on: x\n  steps:\n    - run: |\n        a && gh release create v1\n",
            "`gh release` needs GitHub itself",
        ),
        (
            "one:\n  runs-on: {group: ours}\n  steps:\n    - run: 'true'\n",
            "the job `one` asks for a group of runners (`runs-on.group`)",
        ),
    ],
)
def test_jobs_that_cannot_be_rehearsed(tmp_path: Path, jobs: str, problem: str) -> None:
    message, _ = refusal(tmp_path, jobs)
    assert message.endswith(f": {problem}")


@pytest.mark.parametrize("asked", ["github.event.compare", "github.repository_id", "github.event.repository.id"])
def test_facts_that_only_github_knows(tmp_path: Path, asked: str) -> None:
    message, _ = refusal(tmp_path, f"{JOB}    - run: 'true'\n      if: {asked}\n")
    assert message == f"line 10, column 13: only GitHub knows `{asked}`"


def test_facts_that_a_rehearsal_knows(tmp_path: Path) -> None:
    condition = "github.event.repository.full_name == github.repository && github.Ref_Name && github['sha']"
    assert found(tmp_path, workflow(tmp_path, f"{JOB}    - run: 'true'\n      if: {condition}\n")) == []


def test_a_runner_that_is_misspelled(tmp_path: Path) -> None:
    message, hint = refusal(tmp_path, "one:\n  runs-on: ubunut-latest\n  steps:\n    - run: 'true'\n")
    assert message == "line 7, column 14: GitHub has no runner 'ubunut-latest'"
    assert hint == "did you mean ubuntu-latest?"
    for known in ("ubuntu-24.04-arm", "macos-15-xlarge", "[self-hosted, ubuntu-lates]", "our-16-cores"):
        assert found(tmp_path, workflow(tmp_path, f"one:\n  runs-on: {known}\n  steps:\n    - run: 'true'\n")) == []


WINDOWS = "one:\n  strategy:\n    matrix:\n      os: [ubuntu-latest, windows-latest]\n  runs-on: ${{ matrix.os }}\n"


def test_commands_for_powershell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "here", lambda: machines.LINUX)
    message, hint = refusal(tmp_path, f"{WINDOWS}  steps:\n    - run: echo $X\n")
    assert message.startswith("line 12, column 14: a Windows runner runs this in PowerShell, but ")
    assert hint == "write `shell: bash` in the step, or in `defaults.run` of the workflow"
    for keys in (
        "  steps:\n    - run: echo $X\n      shell: bash\n",
        "  defaults: {run: {shell: sh}}\n  steps:\n    - run: x\n",
    ):
        assert found(tmp_path, workflow(tmp_path, WINDOWS + keys)) == []
    monkeypatch.setattr(machine, "here", lambda: machines.WINDOWS)
    assert found(tmp_path, workflow(tmp_path, f"{WINDOWS}  steps:\n    - run: echo $X\n")) == []


def test_an_upload_with_a_password_is_refused_wherever_the_variable_is_set(tmp_path: Path) -> None:
    jobs = "one:\n  runs-on: ubuntu-latest\n  env:\n    TWINE_PASSWORD: x\n  steps:\n    - run: twine upload dist/*\n"
    (error,) = found(tmp_path, workflow(tmp_path, jobs))
    assert error.problem == "a rehearsal has no passwords (TWINE_PASSWORD)"


@pytest.mark.parametrize("command", ["uv publish", "python -m twine upload dist/*"])
def test_a_command_that_publishes_is_refused_in_a_job_without_the_token(tmp_path: Path, command: str) -> None:
    assert refusal(tmp_path, f"{JOB}    - run: {command}\n") == (
        ("line 9, column 14: the job `one` publishes without `id-token: write` and without a password"),
        "give the job `id-token: write`, and register the workflow on PyPI (trusted publishing)",
    )
    allowed = JOB.replace("  steps:", "  permissions: {id-token: write}\n  steps:")
    assert found(tmp_path, workflow(tmp_path, f"{allowed}    - run: {command}\n")) == []


def test_a_python_of_a_matrix_that_this_machine_does_not_have_is_refused(tmp_path: Path) -> None:
    matrix = "  strategy:\n    matrix:\n      python: ['3.x', '3.99']\n"
    step = "    - uses: actions/setup-python@v6\n      with:\n        python-version: ${{ matrix.python }}\n"
    (error,) = found(tmp_path, workflow(tmp_path, f"one:\n  runs-on: ubuntu-latest\n{matrix}  steps:\n{step}"))
    assert error.problem.startswith(
        "python-version: 3.99 cannot be rehearsed: this machine has no Python 3.99 (it has "
    )
