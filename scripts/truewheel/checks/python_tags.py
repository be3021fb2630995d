"""Are the Pythons that Requires-Python promises those that the release has wheels for?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from truewheel.builds import Build
from truewheel.checks.registers import ReleaseWheel, of_metadata, release_check, release_wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By
from truewheel.versions import allowed_minors
from truewheel.wheel.dist_info import HeaderFile

if TYPE_CHECKING:
    # It reads workflows, which check-dist has no use for.
    from truewheel.checks.tagged_release import TaggedRelease


@release_wheel_check(
    By.INSTALLERS,
    source="core metadata, Requires-Python: installers ignore the wheel for any other Python",
    hint="correct requires-python in [project], or the builds (build and skip in [tool.cibuildwheel]), and lock again",
)
@of_metadata
def builds_allowed(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """Requires-Python allows the Python of every build that the wheel serves"""
    filename, requirement = subject.wheel.filename, metadata.one("Requires-Python")
    if filename is None or requirement is None:
        return
    allowed = allowed_minors(requirement)
    if allowed is None:  # metadata-valid reports it
        return
    served = [build for build in subject.config.builds if build.accepts(filename.tags)]
    if refused := [str(build) for build in served if build.minor not in allowed]:
        yield f"serves {join_names(refused)}, but Requires-Python is {abbreviate(requirement)}"


@release_check(
    By.DECISION,
    source="decision D7: without an sdist, a Python without a wheel cannot install the release",
    hint="build for it (build and skip in [tool.cibuildwheel], then nox -s lock; or builds of the platform's table), "
    "or correct requires-python",
)
def pythons_built(release: TaggedRelease) -> Iterator[str]:
    """every platform has a build for each Python that requires-python allows, up to the newest one"""
    requirement = release.config.package.table("project").get("requires-python")
    newest = max((build.minor for build in release.config.builds if not build.python.endswith("t")), default=0)
    allowed = [minor for minor in allowed_minors(requirement or "<3") or () if minor <= newest]
    built = {platform.name: _minors(platform.builds, newest) for platform in release.config.platforms}
    oldest = min((minor for minors in built.values() for minor in minors), default=newest)
    if nowhere := [minor for minor in allowed if minor < oldest]:
        yield f"no platform has a build for {_pythons(nowhere)}, which requires-python {requirement} allows"
    for name, minors in built.items():
        # An older Python may not exist for this platform.
        if missing := [minor for minor in allowed if minor > min(minors, default=newest) and minor not in minors]:
            yield f"{name} has no build for {_pythons(missing)}, which requires-python {requirement} allows"


def _minors(builds: Sequence[Build], newest: int) -> set[int]:
    """The minor versions of CPython, up to the newest, that builds are for, without the free-threaded ones."""
    pythons = {build.python for build in builds}
    stable = min((build.minor for build in builds if build.python.endswith("-abi3")), default=newest + 1)
    return {minor for minor in range(newest + 1) if minor >= stable or f"cp3{minor}" in pythons}


def _pythons(minors: Sequence[int]) -> str:
    return f"Python {join_names([f'3.{minor}' for minor in minors])}"
