"""The stand-in for setup-qemu-action changes nothing, and says so."""

from __future__ import annotations

from tests.support.action_stage import Stage

QEMU = "docker/setup-qemu-action"


def test_it_installs_nothing_and_says_so(stage: Stage) -> None:
    outcome = stage.run(QEMU)
    assert (outcome.path, outcome.environ) == ((), {})
    assert stage.log == ["no emulator is installed for all: containers run only for what this machine already emulates"]


def test_the_platforms_are_named(stage: Stage) -> None:
    assert stage.run(QEMU, {"platforms": "s390x"}).outputs == {"platforms": "s390x"}
    assert stage.log[-1].startswith("no emulator is installed for s390x: ")
