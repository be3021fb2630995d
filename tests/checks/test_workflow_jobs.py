"""Whether the jobs of the workflow run nox sessions only, and have no more than a release needs."""

from __future__ import annotations

import pytest

from tests.support.factories import ReleaseFolder
from tests.support.judging import HERE
from tests.support.workflow_judging import CHECKOUT, FILE, GATE, PUBLISH_NEEDS, UPLOAD_TO_PYPI, VERIFY, Edit, Said

PREFLIGHT = "      - run: nox -s validate -- --tag-only\n"
BUILD = '      - run: nox -s "wheels($PLATFORM)"\n'
RUN = "      - run: "


@pytest.mark.parametrize(
    "run",
    [
        "nox -s validate check-dist",
        "nox -v -s validate check-dist --error-on-missing-interpreters --forcecolor",
        "uvx nox --non-interactive --sessions validate check-dist",
        "|\n          set -euo pipefail\n          nox -s validate && python -m nox -s check-dist  # both",
    ],
)
def test_commands_are_sessions_accepts_sessions_however_they_are_called(said: Said, run: str) -> None:
    assert said("commands-are-sessions", (GATE, f"{RUN}{run}\n")) == []


def test_commands_are_sessions_accepts_other_commands_where_nothing_is_published_later(said: Said) -> None:
    after = "  after:\n    needs: publish\n    runs-on: ubuntu-latest\n    steps: [{run: curl example.invalid}]\n"
    assert said("commands-are-sessions", (VERIFY, after + VERIFY)) == []


@pytest.mark.parametrize(
    "line",
    [
        "pip install nox",
        "nox",
        "nox validate",
        "nox -s validate || true",
        "nox -s validate; echo",
        "nox -s validate > log",
        "nox -s validate -- $TAG",
        "nox -s $GITHUB_REF_NAME",
        "nox -s validate -- `tag`",
        'nox -s "validate" "$(cat session)"',
        "nox -s $(cat session)",
        "nox -s validate -s lint",
        "nox -f other.py -s validate",
        "nox -s validate 'check-dist",
        "PATH=.:$PATH nox -s validate",
    ],
)
def test_commands_are_sessions_refuses_anything_else(said: Said, line: str) -> None:
    step = f"run: |\n          {line}\n"
    assert said("commands-are-sessions", (PREFLIGHT, f"      - {step}")) == [
        ("run: |", f"the job preflight runs `{line}`, expected nox -s SESSION")
    ]


@pytest.mark.parametrize(("job", "step"), [("preflight", PREFLIGHT), ("build", BUILD), ("validate", GATE)])
def test_commands_are_sessions_refuses_a_failure_that_bash_ignores(said: Said, job: str, step: str) -> None:
    run = "run: |\n          nox -s validate && nox -s check-dist\n          nox -s check-dist\n"
    assert said("commands-are-sessions", (step, f"      - {run}")) == [
        ("run: |", f"the job {job} runs `nox -s validate`, but goes on if it fails (`&&`)")
    ]


@pytest.mark.parametrize(
    "line", ["nox -s verify || true", "nox -s validate; nox -s check-dist; true", "nox -s verify &", "nox -s a | tee b"]
)
def test_sessions_exist_names_words_of_plain_calls_only(said: Said, line: str) -> None:
    assert said("sessions-exist", ("      - run: nox -s verify\n", f"{RUN}{line}\n")) == []


def test_sessions_exist_accepts_the_noxfile_of_the_workflow(said: Said) -> None:
    assert said("sessions-exist") == []


@pytest.mark.parametrize(
    ("written", "name", "advice"),
    [
        ("chek-dist", "chek-dist", " (did you mean check-dist?)"),
        ("publish-everything", "publish-everything", ""),
        ('"Wheels($PLATFORM)"', "Wheels($PLATFORM)", None),
        ('"wheel(win_amd64)"', "wheel(win_amd64)", " (did you mean wheels?)"),
    ],
)
def test_sessions_exist_refuses_a_name_that_the_noxfile_lacks(
    said: Said, written: str, name: str, advice: str | None
) -> None:
    step = f"run: nox -s {written}"
    # What a variable holds that the workflow does not set, is not known.
    message = f"the job verify runs the session {name!r}, which noxfile.py does not have{advice}"
    assert said("sessions-exist", ("run: nox -s verify", step)) == ([] if advice is None else [(step, message)])


def test_sessions_exist_refuses_every_name_where_there_is_no_noxfile(said: Said, release: ReleaseFolder) -> None:
    (release.root / "noxfile.py").unlink()
    assert [message for _, message in said("sessions-exist")] == [
        f"the job {job} runs the session '{name}', which noxfile.py does not have"
        for job, name in (
            ("preflight", "validate"),
            ("build", "wheels(manylinux_x86_64)"),
            ("build", "wheels(win_amd64)"),
            ("validate", "validate"),
            ("validate", "check-dist"),
            ("verify", "verify"),
        )
    ]


def test_sessions_exist_accepts_what_cannot_be_told(said: Said, release: ReleaseFolder) -> None:
    release.write("noxfile.py", "from sessions import *\n")
    assert said("sessions-exist") == []


SHELL: Edit = ("defaults:\n  run:\n    shell: bash\n", "")


def test_commands_in_bash_accepts_bash_and_commands_without_variables(said: Said) -> None:
    assert said("commands-in-bash") == []
    pasted = (BUILD, '      - run: nox -s "wheels(${{ matrix.platform }})"\n')
    assert said("commands-in-bash", SHELL, pasted) == []


@pytest.mark.parametrize(
    ("edit", "shell"),
    [
        (SHELL, "PowerShell"),
        (("    shell: bash\n", "    shell: pwsh\n"), "pwsh"),
        ((BUILD, f"{BUILD}        shell: cmd\n"), "cmd"),
    ],
)
def test_commands_in_bash_refuses_another_shell(said: Said, edit: Edit, shell: str) -> None:
    assert said("commands-in-bash", edit) == [
        ('run: nox -s "wheels($PLATFORM)"', f"the job build uses variables in {shell} on windows-latest")
    ]


def test_permissions_needed_accepts_permissions_of_the_workflow(said: Said) -> None:
    assert said("permissions-needed") == []
    assert said("permissions-needed", ("permissions: {}\n", "permissions: {contents: read}\n")) == []


@pytest.mark.parametrize(
    ("edit", "job", "message"),
    [
        (("permissions: {}\n", ""), "merge", "has the repository's default permissions, which may be all"),
        (
            ("contents: write", "contents: read"),
            "release",
            "uses softprops/action-gh-release without `contents: write`",
        ),
        (
            ("timeout-minutes: 30\n    permissions:\n      contents: read\n", "timeout-minutes: 30\n"),
            "build",
            "uses actions/checkout without `contents: read`",
        ),
        (
            ("    needs: build\n", "    needs: build\n    permissions: {actions: write, checks: read}\n"),
            "merge",
            "has `actions: write`, which no action of a release needs",
        ),
        (
            ("permissions: {}\n", "permissions: write-all\n"),
            "merge",
            "has `write-all`, which no action of a release needs",
        ),
    ],
)
def test_permissions_needed_refuses_more_and_less(said: Said, edit: Edit, job: str, message: str) -> None:
    assert said("permissions-needed", edit) == [(f"{job}:", f"the job {job} {message}")]


def test_approvals_absent_accepts_the_environment_of_the_publish_job(said: Said) -> None:
    assert said("approvals-absent") == []


def test_approvals_absent_refuses_environments_of_others(said: Said) -> None:
    assert said("approvals-absent", ("    needs: build\n", "    needs: build\n    environment: review\n")) == [
        ("review", "the job merge has an environment, whose rules may make it wait for approval")
    ]


def test_caches_unused_accepts_a_cache_that_is_off(said: Said) -> None:
    step = "      - uses: astral-sh/setup-uv@v8\n        with: {enable-cache: false, cache-suffix: ''}\n"
    assert said("caches-unused", (BUILD, step + BUILD)) == []


@pytest.mark.parametrize(
    ("step", "text", "message"),
    [
        ("uses: Actions/cache@v4", "uses: Actions/cache@v4", "uses actions/cache"),
        ("uses: actions/cache/restore@v4", "uses: actions/cache/restore@v4", "uses actions/cache/restore"),
        (
            "uses: actions/setup-python@v6\n        with: {cache: pip}",
            "pip}",
            "gives actions/setup-python `cache: pip`",
        ),
    ],
)
def test_caches_unused_refuses_caches(said: Said, step: str, text: str, message: str) -> None:
    assert said("caches-unused", (BUILD, f"      - {step}\n{BUILD}")) == [(text, f"the job build {message}")]


@pytest.mark.parametrize(
    "concurrency",
    [
        "{group: 'publish-${{ github.ref }}', cancel-in-progress: false}",
        "{group: '${{ github.sha }}', cancel-in-progress: \"${{ github.event_name == 'pull_request' }}\"}",
        "${{ github.ref_name }}",
    ],
)
def test_release_not_cancelled_accepts_one_run_per_tag(said: Said, concurrency: str) -> None:
    assert said("release-not-cancelled", ("jobs:\n", f"concurrency: {concurrency}\njobs:\n")) == []


@pytest.mark.parametrize("cancels", ["true", "${{ github.event_name == 'push' }}", "${{ fromJSON(vars.CANCEL) }}"])
def test_release_not_cancelled_refuses_to_cut_an_upload(said: Said, cancels: str) -> None:
    inside = f"    concurrency:\n      group: ${{{{ github.ref }}}}\n      cancel-in-progress: {cancels}\n"
    assert said("release-not-cancelled", (PUBLISH_NEEDS, PUBLISH_NEEDS + inside)) == [
        (cancels, "the job publish lets a newer run cancel one that is publishing")
    ]


def test_release_not_cancelled_refuses_one_group_for_all_tags(said: Said) -> None:
    assert said("release-not-cancelled", ("jobs:\n", "concurrency: publish\njobs:\n")) == [
        ("publish", "the workflow puts all tags in the group publish: a newer run cancels one that is waiting")
    ]


def test_jobs_have_timeouts_accepts_timeouts_and_jobs_after_publishing(said: Said) -> None:
    assert said("jobs-have-timeouts") == []


def test_jobs_have_timeouts_notes_endless_jobs(said: Said) -> None:
    assert said("jobs-have-timeouts", ("    timeout-minutes: 30\n", "")) == [
        (HERE, "no timeout-minutes, so GitHub ends them only after six hours: build")
    ]


def test_checkouts_keep_no_token_accepts_that(said: Said) -> None:
    assert said("checkouts-keep-no-token") == []


def test_checkouts_keep_no_token_notes_the_default_and_the_wish(said: Said) -> None:
    edits = (
        (CHECKOUT + PREFLIGHT, CHECKOUT.partition("        with")[0] + PREFLIGHT),
        (CHECKOUT + BUILD, CHECKOUT.replace("false", "true") + BUILD),
    )
    assert said("checkouts-keep-no-token", *edits) == [(HERE, "the token of the job stays in .git: preflight, build")]


def test_what_runs_is_judged_where_a_matrix_is_open_by_one_check_only(said: Said) -> None:
    matrix = ("        runner: [ubuntu-latest, windows-latest]\n", "        runner: ${{ fromJSON(github.actor) }}\n")
    said("published-once", matrix)
    for name in (
        "commands-are-sessions",
        "sessions-exist",
        "commands-in-bash",
        "published-is-verified",
        "artifact-once",
    ):
        assert said(name) == []
    assert len(said("platforms-built")) == 1


def test_the_pieces_are_in_the_workflow(release: ReleaseFolder) -> None:
    text = (release.root / FILE).read_text(encoding="utf-8")
    assert all(text.count(piece) == 1 for piece in (PREFLIGHT, BUILD, GATE, UPLOAD_TO_PYPI, VERIFY, PUBLISH_NEEDS))
