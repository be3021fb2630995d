"""Which file of a project pip takes, for each CPython and each common platform: from what the index's page shows.

It is what `pip install NAME` does on a current system: of the newest version that has a file for the Python and the
platform, the best file. Source: pip's finder; PEP 425 (tags), PEP 592 (yanked), PEP 440 (pre-releases), and
Requires-Python of the core metadata.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import BuildTag
from packaging.version import Version

from truewheel.publishing.indexed_release import IndexedFile
from truewheel.versions import try_version
from truewheel.wheel.filename import try_parse

# CPython 3.9 to the newest, each in its last release: some versions exclude the first releases of a Python.
_MINORS = range(9, 16)
_LAST_PATCH = 99
# The rank of an sdist, which fits everywhere: behind every wheel.
_SDIST = -1_000_000
_LEGACY = {17: "2014", 12: "2010", 5: "1"}


def _glibc(architecture: str) -> Iterator[str]:
    for minor in range(42, 4, -1):
        yield f"manylinux_2_{minor}_{architecture}"
        if minor in _LEGACY:
            yield f"manylinux{_LEGACY[minor]}_{architecture}"
    yield f"linux_{architecture}"


def _musl(architecture: str) -> tuple[str, ...]:
    return (*(f"musllinux_1_{minor}_{architecture}" for minor in (2, 1, 0)), f"linux_{architecture}")


# The platform tags that a current system of each platform accepts, the best first.
PLATFORMS: Mapping[str, tuple[str, ...]] = {
    "Linux x86_64": tuple(_glibc("x86_64")),
    "Linux aarch64": tuple(_glibc("aarch64")),
    "Linux x86_64 (musl)": _musl("x86_64"),
    "Linux aarch64 (musl)": _musl("aarch64"),
    "Windows AMD64": ("win_amd64",),
    "Windows ARM64": ("win_arm64",),
    "Windows 32-bit": ("win32",),
    "macOS arm64": tuple(mac_platforms((26, 0), "arm64")),
    "macOS x86_64": tuple(mac_platforms((26, 0), "x86_64")),
}


@dataclass(frozen=True, slots=True)
class PipChoice:
    """What pip takes in one place."""

    python: str  # a version of CPython, e.g. `3.13`
    platform: str  # one of `PLATFORMS`
    version: str = ""  # the version that pip takes; empty if it finds nothing
    file: str = ""  # the name of the file


@functools.lru_cache(maxsize=1)  # several checks ask
def pip_choices(files: tuple[IndexedFile, ...]) -> tuple[PipChoice, ...]:
    """Return what pip takes of a project's files, for each of `PLATFORMS` and each CPython from 3.9 to the newest."""
    finals: dict[Version, list[IndexedFile]] = {}
    others: dict[Version, list[IndexedFile]] = {}
    for file in files:
        if version := try_version(file.version):
            (others if version.is_prerelease else finals).setdefault(version, []).append(file)
    # Pre-releases are candidates only where nothing else is, not even a yanked version.
    newest = [[group[version] for version in sorted(group, reverse=True)] for group in (finals, others)]
    places = itertools.product(PLATFORMS, _MINORS)
    return tuple(PipChoice(f"3.{minor}", name, *_take(newest, minor, name)) for name, minor in places)


def _take(groups: Iterable[Sequence[Sequence[IndexedFile]]], minor: int, platform: str) -> tuple[str, ...]:
    """The version and the name of the file that pip takes from groups of versions; nothing if it finds none."""
    for versions in groups:
        is_any = False
        for files in versions:
            ranks = {file: rank for file in files if (rank := _rank(file, minor, platform)) is not None}
            if offered := [file for file in ranks if file.yanked is None]:
                best = max(offered, key=ranks.__getitem__)
                return str(try_version(best.version)), best.name
            is_any = is_any or bool(ranks)
        if is_any:
            break
    return ()


def _rank(file: IndexedFile, minor: int, platform: str) -> tuple[int, BuildTag] | None:
    """How much pip prefers a file to others of its version; None if it does not fit."""
    if not promises(file.requires_python, f"3.{minor}"):
        return None
    wheel = _parsed(file.name)
    if wheel is None:
        return None if file.name.endswith(".whl") else (_SDIST, ())
    ranks = _ranks(minor, platform)
    best = min((ranks[tag] for tag in wheel.tags if tag in ranks), default=None)
    return None if best is None else (-best, wheel.build)


_parsed = functools.cache(try_parse)


@functools.cache
def _ranks(minor: int, platform: str) -> Mapping[Tag, int]:
    """The tags that a CPython accepts, with their places in its order."""
    python, tags = f"cp3{minor}", PLATFORMS[platform]
    every = [*cpython_tags((3, minor), [python], tags), *compatible_tags((3, minor), python, tags)]
    return {tag: rank for rank, tag in reversed([*enumerate(every)])}


@functools.cache
def promises(requires_python: str, python: str) -> bool:
    """Whether a Requires-Python allows the last release of a CPython, e.g. `3.13`; one that is broken allows all."""
    try:
        return SpecifierSet(requires_python).contains(f"{python}.{_LAST_PATCH}")
    except InvalidSpecifier:
        return True


def shown_places(choices: Iterable[PipChoice]) -> str:
    """Name places in few words: `CPython 3.14 to 3.15 on Linux x86_64 and macOS arm64`."""
    pythons: dict[str, list[str]] = {}
    for choice in choices:
        pythons.setdefault(choice.platform, []).append(choice.python)
    alike: dict[str, list[str]] = {}
    for platform, versions in pythons.items():
        alike.setdefault(python_ranges(versions), []).append(platform)
    return "; ".join(
        f"CPython {versions} on {'every platform' if len(platforms) == len(PLATFORMS) else ', '.join(platforms)}"
        for versions, platforms in alike.items()
    )


def python_ranges(versions: Sequence[str]) -> str:
    """Name versions of Python in their order, `3.9 to 3.12, 3.14`."""
    minors = [int(version.partition(".")[2]) for version in versions]
    runs = [[*run] for _, run in itertools.groupby(minors, key=lambda minor: minor - minors.index(minor))]
    return ", ".join(f"3.{run[0]} to 3.{run[-1]}" if len(run) > 1 else f"3.{run[0]}" for run in runs)
