"""What do the libraries need that another project must provide?"""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.libraries import grouped, pinned_requirements
from truewheel.checks.native_linux import unfound_libraries
from truewheel.checks.native_macos import unfound_dylibs
from truewheel.checks.native_windows import unfound_dlls
from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import join_names
from truewheel.findings import By
from truewheel.wheel.reader import Wheel


@wheel_check.note(
    "libraries-from-others",
    "no library depends on libraries that a pinned requirement must provide",
    by=By.LOADER,
    source="such a library is found only if the other project's wheel has it and its package is imported first",
    hint="install the wheel in a clean environment and import it, as nox -s verify does",
)
@grouped
def libraries_from_others(wheel: Wheel) -> Iterator[tuple[str, str]]:
    pinned = join_names(pinned_requirements(wheel))
    for unfound in (unfound_libraries, unfound_dlls, unfound_dylibs) if pinned else ():
        for name, problem in unfound(wheel, brought_by_others=True):
            yield name, f"{problem}; Requires-Dist pins {pinned}, which may provide it"
