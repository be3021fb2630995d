"""Can Python read the package's own files?"""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.python_tags import oldest_python
from truewheel.checks.registers import ReleaseWheel, release_wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.python_syntax import NEWEST_MINOR, InstallersCannotRead, syntax_problems


# Only for wheels of the release: elsewhere templates and files for Python 2 have this extension too.
@release_wheel_check(
    "python-files-parse",
    "every .py file is valid for the oldest Python of Requires-Python",
    by=By.LOADER,
    source="installers skip files that do not compile, so the first import fails",
    hint="look for an unfinished merge, or for syntax that the oldest Python does not know",
)
def python_files_parse(subject: ReleaseWheel) -> Iterator[str]:
    wheel, metadata = subject.wheel, subject.wheel.metadata
    requirement = metadata.one("Requires-Python") if isinstance(metadata, HeaderFile) else None
    minor = oldest_python(requirement or "") or NEWEST_MINOR
    # An archive with anomalies has findings of its own, and other programs may read other files in it. Files for newer
    # Pythons than this one cannot be judged.
    if minor > NEWEST_MINOR or wheel.anomalies:
        return
    try:
        for name, problem in syntax_problems(wheel, minor):
            yield f"{abbreviate(name)} is not Python 3.{minor}: {abbreviate(problem)}"
    except InstallersCannotRead as error:
        yield f"installers cannot read the archive: {abbreviate(str(error))}"
