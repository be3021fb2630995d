"""What is said about the release workflows that a project has."""

from __future__ import annotations

from pathlib import Path

import pytest

from truewheel.adoption.files import marked
from truewheel.adoption.ways import FOLDER, build_settings, demand_tests, differences, read_workflows
from truewheel.config import Package
from truewheel.errors import ReleaseError

pytest.importorskip("cibuildwheel", reason="its options are cibuildwheel's, which needs Python 3.11")
NEW = FOLDER / "publish.yml"
UPLOAD = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"


def workflow(root: Path, text: str, name: str = "wheels.yml") -> None:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    (root / FOLDER / name).write_text(text, encoding="utf-8")


def said(root: Path, new: Path = NEW, environment: str = "pypi") -> list[str]:
    return list(differences(read_workflows(root), new, environment))


def publishing(on: str, steps: str = "", job: str = "") -> str:
    return f"on: {on}\njobs:\n  publish:\n    runs-on: ubuntu-latest\n{job}    steps:\n{steps}{UPLOAD}"


REMOVE = (
    "wheels.yml publishes to PyPI too, and PyPI may already trust it. Remove it; or give its name to the new workflow, "
    "which keeps the publisher: truewheel init --workflow wheels.yml"
)


@pytest.mark.parametrize(
    ("on", "steps", "expected"),
    [
        ("{push: {tags: ['v*']}}", "", []),
        ("{push: {tags: ['v*']}}", "      - run: python -m build --wheel\n", []),
        (
            "{push: {tags: ['v*']}}",
            "      - run: python -m build\n",
            [
                (
                    "wheels.yml builds an sdist; the new workflow builds only wheels (D7): "
                    "without one, pip takes an older release or nothing"
                )
            ],
        ),
        (
            "{push: {tags: ['[0-9]+.*']}}",
            "",
            ["wheels.yml is started by tags such as [0-9]+.*; the new workflow is started by tags vX.Y.Z (D1)"],
        ),
        (
            "[release]",
            "",
            ["wheels.yml is started by release; the new workflow is started by the push of a tag (D4)"],
        ),
        (
            "{push: {tags: ['v*']}}",
            "      - run: twine upload dist/*\n        env: {TWINE_PASSWORD: '${{ secrets.PYPI }}'}\n",
            ["wheels.yml uses a stored token; the new workflow needs none (D11): remove it after the first release"],
        ),
    ],
)
def test_the_ways_that_a_project_loses_are_said(on: str, steps: str, expected: list[str], tmp_path: Path) -> None:
    workflow(tmp_path, publishing(on, steps))
    assert said(tmp_path) == [*expected, REMOVE]


def test_skip_existing_is_not_needed(tmp_path: Path) -> None:
    workflow(tmp_path, publishing("{push: {tags: ['v*']}}") + "        with: {skip-existing: true}\n")
    assert said(tmp_path)[0] == (
        "wheels.yml skips files that PyPI has; the new workflow does not: PyPI accepts identical files, and others "
        "must fail"
    )


def test_a_workflow_that_makes_tags_is_named(tmp_path: Path) -> None:
    workflow(tmp_path, "on: {workflow_dispatch: {}}\njobs: {a: {steps: [{run: git tag v1 && git push origin v1}]}}\n")
    assert said(tmp_path) == [
        (
            "wheels.yml makes tags. GitHub starts no workflow for a tag that is pushed with a job's own token: push it "
            "by hand, or with the token of a GitHub App or a deploy key"
        )
    ]


def test_the_environment_of_a_replaced_workflow_is_known(tmp_path: Path) -> None:
    workflow(tmp_path, publishing("push", job="    environment: {name: release}\n"), NEW.name)
    assert [old.environment for old in read_workflows(tmp_path)] == ["release"]
    assert said(tmp_path, environment="release") == []
    assert said(tmp_path) == [
        (
            "publish.yml had the environment release, which PyPI's publisher may name: if so, write it in "
            "[tool.release], and run truewheel init --upgrade"
        )
    ]


def test_others_workflows_are_read_as_far_as_they_can_be(tmp_path: Path) -> None:
    workflow(tmp_path, "on: [push\n" + UPLOAD)
    workflow(tmp_path, marked("ci", UPLOAD), "ours.yml")
    (broken,) = read_workflows(tmp_path)
    assert (broken.path.name, broken.uploads, broken.environment) == ("wheels.yml", True, None)


def test_settings_in_workflows_become_lines_of_toml(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        "jobs:\n  a:\n    steps:\n      - env:\n          CIBW_BUILD_VERBOSITY: 1  # loud\n"
        "          CIBW_XBUILD_TOOLS: ''\n          CIBW_SKIP: pp*\n"
        "          CIBW_ARCHS_LINUX: auto aarch64\n          CIBW_ARCHS_MACOS: ${{ matrix.arch }}\n"
        '          CIBW_TEST_COMMAND: python -c "1"\n          CIBW_PLATFORM: linux\n          CIBW_BUILD: >-\n',
    )
    assert build_settings(
        read_workflows(tmp_path), Package(Path(), "a", "1.0", {"tool": {"cibuildwheel": {"skip": "x"}}})
    ) == [
        "[tool.cibuildwheel]",
        "build-verbosity = 1",
        'test-command = "python -c \\"1\\""',
        "# build = … CIBW_BUILD in wheels.yml is >-",
        "[tool.cibuildwheel.linux]",
        'archs = "auto aarch64"',
        "[tool.cibuildwheel.macos]",
        "# archs = … CIBW_ARCHS in wheels.yml is ${{ matrix.arch }}",
    ]


def test_a_package_without_tests_is_told_what_to_add(tmp_path: Path) -> None:
    workflow(tmp_path, "env:\n  CIBW_SKIP: pp*\n")
    with pytest.raises(ReleaseError) as raised:
        demand_tests(Package(Path(), "a", "1.0", {}), read_workflows(tmp_path))
    assert raised.value.message == (
        "pyproject.toml has no test-command in [tool.cibuildwheel]: untested wheels are not published"
    )
    assert raised.value.hint.splitlines()[1:] == [
        "[tool.cibuildwheel]",
        'test-requires = ["pytest"]',
        'test-command = "pytest {package}/tests"',
        'skip = "pp*"',
    ]
    demand_tests(Package(Path(), "a", "1.0", {"tool": {"cibuildwheel": {"test-command": "true"}}}), [])
