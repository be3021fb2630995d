"""The stand-in for cibuildwheel: what can be built here is built, the rest is taken from the last release."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support import machines
from tests.support.action_stage import Stage
from tests.support.factories import make_wheel
from tests.support.index_server import LoopbackIndex, serving
from truewheel.builders import cibuildwheel as builder
from truewheel.builds import Build
from truewheel.publishing.pip_settings import PipSettings
from truewheel.rehearsal.actions.cibuildwheel import _Step
from truewheel.rehearsal.understudy import understudied
from truewheel.system import machine
from truewheel.system.github_actions import NOT_BUILT, UNDERSTUDY, remarks_in

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11"),
    pytest.mark.skipif(sys.platform != "linux", reason="the answers are those for Linux"),
]
CIBUILDWHEEL = "pypa/cibuildwheel"
PYPROJECT = '[project]\nname = "quiverdb"\nversion = "0.5.0"\nrequires-python = ">=3.12"\n'
WHY = "cibuildwheel cannot build {} here: it builds {} wheels only on {}"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackIndex]:
    monkeypatch.setattr(machine, "here", lambda: machines.LINUX)
    with serving() as running:
        running.use(monkeypatch)
        yield running


@pytest.fixture
def step(stage: Stage, index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A job with the sources, whose project has wheels of release 0.4.0 on the index."""
    stage.write("bindings/pyproject.toml", PYPROJECT)
    monkeypatch.setattr(builder, "_answers", lambda _: False)
    for tag in ("cp312-cp312-win_amd64", "cp313-cp313-win_amd64", "cp313-cp313-macosx_11_0_arm64"):
        index.add(make_wheel(stage.folder / "old", version="0.4.0", tag=tag))
    stage.pip = PipSettings(index.url, {})
    return stage


def build(step: Stage, **environ: str) -> list[str]:
    step.environ = {"CIBW_BUILD": "cp312-* cp313-*", **environ}
    step.run(CIBUILDWHEEL, {"package-dir": "bindings", "output-dir": "out"})
    return sorted(path.name for path in (step.workspace / "out").glob("*"))


def remarks(step: Stage, kind: str) -> tuple[str, ...]:
    return remarks_in(step.folder, kind)


def test_wheels_for_another_system_are_those_of_the_last_release(step: Stage) -> None:
    step.runner = "windows-latest"
    names = ["quiverdb-0.5.0-cp312-cp312-win_amd64.whl", "quiverdb-0.5.0-cp313-cp313-win_amd64.whl"]
    assert build(step, CIBW_ARCHS_WINDOWS="AMD64") == names
    assert understudied(step.workspace / "out" / names[0]) == "quiverdb-0.4.0-cp312-cp312-win_amd64.whl"
    why = WHY.format("win_amd64", "Windows", "Windows")
    assert remarks(step, UNDERSTUDY) == (f"2 wheels of the last release under the new version: {why}",)
    assert step.log == [
        f"{name} is an understudy: {name.replace('0.5', '0.4')} under the new version, not built from this tag"
        for name in names
    ]


def test_the_processor_of_the_runner_decides_what_auto_means(step: Stage) -> None:
    step.runner = "macos-latest"
    assert build(step, CIBW_PLATFORM="auto") == ["quiverdb-0.5.0-cp313-cp313-macosx_11_0_arm64.whl"]
    lack = "no wheel for cp312-macosx_arm64: the last release has none either"
    assert remarks(step, UNDERSTUDY)[1:] == (lack,)
    assert remarks(step, NOT_BUILT) == ()


def test_a_platform_that_no_release_has_is_not_built(step: Stage) -> None:
    step.runner = "macos-15-intel"
    step.environ = {"CIBW_BUILD": "cp313-*"}
    message = step.fail(CIBUILDWHEEL, {"package-dir": "bindings"})
    assert remarks(step, NOT_BUILT) == (message,)
    assert message.startswith(
        f"no wheel for cp313-macosx_x86_64: {WHY.format('macosx_x86_64', 'macOS', 'macOS')}; and no release of quiverdb"
    )
    assert message.endswith(
        "to use instead: rehearse on a machine that can build it, or leave its platform out until the first release"
    )


def test_an_option_that_is_wrong_is_an_error(step: Stage) -> None:
    step.environ = {"CIBW_ENABLE": "everything"}
    message = step.fail(CIBUILDWHEEL, {"package-dir": "bindings"})
    assert message.startswith(
        "cibuildwheel cannot select the builds: cibuildwheel: error: Failed to parse enable group"
    )


def test_what_can_be_built_here_is_built_and_nothing_else(step: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[Sequence[str], str]] = []

    def run(self: _Step, builds: Sequence[Build], of: Sequence[Build]) -> None:
        ran.append(([str(build) for build in builds], str(len(of))))
        make_wheel(self.output, version="0.5.0", tag="cp313-cp313-manylinux_2_28_x86_64")

    def why_not(self: _Step, build: Build) -> str:
        return "" if (build.python, build.platform) == ("cp313", "manylinux_x86_64") else "the image is too old"

    monkeypatch.setattr(_Step, "run_cibuildwheel", run)
    monkeypatch.setattr(_Step, "why_not", why_not)
    # An older workflow enables what is always enabled now.
    built = build(step, CIBW_ARCHS_LINUX="x86_64", CIBW_SKIP="*musl*", CIBW_ENABLE="cpython-freethreading")
    assert ran == [(["cp313-manylinux_x86_64"], "2")]
    assert built == ["quiverdb-0.5.0-cp313-cp313-manylinux_2_28_x86_64.whl"]
    (lack,) = remarks(step, UNDERSTUDY)
    assert lack.startswith("no wheel for cp312-manylinux_x86_64: the image is too old; and no release of quiverdb")


def test_of_what_a_container_engine_says_the_report_has_the_cause(step: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = "initializing source docker://x: pinging container registry: dial tcp: lookup x: no such host"
    engine = step.folder / "podman"
    engine.write_text(f'#!/bin/sh\n[ "$1" != pull ] || echo "Error: {chain}" >&2\nexit 1\n')
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(step.folder), prepend=os.pathsep)
    monkeypatch.setattr(builder, "_answers", lambda _: True)
    step.environ = {"CIBW_BUILD": "cp313-*", "CIBW_SKIP": "*musl*", "CIBW_ARCHS_LINUX": "x86_64"}
    step.environ |= {"CIBW_CONTAINER_ENGINE": "podman", "CIBW_MANYLINUX_X86_64_IMAGE": "x:1"}
    message = step.fail(CIBUILDWHEEL, {"package-dir": "bindings"})
    pulls = "podman cannot pull the image x:1: "
    assert step.log[0] == f"manylinux_x86_64: {pulls}{chain}"
    assert f"cibuildwheel cannot build manylinux_x86_64 here: {pulls}… no such host; and no release" in message


@pytest.mark.container
def test_a_real_build(stage: Stage, index: LoopbackIndex) -> None:
    project = Path(__file__).parents[2] / "projects" / "setuptools_extension"
    shutil.copytree(project, stage.workspace, dirs_exist_ok=True)
    stage.pip = PipSettings(index.url, {})
    stage.environ = {name: value for name, value in os.environ.items() if name.startswith(("CIBW", "CONTAINERS"))}
    stage.environ |= {"CIBW_BUILD": "cp313-*", "CIBW_SKIP": "*musl*"}
    stage.run(CIBUILDWHEEL, {"package-dir": "package"})
    (wheel,) = (stage.workspace / "wheelhouse").glob("*.whl")
    assert wheel.name.startswith("double_each-1.2.0-cp313-cp313-manylinux")
    assert understudied(wheel) == ""
    assert remarks(stage, UNDERSTUDY) == ()
