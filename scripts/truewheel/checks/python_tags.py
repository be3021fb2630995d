"""Is there a wheel for every supported Python?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_set_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

# The minor versions of Python 3 that are tried, and the releases of each.
_MINORS = range(40)
_MICROS = range(40)


@release_wheel_check(
    "pythons-supported",
    "the wheel can be installed into every Python that Requires-Python allows",
    by=By.DECISION,
    source="decision D8: with one wheel per platform, other Pythons get none",
    hint="build it for all (py3-none) or with the stable ABI of the oldest (cp310-abi3), or fix requires-python",
)
@of_metadata
def pythons_supported(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    wheel, requirement = subject.wheel, metadata.one("Requires-Python")
    if wheel.filename is None or requirement is None:
        return
    try:
        unserved = [minor for minor in _allowed(requirement) if not _serve(wheel.filename.tags, minor)]
    except ValueError:  # metadata-valid reports it
        return
    if unserved:
        pythons = f"Python 3.{unserved[0]}{' and others' if len(unserved) > 1 else ''}"
        yield f"the tag {_spelled(wheel)} is not for {pythons}, which Requires-Python {abbreviate(requirement)} allows"


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


def _serve(tags: frozenset[Tag], minor: int) -> bool:
    return any(_serves(tag, minor) for tag in tags)


def _serves(tag: Tag, minor: int) -> bool:
    """Whether the usual build of CPython 3.`minor` accepts a wheel with this tag."""
    name, version = tag.interpreter[:2], tag.interpreter[2:]
    if not version.isdecimal() or version[0] != "3":
        return False
    oldest = int(version[1:] or 0)
    if name == "py":
        return tag.abi == "none" and oldest <= minor
    if name == "cp" and tag.abi == "abi3":
        return oldest <= minor
    return name == "cp" and oldest == minor and tag.abi in ("none", tag.interpreter)


def _spelled(wheel: Wheel) -> str:
    tags = wheel.filename.tags if wheel.filename else frozenset()
    return join_names(sorted({f"{tag.interpreter}-{tag.abi}" for tag in tags}))


@wheel_set_check(
    "python-tags-alike",
    "the wheels of all platforms are for the same Pythons",
    by=By.DECISION,
    source="decision D8: the wheels differ only in their platform",
    hint="build all of them again with one Python and one configuration: nox -s wheels",
)
def python_tags_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    for wheel in wheels[1:]:
        if _spelled(wheel) != _spelled(wheels[0]):
            yield Problem(f"is for {_spelled(wheel)}, but {wheels[0].name} is for {_spelled(wheels[0])}", wheel.name)
