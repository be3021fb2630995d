"""Are exactly the expected wheels in `dist/`? Judged by the file names only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.builds import Build, is_for, serving
from truewheel.checks.registers import dist_check
from truewheel.checks.sentences import join_names
from truewheel.findings import By, Problem, Rule
from truewheel.platforms import Platform
from truewheel.publishing.distribution_folder import DistributionFolder
from truewheel.wheel.filename import WheelFilename

# Not a check: it judges a folder without a release.
WHEELS_PRESENT = Rule(
    "wheels-present",
    "there is a wheel in the folder",
    by=By.CARE,
    source="a gate must not pass if there is nothing to judge",
    hint="name the folder that holds the wheels",
)

_EXPECT = (
    "delete it; or add its platform to [tool.release.platforms], or its Python to the package's builds, and run "
    "nox -s lock"
)


@dist_check(By.DECISION, source="decision D8", hint="build it: nox -s wheels")
def wheel_per_build(dist: DistributionFolder) -> Iterator[Problem]:
    """every expected build is served by exactly one wheel"""
    served = serving(dist.builds, _ours(dist))
    for platform in dist.platforms:
        if missing := [build for build in platform.builds if not served[build]]:
            yield Problem(
                f"no wheel serves {join_names(map(str, missing))}; expected {_pattern(dist, platform)}",
                hint=f'build it: nox -s "wheels({platform.name})"',
            )
        contested: dict[str, list[Build]] = {}
        for build in platform.builds:
            if len(served[build]) > 1:
                contested.setdefault(", ".join(wheel.text for wheel in served[build]), []).append(build)
        for names, builds in contested.items():
            yield Problem(
                f"{names.count(', ') + 1} wheels serve {join_names(map(str, builds))}: {names}",
                hint="keep the one that was built last, delete the others",
            )


def _ours(dist: DistributionFolder) -> list[WheelFilename]:
    """The wheels of this project and version; the others have a finding of their own."""
    return [wheel for wheel in dist.wheels if wheel.is_of(dist.project, dist.version)]


def _pattern(dist: DistributionFolder, platform: Platform) -> str:
    return f"{dist.project.replace('-', '_')}-{dist.version}-…-{platform.example_tag}.whl"


@dist_check(By.DECISION, source="decision D8", hint="delete it, or empty the folder and build again: nox -s wheels")
def wheel_of_release(dist: DistributionFolder) -> Iterator[Problem]:
    """every wheel is of this project and version, and serves an expected build"""
    expected = {wheel for wheels in serving(dist.builds, _ours(dist)).values() for wheel in wheels}
    for wheel in dist.wheels:
        if wheel.project != dist.project:
            yield Problem(f"is a wheel of {wheel.project}; this release is of {dist.project}", wheel.text)
        elif not wheel.is_of(dist.project, dist.version):
            yield Problem(
                f"is a wheel of version {wheel.version}; this release is of version {dist.version}", wheel.text
            )
        elif wheel not in expected:
            yield Problem(
                f"serves none of the expected builds: {join_names(map(str, dist.builds))}",
                where=wheel.text,
                hint=_EXPECT,
            )
        elif foreign := _foreign(wheel.platform_tags, dist.platforms):
            yield Problem(f"is also for {join_names(foreign)}, where no build is expected", wheel.text, hint=_EXPECT)


def _foreign(tags: Sequence[str], platforms: Sequence[Platform]) -> list[str]:
    """The platform tags of a wheel that are for none of the platforms."""
    universal = any(platform.name == "macosx_universal2" for platform in platforms)
    return [
        tag
        for tag in tags
        # A universal2 wheel may also have the tags of its two architectures; what auditwheel calls manylinux_2_17 is
        # manylinux2014 as well.
        if not any(is_for(tag, platform.family) for platform in platforms)
        and not (universal and tag.startswith("macosx_"))
    ]


@dist_check(
    By.DECISION, source="decisions D7 and D8", hint="delete it; the publish job uploads everything in the folder"
)
def only_wheels(dist: DistributionFolder) -> Iterator[Problem]:
    """the folder has nothing but wheels in it"""
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
