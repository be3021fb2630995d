"""Is there a wheel for every Python that the project promises, and for the same ones on every platform?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_set_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By, Problem
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

# Of the minor versions of Python 3 so many are asked about, and of each of those so many releases.
_MINORS = range(40)
_MICROS = range(40)


@release_wheel_check(
    "pythons-supported",
    "the wheel can be installed into every Python that Requires-Python allows",
    by=By.DECISION,
    source="one wheel for each platform (decision D8): a Python that it is not for gets nothing",
    hint="build it for all (py3-none) or with the oldest one's stable ABI (cp310-abi3), or mend requires-python",
)
@of_metadata
def pythons_supported(subject: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    wheel, requirement = subject.wheel, metadata.one("Requires-Python")
    if wheel.filename is None or requirement is None:
        return
    try:
        unserved = [minor for minor in _allowed(requirement) if not _serve(wheel.filename.tags, minor)]
    except ValueError:  # metadata-valid says so
        return
    if unserved:
        first, more = unserved[0], " and others" if len(unserved) > 1 else ""
        yield (
            f"the tag {_spelled(wheel)} is not for Python 3.{first}{more}, "
            f"which Requires-Python {abbreviate(requirement)} allows"
        )


def oldest_python(requirement: str) -> int | None:
    """The oldest minor version of Python 3 that a Requires-Python allows; None when it is none, or allows none."""
    try:
        return next(_allowed(requirement), None) if requirement else None
    except ValueError:  # metadata-valid says so
        return None


def _allowed(requirement: str) -> Iterator[int]:
    """The minor versions of Python 3 of which any release is allowed."""
    specifiers = SpecifierSet(requirement)
    return (minor for minor in _MINORS if any(specifiers.contains(f"3.{minor}.{micro}") for micro in _MICROS))


def _serve(tags: frozenset[Tag], minor: int) -> bool:
    return any(_serves(tag, minor) for tag in tags)


def _serves(tag: Tag, minor: int) -> bool:
    """Whether CPython 3.`minor`, as most people have it, takes a wheel with this tag."""
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
    by=By.CARE,
    source="spec: what a user gets must not depend on the machine",
    hint="build all of them again with one Python and one configuration: nox -s wheels",
)
def python_tags_alike(wheels: Sequence[Wheel]) -> Iterator[Problem]:
    for wheel in wheels[1:]:
        if _spelled(wheel) != _spelled(wheels[0]):
            yield Problem(
                f"{wheel.name} is for {_spelled(wheel)}, but {wheels[0].name} for {_spelled(wheels[0])}",
                where=wheel.name,
            )
