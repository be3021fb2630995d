"""Both workflows keep every invariant, and every invariant notices when the thing it guards is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pipeline import artifacts, gates, triggers, trust
from tests.pipeline.artifacts import MERGE, UPLOAD
from tests.pipeline.edits import Edit, File, add_step, both, drop, put, write
from tests.pipeline.invariant import INVARIANTS, Complaints, Invariant
from tests.pipeline.pipeline import NoxCall, Pipeline, Workflow, load_pipeline
from tests.pipeline.triggers import NOX_ACTION
from tests.pipeline.trust import CHECKOUT, DOWNLOAD, GITHUB_RELEASE, PYPI_PUBLISH

BUILD_LINE = 'nox -s "wheels($PLATFORM)"'
GATE_LINE = "nox -s validate check-dist"
SOME_STEP = {"uses": f"some/action@{'0' * 40}"}


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline()


@pytest.mark.parametrize("invariant", list(INVARIANTS.values()), ids=list(INVARIANTS))
def test_the_workflows_keep(invariant: Invariant, pipeline: Pipeline) -> None:
    assert list(invariant.complaints(pipeline)) == [], f"demanded by {invariant.source}"


def step(file: File, job: str, name: str, *path: str, to: object) -> Edit:
    """Set something of one step."""
    return put(file, "jobs", job, "steps", name, *path, to=to)


def given(file: File, job: str, action: str, name: str, *, value: object) -> Edit:
    """Set an input of one action."""
    return step(file, job, action, "with", name, to=value)


def platforms(**runners: str) -> Edit:
    """Configure other platforms than the workflows build."""
    return lambda pipeline: replace(pipeline, runners=runners)


# Every way in which the thing behind an invariant may break. One change each, unless a line says otherwise.
BREAKAGES: dict[Complaints, list[Edit]] = {
    triggers.a_version_tag_alone_starts_a_release: [
        put("publish", "on", "push", "tags", to=["v*"]),
        put("publish", "on", "push", "branches", to=["main"]),
        put("publish", "on", "workflow_call", to=None),
        put("publish", "on", "workflow_dispatch", to=None),
    ],
    triggers.ci_runs_for_pull_requests_and_branches: [
        put("ci", "on", "push", to=None),
        put("ci", "on", "push", "tags", to=["v*.*.*"]),
        put("ci", "on", "workflow_call", to=None),
        put("ci", "on", "pull_request_target", to=None),
        drop("ci", "on", "pull_request"),
    ],
    triggers.no_workflow_calls_another: [
        put("publish", "jobs", "build", to={"uses": "./.github/workflows/build.yml"}),
    ],
    triggers.a_release_is_never_cut_short: [
        put("publish", "concurrency", "cancel-in-progress", to=True),
        put("publish", "concurrency", "group", to="publish"),
        drop("publish", "concurrency"),
    ],
    triggers.nothing_waits_for_a_person: [
        put("publish", "jobs", "publish", "environment", to="production"),
        drop("publish", "jobs", "publish", "environment"),
        put("publish", "jobs", "release", "environment", to="pypi"),
        lambda pipeline: replace(pipeline, environment="production"),
    ],
    triggers.every_job_has_a_timeout: [
        drop("publish", "jobs", "publish", "timeout-minutes"),
        put("ci", "jobs", "tests", "timeout-minutes", to=360),
    ],
    triggers.every_run_line_is_one_call_of_nox: [
        step("publish", "preflight", "nox -s validate -- --tag-only", "run", to=line)
        for line in (
            "pip install nox",
            "nox",
            "nox -s validate || true",
            "nox -s validate\nnox -s check-dist",
            "nox -s validate; echo",
            "nox -s ${{ github.ref_name }}",
            "nox -s validate -- $GITHUB_REF_NAME",
            'nox -s "wheels(${{ matrix.platform }})"',
            "nox -s $(cat session)",
        )
    ],
    triggers.run_lines_name_sessions_that_nox_has: [
        step("ci", "lint", "nox -s lint", "run", to="nox -s lints"),
        put("publish", "jobs", "build", "strategy", "matrix", "include", 0, "platform", to="manylinux_s390x"),
        put("publish", "jobs", "build", "steps", BUILD_LINE, "env", to={}),
        lambda pipeline: replace(pipeline, sessions=frozenset()),
    ],
    triggers.run_lines_run_in_bash_at_the_top: [
        drop("publish", "defaults"),
        put("ci", "defaults", "run", "shell", to="pwsh"),
        put("publish", "defaults", "run", "working-directory", to="bindings/python"),
        step("publish", "build", BUILD_LINE, "shell", to="pwsh"),
        put("publish", "jobs", "validate", "container", to="python:3.13"),
    ],
    triggers.the_platform_is_the_only_variable: [
        put("publish", "env", to={"PIP_INDEX_URL": "elsewhere"}),
        put("ci", "jobs", "tests", "env", to={"CI_ONLY": "1"}),
        step("publish", "validate", GATE_LINE, "env", to={"LENIENT": "1"}),
        step("publish", "build", BUILD_LINE, "env", "PLATFORM", to="win_amd64"),
    ],
    triggers.jobs_check_out_and_install_nox_before_they_run_it: [
        drop("publish", "jobs", "validate", "steps", NOX_ACTION),
        drop("publish", "jobs", "validate", "steps", CHECKOUT),
        add_step("ci", "lint", {"run": "nox -s lint"}),
    ],
    triggers.nothing_is_conditional_or_forgiven: [
        put("publish", "jobs", "validate", "continue-on-error", to=True),
        put("publish", "jobs", "publish", "if", to="${{ always() }}"),
        step("publish", "validate", GATE_LINE, "if", to="${{ github.actor != 'me' }}"),
        step("ci", "build", BUILD_LINE, "continue-on-error", to=True),
    ],
    triggers.nothing_is_cached: [
        add_step("publish", "build", {"uses": f"actions/cache@{'0' * 40}"}),
        given("publish", "build", NOX_ACTION, "cache-dependency-path", value="requirements"),
    ],
    trust.workflows_have_no_permissions_of_their_own: [
        put("publish", "permissions", to={"contents": "read"}),
        put("ci", "permissions", to="read-all"),
        drop("publish", "permissions"),
    ],
    trust.jobs_have_the_permissions_that_their_actions_need: [
        put("publish", "jobs", "preflight", "permissions", "id-token", to="write"),
        put("publish", "jobs", "publish", "permissions", "contents", to="read"),
        put("publish", "jobs", "release", "permissions", "contents", to="read"),
        put("publish", "jobs", "merge", "permissions", to={"actions": "write"}),
        put("ci", "jobs", "lint", "permissions", to="write-all"),
        drop("publish", "jobs", "validate", "permissions"),
    ],
    trust.one_job_has_the_token_and_publishes: [
        drop("publish", "jobs", "publish", "permissions", "id-token"),
        put("publish", "jobs", "release", "permissions", "id-token", to="write"),
        put("ci", "jobs", "build", "permissions", "id-token", to="write"),
        drop("publish", "jobs", "publish"),
        add_step("publish", "release", {"uses": f"{PYPI_PUBLISH}@{'0' * 40}"}, at=1),
    ],
    trust.nothing_of_ours_runs_beside_the_token: [
        add_step("publish", "publish", {"uses": f"{CHECKOUT}@{'0' * 40}"}),
        add_step("publish", "publish", {"run": "nox -s check-dist"}, at=1),
        add_step("publish", "publish", SOME_STEP, at=2),
    ],
    trust.the_upload_has_no_options_that_weaken_it: [
        given("publish", "publish", PYPI_PUBLISH, "skip-existing", value=True),
        given("publish", "publish", PYPI_PUBLISH, "password", value="x"),
        given("publish", "publish", PYPI_PUBLISH, "attestations", value=False),
        given("publish", "publish", PYPI_PUBLISH, "repository-url", value="elsewhere"),
        given("publish", "publish", PYPI_PUBLISH, "packages-dir", value="wheels/"),
    ],
    trust.no_secret_is_used: [
        write("publish", "print-hash: true", "password: ${{ secrets.TOKEN }}"),
        write("ci", "persist-credentials: false", "token: ${{ github.token }}"),
        given("publish", "publish", PYPI_PUBLISH, "user", value="__token__"),
        put("publish", "jobs", "release", "steps", GITHUB_RELEASE, "with", "token", to="x"),
    ],
    trust.checkouts_keep_no_credentials: [
        given("publish", "build", CHECKOUT, "persist-credentials", value=True),
        drop("ci", "jobs", "lint", "steps", CHECKOUT, "with"),
        given("publish", "build", CHECKOUT, "ref", value="main"),
    ],
    trust.actions_are_pinned_to_commits: [
        step("publish", "build", CHECKOUT, "uses", to=f"{CHECKOUT}@v7"),
        step("ci", "merge", MERGE, "uses", to="./merge"),
        write("publish", " # v7.0.1", ""),
        write("ci", " # v7.0.1", " # v7"),
        write("publish", " # v3.0.0", " # v3.0.0, see above"),
    ],
    trust.an_action_has_one_pin: [
        write("ci", "upload-artifact/merge@043f", "upload-artifact/merge@143f"),
        write("ci", "# v7.0.1", "# v7.0.0"),
    ],
    gates.a_release_goes_to_github_and_pypi_once: [
        drop("publish", "jobs", "release"),
        add_step("publish", "validate", {"uses": f"{GITHUB_RELEASE}@{'0' * 40}"}),
        add_step("ci", "validate", {"uses": f"{GITHUB_RELEASE}@{'0' * 40}"}),
    ],
    gates.needs_are_sound: [
        put("publish", "jobs", "release", "needs", to="validated"),
        put("publish", "jobs", "preflight", "needs", to="validate"),
    ],
    gates.the_tag_is_judged_before_anything_is_built: [
        drop("publish", "jobs", "build", "needs"),
        step("publish", "preflight", "nox -s validate -- --tag-only", "run", to="nox -s lint"),
    ],
    gates.publishers_wait_for_every_gate: [
        put("publish", "jobs", "publish", "needs", to="merge"),
        put("publish", "jobs", "release", "needs", to="preflight"),
        put("publish", "jobs", "validate", "needs", to="preflight"),
        drop("publish", "jobs", "merge", "needs"),
        step("publish", "validate", GATE_LINE, "run", to="nox -s validate"),
        step("publish", "validate", GATE_LINE, "run", to="nox -s validate check-dist -- --tag-only"),
        put("publish", "jobs", "lint", to={"steps": [{"run": "nox -s lint"}]}),
    ],
    gates.publishers_stand_side_by_side: [
        put("publish", "jobs", "publish", "needs", to=["validate", "release"]),
        put("publish", "jobs", "release", "needs", to=["validate", "publish"]),
        both(
            drop("publish", "jobs", "release"),
            add_step("publish", "publish", {"uses": f"{GITHUB_RELEASE}@{'0' * 40}"}),
        ),
    ],
    gates.the_gate_judges_the_very_wheels_that_are_published: [
        given("publish", "validate", DOWNLOAD, "path", value="wheels/"),
        given("publish", "publish", DOWNLOAD, "name", value="wheels-win_amd64"),
        drop("publish", "jobs", "release", "steps", DOWNLOAD, "with", "name"),
        drop("ci", "jobs", "validate"),
        both(
            drop("ci", "jobs", "validate", "steps", DOWNLOAD),
            add_step("ci", "validate", {"uses": f"{DOWNLOAD}@0", "with": {"name": "wheels", "path": "dist/"}}, at=3),
        ),
    ],
    gates.the_github_release_is_final_complete_and_repeatable: [
        *(
            given("publish", "release", GITHUB_RELEASE, name, value=value)
            for name, value in (
                ("draft", True),
                ("prerelease", True),
                ("make_latest", False),
                ("generate_release_notes", False),
                ("files", "dist/*"),
                ("fail_on_unmatched_files", False),
                ("overwrite_files", False),
                ("tag_name", "v1.2.3"),
                ("body", "Our own words"),
                ("body", "<!-- hidden --> seen -->"),
            )
        ),
        *(
            drop("publish", "jobs", "release", "steps", GITHUB_RELEASE, "with", name)
            for name in ("fail_on_unmatched_files", "generate_release_notes", "body")
        ),
    ],
    gates.ci_builds_merges_and_validates_as_a_release_does: [
        drop("ci", "jobs", "merge"),
        drop("publish", "jobs", "merge"),
        drop("ci", "jobs", "validate", "needs"),
        put("ci", "jobs", "build", "timeout-minutes", to=60),
        put("ci", "jobs", "build", "strategy", "fail-fast", to=True),
        given("ci", "build", NOX_ACTION, "python-versions", value="3.12"),
        drop("ci", "jobs", "validate", "steps", "nox -s check-dist"),
        step("ci", "validate", "nox -s check-dist", "run", to="nox -s check-dist -- --list"),
        add_step("publish", "validate", SOME_STEP),
    ],
    gates.only_ci_makes_up_a_tag: [
        step("publish", "validate", GATE_LINE, "run", to="nox -s validate check-dist -- --tag-from-version"),
        step("ci", "validate", "nox -s validate -- --tag-from-version", "run", to="nox -s validate"),
    ],
    gates.ci_lints_and_tests: [
        drop("ci", "jobs", "lint"),
        drop("ci", "jobs", "tests"),
    ],
    artifacts.every_platform_tries_what_was_published: [
        drop("publish", "jobs", "verify"),
        put("publish", "jobs", "verify", "needs", to="validate"),
        put("publish", "jobs", "verify", "strategy", "matrix", "include", 1, "runner", to="ubuntu-latest"),
        put("publish", "jobs", "verify", "runs-on", to="ubuntu-latest"),
        step("publish", "verify", "nox -s verify", "run", to="nox -s verify -- --list"),
        given("publish", "verify", DOWNLOAD, "name", value="wheels-win_amd64"),
        platforms(win_amd64="windows-latest"),
    ],
    artifacts.the_matrix_is_the_configured_platforms: [
        platforms(manylinux_x86_64="ubuntu-latest"),
        platforms(manylinux_x86_64="ubuntu-latest", win_amd64="windows-2022"),
        platforms(manylinux_x86_64="ubuntu-latest", win_amd64="windows-latest", win_arm64="windows-11-arm"),
        drop("publish", "jobs", "build", "strategy", "matrix", "include", 1),
        drop("ci", "jobs", "build", "strategy", "matrix", "include", 0),
        put("publish", "jobs", "build", "strategy", "matrix", "python", to=["3.13"]),
        put("publish", "jobs", "build", "runs-on", to="ubuntu-latest"),
        drop("publish", "jobs", "build"),
    ],
    artifacts.an_upload_without_a_wheel_fails: [
        given("publish", "build", UPLOAD, "if-no-files-found", value="warn"),
        drop("ci", "jobs", "build", "steps", UPLOAD, "with", "if-no-files-found"),
        given("publish", "build", UPLOAD, "path", value="dist/"),
        given("publish", "build", UPLOAD, "overwrite", value=False),
        drop("publish", "jobs", "build", "steps", UPLOAD),
    ],
    artifacts.every_upload_has_its_own_name: [
        given("publish", "build", UPLOAD, "name", value="wheels-here"),
        given("ci", "build", UPLOAD, "name", value="wheels-${{ matrix.system }}"),
    ],
    artifacts.one_merge_makes_one_artifact: [
        given("ci", "merge", MERGE, "name", value="all-wheels"),
        given("publish", "merge", MERGE, "delete-merged", value=True),
        given("publish", "merge", MERGE, "separate-directories", value=True),
        drop("publish", "jobs", "merge", "steps", MERGE, "with"),
        drop("ci", "jobs", "merge"),
    ],
    artifacts.the_merge_takes_every_upload_and_nothing_else: [
        given("publish", "build", UPLOAD, "name", value="wheel-${{ matrix.platform }}"),
        given("publish", "merge", MERGE, "pattern", value="wheels-many*"),
        given("publish", "merge", MERGE, "pattern", value="wheels*"),
        drop("publish", "jobs", "merge", "steps", MERGE, "with", "pattern"),
        drop("publish", "jobs", "merge", "needs"),
    ],
    artifacts.every_download_was_merged_before: [
        put("publish", "jobs", "validate", "needs", to="build"),
        given("publish", "release", DOWNLOAD, "name", value="wheels-win_amd64"),
        given("ci", "merge", MERGE, "name", value="all-wheels"),
    ],
    artifacts.artifacts_come_from_this_run_alone: [
        *(
            given("publish", "validate", DOWNLOAD, name, value="x")
            for name in ("run-id", "github-token", "repository", "pattern", "artifact-ids")
        ),
        add_step("publish", "release", {"uses": f"some/download-artifact@{'0' * 40}"}),
    ],
}


@pytest.mark.parametrize(
    ("complaints", "breakage"),
    [
        pytest.param(complaints, edit, id=f"{complaints.__name__}-{number}")
        for complaints, edits in BREAKAGES.items()
        for number, edit in enumerate(edits, start=1)
    ],
)
def test_a_breakage_is_noticed(complaints: Complaints, breakage: Edit, pipeline: Pipeline) -> None:
    assert list(complaints(breakage(pipeline)))


def test_every_invariant_is_proved() -> None:
    assert {complaints.__name__ for complaints in BREAKAGES} == set(INVARIANTS)


@pytest.mark.parametrize(
    ("line", "sessions", "options"),
    [
        ("nox -s lint", ("lint",), ()),
        ("nox -s validate check-dist", ("validate", "check-dist"), ()),
        ("nox -s validate -- --tag-only --json", ("validate",), ("--tag-only", "--json")),
        (BUILD_LINE, ("wheels($PLATFORM)",), ()),
    ],
)
def test_a_call_of_nox_is_read(line: str, sessions: tuple[str, ...], options: tuple[str, ...]) -> None:
    assert NoxCall.parse(line) == NoxCall(sessions, options)


def test_jobs_before_a_job_are_found_through_others() -> None:
    workflow = Workflow.parse("a.yml", "jobs: {a: {}, b: {needs: a}, c: {needs: [b]}, d: {needs: c}}")
    assert workflow.before(workflow.job("c")) == {"a", "b"}
