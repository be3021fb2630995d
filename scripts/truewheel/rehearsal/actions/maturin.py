"""PyO3/maturin-action: nothing is built; the last release's wheels for the platform are put where they would be."""

from __future__ import annotations

import re

from truewheel.rehearsal.actions import inputs, understudies
from truewheel.rehearsal.actions.call import ActionCall, StandIn
from truewheel.wheel.filename import WheelFilename
from truewheel.workflow import action_names

_OUT = re.compile(r"(?:--out[= ]|-o ?)(\S+)")
# Architectures that Rust or GitHub names differently than platform tags do, and the tags of Windows and macOS.
_LINUX = {"x64": "x86_64", "x86": "i686", "armv7": "armv7l"}
_WINDOWS = {"x86_64": "amd64", "aarch64": "arm64", "i686": "32"}


def take_last_wheels(call: ActionCall) -> None:
    """Take the wheels of the platform from the last release."""
    pattern = _platform_tag(call)

    def is_wanted(wheel: WheelFilename) -> bool:
        return any(pattern.fullmatch(tag) for tag in wheel.platform_tags)

    out = _OUT.search(call.text("args"))
    folder = call.workspace / call.text("working-directory") / (out[1] if out else "target/wheels")
    why = "a rehearsal builds nothing with maturin"
    wheels, why = understudies.take(call, (call.services.project, call.services.version), is_wanted, folder, why)
    if not wheels:
        understudies.report_lack(call, f"no wheel for {pattern.pattern}: {why}", folder)


def _platform_tag(call: ActionCall) -> re.Pattern[str]:
    """What the platform tags of the wheels are like, by the runner and the inputs."""
    target = call.text("target")
    named = target.partition("-")[0] or call.rehearsed.machine
    architecture = _LINUX.get(named, named)
    if "windows" in target or call.rehearsed.system == "Windows":
        return re.compile(f"win_?{_WINDOWS.get(architecture, architecture)}")
    if "apple" in target or call.rehearsed.system == "macOS":
        return re.compile(f"macosx_.*_({'arm64' if architecture == 'aarch64' else architecture}|universal2)")
    is_musl = "musl" in target or call.text("manylinux").startswith("musl")
    return re.compile(f"{'musllinux' if is_musl else 'manylinux'}.*_{architecture}")


def _command(value: str) -> str:
    return "" if value in ("", "build", "publish") else f"maturin {value} needs a Rust toolchain: use a `run:` step"


_OTHERS = "args maturin-version manylinux container target rust-toolchain rustup-components docker-options sccache \
before-script-linux working-directory host-home-mount"
MATURIN = StandIn(
    action_names.MATURIN,
    "builds nothing: the last release's wheels for the platform, under the new version, are put where its own would be",
    inputs.known(_OTHERS, others={"command": _command}),
    take_last_wheels,
)
