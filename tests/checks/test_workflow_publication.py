"""Whether it is published as it was decided, in one way, and by a tag alone."""

from __future__ import annotations

import pytest

from tests.support.judging import HERE
from tests.support.workflow_judging import PUBLISH_NEEDS, UPLOAD_TO_PYPI, Said

TRIGGER = '  push:\n    tags: ["v*.*.*"]\n'

RELEASE_WITH = "          files: dist/*.whl\n"
BUILD_RUN = "        env:\n          PLATFORM: ${{ matrix.platform }}\n"


@pytest.mark.parametrize("trigger", [TRIGGER, "  push:\n    tags-ignore: [x]\n"])
def test_only_tags_start_it_accepts_tags(said: Said, trigger: str) -> None:
    assert said("only-tags-start-it", (TRIGGER, trigger)) == []


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        (f"{TRIGGER}  workflow_dispatch:\n", "the event workflow_dispatch starts it, too"),
        (f"{TRIGGER}  pull_request:\n", "the event pull_request starts it, too"),
        (f"{TRIGGER}    branches: [main]\n", "on.push names branches, whose pushes start it, too"),
        ("  push:\n    branches: [main]\n", "on.push names branches, whose pushes start it, too"),
        ("  push:\n", "on.push names no tags, so that every push starts it"),
    ],
)
def test_only_tags_start_it_refuses_whatever_else(said: Said, trigger: str, message: str) -> None:
    assert said("only-tags-start-it", (TRIGGER, trigger)) == [(HERE, message)]


def test_publish_as_decided_accepts_what_changes_nothing(said: Said) -> None:
    inputs = "packages_dir: dist\n          print-hash: true\n          verbose: true\n          attestations: true\n"
    edit = (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        continue-on-error: false\n        with:\n          {inputs}")
    assert said("publish-as-decided", edit) == []


TRUST = "PyPI is to trust the workflow, not a token that may leak (D11)"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("password", f"`password`: {TRUST}"),
        ("PASSWORD", f"`password`: {TRUST}"),
        ("user", f"`user`: {TRUST}"),
        ("repository_url", "`repository-url`: the files would go elsewhere than to PyPI (D11)"),
        (
            "skip-existing",
            "`skip-existing`: a file that is there with other bytes would be passed over in silence (D14)",
        ),
        ("verify", "`verify`: it changes what was decided (D11)"),
    ],
)
def test_publish_as_decided_refuses_other_inputs(said: Said, name: str, why: str) -> None:
    edit = (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        with:\n          {name}: x\n")
    assert said("publish-as-decided", edit) == [("x", f"the job publish publishes with {why}")]


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ("strategy: {matrix: {n: [1, 2]}}", "publishes 2 times, by its matrix"),
        (
            "strategy: {matrix: {n: '${{ fromJSON(needs.validate.outputs.n) }}'}}",
            "publishes nobody knows how many times, by its matrix",
        ),
        ("container: image", "publishes in a container, which may take its token"),
        ("services: {db: {image: db}}", "publishes beside service containers, which may take its token"),
    ],
)
def test_publish_as_decided_refuses_more_than_one_plain_job(said: Said, job: str, message: str) -> None:
    assert said("publish-as-decided", (PUBLISH_NEEDS, f"{PUBLISH_NEEDS}    {job}\n")) == [
        ("publish:", f"the job publish {message}")
    ]


def test_publish_as_decided_refuses_failures_that_do_not_count(said: Said) -> None:
    edits = (
        (UPLOAD_TO_PYPI, f"{UPLOAD_TO_PYPI}        continue-on-error: true\n"),
        (PUBLISH_NEEDS, f"{PUBLISH_NEEDS}    continue-on-error: true\n"),
    )
    message = "the job publish goes on although publishing failed (continue-on-error)"
    assert said("publish-as-decided", *edits) == [("true", message)] * 2


def test_no_other_way_out_accepts_the_token_of_the_run(said: Said) -> None:
    env = f"{BUILD_RUN}          TOKEN: ${{{{ secrets.GITHUB_TOKEN }}}}\n"
    assert said("no-other-way-out", (BUILD_RUN, env)) == []


@pytest.mark.parametrize(
    ("secret", "read"),
    [("secrets.PYPI", "secrets.PYPI"), ("toJSON(secrets)", "secrets"), ("secrets['pypi']", "secrets.pypi")],
)
def test_no_other_way_out_refuses_secrets(said: Said, secret: str, read: str) -> None:
    value = f"${{{{ {secret} }}}}"
    edits = (
        ("jobs:\n", f"env:\n  A: {value}\njobs:\n"),
        (BUILD_RUN, f"{BUILD_RUN}          TOKEN: {value}\n"),
    )
    assert said("no-other-way-out", *edits) == [
        (value, f"the workflow reads {read}"),
        (value, f"the job build reads {read}"),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("run: python -m twine  upload dist/*", "publishes by `twine upload`"),
        ("run: uv publish", "publishes by `uv publish`"),
        ("run: gh release create v1", "publishes by `gh release`"),
        (
            "uses: docker://ghcr.io/PyPA/gh-action-pypi-publish:release-v1",
            "publishes by an image of pypa/gh-action-pypi-publish",
        ),
    ],
)
def test_no_other_way_out_refuses_other_uploads(said: Said, step: str, message: str) -> None:
    assert said("no-other-way-out", (BUILD_RUN, f"{BUILD_RUN}      - {step}\n")) == [(step, f"the job build {message}")]


def test_no_other_way_out_refuses_to_write_without_a_release(said: Said) -> None:
    assert said(
        "no-other-way-out", ("    needs: build\n", "    needs: build\n    permissions: {contents: write}\n")
    ) == [("merge:", "the job merge has `contents: write` and makes no GitHub Release")]


def test_github_release_as_decided_accepts_what_was_decided(said: Said) -> None:
    more = "          draft: false\n          prerelease: false\n          make_latest: true\n"
    assert said("github-release-as-decided", (RELEASE_WITH, RELEASE_WITH + more)) == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (f"{RELEASE_WITH}          draft: true\n", "says draft: true, expected false"),
        (f"{RELEASE_WITH}          Prerelease: true\n", "says prerelease: true, expected false"),
        (f"{RELEASE_WITH}          make_latest: false\n", "says make_latest: false, expected true"),
        (f"{RELEASE_WITH}          tag_name: v1\n", "says tag_name, and the tag is the one that was pushed"),
        ("          name: x\n", "attaches no files"),
    ],
)
def test_github_release_as_decided_refuses_another_release(said: Said, inputs: str, message: str) -> None:
    assert said("github-release-as-decided", (RELEASE_WITH, inputs)) == [
        ("uses: softprops/action-gh-release@v3", f"the job release {message}")
    ]


def test_github_release_as_decided_is_asked_of_a_release_alone(said: Said) -> None:
    uses = f"      - uses: softprops/action-gh-release@v3\n        with:\n{RELEASE_WITH}"
    assert said("github-release-as-decided", (uses, "      - run: ls\n")) == []
