"""Are the Pythons that Requires-Python promises those that the release has wheels for?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.specifiers import SpecifierSet

from truewheel.builds import Build
from truewheel.checks.registers import ReleaseWheel, of_metadata, release_check, release_wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.checks.tagged_release import TaggedRelease
from truewheel.findings import By
from truewheel.wheel.header_file import HeaderFile

# The minor versions of Python 3 that are tried, and the releases of each.
_MINORS = range(40)
_MICROS = range(40)


@release_wheel_check(
    "builds-allowed",
    "Requires-Python allows the Python of every build that the wheel serves",
    by=By.INSTALLERS,
    source="core metadata, Requires-Python: installers ignore the wheel for any other Python",
    hint="correct requires-python in [project], or the builds (build and skip in [tool.cibuildwheel]), and lock again",
)
@of_metadata
def builds_allowed(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    filename, requirement = subject.wheel.filename, metadata.one("Requires-Python")
    if filename is None or requirement is None:
        return
    try:
        allowed = set(_allowed(requirement))
    except ValueError:  # metadata-valid reports it
        return
    served = [build for build in subject.config.builds if build.accepts(filename.tags)]
    if refused := [str(build) for build in served if build.minor not in allowed]:
        yield f"serves {join_names(refused)}, but Requires-Python is {abbreviate(requirement)}"


@release_check(
    "pythons-built",
    "every platform has a build for each Python that requires-python allows, up to the newest one",
    by=By.DECISION,
    source="decision D7: without an sdist, a Python without a wheel cannot install the release",
    hint="build for it (build and skip in [tool.cibuildwheel], then nox -s lock), or correct requires-python",
)
def pythons_built(release: TaggedRelease) -> Iterator[str]:
    requirement = release.config.package.table("project").get("requires-python")
    platforms = [platform for platform in release.config.platforms if _minors(platform.builds)]
    try:
        allowed = list(_allowed(requirement)) if isinstance(requirement, str) and platforms else []
    except ValueError:  # the backend refuses it
        return
    built = {minor for platform in platforms for minor in _minors(platform.builds)}
    allowed = [minor for minor in allowed if minor <= max(built)]
    if nowhere := [minor for minor in allowed if minor < min(built)]:
        yield f"no platform has a build for {_pythons(nowhere)}, which requires-python {requirement} allows"
    for platform in platforms:
        # An older Python may not exist for this platform.
        minors = _minors(platform.builds)
        if missing := [minor for minor in allowed if minor > min(minors) and minor not in minors]:
            yield f"{platform.name} has no build for {_pythons(missing)}, which requires-python {requirement} allows"


def _minors(builds: Sequence[Build]) -> set[int]:
    """The minor versions of the CPythons that builds are for, without the free-threaded ones."""
    return {build.minor for build in builds if build.python == f"cp3{build.minor}"}


def _pythons(minors: Sequence[int]) -> str:
    return f"Python {join_names([f'3.{minor}' for minor in minors])}"


def oldest_python(requirement: str) -> int | None:
    """The oldest minor version of Python 3 that a Requires-Python allows: 10 for `>=3.10`; None if it allows none."""
    try:
        return next(_allowed(requirement), None) if requirement else None
    except ValueError:  # metadata-valid reports it
        return None


def _allowed(requirement: str) -> Iterator[int]:
    """The minor versions of Python 3 with a release that is allowed."""
    specifiers = SpecifierSet(requirement)
    return (minor for minor in _MINORS if any(specifiers.contains(f"3.{minor}.{micro}") for micro in _MICROS))
