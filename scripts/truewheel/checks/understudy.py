"""Was the wheel built for this release, or did a rehearsal rename one of an earlier release?"""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.registers import wheel_check
from truewheel.findings import By
from truewheel.wheel.reader import UNDERSTUDY, Wheel


@wheel_check(
    "understudy-absent",
    "it is not a wheel of an earlier release that a rehearsal has renamed",
    by=By.DECISION,
    source="decision D5",
    hint="build the wheel; a rehearsal takes the last release's wheels where it cannot build",
)
def understudy_absent(wheel: Wheel) -> Iterator[str]:
    if wheel.has_dist_info_file(UNDERSTUDY):
        yield f"{UNDERSTUDY} in dist-info says that a rehearsal made it from a wheel of an earlier release"
