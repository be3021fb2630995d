"""Which jobs and steps may run is found without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.runs import workflow
from truewheel.rehearsal.away import why_away
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.rehearsal.reach import Reached, reached
from truewheel.rehearsal.remarks import remarks
from truewheel.workflow.parts import read_parts


def jobs(tmp_path: Path, text: str, event: str = "push", files: Mapping[str, str] | None = None) -> dict[str, Reached]:
    """The jobs of a workflow by their names on GitHub."""
    for name, content in (files or {}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = workflow(tmp_path, text)
    run = RunIdentity("owner/name", "file", "name", "v1.2.3", "a" * 40, event=event)
    return {one.leg.name: one for one in reached(found, read_parts(tmp_path, found), run, {})}


def steps(one: Reached) -> list[str]:
    return [step.run.source if step.run else step.action for step in one.steps]


CONDITIONS = """\
first: {runs-on: ubuntu-latest, steps: [{run: x}]}
nightly:
  if: github.event_name == 'schedule'
  runs-on: ubuntu-latest
  steps: [{run: x}]
after:
  needs: nightly
  runs-on: ubuntu-latest
  steps: [{run: x}]
always:
  needs: [nightly, after]
  if: always() && github.event.pull_request.head.repo.full_name != github.repository
  runs-on: ubuntu-latest
  steps: [{run: x}]
tagged:
  if: startsWith(github.ref, 'refs/tags/') && (needs.first.outputs.go == 'yes' || github.event_name == 'release')
  needs: first
  runs-on: ubuntu-latest
  steps:
    - if: failure()
      uses: some/notifier@v1
    - if: ${{ !cancelled() && steps.a.outputs.b }}
      run: kept
"""


def test_only_what_may_run_is_reached(tmp_path: Path) -> None:
    found = jobs(tmp_path, CONDITIONS)
    assert [name for name, one in found.items() if one.runs] == ["first", "always", "tagged"]
    assert steps(found["tagged"]) == ["kept"]
    assert not jobs(tmp_path, CONDITIONS.replace("refs/tags/", "refs/heads/"))["tagged"].runs


MATRIX = """\
build:
  strategy:
    matrix:
      os: [ubuntu-latest, windows-latest, ubuntu-24.04-arm]
  runs-on: ${{ matrix.os }}
  steps:
    - run: everywhere
    - if: runner.os == 'Windows'
      run: windows
late:
  needs: build
  strategy: {matrix: '${{ fromJSON(needs.build.outputs.rows) }}'}
  runs-on: ubuntu-latest
  steps: [{run: x}]
"""


def test_a_step_for_a_system_is_reached_in_its_rows(tmp_path: Path) -> None:
    found = jobs(tmp_path, MATRIX)
    assert steps(found["build (ubuntu-latest)"]) == ["everywhere"]
    assert steps(found["build (windows-latest)"]) == ["everywhere", "windows"]
    assert found["late"].note.startswith("its matrix is known only at run time: ")


def test_a_job_for_another_machine_does_not_run_here(tmp_path: Path) -> None:
    found = jobs(tmp_path, MATRIX)

    def away(name: str, *left_out: str, is_configured: bool = False) -> str:
        return why_away(found[name], left_out, is_configured=is_configured)

    assert away("build (ubuntu-latest)") == ""
    assert away("build (windows-latest)") == "it is for Windows, and this machine runs Linux"
    assert away("build (ubuntu-24.04-arm)") == "it is for aarch64, and this machine is x86_64"
    assert away("build (windows-latest)", is_configured=True) == ""
    assert away("late", "build") == ""
    assert away("late", "late") == "it was left out by --without"


def test_containers_powershell_and_nox(tmp_path: Path) -> None:
    text = """\
    boxed: {runs-on: ubuntu-latest, container: alpine, steps: [{run: x}]}
    served: {runs-on: ubuntu-latest, services: {db: {image: x}}, steps: [{run: x}]}
    shell: {runs-on: ubuntu-latest, steps: [{run: x, shell: powershell}]}
    nox: {runs-on: windows-latest, steps: [{run: nox -s wheels}]}
    """
    found = jobs(tmp_path, text)
    assert {name: why_away(one, (), is_configured=False) for name, one in found.items()} == {
        "boxed": "it runs in a container",
        "served": "it has service containers",
        "shell": "it has commands for powershell, which is not on this machine",
        "nox": "",
    }


PYTHONS = """\
    test:
      strategy: {matrix: {python: ["3", "2.5"]}}
      runs-on: ubuntu-latest
      steps: [{uses: actions/setup-python@v7, with: {python-version: '${{ matrix.python }}'}}, {run: tox}]
    late: {runs-on: ubuntu-latest, steps: [&old {uses: actions/setup-python@v7, with: {python-version: "2.5"}}]}
    rows: {runs-on: ubuntu-latest, outputs: {rows: x}, steps: [*old]}
    publish: {runs-on: ubuntu-latest, steps: [*old, {run: twine upload dist/*}]}
"""


def test_a_job_whose_python_is_missing_does_not_run_here_unless_others_need_what_it_does(tmp_path: Path) -> None:
    found = jobs(tmp_path, PYTHONS)
    away = {name: why_away(one, (), is_configured=False).partition(" (")[0] for name, one in found.items()}
    missing = "this machine has no Python 2.5"
    assert away == {"test (3)": "", "test (2.5)": missing, "late": missing, "rows": "", "publish": ""}
    assert why_away(found["late"], (), is_configured=True) == ""


def test_a_name_that_is_known_only_at_run_time_is_shown_as_written(tmp_path: Path) -> None:
    text = "one: {runs-on: ubuntu-latest, outputs: {x: y}, steps: [{run: x}]}\n"
    name = "On ${{ needs.one.outputs.x }}"
    assert name in jobs(
        tmp_path, f"{text}two: {{name: '{name}', needs: one, runs-on: ubuntu-latest, steps: [{{run: x}}]}}"
    )


CALLED = """\
on: {workflow_call: {inputs: {os: {type: string}, late: {type: string}, fast: {type: boolean, default: true}}}}
jobs:
  first:
    runs-on: ${{ inputs.os }}
    steps:
      - {if: '${{ inputs.fast }}', run: fast}
      - {if: '${{ !inputs.fast }}', run: slow}
      - {if: inputs.late == 'x', run: perhaps}
      - {uses: ./act, with: {mode: two}}
  second: {needs: first, runs-on: ubuntu-latest, steps: [{run: x}]}
"""
ACT = """\
name: Act
inputs: {mode: {default: one}}
runs:
  using: composite
  steps:
    - {if: inputs.mode == 'one', shell: bash, run: one}
    - {if: inputs.mode == 'two', shell: bash, run: two}
"""
CALLER = """\
before: {runs-on: ubuntu-latest, steps: [{run: x}]}
call:
  needs: before
  uses: ./.github/workflows/called.yml
  with: {os: macos-15, late: '${{ needs.before.outputs.x }}'}
"""
FILES = {".github/workflows/called.yml": CALLED, "act/action.yml": ACT}


def test_what_is_given_to_a_called_workflow_decides_its_steps(tmp_path: Path) -> None:
    found = jobs(tmp_path, CALLER, files=FILES)
    first = found["call / first"]
    assert (first.id, first.needs, first.runner) == ("call/first", ("before",), "macos-15")
    assert steps(first) == ["fast", "perhaps", "./act", "two"]
    assert found["call / second"].needs == ("call/first",)
    assert found["call"].needs == ("before", "call/first", "call/second")
    # The jobs of a workflow are left out with the job that calls it.
    assert why_away(first, ["call"], is_configured=True) == "it was left out by --without"


PUBLISHING = """\
build:
  runs-on: ubuntu-latest
  steps:
    - {uses: actions/checkout@v7}
    - run: echo ${{ secrets.TOKEN }} ${{ vars.MIRROR }} ${{ secrets.GITHUB_TOKEN }}
publish:
  needs: build
  runs-on: ubuntu-latest
  steps:
    - {uses: pypa/gh-action-pypi-publish@0123456789012345678901234567890123456789}
"""
GATED = PUBLISHING.replace("echo ${{ secrets.TOKEN }} ${{ vars.MIRROR }}", "twine check --strict dist/* # ")
GATED = GATED.replace("checkout@v7", f"checkout@{'a' * 40}").replace(
    "needs: build", "needs: build\n  environment: pypi"
)


def test_what_a_workflow_leaves_open_is_said(tmp_path: Path) -> None:
    assert list(remarks(tuple(jobs(tmp_path, PUBLISHING).values()))) == [
        "empty in a rehearsal, because only GitHub has them: secrets.TOKEN, vars.MIRROR",
        "the job publish publishes without an environment: every run of the workflow may publish",
        "no job checks the files before they are published; only the publishing action runs twine check",
        "no job installs from PyPI what was published",
        "not pinned to a commit, so their owners can change what is published: actions/checkout",
    ]


def test_a_careful_workflow_leaves_nothing_open(tmp_path: Path) -> None:
    after = "verify: {needs: publish, runs-on: ubuntu-latest, steps: [{run: pip install thing}]}\n"
    assert list(remarks(tuple(jobs(tmp_path, GATED + after).values()))) == []


def test_a_workflow_that_does_not_publish(tmp_path: Path) -> None:
    found = jobs(tmp_path, PUBLISHING.replace("needs: build", "needs: build\n  if: github.event_name == 'release'"))
    assert list(remarks(tuple(found.values())))[-1] == (
        "no job that runs publishes: none uses pypa/gh-action-pypi-publish, twine upload or uv publish"
    )


def test_a_workflow_that_publishes_by_a_command_is_told_the_same(tmp_path: Path) -> None:
    action = "uses: pypa/gh-action-pypi-publish@0123456789012345678901234567890123456789"
    found = jobs(tmp_path, PUBLISHING.replace(action, "run: uv publish dist/*"))
    assert list(remarks(tuple(found.values())))[1:] == [
        "the job publish publishes without an environment: every run of the workflow may publish",
        "no job checks the files before they are published",
        "no job installs from PyPI what was published",
        "not pinned to a commit, so their owners can change what is published: actions/checkout",
    ]
