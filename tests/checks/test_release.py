"""Tags, judged before anything is built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.factories import ReleaseFolder
from tests.support.judging import findings, messages
from truewheel.checks.registers import release_check
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.config import Config, Package, load_config
from truewheel.publishing.stated_versions import StatedVersion
from truewheel.workflow import PushTrigger, Workflow, read_workflow

WORKFLOW = ".github/workflows/publish.yml"
FILE = "bindings/python/pyproject.toml"


@pytest.fixture
def sound(release: ReleaseFolder) -> TaggedRelease:
    """The release of v0.5.0, in which no check finds anything."""
    config = load_config(release.root)
    return TaggedRelease("v0.5.0", config, read_workflow(release.root, config.workflow))


def tagged(release: TaggedRelease, tag: str) -> TaggedRelease:
    return replace(release, tag=tag)


def triggered(release: TaggedRelease, push: PushTrigger | None) -> TaggedRelease:
    return replace(release, workflow=Workflow(Path(WORKFLOW), push))


def versioned(release: TaggedRelease, version: str, **project: object) -> TaggedRelease:
    settings = {"project": {"version": version, **project}}
    package: Package = replace(release.config.package, version=version, settings=settings)
    config: Config = replace(release.config, package=package)
    return replace(release, config=config)


def from_git(release: TaggedRelease, version: str, requirement: str = "setuptools-scm>=8") -> TaggedRelease:
    """The release with a version that the build backend has made."""
    settings = {"project": {"dynamic": ["version"]}, "build-system": {"requires": ["setuptools", requirement]}}
    package = replace(release.config.package, version=version, settings=settings)
    return replace(release, config=replace(release.config, package=package))


def tags(*patterns: str) -> PushTrigger:
    return PushTrigger(patterns, None, branches_only=False)


def test_a_sound_release_has_no_findings(sound: TaggedRelease) -> None:
    assert list(release_check.results(sound, "v0.5.0")) == []


def test_tag_form_accepts_stable_versions(sound: TaggedRelease) -> None:
    assert messages(release_check, "tag-form", tagged(sound, "v12.0.34")) == []


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("v0.5.0rc1", "the tag 'v0.5.0rc1' names a pre-release, and only stable versions are released"),
        ("0.5.0", "the tag '0.5.0' does not begin with v"),
        ("v0.5", "the tag 'v0.5' is not of the form vX.Y.Z, three numbers without leading zeros"),
        ("", "the tag '' does not begin with v"),
    ],
)
def test_tag_form_refuses_everything_else(sound: TaggedRelease, tag: str, message: str) -> None:
    assert messages(release_check, "tag-form", tagged(sound, tag)) == [message]


@pytest.mark.parametrize(
    "push",
    [
        tags("v*.*.*"),
        tags("v[0-9]+.[0-9]+.[0-9]+"),
        tags("nightly", "v*"),
        tags("!v1*", "v*"),
        PushTrigger(None, ("nightly*",), branches_only=False),
        # Without any filter every push of a tag starts it.
        PushTrigger(None, None, branches_only=False),
    ],
)
def test_tag_starts_workflow_accepts_filters_that_the_tag_passes(sound: TaggedRelease, push: PushTrigger) -> None:
    assert messages(release_check, "tag-starts-workflow", triggered(sound, push)) == []


@pytest.mark.parametrize(
    ("push", "message"),
    [
        (None, "is not started by pushes: it has no on.push"),
        (
            PushTrigger(None, None, branches_only=True),
            "is started only by pushes to branches: on.push filters branches but not tags",
        ),
        (tags("v1.*", "nightly"), "is not started by the tag 'v0.5.0': on.push.tags is v1.*, nightly"),
        (tags("v*", "!v0.*"), "is not started by the tag 'v0.5.0': on.push.tags is v*, !v0.*"),
        (tags(r"v\d+\.\d+\.\d+"), r"is not started by the tag 'v0.5.0': on.push.tags is v\d+\.\d+\.\d+"),
        (tags(), "is not started by the tag 'v0.5.0': on.push.tags is empty"),
        (
            PushTrigger(None, ("v0*",), branches_only=False),
            "ignores the tag 'v0.5.0': on.push.tags-ignore is v0*",
        ),
        (
            PushTrigger(("v*",), ("w*",), branches_only=False),
            "has both on.push.tags and on.push.tags-ignore, which GitHub refuses",
        ),
        (
            tags("v[0-9"),
            "has a tag filter that GitHub refuses: 'v[0-9': [ at 2 is not closed or lists no letters or digits",
        ),
    ],
)
def test_tag_starts_workflow_refuses_filters_that_leave_a_pushed_tag_without_a_release(
    sound: TaggedRelease, push: PushTrigger | None, message: str
) -> None:
    assert messages(release_check, "tag-starts-workflow", triggered(sound, push)) == [f"{WORKFLOW} {message}"]


def test_version_static_accepts_a_version_that_is_written_there(sound: TaggedRelease) -> None:
    assert messages(release_check, "version-static", versioned(sound, "0.5.0", dynamic=["readme"])) == []

    assert messages(release_check, "version-static", from_git(sound, "0.5.0")) == []


def test_version_static_refuses_a_version_that_is_written_and_dynamic(sound: TaggedRelease) -> None:
    assert messages(release_check, "version-static", versioned(sound, "0.5.0", dynamic=["version"])) == [
        f"{FILE} has a version in [project] and also lists it as dynamic"
    ]


@pytest.mark.parametrize("version", ["0.5.0", "1.10.0", "0.5.0rc1"])
def test_version_canonical_accepts_canonical_versions(sound: TaggedRelease, version: str) -> None:
    assert messages(release_check, "version-canonical", versioned(sound, version)) == []


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0.5.00", "the package's version is written '0.5.00'; its canonical form is '0.5.0'"),
        ("v0.5.0", "the package's version is written 'v0.5.0'; its canonical form is '0.5.0'"),
        ("0.5.0-rc1", "the package's version is written '0.5.0-rc1'; its canonical form is '0.5.0rc1'"),
        ("five", "the package's version 'five' is not a version"),
        ("9" * 4999 + ".0.0", f"the package's version '{'9' * 80}…{'9' * 76}.0.0' is not a version"),
        ("", "the package's version '' is not a version"),
    ],
)
def test_version_canonical_refuses_other_spellings(sound: TaggedRelease, version: str, message: str) -> None:
    assert messages(release_check, "version-canonical", versioned(sound, version)) == [message]


def test_tag_equals_version_accepts_the_tag_of_the_version(sound: TaggedRelease) -> None:
    assert messages(release_check, "tag-equals-version", sound) == []


@pytest.mark.parametrize("tag", ["v0.50", "v0.5", "0.5.0", "V0.5.0", "v0.5.0 ", "v00.5.0", "v0.5.0rc1"])
def test_tag_equals_version_accepts_a_malformed_tag_which_tag_form_refuses(sound: TaggedRelease, tag: str) -> None:
    assert [finding.check for finding in release_check.results(tagged(sound, tag), tag)][:1] == ["tag-form"]
    assert messages(release_check, "tag-equals-version", tagged(sound, tag)) == []


@pytest.mark.parametrize("tag", ["v0.5.1", "v0.50.0", "v5.0.0"])
def test_tag_equals_version_refuses_every_other_tag(sound: TaggedRelease, tag: str) -> None:
    assert messages(release_check, "tag-equals-version", tagged(sound, tag)) == [
        f"the tag is {tag}, but {FILE} has version 0.5.0, whose tag is v0.5.0"
    ]


def test_tag_equals_version_refuses_what_a_build_backend_makes_of_another_commit(sound: TaggedRelease) -> None:
    (finding,) = findings(release_check, "tag-equals-version", from_git(sound, "0.5.1.dev3+g1a2b3c4"))
    assert finding.message == (
        "the tag is v0.5.0, but the build backend of quiverdb makes version 0.5.1.dev3+g1a2b3c4, "
        "whose tag is v0.5.1.dev3+g1a2b3c4"
    )
    assert "fetch-depth: 0" in finding.hint


def test_history_checked_out_accepts_the_whole_history(release: ReleaseFolder, sound: TaggedRelease) -> None:
    text = (release.root / WORKFLOW).read_text(encoding="utf-8")
    release.write(WORKFLOW, text.replace("persist-credentials: false", "persist-credentials: false, fetch-depth: 0"))
    workflow = read_workflow(release.root, Path(WORKFLOW))
    assert messages(release_check, "history-checked-out", replace(from_git(sound, "0.5.0"), workflow=workflow)) == []


def test_history_checked_out_accepts_versions_that_are_not_made_from_git(sound: TaggedRelease) -> None:
    assert messages(release_check, "history-checked-out", sound) == []
    assert messages(release_check, "history-checked-out", from_git(sound, "0.5.0", "scikit-build-core>=1")) == []


@pytest.mark.parametrize("requirement", ["setuptools_scm[toml]>=8", "hatch-vcs", "versioningit", "pbr"])
def test_history_checked_out_refuses_one_commit(sound: TaggedRelease, requirement: str) -> None:
    assert messages(release_check, "history-checked-out", from_git(sound, "0.5.0", requirement)) == [
        f"the job {name} checks out one commit, without the history that the version comes from"
        for name in ("preflight", "build", "validate")
    ]


def stating(release: TaggedRelease, *versions: str) -> TaggedRelease:
    """The release 0.6.0, with these versions on line 3 of `quiverdb/__init__.py`."""
    stated = tuple(StatedVersion(Path("quiverdb/__init__.py"), 3, "__version__", version) for version in versions)
    return replace(versioned(release, "0.6.0"), versions=stated)


def test_version_once_accepts_the_same_version_elsewhere(sound: TaggedRelease) -> None:
    assert messages(release_check, "version-once", stating(sound)) == []
    assert messages(release_check, "version-once", stating(sound, "0.6.0", "0.6")) == []


def test_version_once_refuses_another_version_elsewhere(sound: TaggedRelease) -> None:
    (finding,) = findings(release_check, "version-once", stating(sound, "0.5.0"))
    assert finding.where == "quiverdb/__init__.py:3"
    assert finding.message == f"__version__ is 0.5.0, but {FILE} has version 0.6.0"


def test_version_once_refuses_a_named_file_without_the_version(sound: TaggedRelease) -> None:
    (finding,) = findings(release_check, "version-once", stating(sound, ""))
    assert finding.message == "does not state version 0.6.0, which quiverdb has"
