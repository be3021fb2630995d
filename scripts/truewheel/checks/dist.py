"""Are exactly the expected wheels in `dist/`? Judged by the file names only."""

from __future__ import annotations

from collections.abc import Iterator

from truewheel.checks.registers import dist_check
from truewheel.findings import By, Problem, Rule
from truewheel.platforms import Platform
from truewheel.publishing.distribution_folder import DistributionFolder

# Not a check: it judges a folder without a release.
WHEELS_PRESENT = Rule(
    "wheels-present",
    "there is a wheel in the folder",
    by=By.CARE,
    source="a gate must not pass if there is nothing to judge",
    hint="name the folder with the wheels: nox -s check-dist -- --any FOLDER",
)


@dist_check(
    "wheel-per-platform",
    "there is one wheel for each configured platform",
    by=By.DECISION,
    source="decision D8",
    hint="build it: nox -s wheels",
)
def wheel_per_platform(dist: DistributionFolder) -> Iterator[Problem]:
    # Wheels of other projects and versions have a finding of their own.
    ours = [wheel for wheel in dist.wheels if wheel.is_of(dist.project, dist.version)]
    for platform in dist.platforms:
        wheels = [wheel.text for wheel in ours if platform.accepts_all(wheel.platform_tags)]
        if not wheels:
            yield _missing(dist, platform)
        if len(wheels) > 1:
            yield Problem(
                f"{len(wheels)} wheels for {platform.name}, expected one: {', '.join(wheels)}",
                hint="keep the one that was built last, delete the others",
            )


def _missing(dist: DistributionFolder, platform: Platform) -> Problem:
    stem = f"{dist.project.replace('-', '_')}-{dist.version}"
    return Problem(
        f"no wheel for {platform.name}; expected {stem}-…-{platform.example_tag}.whl",
        hint=f'build it: nox -s "wheels({platform.name})"',
    )


@dist_check(
    "wheel-of-release",
    "every wheel is of this project and version, and for a configured platform",
    by=By.DECISION,
    source="decision D8",
    hint="delete it, or empty the folder and build again: nox -s wheels",
)
def wheel_of_release(dist: DistributionFolder) -> Iterator[Problem]:
    names = ", ".join(platform.name for platform in dist.platforms)
    for wheel in dist.wheels:
        if wheel.project != dist.project:
            yield Problem(f"is a wheel of {wheel.project}; this release is of {dist.project}", wheel.text)
        elif not wheel.is_of(dist.project, dist.version):
            yield Problem(
                f"is a wheel of version {wheel.version}; this release is of version {dist.version}", wheel.text
            )
        elif not any(platform.accepts_all(wheel.platform_tags) for platform in dist.platforms):
            yield Problem(
                f"is a wheel for {'.'.join(wheel.platform_tags)}; this release is for {names}",
                where=wheel.text,
                hint="delete it, or add its platform to [tool.release.platforms]",
            )


@dist_check(
    "only-wheels",
    "the folder has nothing but wheels in it",
    by=By.DECISION,
    source="decisions D7 and D8",
    hint="delete it; the publish job uploads everything in the folder",
)
def only_wheels(dist: DistributionFolder) -> Iterator[Problem]:
    for name in dist.others:
        yield Problem(f"{_kind(name)}; only wheels are published", where=name)


def _kind(name: str) -> str:
    if name.endswith("/"):
        return "is a folder"
    if name.endswith((".tar.gz", ".zip")):
        return "is an sdist"
    if name.endswith(".whl"):
        return "is not a wheel that can be published: its name is malformed, or it is a link"
    return "is a stray file"
