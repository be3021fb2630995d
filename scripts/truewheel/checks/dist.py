"""Are exactly the expected wheels in `dist/`? What can be said from the names alone."""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.registers import dist_check
from truewheel.findings import By, Problem, Rule
from truewheel.platforms import Platform
from truewheel.publishing.distribution_folder import DistributionFolder
from truewheel.wheel.filename import WheelFilename

_REBUILD = "delete it, or empty the folder and build again: nox -s wheels"

# Not a check: it is asked of a folder that no release describes.
WHEELS_PRESENT = Rule(
    "wheels-present",
    "there is a wheel in the folder",
    by=By.CARE,
    source="a gate that passes on nothing is none",
    hint="name the folder that holds the wheels: nox -s check-dist -- --any FOLDER",
)


@dist_check(
    "wheel-per-platform",
    "there is one wheel for each configured platform",
    by=By.DECISION,
    source="decision D8",
    hint="build it: nox -s wheels",
)
def wheel_per_platform(dist: DistributionFolder) -> Iterator[Problem]:
    for platform in dist.platforms:
        wheels = [wheel.text for wheel in _ours(dist) if platform.accepts_all(wheel.platform_tags)]
        if not wheels:
            yield _missing(dist, platform)
        if len(wheels) > 1:
            yield Problem(
                f"{len(wheels)} wheels for {platform.name}, expected one: {', '.join(wheels)}",
                hint="keep the one that was built last, delete the others",
            )


def _missing(dist: DistributionFolder, platform: Platform) -> Problem:
    spelled = dist.project.replace("-", "_")
    return Problem(
        f"no wheel for {platform.name}; expected {spelled}-{dist.version}-…-{platform.example_tag}.whl",
        hint=f'build it: nox -s "wheels({platform.name})"',
    )


def _ours(dist: DistributionFolder) -> list[WheelFilename]:
    """The wheels of this very release; those of other projects and versions have findings of their own."""
    return [wheel for wheel in dist.wheels if wheel.is_of(dist.project, dist.version)]


@dist_check(
    "wheel-of-project",
    "every wheel is one of this project",
    by=By.DECISION,
    source="decision D8",
    hint=_REBUILD,
)
def wheel_of_project(dist: DistributionFolder) -> Iterator[Problem]:
    for wheel in dist.wheels:
        if wheel.project != dist.project:
            yield Problem(f"a wheel of {wheel.project}; this release is of {dist.project}", where=wheel.text)


@dist_check(
    "wheel-of-version",
    "every wheel is one of the version that is released",
    by=By.DECISION,
    source="decision D8",
    hint=_REBUILD,
)
def wheel_of_version(dist: DistributionFolder) -> Iterator[Problem]:
    for wheel in dist.wheels:
        if wheel.project == dist.project and not wheel.is_of(dist.project, dist.version):
            yield Problem(
                f"a wheel of version {wheel.version}; this release is version {dist.version}",
                where=wheel.text,
            )


@dist_check(
    "wheel-of-platform",
    "every wheel is one for a configured platform",
    by=By.DECISION,
    source="decision D8",
    hint="delete it, or add its platform to [tool.release.platforms]",
)
def wheel_of_platform(dist: DistributionFolder) -> Iterator[Problem]:
    names = ", ".join(platform.name for platform in dist.platforms)
    for wheel in dist.wheels:
        if not any(platform.accepts_all(wheel.platform_tags) for platform in dist.platforms):
            found = ".".join(wheel.platform_tags)
            yield Problem(f"a wheel for {found}; this release is for {names}", where=wheel.text)


@dist_check(
    "only-wheels",
    "there is nothing else beside the wheels",
    by=By.DECISION,
    source="decisions D7 and D8",
    hint="delete it; the publish job uploads everything in the folder",
)
def only_wheels(dist: DistributionFolder) -> Iterator[Problem]:
    for name in dist.others:
        yield Problem(f"{_kind(name)}; only wheels are published", where=name)


def _kind(name: str) -> str:
    if name.endswith("/"):
        return "a folder"
    if name.endswith((".tar.gz", ".zip")):
        return "an sdist"
    if name.endswith(".whl"):
        return "not a wheel that can be published: its name is malformed, or it is a link"
    return "a stray file"
