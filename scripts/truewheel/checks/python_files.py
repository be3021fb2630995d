"""Can Python read the package's own files?"""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.python_tags import oldest_python
from truewheel.checks.registers import ReleaseWheel, release_wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.python_syntax import NEWEST_MINOR, InstallersCannotRead, syntax_flaws
from truewheel.wheel.reader import Wheel


# Not for any wheel: templates and files for Python 2 have the ending, too.
@release_wheel_check(
    "python-files-parse",
    "every .py file is Python, as the oldest Python of Requires-Python reads it",
    by=By.LOADER,
    source="installers compile every file and pass over those that fail; the first import is what tells",
    hint="look for a merge that was left undone, or for syntax that the oldest Python does not know",
)
def python_files_parse(subject: ReleaseWheel) -> Iterator[str]:
    wheel = subject.wheel
    oldest = _oldest(wheel)
    minor = NEWEST_MINOR if oldest is None else oldest
    # Anomalies have findings of their own, and what another program reads there may be something else. And what is
    # for newer Pythons than this one cannot be judged by it.
    if minor <= NEWEST_MINOR and not wheel.anomalies:
        flaws = syntax_flaws(wheel, minor)
        try:
            yield from (f"{abbreviate(name)} is not Python 3.{minor}: {abbreviate(flaw)}" for name, flaw in flaws)
        except InstallersCannotRead as error:
            yield f"installers cannot read the archive: {abbreviate(str(error))}"


def _oldest(wheel: Wheel) -> int | None:
    metadata = wheel.metadata
    return oldest_python(metadata.one("Requires-Python") or "") if isinstance(metadata, HeaderFile) else None
