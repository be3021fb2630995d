"""Workflows that are not ours, in three styles that projects are released in: each is rehearsed from end to end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.factories import LINUX_WHEEL, WINDOWS_TAG, WINDOWS_WHEEL, make_wheel
from tests.support.projects import WORKFLOW, Project, Rehearsed, rehearse

pytestmark = pytest.mark.once


@pytest.fixture
def project(empty_project: Project) -> Project:
    """A repository with two wheels, in `prebuilt/Linux` and `prebuilt/Windows`, for its workflow to release."""
    project = empty_project
    project.write("CHANGES.md", "Everything is new.\n")
    make_wheel(project.root / "prebuilt/Linux")
    make_wheel(project.root / "prebuilt/Windows", tag=WINDOWS_TAG)
    return project


def released(project: Project, workflow: str, *arguments: str) -> Rehearsed:
    """Rehearse a workflow, which must release both wheels."""
    project.write(WORKFLOW, workflow)
    project.commit()
    result = rehearse(project, *arguments)
    assert result.status == 0, result.output
    assert result.on_index == [LINUX_WHEEL, WINDOWS_WHEEL]
    return result


def log(result: Rehearsed, job: str) -> Sequence[str]:
    """What the steps of a job printed."""
    (found,) = [each for each in result.report["attempts"][0]["jobs"] if each["name"] == job]
    return [line for step in found["steps"] for line in step["log"]]


# One artifact for each system, all downloaded by a pattern; one file for pull requests and tags.
EVERYTHING_IN_ONE = """\
name: Wheels
on:
  pull_request:
  push:
    branches: [main]
    tags: ["v*"]
env:
  FORCE_COLOR: "0"
permissions:
  contents: read
concurrency:
  group: ${{ github.workflow }}-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}
jobs:
  build_wheels:
    name: Build wheels on ${{ matrix.os }}
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        include:
          - os: ubuntu-latest
            system: Linux
          - os: windows-latest
            system: Windows
    steps:
      - uses: actions/checkout@v7
        with:
          fetch-depth: 0
          persist-credentials: false
      - name: Build
        shell: bash
        run: |
          mkdir -p wheelhouse
          cp prebuilt/${{ matrix.system }}/*.whl wheelhouse/
          echo "built from $(git describe --tags)"
      - uses: actions/upload-artifact@v7
        with:
          name: cibw-wheels-${{ matrix.os }}-${{ strategy.job-index }}
          path: ./wheelhouse/*.whl
  try_without_success:
    runs-on: ubuntu-latest
    continue-on-error: true
    steps:
      - run: exit 1
  upload_pypi:
    needs: [build_wheels, try_without_success]
    runs-on: ubuntu-latest
    environment:
      name: pypi
      url: https://example.org/${{ github.ref_name }}
    permissions:
      id-token: write
    if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')
    steps:
      - uses: actions/download-artifact@v8
        with:
          pattern: cibw-*
          path: dist
          merge-multiple: true
      - uses: pypa/gh-action-pypi-publish@release/v1
"""


def test_one_workflow_for_everything(project: Project) -> None:
    result = released(project, EVERYTHING_IN_ONE)
    assert result.jobs() == {
        "Build wheels on ubuntu-latest": "success",
        "Build wheels on windows-latest": "success",
        "try_without_success": "failure",
        "upload_pypi": "success",
    }
    assert result.report["release"] is None
    assert "built from v0.5.0" in log(result, "Build wheels on windows-latest")


# The matrix and the notes are made by a job.
PLANNED_BY_A_JOB = """\
name: Release
run-name: Release ${{ github.ref_name }}
on:
  push:
    tags:
      - "v[0-9]+.[0-9]+.[0-9]+"
      - "!v0.0.*"
permissions: {}
defaults:
  run:
    shell: bash
jobs:
  plan:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    outputs:
      systems: ${{ steps.systems.outputs.list }}
      version: ${{ steps.version.outputs.version }}
    steps:
      - uses: actions/checkout@v7
        with: {persist-credentials: false}
      - id: systems
        run: |
          import json, os, pathlib
          systems = sorted(folder.name for folder in pathlib.Path("prebuilt").iterdir())
          with open(os.environ["GITHUB_OUTPUT"], "a") as output:
              print(f"list={json.dumps(systems)}", file=output)
        shell: python
      - id: version
        run: |
          {
            echo "version<<EOF"
            echo "${GITHUB_REF_NAME#v}"
            echo "EOF"
          } >> "$GITHUB_OUTPUT"
          echo "### Releasing ${GITHUB_REF_NAME}" >> "$GITHUB_STEP_SUMMARY"
  build:
    needs: plan
    strategy:
      fail-fast: false
      max-parallel: 1
      matrix:
        system: ${{ fromJSON(needs.plan.outputs.systems) }}
    runs-on: ${{ matrix.system == 'Windows' && 'windows-latest' || 'ubuntu-latest' }}
    permissions:
      contents: read
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v7
        with: {persist-credentials: false}
      - run: test "$(ls *.whl | wc -l)" = 1
        working-directory: prebuilt/${{ matrix.system }}
      - if: failure()
        run: exit 1
      - uses: actions/upload-artifact@v7
        with:
          name: ${{ format('{0}-{1}', matrix.system, needs.plan.outputs.version) }}
          path: |
            prebuilt/${{ matrix.system }}
            !**/*.txt
          if-no-files-found: error
  collect:
    needs: [plan, build]
    runs-on: ubuntu-latest
    steps:
      - uses: actions/upload-artifact/merge@v7
        with:
          name: all
          pattern: "*-${{ needs.plan.outputs.version }}"
          delete-merged: true
  github:
    needs: collect
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - uses: actions/checkout@v7
        with: {persist-credentials: false}
      - uses: actions/download-artifact@v8
        with: {name: all, path: out}
      - uses: softprops/action-gh-release@v3
        with:
          body_path: CHANGES.md
          files: out/*.whl
          fail_on_unmatched_files: true
  pypi:
    needs: github
    runs-on: ubuntu-latest
    environment: PyPI
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v8
        with: {name: all, path: out}
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          packages-dir: out
          print-hash: true
"""


def test_a_matrix_made_by_a_job(project: Project) -> None:
    result = released(project, PLANNED_BY_A_JOB)
    assert list(result.jobs()) == ["plan", "build (Linux)", "build (Windows)", "collect", "github", "pypi"]
    assert [artifact["name"] for artifact in result.report["artifacts"]] == ["all"]
    assert result.report["release"]["notes"] == "Everything is new.\n"
    assert [asset["name"] for asset in result.report["release"]["assets"]] == [LINUX_WHEEL, WINDOWS_WHEEL]


# A small project: one job does everything, and another reports it.
ONE_JOB = """\
on:
  push:
    tags: ["*"]
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: pypi
    permissions:
      contents: write
      id-token: write
    env:
      OUT: ${{ github.workspace }}/dist
    steps:
      - uses: actions/checkout@v7
      - uses: wntrblm/nox@2026.08.17
        with:
          python-versions: "3.13"
      - name: Collect
        id: collect
        run: |
          mkdir "$OUT"
          cp prebuilt/*/*.whl "$OUT"
          echo "COUNT=$(ls "$OUT" | wc -l)" >> "$GITHUB_ENV"
          mkdir tools && printf '#!/bin/sh\\nnox --version 2>&1\\n' > tools/nox-version && chmod +x tools/nox-version
          echo "$GITHUB_WORKSPACE/tools" >> "$GITHUB_PATH"
      - run: nox-version && test "${{ env.COUNT }}" -eq 2
      - run: exit 1
        id: flaky
        continue-on-error: true
      - name: Release
        if: steps.flaky.outcome == 'failure' && steps.flaky.conclusion == 'success'
        uses: softprops/action-gh-release@v3
        with:
          generate_release_notes: true
          files: dist/*
      - uses: pypa/gh-action-pypi-publish@release/v1
      - if: failure()
        run: echo never
  announce:
    needs: deploy
    if: ${{ always() && needs.deploy.result == 'success' }}
    runs-on: ubuntu-latest
    steps:
      - run: echo "released ${{ github.ref_name }} by ${{ github.actor }}"
"""


def test_one_job_that_does_everything_as_committed_at_the_tag(project: Project) -> None:
    project.write(WORKFLOW, ONE_JOB)
    project.commit()
    # Not committed, so it is not part of the tag; the working tree has it.
    project.edit(WORKFLOW, lambda text: text.replace("    environment: pypi\n", "    environment: other\n"))
    result = rehearse(project, "v0.5.0")
    assert (result.status, result.jobs()) == (0, {"deploy": "success", "announce": "success"})
    assert log(result, "announce") == ["released v0.5.0 by maintainer"]
    notes = result.report["release"]["notes"]
    assert notes == "**Full Changelog**: https://github.com/quiver/quiverdb/commits/v0.5.0"
    result = rehearse(project)
    assert (result.status, result.report["uncommitted"]) == (1, [WORKFLOW.as_posix()])
    assert "`invalid-publisher`" in result.errors()["deploy"]


def test_a_release_that_lacks_something_is_refused_though_every_job_passes(project: Project) -> None:
    workflow = ONE_JOB.replace("cp prebuilt/*/*.whl", "cp prebuilt/Linux/*.whl").replace("-eq 2", "-eq 1")
    project.write(WORKFLOW, workflow.replace("          files: dist/*\n", "          files: no/*\n"))
    project.commit()
    result = rehearse(project)
    missing = f"no wheel on the index serves cp310-win_amd64; the GitHub Release lacks {LINUX_WHEEL}"
    assert (result.status, result.report["reason"]) == (1, f"no job failed, but {missing}")
