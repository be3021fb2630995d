"""Release tags have the form vX.Y.Z (decision D1); without an argument the tag at HEAD is judged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import ReleaseFolder
from truewheel.errors import ReleaseError
from truewheel.tag import is_release_tag, resolve_tag, tag_problem

IN_A_WORKFLOW = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v2.0.0"}
NOT_THREE = "is not of the form vX.Y.Z, three numbers without leading zeros"


@pytest.mark.parametrize("tag", ["v0.5.0", "v0.0.0", "v1.10.100", "v2026.11.0"])
def test_a_stable_version_is_a_release_tag(tag: str) -> None:
    assert is_release_tag(tag)
    assert tag_problem(tag) == ""


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("v0.5.0rc1", "names a pre-release, and only stable versions are released"),
        ("v0.5.0-rc.1", "names a pre-release, and only stable versions are released"),
        ("v0.5.0b2", "names a pre-release, and only stable versions are released"),
        ("v0.5.0a1", "names a pre-release, and only stable versions are released"),
        ("v0.5.0.dev1", "names a developmental release, and only stable versions are released"),
        ("v0.5.0rc1.dev1", "names a developmental release, and only stable versions are released"),
        ("v0.5.0.post1", "names a post-release, and only stable versions are released"),
        ("v0.5.0-1", "names a post-release, and only stable versions are released"),
        ("v0.5.0+local", "names a local version, and only stable versions are released"),
        ("v1!0.5.0", "has the epoch 1!, and a release tag is vX.Y.Z, three numbers and nothing else"),
        ("0.5.0", "does not begin with v"),
        ("V0.5.0", "does not begin with v"),
        ("", "does not begin with v"),
        ("release-0.5.0", "does not begin with v"),
        ("v", "does not name a version: '' is not a version"),
        ("v" + "9" * 4999 + "rc1", f"does not name a version: '{'9' * 4999}rc1' is not a version"),
        ("va.b.c", "does not name a version: 'a.b.c' is not a version"),
        ("version-1", "does not name a version: 'ersion-1' is not a version"),
        ("v1.2.٣", "does not name a version: '1.2.٣' is not a version"),
        ("v0.5", NOT_THREE),
        ("v1", NOT_THREE),
        ("v0.5.0.0", NOT_THREE),
        ("v0.05.0", NOT_THREE),
        ("v00.5.0", NOT_THREE),
        ("vv0.5.0", NOT_THREE),
        ("v0.5.0\n", NOT_THREE),
        ("v 0.5.0", NOT_THREE),
    ],
)
def test_any_other_tag_is_refused_with_the_reason(tag: str, reason: str) -> None:
    assert not is_release_tag(tag)
    assert tag_problem(tag) == reason


@given(st.tuples(*[st.integers(0, 10**6)] * 3))
def test_three_numbers_are_always_a_release(numbers: tuple[int, int, int]) -> None:
    assert tag_problem("v{}.{}.{}".format(*numbers)) == ""


@given(st.one_of(st.text(), st.from_regex(r"v[0-9.!+a-z-]{0,12}")))
def test_a_tag_has_a_problem_exactly_if_it_is_not_a_release_tag(tag: str) -> None:
    assert bool(tag_problem(tag)) != is_release_tag(tag)


def test_the_argument_comes_first(release: ReleaseFolder) -> None:
    release.commit("v3.0.0")
    assert resolve_tag("v1.0.0", IN_A_WORKFLOW, release.root) == "v1.0.0"
    # An empty argument is judged and refused, not replaced.
    assert resolve_tag("", IN_A_WORKFLOW, release.root) == ""


def test_a_workflow_judges_the_tag_that_it_runs_for(release: ReleaseFolder) -> None:
    release.commit("v3.0.0")
    assert resolve_tag(None, IN_A_WORKFLOW, release.root) == "v2.0.0"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "v2.0.0"},
        {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": ""},
        {"GITHUB_REF_NAME": "v2.0.0"},
    ],
)
def test_otherwise_the_tag_at_head_is_judged(release: ReleaseFolder, environ: dict[str, str]) -> None:
    release.commit("v3.0.0", "nightly", "version-3")
    assert resolve_tag(None, environ, release.root) == "v3.0.0"


def test_a_prerelease_tag_at_head_is_judged(release: ReleaseFolder) -> None:
    release.commit("v3.0.0rc1")
    assert resolve_tag(None, {}, release.root) == "v3.0.0rc1"


def test_without_a_tag_there_is_nothing_to_judge(release: ReleaseFolder) -> None:
    release.commit("nightly")
    with pytest.raises(ReleaseError) as caught:
        resolve_tag(None, {}, release.root)
    assert caught.value.message == "there is no tag to judge"
    assert caught.value.hint == "name one (nox -s validate -- v0.5.0), or tag this commit (git tag v0.5.0)"


def test_a_version_without_v_at_head_is_named(release: ReleaseFolder) -> None:
    release.commit("nightly", "3.0.0")
    with pytest.raises(ReleaseError) as caught:
        resolve_tag(None, {}, release.root)
    assert caught.value.message == "the tag at HEAD is 3.0.0; a release tag is v3.0.0"
    assert caught.value.hint == "tag this commit again (git tag v3.0.0) and delete the other tag (git tag -d 3.0.0)"
    release.git("tag", "v3.0.0")
    assert resolve_tag(None, {}, release.root) == "v3.0.0"


def test_a_tag_of_an_older_commit_is_not_judged(release: ReleaseFolder) -> None:
    release.commit("v3.0.0")
    release.git("commit", "--quiet", "--allow-empty", "--message", "next")
    with pytest.raises(ReleaseError, match=r"^there is no tag to judge$"):
        resolve_tag(None, {}, release.root)


def test_several_version_tags_are_an_error(release: ReleaseFolder) -> None:
    release.commit("v3.0.0", "v3.0.1")
    with pytest.raises(ReleaseError) as caught:
        resolve_tag(None, {}, release.root)
    assert caught.value.message == "this commit has more than one version tag: v3.0.0, v3.0.1"
    assert caught.value.hint == "name the one to judge: nox -s validate -- v3.0.1"
