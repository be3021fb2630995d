"""The stand-ins without effect check what can be checked, change nothing, and say so."""

from __future__ import annotations

import pytest

from tests.support.action_stage import Stage
from truewheel.rehearsal.actions import STAND_INS

INPUTS = {"path": "~/.cache/pip", "key": "pip-1"}
QEMU = "docker/setup-qemu-action"
ATTEST = "actions/attest-build-provenance"
SIGSTORE = "sigstore/gh-action-sigstore-python"
MAY = {"id-token": "write", "attestations": "write"}


@pytest.mark.parametrize("action", ["actions/cache", "actions/cache/restore"])
def test_nothing_is_found(stage: Stage, action: str) -> None:
    outcome = stage.run(action, {**INPUTS, "restore-keys": "pip-"})
    assert outcome.outputs == {"cache-hit": "", "cache-primary-key": "pip-1", "cache-matched-key": ""}
    assert stage.log == ["a rehearsal keeps no caches: not found for the key pip-1"]


def test_nothing_is_kept(stage: Stage) -> None:
    stage.run("actions/cache/save", INPUTS)
    assert stage.log == ["a rehearsal keeps no caches: pip-1 is not saved"]
    assert stage.run("actions/cache/restore", INPUTS).outputs["cache-hit"] == ""


def test_a_step_that_demands_a_hit_fails(stage: Stage) -> None:
    assert stage.fail("actions/cache", {**INPUTS, "fail-on-cache-miss": "true"}) == (
        "Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: pip-1"
    )
    assert stage.fail("actions/cache", {"key": "pip-1"}) == "Input required and not supplied: path"


def test_nothing_is_reported(stage: Stage) -> None:
    inputs = {"files": "coverage.xml", "any-other": "value"}
    assert STAND_INS["codecov/codecov-action"].refusal("any-other", "value") == ""
    outcome = stage.run("codecov/codecov-action", inputs)
    assert (outcome.outputs, outcome.path, outcome.environ) == ({}, (), {})
    assert stage.log == ["a rehearsal sends no reports"]


def test_it_installs_nothing_and_says_so(stage: Stage) -> None:
    outcome = stage.run(QEMU)
    assert (outcome.path, outcome.environ) == ((), {})
    assert stage.log == ["no emulator is installed for all: containers run only for what this machine already emulates"]


def test_the_platforms_are_named(stage: Stage) -> None:
    assert stage.run(QEMU, {"platforms": "s390x"}).outputs == {"platforms": "s390x"}
    assert stage.log[-1].startswith("no emulator is installed for s390x: ")


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
