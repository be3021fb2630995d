"""The trusted publisher of a release, and how its repository is found."""

from __future__ import annotations

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.config import load_config
from truewheel.errors import ReleaseError
from truewheel.publishing.trusted_publisher import Registration, find_repository, registration


def test_the_fields_are_those_of_the_form_on_pypi(release: ReleaseFolder) -> None:
    publisher = registration(load_config(release.root), {"GITHUB_REPOSITORY": "arrows/quiver"})
    assert publisher == Registration("quiverdb", "arrows/quiver", "publish.yml", "pypi")
    assert publisher.fields == (
        ("PyPI Project Name", "quiverdb"),
        ("Owner", "arrows"),
        ("Repository name", "quiver"),
        ("Workflow name", "publish.yml"),
        ("Environment name", "pypi"),
    )


def test_an_unknown_repository_leaves_its_fields_open(release: ReleaseFolder) -> None:
    publisher = registration(load_config(release.root), {})
    assert (publisher.owner, publisher.repository_name) == (None, None)
    assert dict(publisher.fields)["Owner"] is None


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/arrows/qui.ver",
        "https://github.com/arrows/qui.ver.git",
        "https://token@github.com/arrows/qui.ver.git",
        "https://GitHub.com/arrows/qui.ver/",
        "git@github.com:arrows/qui.ver.git",
        "github.com:arrows/qui.ver",
        "ssh://git@github.com/arrows/qui.ver.git",
        "ssh://git@ssh.github.com:443/arrows/qui.ver.git",
        "git://github.com/arrows/qui.ver.git",
    ],
)
def test_the_repository_is_found_in_the_remote_origin(release: ReleaseFolder, url: str) -> None:
    release.commit()
    release.git("remote", "add", "origin", url)
    assert find_repository(None, {}, release.root) == "arrows/qui.ver"


@pytest.mark.parametrize(
    "url",
    [
        "/srv/git/quiver.git",
        "https://gitlab.com/arrows/quiver",
        "https://notgithub.com/arrows/quiver",
        "https://github.com.example.invalid/arrows/quiver",
        "https://github.com/arrows",
        "https://github.com/arrows/quiver/more",
        "git@example.invalid:arrows/quiver.git",
    ],
)
def test_other_remotes_are_ignored(release: ReleaseFolder, url: str) -> None:
    release.commit()
    release.git("remote", "add", "origin", url)
    assert find_repository(None, {}, release.root) is None


def test_without_a_remote_or_a_clone_the_repository_is_unknown(release: ReleaseFolder) -> None:
    assert find_repository(None, {}, release.root) is None
    release.commit()
    assert find_repository(None, {}, release.root) is None


def test_the_argument_takes_precedence_over_the_variable_and_that_over_git(release: ReleaseFolder) -> None:
    release.commit()
    release.git("remote", "add", "origin", "https://github.com/a/git")
    environ = {"GITHUB_REPOSITORY": "a/workflow"}
    assert find_repository("a/argument", environ, release.root) == "a/argument"
    assert find_repository(None, environ, release.root) == "a/workflow"
    assert find_repository(None, {"GITHUB_REPOSITORY": ""}, release.root) == "a/git"


@pytest.mark.parametrize("given", ["quiver", "https://github.com/a/b", "a/b/c", "a/b "])
def test_a_malformed_repository_is_an_error(release: ReleaseFolder, given: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        find_repository(given, {}, release.root)
    assert caught.value.message == f"{given!r} is not a repository on GitHub"
