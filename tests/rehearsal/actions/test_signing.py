"""The stand-ins for actions that sign demand what the actions demand, and sign nothing."""

from __future__ import annotations

import pytest

from tests.support.action_stage import Stage

ATTEST = "actions/attest-build-provenance"
SIGSTORE = "sigstore/gh-action-sigstore-python"
MAY = {"id-token": "write", "attestations": "write"}


@pytest.mark.parametrize(("action", "files"), [(ATTEST, "subject-path"), (SIGSTORE, "inputs")])
def test_files_are_demanded_and_nothing_is_made(stage: Stage, action: str, files: str) -> None:
    stage.write("dist/a.whl")
    stage.write("dist/b.tar.gz")
    before = sorted(stage.folder.rglob("*"))
    stage.run(action, {files: "./dist/*.whl ./dist/*.tar.gz"}, permissions=MAY)
    assert stage.log == ["A rehearsal signs nothing; on GitHub 2 files are signed now."]
    assert sorted(stage.folder.rglob("*")) == before
    assert stage.fail(action, {files: "wheels/*"}, permissions=MAY) == "Could not find subject at path wheels/*"


@pytest.mark.parametrize(
    ("action", "permissions", "scope"),
    [
        (ATTEST, {"id-token": "write", "attestations": "read"}, "attestations"),
        (ATTEST, {"attestations": "write"}, "id-token"),
        ("actions/attest", {"attestations": "write"}, "id-token"),
        (SIGSTORE, {"contents": "write"}, "id-token"),
    ],
)
def test_the_permissions_are_demanded(stage: Stage, action: str, permissions: dict[str, str], scope: str) -> None:
    message = stage.fail(action, permissions=permissions)
    assert message == f"the job does not have the permission `{scope}: write`, without which nothing is signed"
