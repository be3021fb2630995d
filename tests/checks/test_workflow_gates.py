"""Whether anything can be published that the gates have not judged."""

from __future__ import annotations

import pytest

from tests.support.workflow_judging import CHECKOUT, DOWNLOAD, GATE, PUBLISH, PUBLISH_NEEDS, UPLOAD_TO_PYPI, Said

RUN = "      - run: "


@pytest.mark.parametrize(
    "gates",
    [
        "      - run: nox -s validate\n      - run: nox --session check-dist\n",
        "      - run: |\n          python -m nox --sessions \\\n            validate check-dist  # the gate\n",
        "      - run: |\n          # both\n          nox -s check-dist\n\n          nox -s validate\n",
        "      - shell: sh\n        env:\n          FORCE_COLOR: 1\n        run: nox -s check-dist validate\n",
    ],
)
def test_publish_waits_for_gates_accepts_every_way_to_call_nox(said: Said, gates: str) -> None:
    assert said("publish-waits-for-gates", (GATE, gates)) == []


def test_publish_waits_for_gates_refuses_a_gate_that_is_not_waited_for(said: Said) -> None:
    there = "on the wheels; the job validate does"
    assert said("publish-waits-for-gates", (PUBLISH_NEEDS, "  publish:\n    needs: merge\n")) == [
        ("publish:", f"the job publish does not wait for a job that runs nox -s validate {there}"),
        ("publish:", f"the job publish does not wait for a job that runs nox -s check-dist {there}"),
    ]


@pytest.mark.parametrize("gates", ["nox -l", "echo validate check-dist", "nox -s validated check-dists"])
def test_publish_waits_for_gates_refuses_to_have_none(said: Said, gates: str) -> None:
    preflight = ("      - run: nox -s validate -- --tag-only\n", "")
    assert [message for _, message in said("publish-waits-for-gates", preflight, (GATE, f"{RUN}{gates}\n"))] == [
        f"the job {job} does not wait for a job that runs nox -s {session} on the wheels"
        for session in ("validate", "check-dist")
        for job in ("release", "publish")
    ]


IGNORED = [
    ("nox -s validate && nox -s check-dist", "nox -s check-dist"),
    ("nox -s check-dist && nox -s validate", "nox -s validate"),
    ("set -euo pipefail", "nox -s validate && nox -s check-dist", "nox -s check-dist"),
    ("nox -s validate &&", "nox -s check-dist", "set -e"),
    ("nox -s validate && nox -s check-dist && nox -s check-dist", "nox -s check-dist"),
]


@pytest.mark.parametrize("lines", IGNORED)
def test_a_gate_whose_failure_bash_ignores_is_none(said: Said, lines: tuple[str, ...]) -> None:
    script = "".join(f"          {line}\n" for line in lines)
    found = said("publish-waits-for-gates", (GATE, f"{RUN}|\n{script}"))
    first = next(line for line in lines if "&&" in line).partition(" &&")[0]
    assert len(found) == 4
    assert all(f"bash goes on if `{first}` fails, because of what follows its `&&`" in message for _, message in found)


def test_a_gate_may_end_with_sessions_joined_by_and(said: Said) -> None:
    script = "          nox -s check-dist\n          nox -s validate && # both\n\n          nox -s check-dist\n\n"
    assert said("publish-waits-for-gates", (GATE, f"{RUN}|\n{script}")) == []


NOT_STRICT = [
    "nox -s validate check-dist || true",
    "nox -s validate check-dist | tee log",
    "nox -s validate check-dist; true",
    "nox -s validate check-dist &",
    "nox -s validate check-dist -R || true",
    "nox -s validate check-dist -s lint",
    "nox -s validate -s check-dist",
    "nox -s validate check-dist lint",
    "nox -f other.py -s validate check-dist",
    "nox --list -s validate check-dist",
    "nox -s validate check-dist --install-only",
    "nox -s validate check-dist#x",
    "echo nox -s validate check-dist",
    *(
        f"nox -s validate check-dist -- {option}"
        for option in ("--tag-only", "--tag-from-version", "--no-index", "--any", "--dist out", "v0.4.0", "--list")
    ),
]


@pytest.mark.parametrize("line", NOT_STRICT)
def test_a_gate_is_nox_and_gates_and_nothing_more(said: Said, line: str) -> None:
    found = said("publish-waits-for-gates", (GATE, f"      - run: |\n          {line}\n"))
    why = f"the one in the job validate does not count: `{line}` is not just `nox -s` with gates"
    assert len(found) == 4
    assert all(message.endswith(f"; {why}") for _, message in found)


def test_a_gate_of_the_tag_only_is_named_if_there_is_no_other(said: Said) -> None:
    call = "`nox -s validate -- --tag-only`"
    why = f"the one in the job preflight does not count: {call} is not just `nox -s` with gates"
    assert said("publish-waits-for-gates", (GATE, f"{RUN}nox -s check-dist\n")) == [
        (
            f"{job}:",
            f"the job {job} does not wait for a job that runs nox -s validate on the wheels; {why}",
        )
        for job in ("release", "publish")
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (GATE, f"{GATE}      - run: ls\n", ""),
        (GATE, f"{GATE}        if: github.ref == 'x'\n", "it has an `if`"),
        (GATE, f"{GATE}        working-directory: old\n", "it has a working-directory"),
        (
            "  validate:\n",
            "  validate:\n    defaults: {run: {working-directory: old}}\n",
            "it has a working-directory",
        ),
        ("    shell: bash\n", "    working-directory: old\n", "it has a working-directory"),
        (GATE, f"{GATE}        shell: bash {{0}} || true\n", "its shell is bash {0} || true, expected bash or sh"),
        ("shell: bash", "shell: pwsh", "its shell is pwsh, expected bash or sh"),
        (GATE, f"{GATE}        env: {{NOXFILE: a}}\n", "the variable NOXFILE decides what it runs"),
        ("jobs:\n", "env: {BASH_ENV: a}\njobs:\n", "the variable BASH_ENV decides what it runs"),
        ("  validate:\n", "  validate:\n    if: always()\n", "its job runs even after a failure (`if`)"),
        ("jobs:\n", "env: {PIP_INDEX_URL: a}\njobs:\n", "the variable PIP_INDEX_URL decides what it runs"),
        ("  validate:\n", "  validate:\n    container: a\n", "its job runs in a container"),
        ("  validate:\n", "  validate:\n    if: success() && true\n", ""),
        (GATE, f"{RUN}nox -s ${{{{ 'validate' }}}} check-dist\n", "its commands are known only when it runs"),
    ],
)
def test_a_gate_runs_as_it_is(said: Said, old: str, new: str, reason: str) -> None:
    found = said("publish-waits-for-gates", (old, new))
    assert len(found) == (4 if reason else 0)
    assert all(message.endswith(f"; the one in the job validate does not count: {reason}") for _, message in found)


def test_two_lines_are_not_a_gate_if_only_the_last_one_counts(said: Said) -> None:
    edits = (
        ("needs: merge\n    runs-on: ubuntu-latest", "needs: merge\n    runs-on: windows-latest"),
        ("    shell: bash\n", "    working-directory:\n"),
        (GATE, "      - run: |\n          nox -s validate\n          nox -s check-dist\n"),
    )
    found = said("publish-waits-for-gates", *edits)
    assert len(found) == 4
    assert all(message.endswith("reports only the last command's failure") for _, message in found)
    assert said("publish-waits-for-gates", ("nox -s validate\n ", "nox -s validate check-dist\n #")) == []


def test_gates_required_accepts_conditions_that_need_success(said: Said) -> None:
    condition = "    if: github.ref_type == 'tag' && success() && (success() || always())\n"
    step = f"{UPLOAD_TO_PYPI}        if: github.ref_type == 'tag'\n"
    edits = (
        (PUBLISH_NEEDS, PUBLISH_NEEDS + condition),
        (UPLOAD_TO_PYPI, step),
        (GATE, GATE + "        continue-on-error: false\n"),
    )
    assert said("gates-required", *edits) == []


CONDITIONS = [
    "always()",
    "failure()",
    "cancelled()",
    "${{ !cancelled() && startsWith(github.ref, 'refs/tags/v') }}",
    "always() && needs.validate.result != 'failure'",
    "success() || needs.validate.result == 'success'",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_gates_required_refuses_to_publish_after_a_failure(said: Said, condition: str) -> None:
    assert said("gates-required", (PUBLISH_NEEDS, f"{PUBLISH_NEEDS}    if: {condition}\n")) == [
        (condition, f"the job publish may publish after a job that it needs failed: {condition}")
    ]
    said("gates-required", (f"    if: {condition}\n", ""))


def test_gates_required_refuses_a_job_between_that_hides_a_failure(said: Said) -> None:
    between = "  between:\n    needs: validate\n    if: always()\n    runs-on: ubuntu-latest\n    steps: [{run: ls}]\n"
    edit = (PUBLISH_NEEDS, f"{between}  publish:\n    needs: between\n")
    assert said("gates-required", edit) == [
        ("always()", "the job between, which publish waits for, runs after a gate has failed")
    ]


def test_gates_required_refuses_a_step_that_publishes_after_a_failure(said: Said) -> None:
    assert said("gates-required", (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        if: always()\n")) == [
        ("always()", "the job publish may publish after a job that it needs failed: always()")
    ]


def test_gates_required_refuses_a_gate_whose_failure_does_not_count(said: Said) -> None:
    step = (GATE, GATE + "        continue-on-error: true\n")
    job = ("  validate:\n", "  validate:\n    continue-on-error: true\n")
    message = "the job validate continues after a gate in it has failed (continue-on-error)"
    assert said("gates-required", step, job) == [("true", message)] * 2


JUDGED = DOWNLOAD + GATE
NAMED = "          name: wheels\n"


def test_published_is_judged_accepts_the_same_artifacts(said: Said) -> None:
    assert said("published-is-judged") == []
    # Which are many, but the same.
    every = (NAMED, "          pattern: wheels-*\n          merge-multiple: true\n")
    edits = [(text, text.replace(*every)) for text in (JUDGED, PUBLISH, f"{DOWNLOAD}      - uses: softprops")]
    assert said("published-is-judged", *edits) == []


def test_published_is_judged_refuses_other_artifacts(said: Said) -> None:
    edit = (PUBLISH, PUBLISH.replace(NAMED, "          name: wheels-manylinux_x86_64\n"))
    assert said("published-is-judged", edit) == [
        (
            "publish:",
            (
                "the job publish publishes wheels-manylinux_x86_64 from build, "
                f"but nox -s {session} judges wheels from merge"
            ),
        )
        for session in ("validate", "check-dist")
    ]


def test_published_is_judged_refuses_more_than_was_judged(said: Said) -> None:
    more = DOWNLOAD.replace(NAMED, "          name: wheels-win_amd64\n")
    assert said("published-is-judged", (PUBLISH, PUBLISH.replace(DOWNLOAD, DOWNLOAD + more))) == [
        (
            "publish:",
            (
                "the job publish publishes wheels from merge, wheels-win_amd64 from build, "
                f"but nox -s {session} judges wheels from merge"
            ),
        )
        for session in ("validate", "check-dist")
    ]


@pytest.mark.parametrize("name", ["run-id", "Repository", "artifact-ids", "github-token"])
def test_published_is_judged_refuses_what_other_runs_made(said: Said, name: str) -> None:
    with_other = f"{DOWNLOAD}          {name}: 5\n"
    edits = [(text, text.replace(DOWNLOAD, with_other)) for text in (JUDGED, PUBLISH)]
    assert said("published-is-judged", *edits) == [
        (
            "uses: actions/download-artifact@v8",
            f"the job {job} may download artifacts of another run (`{name.lower()}`)",
        )
        for job in ("validate", "publish")
    ]


CHECKED_OUT = CHECKOUT + JUDGED


@pytest.mark.parametrize(
    ("steps", "text", "message"),
    [
        (CHECKED_OUT.replace(DOWNLOAD, ""), "validate:", "judges before it has downloaded anything"),
        (JUDGED, "validate:", "must check out, then download, then judge, in that order"),
        (
            DOWNLOAD + CHECKOUT + GATE,
            "validate:",
            "must check out, then download, then judge, in that order",
        ),
        (
            CHECKED_OUT.replace(GATE, f"{RUN}rm dist/bad.whl\n{GATE}"),
            "run: rm dist/bad.whl",
            "may change what it downloaded before a gate has judged it",
        ),
    ],
)
def test_published_is_judged_refuses_gates_out_of_order(said: Said, steps: str, text: str, message: str) -> None:
    assert said("published-is-judged", (CHECKED_OUT, steps)) == [(text, f"the job validate {message}")]


def test_published_is_judged_refuses_to_change_what_is_released(said: Said) -> None:
    release = "      - uses: softprops"
    assert said("published-is-judged", (release, f"{RUN}strip dist/*\n{release}")) == [
        ("run: strip dist/*", "the job release may change what it downloaded before it is published")
    ]


CHECKOUT_TO_BUILD = f'{CHECKOUT}      - run: nox -s "wheels'


def test_builds_the_tag_accepts_what_started_the_run(said: Said) -> None:
    assert said("builds-the-tag", (CHECKOUT_TO_BUILD, CHECKOUT + CHECKOUT_TO_BUILD)) == []


@pytest.mark.parametrize("name", ["ref", "Repository", "path"])
def test_builds_the_tag_refuses_another_commit_or_place(said: Said, name: str) -> None:
    edits = [
        (text, text.replace("persist-credentials: false", f"{name}: x")) for text in (CHECKOUT_TO_BUILD, CHECKED_OUT)
    ]
    assert said("builds-the-tag", *edits) == [
        ("uses: actions/checkout@v7", f"the job {job} may check out a commit other than the tag's (`{name.lower()}`)")
        for job in ("build", "validate")
    ]


PREFLIGHT = "      - run: nox -s validate -- --tag-only\n"
BUILD_NEEDS = "  build:\n    needs: preflight\n"


def test_tag_checked_first_accepts_a_check_in_another_job_or_in_the_same(said: Said) -> None:
    assert said("tag-checked-first") == []
    inside = ('      - run: nox -s "wheels', f'{PREFLIGHT}      - run: nox -s "wheels')
    assert said("tag-checked-first", (BUILD_NEEDS, "  build:\n"), inside) == []


@pytest.mark.parametrize(
    "call",
    [
        'nox -s validate -- --tag-only "$GITHUB_REF_NAME"',
        "nox -s validate -- ${GITHUB_REF_NAME} --tag-only",
        "nox --stop-on-first-error -s validate -- --tag-only",
        "nox -R -s validate -- --tag-only",
        "nox -s validate --reuse-existing-virtualenvs -x -- --tag-only",
    ],
)
def test_tag_checked_first_accepts_the_name_of_the_tag_and_harmless_options(said: Said, call: str) -> None:
    assert said("tag-checked-first", (PREFLIGHT, f"{RUN}{call}\n")) == []
    assert said("commands-are-sessions") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BUILD_NEEDS, "  build:\n"),
        (PREFLIGHT, f"{RUN}nox -s lint\n"),
        (PREFLIGHT, f"{RUN}nox -s validate\n"),
        (PREFLIGHT, f"{RUN}nox -s validate -- --tag-only || true\n"),
        (PREFLIGHT, f"{RUN}nox -s validate -- --tag-only && nox -s lint || true\n"),
        (PREFLIGHT, f"{RUN}|\n          nox -s validate -- --tag-only && nox -s lint\n          nox -s lint\n"),
    ],
)
def test_tag_checked_first_refuses_to_build_any_tag(said: Said, old: str, new: str) -> None:
    assert said("tag-checked-first", (old, new)) == [("build:", "the job build builds before the tag has been checked")]


def test_published_is_judged_refuses_actions_that_download_elsewhere(said: Said) -> None:
    step = "      - uses: some/action-download-artifact@v9\n"
    assert said("published-is-judged", (PREFLIGHT, step + PREFLIGHT)) == [
        (
            "uses: some/action-download-artifact@v9",
            "the job preflight may download artifacts of another run (some/action-download-artifact)",
        )
    ]
