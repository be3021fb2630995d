"""nox -s rehearse, over this repository's publish.yml: a release, its faults, and every way to break the workflow."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.projects import WORKFLOW, Project, quiverdb_project, rehearse, run_in
from truewheel.programs import validate
from truewheel.rehearsal.faults import FAULTS, FaultKind, Next

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform == "win32", reason="the scratch project is built by a POSIX shell"),
]

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


# The faults after which one job verifies: a second attempt finished what the first had published in part. Where the
# fault comes before or after the upload, the jobs that verify would do what they do in test_a_release_is_made.
VERIFIED = {"upload-fails-after": "verify-0", "all-jobs-rerun-after": "verify-0"}


@pytest.mark.parametrize("kind", FAULTS, ids=[kind.name for kind in FAULTS])
def test_every_fault_ends_as_documented(kind: FaultKind, tmp_path: Path, quiverdb_wheels: Path) -> None:
    project = quiverdb_project(tmp_path / "quiverdb", quiverdb_wheels, VERIFIED.get(kind.name, "none"))
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


def in_job(job: str, edit: Callable[[str], str]) -> Callable[[str], str]:
    """Edit the text of one job."""

    def edited(text: str) -> str:
        start = text.index(f"\n  {job}:\n") + 1
        end = next((match.start() for match in re.finditer(r"^  (?:\w|# )", text[start + 3 :], re.MULTILINE)), None)
        stop = len(text) if end is None else start + 3 + end
        return text[:start] + edit(text[start:stop]) + text[stop:]

    return edited


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


# The check that refuses before anything is built; and the job that fails without that gate, as it would on GitHub.
MISSING = "Artifact not found for name: wheels"
NO_PUBLISHER = "`invalid-publisher`: valid token, but no corresponding publisher"
BREAKAGES = {
    "environment removed": (NO_ENVIRONMENT, "publish-environment", "PyPI", NO_PUBLISHER),
    "environment renamed": (OTHER_ENVIRONMENT, "publish-environment", "PyPI", NO_PUBLISHER),
    "id-token moved": (without_token, "token-only-for-publish", "PyPI", "insufficient OIDC token permissions"),
    "merge renamed": (OTHER_MERGE, "artifact-names-match", "Validate", MISSING),
    "matrix row removed": (ROW_REMOVED, "platforms-built", "Validate", "no wheel serves cp310-win_amd64"),
    "gate removed": (NEEDS_REMOVED, "publish-waits-for-builds", "PyPI", MISSING),
    "download path changed": (OTHER_PATH, "inputs-known", "PyPI", "twine check failed"),
}


@pytest.mark.parametrize(("edit", "check", "job", "error"), BREAKAGES.values(), ids=BREAKAGES)
def test_what_validate_refuses_would_break_on_github(
    edit: Callable[[str], str], check: str, job: str, error: str, quiverdb: Project
) -> None:
    quiverdb.edit(WORKFLOW, edit)
    validated = run_in(quiverdb, validate.main, "v0.5.0", "--tag-only", "--json")
    assert check in [finding["check"] for finding in validated.report["findings"]]
    quiverdb.edit(Path("noxfile.py"), replace('program(session, "validate")', "pass"))
    result = rehearse(quiverdb)
    assert result.status == 1
    assert error in result.errors()[job], result.errors()
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


def test_a_renamed_workflow_is_not_the_one_that_pypi_trusts(quiverdb: Project) -> None:
    quiverdb.git("mv", str(WORKFLOW), ".github/workflows/release.yml")
    assert error_of(quiverdb) == (
        (
            "there is no .github/workflows/publish.yml at v0.5.0: the tag would start .github/workflows/release.yml, "
            "and PyPI trusts only publish.yml"
        ),
        "rename the workflow back; or change `workflow` in [tool.release] and the publisher on PyPI",
    )
    # If it runs all the same, the index refuses it.
    quiverdb.edit(Path("noxfile.py"), replace('program(session, "validate")', "pass"))
    result = rehearse(quiverdb, "--workflow", ".github/workflows/release.yml")
    assert result.status == 1
    assert "`invalid-publisher`: valid token, but no corresponding publisher" in result.errors()["PyPI"]


def test_an_unknown_action_is_an_error_before_anything_runs(quiverdb: Project) -> None:
    quiverdb.edit(WORKFLOW, UNKNOWN_ACTION)
    message, hint = error_of(quiverdb)
    assert re.fullmatch(
        r"\.github/workflows/publish\.yml, line \d+, column 15: cannot be rehearsed: "
        r"there is no stand-in for the action some/announcement",
        message,
    )
    assert hint == (
        "use one that docs/rehearsal.md lists, or do the same in a `run:` step; or leave the job out: --without merge"
    )
