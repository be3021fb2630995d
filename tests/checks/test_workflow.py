"""Whether PyPI trusts the workflow, and whether all wheels reach the jobs that publish them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from tests.support.judging import HERE
from tests.support.workflow_judging import (
    DOWNLOAD,
    FILE,
    GATE,
    MATRIX,
    PUBLISH,
    PUBLISH_NEEDS,
    UPLOAD_TO_PYPI,
    WINDOWS_ROW,
    Edit,
    Said,
    subject,
)
from truewheel.checks.registers import workflow_check
from truewheel.workflow import WorkflowError

ROOT = Path(__file__).parents[2]


NAMES = [check.rule.name for check in workflow_check]


def test_a_sound_workflow_has_no_findings(release: ReleaseFolder) -> None:
    assert list(workflow_check.results(subject(release.root), HERE)) == []


def test_the_workflow_of_this_repository_has_no_findings() -> None:
    assert list(workflow_check.results(subject(ROOT), HERE)) == []


def test_workflow_file_trusted_accepts_both_endings(said: Said, release: ReleaseFolder) -> None:
    assert said("workflow-file-trusted") == []
    (release.root / FILE).rename(release.root / ".github/workflows/publish.yaml")
    release.replace("pyproject.toml", "publish.yml", "publish.yaml")
    assert said("workflow-file-trusted") == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("ci/publish.yml", "the workflow is ci/publish.yml, expected a file in .github/workflows"),
        (
            ".github/workflows/a/b.yml",
            "the workflow is .github/workflows/a/b.yml, expected a file in .github/workflows",
        ),
        (".github/workflows/publish.txt", "the workflow is publish.txt, expected a name that ends with .yml or .yaml"),
    ],
)
def test_workflow_file_trusted_refuses_what_github_does_not_read(
    said: Said, release: ReleaseFolder, path: str, message: str
) -> None:
    release.write(path, (release.root / FILE).read_bytes())
    release.replace("pyproject.toml", FILE, path)
    assert said("workflow-file-trusted") == [(HERE, message)]


def test_published_once_accepts_one_step_each(said: Said) -> None:
    assert said("published-once") == []


def test_published_once_refuses_none(said: Said) -> None:
    assert said("published-once", (UPLOAD_TO_PYPI, "      - run: nox -s upload\n")) == [
        (HERE, "no job uses pypa/gh-action-pypi-publish")
    ]


def test_published_once_refuses_two(said: Said) -> None:
    second = f"  again:\n    runs-on: ubuntu-latest\n    steps:\n{UPLOAD_TO_PYPI}"
    assert said("published-once", (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}{second}")) == [
        ("uses: pypa/gh-action-pypi-publish@v1", "the job again uses pypa/gh-action-pypi-publish again")
    ]


def test_published_once_refuses_no_github_release_and_two(said: Said) -> None:
    second = f"{GATE}      - uses: softprops/action-gh-release@v3\n"
    assert said("published-once", (GATE, second)) == [
        ("uses: softprops/action-gh-release@v3", "the job release uses softprops/action-gh-release again")
    ]
    assert said("published-once", (second, GATE), ("softprops/action-gh-release", "some/other")) == [
        (HERE, "no job uses softprops/action-gh-release")
    ]


def test_publishers_independent_accepts_them_next_to_each_other(said: Said) -> None:
    assert said("publishers-independent") == []


def test_publishers_independent_refuses_one_that_waits_for_the_other(said: Said) -> None:
    edit = (PUBLISH_NEEDS, "  publish:\n    needs: [validate, release]\n")
    assert said("publishers-independent", edit) == [
        ("publish:", "the job publish waits for the job release, which publishes as well")
    ]


@pytest.mark.parametrize(
    "written", ["environment: PyPI", "environment:\n      name: pypi\n      url: https://a.invalid"]
)
def test_publish_environment_accepts_the_name_in_every_form(said: Said, written: str) -> None:
    assert said("publish-environment", ("environment: pypi", written)) == []


@pytest.mark.parametrize(
    ("written", "text", "message"),
    [
        ("env: {}", "publish:", "the job publish has no environment, expected pypi"),
        (
            "environment: release",
            "release",
            "the environment of the job publish is release, expected pypi",
        ),
        (
            "environment: ${{ github.ref_name }}",
            "${{ github.ref_name }}",
            "the environment of the job publish is ${{ github.ref_name }}, expected pypi",
        ),
    ],
)
def test_publish_environment_refuses_every_other(said: Said, written: str, text: str, message: str) -> None:
    assert said("publish-environment", ("environment: pypi", written)) == [(text, message)]


def test_token_only_for_publish_accepts_that(said: Said) -> None:
    assert said("token-only-for-publish") == []
    # What the workflow grants is not what a job with permissions of its own has.
    granted = ("permissions: {}\n", "permissions: write-all\n")
    own = ("    needs: build\n", "    needs: build\n    permissions: {}\n")
    assert said("token-only-for-publish", granted, own) == []


def test_token_only_for_publish_refuses_a_token_that_moved(said: Said) -> None:
    edits = (("      id-token: write\n", "      contents: read\n"), ("contents: write", "id-token: write"))
    assert said("token-only-for-publish", *edits) == [
        ("release:", "the job release has `id-token: write` and does not publish"),
        ("publish:", "the job publish publishes without `id-token: write`"),
    ]


def test_token_only_for_publish_refuses_a_token_for_everybody(said: Said) -> None:
    assert said("token-only-for-publish", ("permissions: {}\n", "permissions: write-all\n")) == [
        ("merge:", "the job merge has `id-token: write` and does not publish")
    ]


def test_publish_only_uploads_accepts_download_and_upload(said: Said) -> None:
    assert said("publish-only-uploads") == []


@pytest.mark.parametrize(
    ("step", "does"),
    [
        ("uses: actions/checkout@v7\n", "uses `actions/checkout`"),
        ("uses: ./publish\n", "uses `./publish`"),
        ("run: |\n          ls\n          nox -s check-dist\n", "runs `ls`"),
    ],
)
def test_publish_only_uploads_refuses_anything_else(said: Said, step: str, does: str) -> None:
    assert said("publish-only-uploads", (UPLOAD_TO_PYPI, f"      - {step}{UPLOAD_TO_PYPI}")) == [
        (step.splitlines()[0], f"the job publish also {does}")
    ]


def test_publish_only_uploads_refuses_an_upload_of_nothing(said: Said) -> None:
    assert said("publish-only-uploads", (DOWNLOAD + UPLOAD_TO_PYPI, UPLOAD_TO_PYPI + DOWNLOAD)) == [
        ("publish:", "the job publish publishes before it has downloaded anything")
    ]


def test_workflow_not_reusable_accepts_a_workflow_of_its_own(said: Said) -> None:
    assert said("workflow-not-reusable", ("on:\n", "on:\n  workflow_dispatch:\n")) == []


def test_workflow_not_reusable_refuses_both_directions(said: Said) -> None:
    called = ("on:\n", "on:\n  workflow_call:\n")
    calls = (PUBLISH_NEEDS, f"  build-more:\n    uses: ./.github/workflows/build.yml\n{PUBLISH_NEEDS}")
    assert said("workflow-not-reusable", called, calls) == [
        (HERE, "on.workflow_call lets other workflows call it"),
        ("build-more:", "the job build-more calls the workflow ./.github/workflows/build.yml"),
    ]


def test_publish_waits_for_builds_accepts_waiting_through_others(said: Said) -> None:
    assert said("publish-waits-for-builds") == []


def test_publish_waits_for_builds_accepts_what_comes_after_publication(said: Said) -> None:
    upload = "      - uses: actions/upload-artifact@v7\n        with:\n          name: log\n          path: log\n"
    after = f"  report:\n    needs: [publish, release]\n    runs-on: ubuntu-latest\n    steps:\n{upload}"
    assert said("publish-waits-for-builds", (UPLOAD_TO_PYPI, UPLOAD_TO_PYPI + after)) == []


def test_publish_waits_for_builds_refuses_not_to_wait(said: Said) -> None:
    assert said("publish-waits-for-builds", (PUBLISH_NEEDS, "  publish:\n    needs: preflight\n")) == [
        ("publish:", "the job publish does not wait for the job build, which uploads an artifact")
    ]


def test_platforms_built_accepts_rows_and_products_and_plain_jobs(said: Said) -> None:
    assert said("platforms-built") == []
    product = (
        MATRIX,
        (
            "      matrix:\n        platform: [manylinux_x86_64, win_amd64]\n"
            "        include:\n          - {platform: manylinux_x86_64, runner: ubuntu-latest}\n"
            "          - {platform: win_amd64, runner: windows-latest}\n"
        ),
    )
    pasted = ('nox -s "wheels($PLATFORM)"', 'nox -s "wheels(${{ matrix.platform }})"')
    assert said("platforms-built", product, pasted) == []


def test_platforms_built_refuses_a_lost_row(said: Said) -> None:
    assert said("platforms-built", (WINDOWS_ROW, "")) == [(HERE, 'no job builds win_amd64: nox -s "wheels(win_amd64)"')]


def test_platforms_built_refuses_other_rows(said: Said) -> None:
    more = "          - platform: win_arm64\n            runner: windows-11-arm\n"
    wrong = ("runner: windows-latest", "runner: ubuntu-latest")
    again = ("          - platform: manylinux_x86_64\n", f"{more}          - platform: manylinux_x86_64\n")
    twice = (
        "          - platform: win_amd64\n",
        "          - platform: manylinux_x86_64\n            runner: ubuntu-24.04\n          - platform: win_amd64\n",
    )
    assert said("platforms-built", wrong, again, twice) == [
        (HERE, '2 jobs or rows build manylinux_x86_64: nox -s "wheels(manylinux_x86_64)"'),
        ('run: nox -s "wheels($PLATFORM)"', "the job build builds win_arm64, which is not configured"),
        ("build:", "the job build builds manylinux_x86_64 on ubuntu-24.04, expected ubuntu-latest"),
        ("build:", "the job build builds win_amd64 on ubuntu-latest, expected windows-latest"),
    ]


def test_platforms_built_refuses_a_matrix_that_is_known_only_when_it_runs(said: Said) -> None:
    ((where, message),) = said(
        "platforms-built", (MATRIX, "      matrix: ${{ fromJSON(needs.preflight.outputs.matrix) }}\n")
    )
    assert where == "fromJSON(needs.preflight.outputs.matrix) }}"
    assert message.startswith("what is built is known only at run time: ")
    # It is said once: by no other check.
    for name in NAMES[NAMES.index("platforms-built") + 1 :]:
        assert said(name) == []


def test_artifact_names_match_accepts_names_and_patterns_of_all_rows(said: Said) -> None:
    assert said("artifact-names-match") == []
    # Artifacts of other runs are another matter.
    other = "      - uses: actions/download-artifact@v8\n        with:\n          name: logs\n          run-id: 5\n"
    assert said("artifact-names-match", (GATE, other + GATE)) == []


@pytest.mark.parametrize(
    ("edit", "messages"),
    [
        (
            ("          name: wheels\n          pattern", "          name: all-wheels\n          pattern"),
            [
                (
                    f"the job {job} downloads wheels, which no job that it waits for uploads; available: all-wheels, "
                    "wheels-manylinux_x86_64, wheels-win_amd64"
                )
                for job in ("validate", "release", "publish", "verify")
            ],
        ),
        (
            ("pattern: wheels-*", "pattern: wheel_*"),
            [
                (
                    "the job merge merges wheel_*, which no job that it waits for uploads; available: "
                    "wheels-manylinux_x86_64, wheels-win_amd64"
                )
            ],
        ),
        (
            (PUBLISH_NEEDS, "  publish:\n"),
            [
                f"the job {job} downloads wheels, which no job that it waits for uploads; available: none"
                for job in ("publish", "verify")
            ],
        ),
    ],
)
def test_artifact_names_match_refuses_what_was_not_uploaded_before(said: Said, edit: Edit, messages: list[str]) -> None:
    assert [message for _, message in said("artifact-names-match", edit)] == messages


def test_wheels_reach_publishers_accepts_merged_and_single_artifacts(said: Said) -> None:
    assert said("wheels-reach-publishers") == []
    every = PUBLISH.replace("          name: wheels\n", "          pattern: wheels-*\n          merge-multiple: true\n")
    assert said("wheels-reach-publishers", (PUBLISH, every)) == []


@pytest.mark.parametrize(
    "pattern", ["wheels-{manylinux_x86_64,win_amd64}", "wheels-!(sdist)*", "*-@(many|win)*", "!{wheels,x*}"]
)
def test_patterns_mean_what_they_mean_on_github(said: Said, pattern: str) -> None:
    edit = ("pattern: wheels-*", f"pattern: '{pattern}'")
    said("published-once", edit)
    assert [said(name) for name in NAMES] == [[] for _ in NAMES]


def test_a_pattern_of_too_many_names_cannot_be_judged(said: Said) -> None:
    with pytest.raises(
        WorkflowError, match=r"column 9: `pattern`: '\{1\.\.1001\}' stands for more than 1000 patterns$"
    ):
        said("artifact-names-match", ("pattern: wheels-*", "pattern: '{1..1001}'"))


def test_wheels_reach_publishers_refuses_to_leave_one_behind(said: Said) -> None:
    edit = ("pattern: wheels-*", "pattern: wheels-many*")
    assert said("wheels-reach-publishers", edit) == [
        ("release:", "the wheel of win_amd64 does not reach the job release"),
        ("publish:", "the wheel of win_amd64 does not reach the job publish"),
    ]


def test_published_folder_accepts_every_spelling_of_it(said: Said) -> None:
    edits = (
        (PUBLISH, PUBLISH.replace("dist/", "./wheels") + "        with:\n          packages-dir: wheels/\n"),
        ("          path: dist/\n      - run", "          path: ./dist\n      - run"),
    )
    assert said("published-folder", *edits) == []


def test_published_folder_refuses_another_one(said: Said) -> None:
    edits = (
        (PUBLISH, PUBLISH.replace("          path: dist/\n", "")),
        ("          path: dist/\n      - run", "          path: out\n      - run"),
    )
    assert said("published-folder", *edits) == [
        ("uses: actions/download-artifact@v8", "the job validate downloads into out, but looks for the wheels in dist"),
        ("uses: actions/download-artifact@v8", "the job publish downloads into ., but looks for the wheels in dist"),
    ]


def test_published_folder_refuses_folders_in_it(said: Said) -> None:
    every = PUBLISH.replace("          name: wheels\n", "          pattern: wheels-*\n")
    assert said("published-folder", (PUBLISH, every)) == [
        (
            "uses: actions/download-artifact@v8",
            "the job publish downloads each artifact into its own folder in dist",
        )
    ]


def test_published_folder_knows_the_old_name_of_the_input(said: Said) -> None:
    edit = (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        with:\n          Packages_Dir: other/\n")
    assert said("published-folder", edit) == [
        ("uses: actions/download-artifact@v8", "the job publish downloads into dist, but looks for the wheels in other")
    ]


def test_actions_are_known_in_any_case(said: Said) -> None:
    second = f"  again:\n    runs-on: ubuntu-latest\n    steps:\n{UPLOAD_TO_PYPI.replace('pypa/gh', 'PyPA/GH')}"
    assert said("published-once", (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}{second}")) == [
        ("uses: PyPA/GH-action-pypi-publish@v1", "the job again uses pypa/gh-action-pypi-publish again")
    ]


def test_artifact_once_accepts_names_of_their_own(said: Said) -> None:
    assert said("artifact-once") == []
    # Which names these are is known only when it runs.
    assert said("artifact-once", ("wheels-${{ matrix.platform }}", "wheels-${{ runner.os }}")) == []


def test_artifact_once_refuses_rows_that_share_a_name(said: Said) -> None:
    assert said("artifact-once", ("wheels-${{ matrix.platform }}", "wheels-all")) == [
        ("uses: actions/upload-artifact@v7", "the job build uploads the artifact wheels-all again")
    ]


def test_artifact_once_refuses_to_replace_what_was_judged(said: Said) -> None:
    step = "      - uses: actions/upload-artifact@v7\n        with:\n          name: wheels\n          path: other\n"
    after = f"  late:\n    needs: release\n    runs-on: ubuntu-latest\n    steps:\n{step}"
    assert said("artifact-once", (UPLOAD_TO_PYPI, UPLOAD_TO_PYPI + after)) == [
        ("uses: actions/upload-artifact@v7", "the job late uploads the artifact wheels, as does the job merge")
    ]


def test_artifact_once_refuses_a_merge_that_takes_itself(said: Said) -> None:
    merge = "uses: actions/upload-artifact/merge@v7"
    assert said("artifact-once", ("pattern: wheels-*", "pattern: wheels*")) == [
        (merge, "the job merge merges wheels*, which includes wheels of an earlier attempt")
    ]
    assert said("artifact-once", ("          pattern: wheels*\n", "")) == [
        (merge, "the job merge merges *, which includes wheels of an earlier attempt")
    ]


def test_uploads_complete_accepts_other_uploads_after_publishing(said: Said) -> None:
    assert said("uploads-complete") == []
    upload = "      - uses: actions/upload-artifact@v7\n        with: {name: log, path: log}\n"
    assert said("uploads-complete", ("      - run: nox -s verify\n", upload)) == []


@pytest.mark.parametrize(
    ("inputs", "findings"),
    [
        ("name: report, path: report.html", 0),
        ("name: spare, path: dist/", 2),
        ("name: spare, path: out/*.whl", 2),
    ],
)
def test_uploads_complete_is_asked_of_what_may_be_wheels(said: Said, inputs: str, findings: int) -> None:
    upload = f"      - uses: actions/upload-artifact@v7\n        with: {{{inputs}}}\n"
    assert len(said("uploads-complete", (GATE, GATE + upload))) == findings


def test_uploads_complete_is_asked_of_all_that_is_published(said: Said) -> None:
    upload = "      - uses: actions/upload-artifact@v7\n        with: {name: report, path: report.html}\n"
    every = PUBLISH.replace("          name: wheels\n", "          pattern: '*'\n          merge-multiple: true\n")
    assert len(said("uploads-complete", (GATE, GATE + upload), (PUBLISH, every))) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("if-no-files-found: error", "if-no-files-found: warn", "if-no-files-found: warn, expected error"),
        ("          if-no-files-found: error\n", "", "if-no-files-found: warn, expected error"),
        ("overwrite: true", "overwrite: false", "overwrite: false, expected true"),
        ("          overwrite: true\n", "", "overwrite: false, expected true"),
    ],
)
def test_uploads_complete_refuses_the_defaults(said: Said, old: str, new: str, message: str) -> None:
    assert said("uploads-complete", (old, new)) == [
        ("uses: actions/upload-artifact@v7", f"the job build uploads with {message}")
    ]


def test_published_folder_refuses_a_merge_into_folders(said: Said) -> None:
    edit = ("          pattern: wheels-*\n", "          pattern: wheels-*\n          separate-directories: true\n")
    assert said("published-folder", edit) == [
        ("uses: actions/upload-artifact/merge@v7", "the job merge merges each artifact into its own folder")
    ]


def test_artifacts_unconditional_accepts_what_nobody_publishes(said: Said) -> None:
    upload = "      - uses: actions/upload-artifact@v7\n        if: always()\n        with:\n          name: log\n"
    after = f"  report:\n    needs: publish\n    runs-on: ubuntu-latest\n    steps:\n{upload}"
    assert said("artifacts-unconditional", (UPLOAD_TO_PYPI, UPLOAD_TO_PYPI + after)) == []


def test_artifacts_unconditional_refuses_wheels_that_are_passed_on_perhaps(said: Said) -> None:
    condition = "matrix.platform != 'win_amd64'"
    upload = "      - uses: actions/upload-artifact@v7\n"
    edits = (
        (upload, f"{upload}        if: {condition}\n"),
        (PUBLISH, PUBLISH.replace(DOWNLOAD, f"{DOWNLOAD}        if: github.ref == 'x'\n")),
    )
    assert said("artifacts-unconditional", *edits) == [
        (condition, f"the job build uses actions/upload-artifact only if {condition}"),
        ("github.ref == 'x'", "the job publish uses actions/download-artifact only if github.ref == 'x'"),
    ]
