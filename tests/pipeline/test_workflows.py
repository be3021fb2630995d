"""ci.yml tries what publish.yml will do and publishes nothing; both pin their actions to the same commits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.programs import ROOT
from truewheel.config import load_config
from truewheel.workflow import Workflow, read_workflow
from truewheel.workflow.commands import read_commands
from truewheel.workflow.nox_sessions import has_session, read_nox_sessions
from truewheel.workflow.release_jobs import builds, calls, publishers

pytestmark = pytest.mark.once

CI, PUBLISH = "ci.yml", "publish.yml"
FOLDER = Path(".github/workflows")
TEXTS = {name: (ROOT / FOLDER / name).read_text(encoding="utf-8") for name in (CI, PUBLISH)}
SHARED_JOBS = ("build", "merge", "validate")
# There is no tag in CI; validate judges the one that the version would get.
TAG_FROM_VERSION = "--tag-from-version"

Texts = dict[str, str]


@pytest.fixture(scope="module")
def ci() -> Workflow:
    return read_workflow(ROOT, FOLDER / CI)


def edited(name: str, *edits: tuple[str, str, str]) -> Texts:
    """Both texts; in the one of `name`, each edit replaces the first `old` after an anchor by `new`."""
    text = TEXTS[name]
    for anchor, old, new in edits:
        front, found, back = text.partition(anchor)
        assert found, f"{name} does not say {anchor!r}"
        assert old in back, f"{name} does not say {old!r} after {anchor!r}"
        text = front + found + back.replace(old, new, 1)
    return {**TEXTS, name: text}


def differences(texts: Texts) -> Iterator[str]:
    """What a release does otherwise than CI has done it, in the jobs that both must have."""
    documents = [YAML(typ="safe", pure=True).load(texts[name]) for name in (CI, PUBLISH)]
    if documents[0].get("defaults") != documents[1].get("defaults"):
        yield "defaults"
    for job in SHARED_JOBS:
        here, there = (_comparable(document["jobs"].get(job, {})) for document in documents)
        yield from (f"{job}: {key}" for key in sorted(here.keys() | there.keys()) if here.get(key) != there.get(key))


def _comparable(job: dict[str, Any]) -> dict[str, Any]:
    """The job without what the missing tag explains: needs of jobs that CI has not, and one option."""
    needs = job.get("needs", [])
    listed = [needs] if isinstance(needs, str) else needs
    steps = [fact for step in job.get("steps", []) for fact in _facts(step)]
    return {**job, "needs": [name for name in listed if name in SHARED_JOBS], "steps": steps}


def _facts(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A step, once for each session that it runs: two sessions in one call are the same as two calls."""
    if "run" not in step:
        yield step
    for command in read_commands(step.get("run", ""), {"PLATFORM": "PLATFORM"}):
        options = [option for option in command.options if option != TAG_FROM_VERSION]
        yield from ({**step, "run": (session, options, command.problem)} for session in command.sessions)


def test_ci_builds_merges_and_validates_as_a_release_does() -> None:
    assert list(differences(TEXTS)) == []


SOME_STEP = "    steps:\n      - uses: some/action@v1\n"


@pytest.mark.parametrize(
    ("name", "edits", "found"),
    [
        (CI, [("defaults:\n", "shell: bash", "shell: pwsh")], ["defaults"]),
        (CI, [("  validate:\n", "    needs: merge\n", "")], ["validate: needs"]),
        (CI, [("  build:\n", "minutes: 30", "minutes: 60")], ["build: timeout-minutes"]),
        (CI, [("  build:\n", "fail-fast: false", "fail-fast: true")], ["build: strategy"]),
        (CI, [("  build:\n", "runner: windows-latest", "runner: windows-2022")], ["build: strategy"]),
        (CI, [("  build:\n", '"3.13"', '"3.12"')], ["build: steps"]),
        (CI, [("  build:\n", "dist/*.whl", "dist/")], ["build: steps"]),
        (CI, [("  validate:\n", "      - run: nox -s check-dist\n", "")], ["validate: steps"]),
        (CI, [("  validate:\n", "nox -s check-dist\n", "nox -s check-dist -- --list\n")], ["validate: steps"]),
        (CI, [("  validate:\n", "nox -s check-dist\n", "nox -s check-dist || true\n")], ["validate: steps"]),
        (PUBLISH, [("  validate:\n", "    steps:\n", SOME_STEP)], ["validate: steps"]),
        (PUBLISH, [("  validate:\n", "      - uses: wntrblm/nox", "      - uses: other/nox")], ["validate: steps"]),
        (PUBLISH, [("  merge:\n", "    needs: build\n", "    needs: build\n    env: {A: b}\n")], ["merge: env"]),
    ],
)
def test_a_difference_is_noticed(name: str, edits: list[tuple[str, str, str]], found: list[str]) -> None:
    assert list(differences(edited(name, *edits))) == found


def test_a_shared_job_that_is_missing_is_noticed() -> None:
    texts = edited(CI, ("jobs:\n", "  merge:\n", "  merged:\n"))
    assert [difference for difference in differences(texts) if difference.startswith("merge: ")]


def test_actions_are_pinned_to_one_commit_each() -> None:
    # validate judges the pins of publish.yml.
    used = [re.findall(r"uses: ([\w./-]+@.*)", TEXTS[name]) for name in (PUBLISH, CI)]
    assert set(used[1]) <= set(used[0])


def test_ci_runs_for_pull_requests_and_branches(ci: Workflow) -> None:
    assert ci.events == {"pull_request", "push"}
    assert ci.push is not None
    assert ci.push.branches_only


def test_ci_can_publish_nothing(ci: Workflow) -> None:
    assert publishers(ci) == []
    for job in ci.jobs.values():
        assert "write" not in ci.permissions_of(job).levels.values()
        assert job.environment is None
    assert ci.permissions is not None
    assert not ci.permissions.levels
    assert "secrets" not in TEXTS[CI]
    assert "github.token" not in TEXTS[CI]


def test_ci_runs_sessions_that_nox_has_and_nothing_else(ci: Workflow) -> None:
    sessions = read_nox_sessions(ROOT)
    assert sessions
    run = {match[0] for row, _, command, match in calls(ci, ".*") if not command.problem}
    assert {name for name in run if not has_session(sessions, name)} == set()
    assert {"lint", "tests", "validate", "check-dist"} <= run
    scripts = [step.run.source for job in ci.jobs.values() for step in job.steps if step.run is not None]
    assert not any(command.problem for script in scripts for command in read_commands(script, {"PLATFORM": "x"}))


def test_ci_builds_what_is_configured_and_makes_up_the_tag(ci: Workflow) -> None:
    platforms = {platform.name: platform.runner for platform in load_config(ROOT).platforms}
    assert {build.name: build.row.runner for build in builds(ci, tuple(platforms))} == platforms
    options = [command.options for _, _, command, _ in calls(ci, "validate")]
    assert options == [(TAG_FROM_VERSION,)]
    assert all(job.timeout_minutes is not None for job in ci.jobs.values())
