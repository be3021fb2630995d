"""The stand-in for maturin-action takes the last release's wheels of the platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.action_stage import Stage
from tests.support.factories import make_wheel
from tests.support.index_server import serving
from truewheel.publishing.pip_settings import PipSettings
from truewheel.rehearsal.actions import STAND_INS
from truewheel.system.github_actions import NOT_BUILT, remarks_in

MATURIN = "pyo3/maturin-action"
TAGS = (
    *("manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "musllinux_1_2_x86_64", "win_amd64", "win32", "win_arm64"),
    *("macosx_11_0_arm64", "macosx_10_12_x86_64"),
)


@pytest.fixture
def step(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with serving() as index:
        index.use(monkeypatch)
        for tag in TAGS:
            index.add(make_wheel(stage.folder / "old", version="0.4.0", tag=f"cp310-abi3-{tag}"))
        stage.pip = PipSettings(index.url, {})
        yield stage


@pytest.mark.parametrize(
    ("runner", "inputs", "tag"),
    [
        ("ubuntu-latest", {"manylinux": "auto"}, "manylinux_2_17_x86_64"),
        ("ubuntu-latest", {"target": "aarch64-unknown-linux-gnu"}, "manylinux_2_17_aarch64"),
        ("ubuntu-24.04-arm", {}, "manylinux_2_17_aarch64"),
        ("ubuntu-latest", {"manylinux": "musllinux_1_2", "target": "x86_64"}, "musllinux_1_2_x86_64"),
        ("windows-latest", {}, "win_amd64"),
        ("windows-latest", {"target": "x64"}, "win_amd64"),
        ("windows-latest", {"target": "i686-pc-windows-msvc"}, "win32"),
        ("windows-11-arm", {}, "win_arm64"),
        ("macos-latest", {}, "macosx_11_0_arm64"),
        ("macos-latest", {"target": "x86_64-apple-darwin"}, "macosx_10_12_x86_64"),
    ],
)
def test_the_wheels_of_the_platform_are_taken(step: Stage, runner: str, inputs: dict[str, str], tag: str) -> None:
    step.runner = runner
    step.run(MATURIN, {"args": "--release --out dist --locked", **inputs})
    assert [path.name for path in (step.workspace / "dist").iterdir()] == [f"quiverdb-0.5.0-cp310-abi3-{tag}.whl"]


def test_a_platform_that_no_release_has_is_not_built(step: Stage) -> None:
    message = step.fail(MATURIN, {"target": "s390x-unknown-linux-gnu"})
    assert message.startswith(
        "no wheel for manylinux.*_s390x: a rehearsal builds nothing with maturin; and no release of"
    )
    assert message.endswith(
        "to use instead: rehearse on a machine that can build it, or leave its platform out until the first release"
    )
    assert remarks_in(step.folder, NOT_BUILT) == (message,)


def test_other_commands_are_refused_by_name() -> None:
    assert STAND_INS[MATURIN].refusal("command", "sdist") == (
        "command: sdist cannot be rehearsed: maturin sdist needs a Rust toolchain: use a `run:` step"
    )
