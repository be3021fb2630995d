"""nox -s rehearse, over this repository's publish.yml: a release, its faults, and every way to break the workflow."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.projects import WORKFLOW, Project, quiverdb_project, rehearse, run_in, without_sessions
from truewheel.programs import validate
from truewheel.rehearsal.faults import FAULTS, FaultKind, Next

pytestmark = pytest.mark.once

JOBS = [
    *("Preflight", "Build manylinux_x86_64", "Build win_amd64", "Merge wheels", "Validate"),
    *("GitHub Release", "PyPI", "Verify on ubuntu-latest", "Verify on windows-latest"),
]


def test_a_release_is_made(quiverdb: Project) -> None:
    result = rehearse(quiverdb)
    assert result.status == 0, result.output
    assert result.jobs() == dict.fromkeys(JOBS, "success")
    report = result.report
    made = "v0.5.0 would be released: 2 wheels on the index, 1 GitHub Release; "
    # With Wine both.
    assert report["reason"] in {made + ran for ran in ("1 of 2 wheels was run here", "2 of 2 wheels were run here")}
    assert report["release"]["assets"] == report["index_files"]
    assert (report["release"]["is_latest"], report["release"]["is_draft"]) == (True, False)
    assert {artifact["name"] for artifact in report["artifacts"]} == {
        *("wheels-manylinux_x86_64", "wheels-win_amd64", "wheels")
    }
    assert dict(report["publisher"]) == {
        "PyPI Project Name": "quiverdb",
        "Owner": "quiver",
        "Repository name": "quiverdb",
        "Workflow name": "publish.yml",
        "Environment name": "pypi",
    }
    assert report["notes"] == []
    assert not (quiverdb.root / "dist").exists()
    assert quiverdb.git("status", "--porcelain", "--ignored") == ""


def test_a_plan_lists_what_a_tag_would_do(quiverdb: Project) -> None:
    quiverdb.git("tag", "v0.4.0")
    quiverdb.git("commit", "--allow-empty", "-m", "Faster (#7)")
    result = rehearse(quiverdb, "--plan")
    assert result.status == 0, result.output
    plan = result.report
    assert [job["name"] for job in plan["jobs"]] == JOBS
    publish = next(job for job in plan["jobs"] if job["id"] == "publish")
    assert (publish["environment"], publish["permissions"], publish["timeout_minutes"]) == (
        "pypi",
        [["id-token", "write"]],
        15.0,
    )
    assert plan["release"]["title"] == "v0.5.0"
    assert plan["release"]["files"] == ["dist/*.whl"]
    changes = "https://github.com/quiver/quiverdb/compare/v0.4.0...v0.5.0"
    assert "* Faster by M in https://github.com/quiver/quiverdb/pull/7" in plan["release"]["notes"]
    assert plan["release"]["notes"].endswith(f"**Full Changelog**: {changes}")
    assert "a Windows job" in next(job["note"] for job in plan["jobs"] if job["runner"] == "windows-latest") or (
        sys.platform == "win32"
    )


# Where each fault makes the first attempt fail, and a part of the reason.
FIRST_FAILURES = {
    "upload-fails-after": {"PyPI": "twine upload failed"},
    "upload-cancelled-after": {"PyPI": "it was cancelled"},
    "all-jobs-rerun-after": {"PyPI": "twine upload failed"},
    "file-refused-after": {"PyPI": "Invalid distribution file, as asked for"},
    "index-unavailable": {"PyPI": "503 Service Unavailable"},
    # The two builds race to be the first that uploads.
    "artifact-lost": {"Validate": "wheel-per-build: dist: no wheel serves "},
    "wheel-corrupted": {"Validate": "archive-"},
    "environment-wrong": {"PyPI": "`invalid-publisher`: valid token, but no corresponding publisher"},
    "id-token-missing": {"PyPI": "missing or insufficient OIDC token permissions"},
    "version-exists-same": {},
    "release-exists": {},
    "version-exists-other": {"Validate": "is on the index"},
    "build-fails": {"Build win_amd64": "the build failed, as asked for"},
    "runner-killed": {"PyPI": "the runner was lost in the middle of the job"},
}


# The faults about which the programs of jobs have something to say, and which of them. After the others, jobs run none:
# they would do what they do in test_a_release_is_made.
RUNNING = {
    "all-jobs-rerun-after": "(preflight|validate)-0 validate",
    "artifact-lost": "validate-0 validate",
    "wheel-corrupted": "validate-0 check-dist",
    "version-exists-same": "validate-0 validate",
    "version-exists-other": "validate-0 validate",
}


@pytest.mark.skipif(sys.platform == "win32", reason="programs start slowly there: one whole rehearsal is enough")
@pytest.mark.parametrize("kind", FAULTS, ids=[kind.name for kind in FAULTS])
def test_every_fault_ends_as_documented(kind: FaultKind, tmp_path: Path, quiverdb_wheels: Path) -> None:
    running = RUNNING.get(kind.name, "")
    project = quiverdb_project(tmp_path / "quiverdb", quiverdb_wheels, running)
    # validate judges the workflow too, which then stays as it is.
    if not running.endswith(" validate"):
        without_sessions(project, quiverdb_wheels, keeping="nox -s validate check-dist" if running else "")
    result = rehearse(project, "--fault", kind.name)
    assert result.status == 0, result.output
    attempts, failures = result.report["attempts"], FIRST_FAILURES[kind.name]
    assert attempts[0]["conclusion"] == kind.first
    assert set(result.errors()) == set(failures)
    assert all(reason in result.errors()[job] for job, reason in failures.items()), result.errors()
    assert len(attempts) == (1 if kind.then in (Next.NOTHING, Next.RAISE_VERSION) else 2)
    # In any case: half a release never looks like a whole one.
    if attempts[-1]["conclusion"] == "success":
        assert len(result.on_index) == 2
        assert result.report["release"]["assets"] == result.report["index_files"]
    else:
        assert kind.then is Next.RAISE_VERSION
        # One file cannot be taken back, and the GitHub Release does not wait for PyPI.
        is_half = kind.name == "file-refused-after"
        assert (len(result.on_index) == 1, result.report["release"] is not None) == (is_half, is_half)


def replace(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def job_of(text: str, job: str) -> str:
    """The text of one job."""
    start = text.index(f"\n  {job}:\n") + 1
    end = next((match.start() for match in re.finditer(r"^  (?:\w|# )", text[start + 3 :], re.MULTILINE)), None)
    return text[start:] if end is None else text[start : start + 3 + end]


def in_job(job: str, edit: Callable[[str], str]) -> Callable[[str], str]:
    """Edit the text of one job."""
    return lambda text: text.replace(job_of(text, job), edit(job_of(text, job)))


def without_job(job: str) -> Callable[[str], str]:
    return in_job(job, lambda _: "")


def without_token(text: str) -> str:
    """Take `id-token: write` away from the publish job, and give it to the release job."""
    text = in_job("publish", lambda job: re.sub(r"    permissions:\n      id-token: .*\n", "", job))(text)
    return in_job("release", replace("    permissions:\n", "    permissions:\n      id-token: write\n"))(text)


NO_ENVIRONMENT = in_job("publish", replace("    environment: pypi\n", ""))
OTHER_ENVIRONMENT = in_job("publish", replace("environment: pypi", "environment: production"))
OTHER_MERGE = in_job("merge", replace("          name: wheels\n", "          name: all-wheels\n"))
ROW_REMOVED = in_job("build", replace("          - platform: win_amd64\n            runner: windows-latest\n", ""))
NEEDS_REMOVED = in_job("publish", replace("    needs: validate\n", ""))
OTHER_PATH = in_job("publish", replace("          path: dist/\n", "          path: out/\n"))
OTHER_FILTER = replace('"v*.*.*"', '"release-*"')
UNKNOWN_ACTION = in_job("merge", replace("    steps:\n", "    steps:\n      - uses: some/announcement@v1\n"))


def test_a_broken_workflow_is_refused_in_its_first_job(quiverdb: Project) -> None:
    quiverdb.edit(WORKFLOW, OTHER_ENVIRONMENT)
    result = rehearse(quiverdb)
    assert result.status == 1
    assert result.errors()["Preflight"].startswith("publish-environment: .github/workflows/publish.yml")
    assert result.on_index == []


# The check that refuses each of them before anything is built.
BREAKAGES = {
    "environment removed": (NO_ENVIRONMENT, "publish-environment"),
    "environment renamed": (OTHER_ENVIRONMENT, "publish-environment"),
    "id-token moved": (without_token, "token-only-for-publish"),
    "merge renamed": (OTHER_MERGE, "artifact-names-match"),
    "matrix row removed": (ROW_REMOVED, "platforms-built"),
    "gate removed": (NEEDS_REMOVED, "publish-waits-for-builds"),
    "download path changed": (OTHER_PATH, "inputs-known"),
}


@pytest.mark.parametrize(("edit", "check"), BREAKAGES.values(), ids=BREAKAGES)
def test_validate_refuses_what_would_break_on_github(edit: Callable[[str], str], check: str, quiverdb: Project) -> None:
    quiverdb.edit(WORKFLOW, edit)
    validated = run_in(quiverdb, validate.main, "v0.5.0", "--tag-only", "--no-index", "--json")
    assert check in [finding["check"] for finding in validated.report["findings"]]


# How the job that publishes fails without that gate, as it would on GitHub. (What becomes of a release without the
# wheel of a platform is seen in the fault artifact-lost.)
MISSING = "Artifact not found for name: wheels"
NO_PUBLISHER = "`invalid-publisher`: valid token, but no corresponding publisher"
FAILURES = {
    "environment removed": (NO_ENVIRONMENT, NO_PUBLISHER),
    "environment renamed": (OTHER_ENVIRONMENT, NO_PUBLISHER),
    "id-token moved": (without_token, "insufficient OIDC token permissions"),
    "merge renamed": (in_job("publish", replace("name: wheels", "name: all-wheels")), f"{MISSING[:-6]}all-wheels"),
    "gate removed": (NEEDS_REMOVED, MISSING),
    "download path changed": (OTHER_PATH, "twine upload failed"),
}


def test_what_validate_refuses_would_break_on_github(quiverdb: Project, quiverdb_wheels: Path) -> None:
    """One run, with the job that publishes in each of its broken forms next to the others."""
    without_sessions(quiverdb, quiverdb_wheels)

    def edited(text: str) -> str:
        whole, jobs = without_job("verify")(text), ""
        for number, (name, (edit, _)) in enumerate(FAILURES.items()):
            broken = job_of(edit(whole), "publish").replace("publish:", f"publish-{number}:")
            jobs += broken.replace("name: PyPI", f"name: {name}")
        # The one that waits for nothing has ended before there is anything to publish.
        ungated = f"  publish-{[*FAILURES].index('gate removed')}:\n"
        jobs = jobs.replace(ungated, f"{ungated}    continue-on-error: true\n")
        first = in_job("preflight", replace("    name:", "    needs: " + ungated.strip(" :\n") + "\n    name:"))
        return first(without_job("publish")(whole)) + jobs

    quiverdb.edit(WORKFLOW, edited)
    result = rehearse(quiverdb)
    assert result.status == 1
    errors = result.errors()
    assert set(errors) == set(FAILURES)
    assert all(error in errors[name] for name, (_, error) in FAILURES.items()), errors
    assert result.jobs()["GitHub Release"] == "success"
    assert result.on_index == []


def error_of(project: Project, *arguments: str) -> tuple[str, str]:
    """Why a rehearsal could not be begun, and what to do."""
    result = rehearse(project, *arguments)
    assert (result.status, result.report["verdict"]) == (2, "cannot-judge")
    assert len(result.progress.splitlines()) == 1, "only what is rehearsed is printed"
    return result.report["error"], result.report["hint"]


def test_a_tag_filter_that_does_not_match_starts_nothing(quiverdb: Project) -> None:
    quiverdb.edit(WORKFLOW, OTHER_FILTER)
    assert error_of(quiverdb) == (
        ".github/workflows/publish.yml is not started by the tag 'v0.5.0': on.push.tags is release-*",
        "change on.push.tags so that it matches the tag; v*.*.* matches every release tag",
    )


def test_a_renamed_workflow_is_not_the_one_that_pypi_trusts(quiverdb: Project, quiverdb_wheels: Path) -> None:
    quiverdb.git("mv", str(WORKFLOW), ".github/workflows/release.yml")
    assert error_of(quiverdb) == (
        (
            "there is no .github/workflows/publish.yml at v0.5.0: the tag would start .github/workflows/release.yml, "
            "and PyPI trusts only publish.yml"
        ),
        "rename the workflow back; or change `workflow` in [tool.release] and the publisher on PyPI",
    )
    # If it runs all the same, the index refuses it.
    quiverdb.git("mv", ".github/workflows/release.yml", str(WORKFLOW))
    without_sessions(quiverdb, quiverdb_wheels)
    quiverdb.git("mv", str(WORKFLOW), ".github/workflows/release.yml")
    result = rehearse(quiverdb, "--workflow", ".github/workflows/release.yml")
    assert result.status == 1
    assert NO_PUBLISHER in result.errors()["PyPI"]


def test_an_unknown_action_is_an_error_before_anything_runs(quiverdb: Project) -> None:
    quiverdb.edit(WORKFLOW, UNKNOWN_ACTION)
    message, hint = error_of(quiverdb)
    assert re.fullmatch(
        r"\.github/workflows/publish\.yml, line \d+, column 15: "
        r"there is no stand-in for the action some/announcement",
        message,
    )
    assert hint == (
        "use one that docs/rehearsal.md lists, or do the same in a `run:` step; or leave the job out: --without merge"
    )
