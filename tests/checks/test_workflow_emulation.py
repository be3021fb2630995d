"""Builds for processors that GitHub's runners do not have."""

from __future__ import annotations

import pytest

from tests.support.factories import WORKFLOW, ReleaseFolder
from tests.support.workflow_judging import FILE, said_of

MATRIX = "          - platform: win_amd64\n"
STEP = '      - run: nox -s "wheels($PLATFORM)"\n'
SET_UP = f"      - uses: docker/setup-qemu-action@{'0' * 40} # v4.2.0\n"
MESSAGE = "emulator-set-up: the job build builds {} without an emulator"


def workflow_for(release: ReleaseFolder, platform: str, runner: str) -> str:
    """Configure one more platform, and return a workflow that builds it."""
    table = f'[tool.release.platforms.{platform}]\nrunner = "{runner}"\nbuilds = ["cp312-{platform}"]\n\n'
    release.replace(
        "pyproject.toml", "[tool.release.platforms.win_amd64]", f"{table}[tool.release.platforms.win_amd64]"
    )
    assert (MATRIX in WORKFLOW, STEP in WORKFLOW) == (True, True)
    row = f"          - platform: {platform}\n            runner: {runner}\n"
    return WORKFLOW.replace(MATRIX, row + MATRIX)


def said(release: ReleaseFolder, text: str) -> list[str]:
    return [message for message in said_of(release, text) if message.startswith("emulator")]


@pytest.mark.parametrize(
    ("platform", "runner"),
    [
        *((f"manylinux_{each}", "ubuntu-latest") for each in ("s390x", "ppc64le", "riscv64", "armv7l", "aarch64")),
        ("musllinux_s390x", "ubuntu-24.04"),
        ("manylinux_x86_64", "ubuntu-24.04-arm"),
        ("manylinux_armv7l", "ubuntu-24.04-arm"),
    ],
)
def test_emulator_set_up_refuses_a_build_without(release: ReleaseFolder, platform: str, runner: str) -> None:
    if platform == "manylinux_x86_64":
        for file in ("pyproject.toml", FILE):
            release.write(file, (release.root / file).read_text(encoding="utf-8").replace("ubuntu-latest", runner))
        text = (release.root / FILE).read_text(encoding="utf-8")
    else:
        text = workflow_for(release, platform, runner)
    assert said(release, text) == [MESSAGE.format(platform)]
    # After the build it is too late.
    upload = "      - uses: actions/upload-artifact@"
    assert said(release, text.replace(upload, SET_UP + upload, 1)) == [MESSAGE.format(platform)]
    assert said(release, text.replace(STEP, SET_UP + STEP)) == []


@pytest.mark.parametrize(
    ("platform", "runner"),
    [
        ("manylinux_i686", "ubuntu-latest"),
        ("musllinux_x86_64", "ubuntu-latest"),
        ("manylinux_aarch64", "ubuntu-24.04-arm"),
        ("manylinux_aarch64", "my-own-runner"),
        ("win_arm64", "windows-11-arm"),
        ("macosx_arm64", "macos-latest"),
    ],
)
def test_emulator_set_up_accepts_what_runners_run(release: ReleaseFolder, platform: str, runner: str) -> None:
    assert said(release, workflow_for(release, platform, runner)) == []
