"""Whether there is one way to publish, started by tags only, and whether failures are noticed."""

from __future__ import annotations

import pytest

from tests.support.judging import HERE
from tests.support.workflow_judging import PUBLISH_NEEDS, UPLOAD_TO_PYPI, VERIFY, Said

TRIGGER = '  push:\n    tags: ["v*.*.*"]\n'

RELEASE_WITH = "          files: dist/*.whl\n"
BUILD_RUN = "        env:\n          PLATFORM: ${{ matrix.platform }}\n"


@pytest.mark.parametrize("trigger", [TRIGGER, "  push:\n    tags-ignore: [x]\n"])
def test_only_tags_trigger_accepts_tags(said: Said, trigger: str) -> None:
    assert said("only-tags-trigger", (TRIGGER, trigger)) == []


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        (f"{TRIGGER}  workflow_dispatch:\n", "the event workflow_dispatch starts it as well"),
        (f"{TRIGGER}  pull_request:\n", "the event pull_request starts it as well"),
        (f"{TRIGGER}    branches: [main]\n", "on.push names branches, so pushes to them start it as well"),
        ("  push:\n    branches: [main]\n", "on.push names branches, so pushes to them start it as well"),
        ("  push:\n", "on.push names no tags, so every push starts it"),
    ],
)
def test_only_tags_trigger_refuses_anything_else(said: Said, trigger: str, message: str) -> None:
    assert said("only-tags-trigger", (TRIGGER, trigger)) == [(HERE, message)]


def test_publish_settings_accepts_what_changes_nothing(said: Said) -> None:
    inputs = "packages_dir: dist\n          print-hash: true\n          verbose: true\n          attestations: true\n"
    inputs += "          skip-existing: false\n          user: __token__\n"
    edit = (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        continue-on-error: false\n        with:\n          {inputs}")
    one_row = (PUBLISH_NEEDS, f"{PUBLISH_NEEDS}    strategy: {{matrix: {{n: [1]}}}}\n")
    assert said("publish-settings", edit, one_row) == []


TRUST = "PyPI must trust the workflow, not a token that may leak (D11)"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("password", f"`password`: {TRUST}"),
        ("PASSWORD", f"`password`: {TRUST}"),
        ("user", f"`user`: {TRUST}"),
        ("repository_url", "`repository-url`: the files would go somewhere other than PyPI (D11)"),
        (
            "skip-existing",
            "`skip-existing`: a file on the index with other bytes would be skipped silently (D14)",
        ),
        ("verify", "`verify`: it changes what was decided (D11)"),
        ("attestations", "`attestations`: users could not verify which workflow built the wheels (D11)"),
    ],
)
def test_publish_settings_refuses_other_inputs(said: Said, name: str, why: str) -> None:
    edit = (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        with:\n          {name}: x\n")
    assert said("publish-settings", edit) == [("x", f"the job publish publishes with {why}")]


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ("strategy: {matrix: {n: [1, 2]}}", "publishes once for each row of its matrix"),
        (
            "strategy: {matrix: {n: '${{ fromJSON(needs.validate.outputs.n) }}'}}",
            "publishes once for each row of its matrix",
        ),
        ("container: image", "publishes in a container, which could take its token"),
        ("services: {db: {image: db}}", "publishes next to service containers, which could take its token"),
    ],
)
def test_publish_settings_refuses_more_than_one_plain_job(said: Said, job: str, message: str) -> None:
    assert said("publish-settings", (PUBLISH_NEEDS, f"{PUBLISH_NEEDS}    {job}\n")) == [
        ("publish:", f"the job publish {message}")
    ]


def test_publish_settings_refuses_failures_that_do_not_count(said: Said) -> None:
    edits = (
        (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        continue-on-error: true\n"),
        (PUBLISH_NEEDS, f"{PUBLISH_NEEDS}    continue-on-error: true\n"),
    )
    message = "the job publish continues after publishing has failed (continue-on-error)"
    assert said("publish-settings", *edits) == [("true", message)] * 2


def test_no_other_publishing_accepts_the_token_of_the_run(said: Said) -> None:
    env = f"{BUILD_RUN}          TOKEN: ${{{{ secrets.GITHUB_TOKEN }}}}\n"
    assert said("no-other-publishing", (BUILD_RUN, env)) == []


@pytest.mark.parametrize(
    ("secret", "read"),
    [("secrets.PYPI", "secrets.PYPI"), ("toJSON(secrets)", "secrets"), ("secrets['pypi']", "secrets.pypi")],
)
def test_no_other_publishing_refuses_secrets(said: Said, secret: str, read: str) -> None:
    value = f"${{{{ {secret} }}}}"
    edits = (
        ("jobs:\n", f"env:\n  A: {value}\njobs:\n"),
        (BUILD_RUN, f"{BUILD_RUN}          TOKEN: {value}\n"),
    )
    assert said("no-other-publishing", *edits) == [
        (value, f"the workflow reads {read}"),
        (value, f"the job build reads {read}"),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("run: python -m twine  upload dist/*", "publishes with `twine upload`"),
        ("run: uv publish", "publishes with `uv publish`"),
        ("run: gh release create v1", "publishes with `gh release`"),
        (
            "uses: docker://ghcr.io/PyPA/gh-action-pypi-publish:release-v1",
            "publishes with an image of pypa/gh-action-pypi-publish",
        ),
    ],
)
def test_no_other_publishing_refuses_other_uploads(said: Said, step: str, message: str) -> None:
    assert said("no-other-publishing", (BUILD_RUN, f"{BUILD_RUN}      - {step}\n")) == [
        (step, f"the job build {message}")
    ]


def test_no_other_publishing_refuses_to_write_without_a_release(said: Said) -> None:
    assert said(
        "no-other-publishing", ("    needs: build\n", "    needs: build\n    permissions: {contents: write}\n")
    ) == [("merge:", "the job merge has `contents: write` and makes no GitHub Release")]


def test_github_release_settings_accepts_what_was_decided(said: Said) -> None:
    more = "          draft: false\n          prerelease: false\n          make_latest: true\n"
    assert said("github-release-settings", (RELEASE_WITH, RELEASE_WITH + more)) == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (f"{RELEASE_WITH}          draft: true\n", "makes a release with draft: true, expected false"),
        (f"{RELEASE_WITH}          Prerelease: true\n", "makes a release with prerelease: true, expected false"),
        (f"{RELEASE_WITH}          make_latest: false\n", "makes a release with make_latest: false, expected true"),
        (f"{RELEASE_WITH}          tag_name: v1\n", "makes a release with tag_name, but the pushed tag decides that"),
        ("          files: dist/*\n", "attaches dist/*, expected only wheels"),
        (
            f"{RELEASE_WITH}          overwrite_files: false\n",
            "makes a release with overwrite_files: false, expected true",
        ),
        ("          name: x\n", "attaches no files"),
    ],
)
def test_github_release_settings_refuses_another_release(said: Said, inputs: str, message: str) -> None:
    assert said("github-release-settings", (RELEASE_WITH, inputs)) == [
        ("uses: softprops/action-gh-release@v3", f"the job release {message}")
    ]


def test_github_release_settings_is_asked_of_a_release_only(said: Said) -> None:
    assert said("github-release-settings", ("softprops/action-gh-release", "some/other-action")) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "generate_release_notes: true",
            "generate_release_notes: false",
            "makes a release with generate_release_notes: false",
        ),
        ("          generate_release_notes: true\n", "", "makes a release with generate_release_notes: false"),
        ("fail_on_unmatched_files: true", "name: x", "makes a release with fail_on_unmatched_files: false"),
    ],
)
def test_github_release_settings_refuses_less_than_was_decided(said: Said, old: str, new: str, message: str) -> None:
    assert said("github-release-settings", (old, new)) == [
        ("uses: softprops/action-gh-release@v3", f"the job release {message}, expected true")
    ]


def test_github_release_settings_refuses_notes_that_a_re_run_doubles(said: Said) -> None:
    message = "the job release has no body, so a re-run would add the notes again"
    assert said("github-release-settings", ("          body: Notes\n", "")) == [
        ("uses: softprops/action-gh-release@v3", message)
    ]
    assert said("github-release-settings", (RELEASE_WITH, f"{RELEASE_WITH}          body_path: notes.md\n")) == []


RUNS_VERIFY = "      - run: nox -s verify\n"
RUNNERS = "[ubuntu-latest, windows-latest]"


def test_published_is_verified_accepts_rows_in_any_form(said: Said) -> None:
    assert said("published-is-verified") == []
    rows = "\n          - {runner: windows-latest}\n          - {runner: ubuntu-latest}"
    more = (RUNS_VERIFY, f"{RUNS_VERIFY}      - run: ls\n        continue-on-error: true\n")
    assert said("published-is-verified", (f"        runner: {RUNNERS}", f"        include:{rows}"), more) == []


@pytest.mark.parametrize("tag", ['"$GITHUB_REF_NAME"', "${GITHUB_REF_NAME}"])
def test_published_is_verified_accepts_the_name_of_the_tag(said: Said, tag: str) -> None:
    assert said("published-is-verified", (RUNS_VERIFY, f"      - run: nox -s verify -- {tag}\n")) == []


MISSING = "no job runs nox -s verify after the job publish for"
BOTH = "manylinux_x86_64 (ubuntu-latest), win_amd64 (windows-latest)"


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        (VERIFY, "  verify:\n    needs: validate\n", BOTH),
        (VERIFY, f"{VERIFY}    continue-on-error: true\n", BOTH),
        (RUNNERS, "[ubuntu-latest]", "win_amd64 (windows-latest)"),
        (RUNS_VERIFY, "      - run: nox -s verify -- --list\n", BOTH),
        (RUNS_VERIFY, "      - run: nox -s verify || true\n", BOTH),
        (RUNS_VERIFY, "      - run: |\n          nox -s verify && ls\n          ls\n", BOTH),
        (RUNS_VERIFY, "      - run: ls\n", BOTH),
    ],
)
def test_published_is_verified_refuses_platforms_that_are_not(said: Said, old: str, new: str, missing: str) -> None:
    assert said("published-is-verified", (old, new)) == [(HERE, f"{MISSING} {missing}")]


def test_published_is_verified_refuses_to_compare_with_something_else(said: Said) -> None:
    assert said("published-is-verified", ("name: wheels, path: dist/", "name: wheels-win_amd64, path: dist/")) == [
        ("verify:", "the job verify does not compare with the artifact that is published")
    ]
