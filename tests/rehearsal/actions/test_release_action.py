"""The stand-in for ncipollo/release-action makes a release, and updates one only if it may."""

from __future__ import annotations

import pytest

from tests.support.action_stage import WRITE, Repositories, Stage
from truewheel.rehearsal.github.release_store import ReleaseStore

pytestmark = pytest.mark.once
ACTION = "ncipollo/release-action"


def commits(stage: Stage) -> None:
    stage.commit("first", "v0.5.0")
    stage.write("dist/a.whl", "wheel")


@pytest.fixture
def tagged(stage: Stage, repositories: Repositories) -> Stage:
    return repositories(stage, commits)


def release(stage: Stage, **inputs: str) -> dict[str, str]:
    return dict(stage.run(ACTION, {name.lower(): text for name, text in inputs.items()}, permissions=WRITE).outputs)


def test_it_makes_the_release_of_the_tag(tagged: Stage) -> None:
    outputs = release(
        tagged, artifacts="dist/*.whl, none/*", body=" Body \n", name="Release", generateReleaseNotes="true"
    )
    made = ReleaseStore(tagged.services.releases).find("v0.5.0")
    assert made is not None
    assert (made.title, made.is_draft, [asset.name for asset in made.assets]) == ("Release", False, ["a.whl"])
    assert made.notes.startswith("Body\n\n")
    assert outputs == {"id": "1", "html_url": "https://github.com/octo/quiver/releases/tag/v0.5.0", "upload_url": ""}
    assert tagged.log[0] == "Warning: Pattern 'none/*' does not match any files."


def test_an_existing_release_is_updated_only_if_that_is_allowed(tagged: Stage) -> None:
    release(tagged, commit=tagged.sha, tag="v0.5.0")
    assert tagged.fail(ACTION, permissions=WRITE) == "Error 422: Validation Failed: tag_name already_exists"
    assert release(tagged, skipIfReleaseExists="true") == {}
    assert tagged.log == ["there is a release of v0.5.0 already: nothing to do"]
    tagged.write("notes.md", "New notes")
    release(tagged, allowUpdates="true", bodyFile="notes.md", artifacts="dist/a.whl", omitName="true", name="other")
    made = ReleaseStore(tagged.services.releases).find("v0.5.0")
    assert made is not None
    assert (made.title, made.notes, len(made.assets)) == ("v0.5.0", "New notes", 1)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"tag": "v9.9.9"}, "the input tag: v9.9.9 cannot be rehearsed: it is not the run's own"),
        ({"commit": "main"}, "the input commit: main cannot be rehearsed: it is not the run's own"),
        ({"owner": "me"}, "the input owner: me cannot be rehearsed: it is not the run's own"),
        ({"bodyfile": "no.md"}, "ENOENT: no such file or directory, open 'no.md'"),
        ({"artifacts": "no/*", "artifacterrorsfailbuild": "true"}, "Pattern 'no/*' does not match any files."),
        ({"draft": "true"}, "draft: true cannot be rehearsed: expected false"),
    ],
)
def test_what_fails(tagged: Stage, inputs: dict[str, str], message: str) -> None:
    assert tagged.fail(ACTION, inputs, permissions=WRITE) == message


def test_the_permission_is_demanded(tagged: Stage) -> None:
    assert tagged.fail(ACTION).startswith("Resource not accessible by integration")
