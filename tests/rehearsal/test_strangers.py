"""Release workflows of repositories without `[tool.release]`, in the styles of popular projects, from end to end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.factories import LINUX_WHEEL, PACKAGE_PYPROJECT, WINDOWS_TAG, WINDOWS_WHEEL, make_wheel
from tests.support.index_server import serving
from tests.support.projects import Project, Rehearsed, rehearse

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="some jobs are for Linux, and run"),
]
FILE = ".github/workflows/wheels.yml"


@pytest.fixture
def stranger(tmp_path: Path) -> Project:
    """A repository with wheels of both systems to release, and no `[tool.release]`."""
    project = Project(tmp_path / "project")
    project.write("pyproject.toml", PACKAGE_PYPROJECT)
    make_wheel(project.root / "prebuilt/Linux")
    make_wheel(project.root / "prebuilt/Windows", tag=WINDOWS_TAG)
    return project


def rehearsed(project: Project, workflow: str, *arguments: str) -> Rehearsed:
    project.write(FILE, workflow)
    project.commit()
    return rehearse(project, "--workflow", FILE, *arguments)


def log(result: Rehearsed, job: str) -> list[str]:
    (found,) = [each for each in result.report["attempts"][0]["jobs"] if each["name"] == job]
    return [line for step in found["steps"] for line in step["log"]]


# A published release; the wheels are built by a workflow that is called once for each system.
PUBLISHED = """\
on:
  release:
    types: [published]
jobs:
  build:
    strategy:
      matrix:
        include:
          - {system: Linux, artifact: wheels-linux}
          - {system: Windows, artifact: wheels-windows}
    uses: ./.github/workflows/build.yml
    with:
      system: ${{ matrix.system }}
      artifact: ${{ matrix.artifact }}
    secrets: inherit
  publish:
    needs: build
    if: github.event_name == 'release' && github.event.action == 'published'
    runs-on: ubuntu-latest
    environment: pypi-release
    permissions: {id-token: write}
    steps:
      - run: echo "${{ needs.build.outputs.count }} for ${{ github.event.release.tag_name }}"
      - uses: actions/download-artifact@v8
        with: {pattern: wheels-*, path: dist, merge-multiple: true}
      - uses: pypa/gh-action-pypi-publish@release/v1
        with: {skip-existing: true}
"""
BUILD = """\
on:
  workflow_call:
    inputs:
      system: {required: true, type: string}
      artifact: {required: true, type: string}
    outputs:
      count: {value: '${{ jobs.wheels.outputs.count }}'}
jobs:
  wheels:
    name: Wheels of ${{ inputs.system }}
    runs-on: ubuntu-latest
    outputs:
      count: ${{ steps.count.outputs.count }}
    steps:
      - uses: actions/checkout@v7
      - id: count
        run: echo "count=$(ls prebuilt/${{ inputs.system }} | wc -l)" >> "$GITHUB_OUTPUT"
        env: {SECRET: '${{ secrets.SECRET }}'}
      - uses: actions/upload-artifact@v7
        with:
          name: ${{ inputs.artifact }}
          path: prebuilt/${{ inputs.system }}/*.whl
"""


def test_a_published_release_and_a_called_workflow(stranger: Project) -> None:
    stranger.write(".github/workflows/build.yml", BUILD)
    result = rehearsed(stranger, PUBLISHED, "v0.5.0")
    assert result.status == 0, result.output
    assert result.on_index == [LINUX_WHEEL, WINDOWS_WHEEL]
    assert list(result.jobs()) == [
        "build (Linux, wheels-linux) / Wheels of Linux",
        "build (Linux, wheels-linux)",
        "build (Windows, wheels-windows) / Wheels of Windows",
        "build (Windows, wheels-windows)",
        "publish",
    ]
    assert "1 for v0.5.0" in log(result, "publish")
    # It was there before, and the workflow leaves it alone.
    assert (result.report["release"]["tag"], result.report["release"]["assets"]) == ("v0.5.0", [])
    assert ["Environment name", "pypi-release"] in result.report["publisher"]
    notes = " ".join(result.report["notes"])
    assert "empty in a rehearsal, because only GitHub has them: secrets.SECRET" in notes
    assert "no job installs from PyPI what was published" in notes


# Started by hand, on a branch, with inputs; the matrix comes from a composite action of the repository.
BY_HAND = """\
on:
  push: {branches: [main]}
  workflow_dispatch:
    inputs:
      ref: {description: what to build, default: ''}
      upload: {type: boolean, default: false}
      systems: {type: choice, options: [all, Linux]}
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs:
      rows: ${{ steps.rows.outputs.rows }}
    steps:
      - uses: actions/checkout@v7
        with: {ref: '${{ github.event.inputs.ref || github.sha }}'}
      - id: rows
        uses: ./.github/actions/rows
        with: {systems: '${{ inputs.systems }}'}
  build:
    needs: plan
    strategy:
      matrix: ${{ fromJSON(needs.plan.outputs.rows) }}
      fail-fast: false
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - run: test '${{ github.ref }}' = refs/heads/main && ! git describe --tags
      - uses: actions/upload-artifact@v7
        with: {name: 'wheels-${{ matrix.system }}', path: 'prebuilt/${{ matrix.system }}/*.whl'}
  publish:
    needs: build
    if: ${{ inputs.upload }}
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    steps:
      - uses: actions/download-artifact@v8
        with: {path: dist, merge-multiple: true}
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
ROWS = """\
name: Rows of the matrix
inputs:
  systems: {description: all or one, required: true}
outputs:
  rows: {value: '${{ steps.make.outputs.rows }}'}
runs:
  using: composite
  steps:
    - if: inputs.systems == 'all'
      id: make
      shell: python
      run: |
        import json, os, pathlib
        rows = [{"system": folder.name} for folder in sorted(pathlib.Path("prebuilt").iterdir())]
        with open(os.environ["GITHUB_OUTPUT"], "a") as output:
            print("rows=" + json.dumps({"include": rows}), file=output)
    - if: inputs.systems != 'all'
      shell: bash
      run: exit 1
"""


# For the default of the input, by a shell that needs no Python.
NO_ROWS = """\
    - id: make
      shell: bash
      run: test "${{ inputs.systems }}" = all && echo 'rows={"system":["Linux"]}' >> "$GITHUB_OUTPUT"
"""


def test_a_start_by_hand_with_inputs_on_a_branch(stranger: Project) -> None:
    stranger.write(".github/actions/rows/action.yml", ROWS)
    result = rehearsed(stranger, BY_HAND, "--input", "upload=true")
    assert result.status == 0, result.output
    assert list(result.jobs()) == ["plan", "build (Linux)", "build (Windows)", "publish"]
    assert result.on_index == [LINUX_WHEEL, WINDOWS_WHEEL]
    assert (
        "the job publish publishes without an environment: every run of the workflow may publish"
        in (result.report["notes"])
    )


def test_inputs_have_their_types_and_defaults(stranger: Project) -> None:
    stranger.write(".github/actions/rows/action.yml", ROWS[: ROWS.index("    - if: inputs.systems == 'all'")] + NO_ROWS)
    result = rehearsed(stranger, BY_HAND)
    assert (result.jobs()["plan"], result.jobs()["publish"]) == ("success", "skipped")
    assert result.report["reason"] == "no job failed, but nothing is on the index"
    for given, message in {
        "upload=perhaps": "line 6, column 15: the input upload must be true or false, not 'perhaps'",
        "systems=Mac": "line 7, column 16: the input systems must be all or Linux, not 'Mac'",
        "uplod=true": "line 1, column 1: there is no input uplod; did you mean `upload`?",
    }.items():
        refused = rehearse(stranger, "--workflow", FILE, "--input", given)
        assert (refused.status, refused.report["error"]) == (2, f"{FILE}, {message}")


# Jobs that cannot run here, and one that a rehearsal cannot have.
ELSEWHERE = """\
on:
  push:
    tags: ["v*"]
jobs:
  linux:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: actions/upload-artifact@v7
        with: {name: dist-linux, path: prebuilt/Linux}
  windows:
    runs-on: windows-latest
    steps:
      - uses: actions/checkout@v7
      - run: python -m build --wheel
      - uses: actions/upload-artifact@v7
        with: {name: 'dist-${{ runner.os }}', path: dist/*.whl}
  database:
    runs-on: ubuntu-latest
    services: {redis: {image: redis}}
    steps:
      - run: exit 1
  release:
    needs: [linux, windows, database]
    runs-on: ubuntu-latest
    permissions: {contents: write}
    steps:
      - run: gh release create ${{ github.ref_name }} dist/*
  publish:
    needs: release
    runs-on: ubuntu-latest
    environment: {name: pypi, url: 'https://example.org/${{ github.ref_name }}'}
    permissions: {id-token: write}
    steps:
      - uses: actions/download-artifact@v8
        with: {pattern: dist-*, path: dist, merge-multiple: true}
      - uses: pypa/gh-action-pypi-publish@release/v1
"""


def test_jobs_that_cannot_run_here_take_the_last_wheels(stranger: Project, tmp_path: Path) -> None:
    stranger.write(FILE, ELSEWHERE)
    stranger.commit()
    with serving() as index, pytest.MonkeyPatch.context() as patch:
        index.use(patch)
        index.add(make_wheel(tmp_path, version="0.4.0", tag=WINDOWS_TAG))
        planned = rehearse(stranger, "--plan", "--workflow", FILE, "--without", "release")
        result = rehearse(stranger, "--workflow", FILE, "--without", "release")
    assert (planned.status, planned.report["notes"][-1]) == (
        0,
        f"from {index.url}, the wheels of quiverdb 0.4.0 are used where a job does not run here",
    )
    assert result.status == 0, result.output
    assert set(result.jobs().values()) == {"success"}
    assert {job["name"]: job["not_run"] for job in result.report["attempts"][0]["jobs"] if job["not_run"]} == {
        "windows": "it is for Windows, and this machine runs Linux",
        "database": "it has service containers",
        "release": "it was left out by --without",
    }
    assert result.on_index == [LINUX_WHEEL, WINDOWS_WHEEL]
    assert [artifact["name"] for artifact in result.report["artifacts"]] == ["dist-Windows", "dist-linux"]


def test_what_to_do_where_no_release_has_the_wheels_is_in_the_last_line(stranger: Project) -> None:
    stranger.write(FILE, ELSEWHERE)
    stranger.commit()
    with serving() as index, pytest.MonkeyPatch.context() as patch:
        index.use(patch)
        planned = rehearse(stranger, "--plan", "--workflow", FILE, "--without", "release")
        result = rehearse(stranger, "--workflow", FILE, "--without", "release")
    (error,) = planned.report["errors"]
    assert (planned.status, error["where"], error["message"]) == (
        2,
        f"{FILE}, line 11, column 3",
        (f"the job `windows` does not run here, and no release of quiverdb on {index.url} has a wheel to use instead"),
    )
    assert (result.status, result.report["verdict"]) == (2, "cannot-judge")
    assert result.report["reason"] == (
        f"no release of quiverdb on {index.url} has a wheel to use instead: rehearse on a machine that can "
        "build it, or leave its platform out until the first release"
    )


def test_a_plan_that_may_ask_no_index_says_so(stranger: Project) -> None:
    stranger.write(FILE, ELSEWHERE)
    stranger.write("pyproject.toml", '[project]\nname = "quiverdb"\ndynamic = ["version"]\n')
    stranger.commit()
    leave = ("--without", "release", "--without", "publish")
    result = rehearse(stranger, "--plan", "--workflow", FILE, *leave, "v1.2.3", environ={"PIP_NO_INDEX": "1"})
    assert result.report["notes"][-2:] == [
        "the version is that of the tag: it is not in [project], and the build backend was not asked",
        (
            "it is not known whether a release has wheels for the jobs that do not run here: "
            "pip is configured to use no index: unset no-index; pip config list shows where it is"
        ),
    ]
    # As the rehearsal itself would say: nothing would be on the index.
    assert result.status == 1
    assert result.report["reason"] == f"v1.2.3 would start {FILE}, but no job that runs here publishes"


def test_two_jobs_that_cannot_run_here_cannot_make_one_artifact(stranger: Project, tmp_path: Path) -> None:
    job = ELSEWHERE[ELSEWHERE.index("  windows:") : ELSEWHERE.index("  database:")]
    other = (
        job.replace("windows:", "arm:")
        .replace("windows-latest", "windows-11-arm")
        .replace("${{ runner.os }}", "Windows")
    )
    stranger.write(FILE, ELSEWHERE.replace(job, job + other.replace("steps:", "needs: windows\n    steps:")))
    stranger.commit()
    with serving() as index, pytest.MonkeyPatch.context() as patch:
        index.use(patch)
        index.add(make_wheel(tmp_path, version="0.4.0", tag=WINDOWS_TAG))
        index.add(make_wheel(tmp_path, version="0.4.0", tag="py3-none-win_arm64"))
        result = rehearse(stranger, "--workflow", FILE, "--without", "release")
    assert result.status == 1, result.output
    assert result.errors() == {
        "arm": "dist-Windows: Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
        "an artifact with this name already exists on the workflow run"
    }


def test_all_errors_are_named_at_once(stranger: Project) -> None:
    broken = ELSEWHERE.replace("- uses: actions/checkout@v7", "- uses: someone/action@v1", 1)
    result = rehearsed(stranger, broken, "--plan")
    assert result.status == 2
    assert [(one["where"], one["message"], one["hint"]) for one in result.report["errors"]] == [
        (
            f"{FILE}, line 8, column 15",
            "there is no stand-in for the action someone/action",
            (
                "use one that docs/rehearsal.md lists, or do the same in a `run:` step; "
                "or leave the job out: --without linux"
            ),
        ),
        (
            f"{FILE}, line 28, column 14",
            "`gh release` needs GitHub itself",
            "use softprops/action-gh-release; or leave the job out: --without release",
        ),
    ]
    assert json.loads(result.output)["verdict"] == "cannot-judge"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "pyproject.toml has no [tool.release], which names the workflow"),
        (["--workflow", "nope.yml"], "there is no nope.yml in this folder"),
        (
            ["--workflow", FILE, "--without", "relase"],
            "--without relase: there is no such job; did you mean `release`?",
        ),
        (
            ["--workflow", FILE, "--event", "workflow_dispatch"],
            f"{FILE} is not started by workflow_dispatch",
        ),
    ],
)
def test_what_was_asked_for_is_not_there(stranger: Project, arguments: list[str], error: str) -> None:
    stranger.write(FILE, ELSEWHERE)
    stranger.commit()
    result = rehearse(stranger, *arguments)
    assert (result.status, result.report["error"]) == (2, error)


def test_a_workflow_that_is_not_there_needs_no_git_to_be_missed(tmp_path: Path) -> None:
    result = rehearse(Project(tmp_path), "--workflow", "nope.yml")
    assert (result.status, result.report["error"]) == (2, "there is no nope.yml in this folder")
    assert result.report["hint"] == "name it from here: .github/workflows/….yml"
