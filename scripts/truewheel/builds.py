"""The builds that a release must serve, as cibuildwheel's build identifiers, and the wheels that serve them.

`cp313-manylinux_x86_64` stands for CPython 3.13 with glibc. Every build is served by exactly one wheel, and every wheel
serves at least one build: a `py3-none` or `abi3` wheel serves many, a `cp313-cp313` wheel serves one.
Source: cibuildwheel's build selectors; PEP 425, the tags that a Python accepts; PEP 803, `abi3t`.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from packaging.tags import Tag, compatible_tags, cpython_tags

# The Python of an identifier: `cp313`, `cp313t`, `pp311`, `gp311_242`; or a stable ABI: `cp313-abi3`.
_PYTHON = re.compile(r"(?:cp3(\d{1,2})(?:t|-abi3t?)?|pp3(\d{1,2})|gp3(\d{1,2})_\d+)", re.ASCII)
# What is before the architecture in a platform tag: the family and the version of the C library or of the system.
# Installers compare tags as text, so a number has no leading zeros.
_NUMBERS = r"_(?:0|[1-9]\d*)_(?:0|[1-9]\d*)"
_VERSIONED = {
    "manylinux": rf"manylinux(?:1|2010|2014|{_NUMBERS})",
    **{family: family + _NUMBERS for family in ("musllinux", "macosx", "ios")},
    "android": r"android_[1-9]\d*",
    "pyodide": rf"py(?:odide|emscripten){_NUMBERS}",
}


class Tagged(Protocol):
    """What has compatibility tags, e.g. the file name of a wheel."""

    @property
    def tags(self) -> frozenset[Tag]: ...


Wheel = TypeVar("Wheel", bound=Tagged)


@dataclass(frozen=True, slots=True)
class Build:
    """A build that a release must serve."""

    python: str  # its Python, e.g. `cp313`, `cp313t`, `pp311`; or `cp313-abi3`, which only a wheel with this tag serves
    platform: str  # the name of its platform, e.g. `manylinux_x86_64`

    def __str__(self) -> str:
        """Its identifier, e.g. `cp313-manylinux_x86_64`."""
        return f"{self.python}-{self.platform}"

    @property
    def minor(self) -> int:
        """The minor version of its Python 3: 13 for `cp313`."""
        match = _PYTHON.fullmatch(self.python)
        return int(match[match.lastindex or 0]) if match else 0

    def accepts(self, tags: Iterable[Tag]) -> bool:
        """Whether its Python can install a wheel with these tags."""
        accepted = _accepted_by(self.python)
        # The ABI of PyPy has a version of its own behind Python's, e.g. pypy311_pp73.
        return any(
            (tag.interpreter, tag.abi.partition("_pp")[0]) in accepted and is_for(tag.platform, self.platform)
            for tag in tags
        )


def parse_build(text: str, platform: str) -> Build | None:
    """Parse the identifier of a build of `platform`, or only its Python; None if it is neither.

    Both `cp313` and `cp313-win_amd64` are builds of `win_amd64`.
    """
    python = text.removesuffix(f"-{platform}")
    return Build(python, platform) if _PYTHON.fullmatch(python) else None


@functools.cache
def is_for(tag: str, platform: str) -> bool:
    """Whether the platform tag `tag` is for the platform of this name, which may be a whole tag.

    `manylinux_2_17_x86_64` is for `manylinux_x86_64` and for `manylinux_2_17_x86_64`.
    """
    family, _, architecture = platform.partition("_")
    if is_whole_tag(platform) or family not in _VERSIONED:
        return tag == platform
    return re.fullmatch(f"{_VERSIONED[family]}_{architecture}", tag, re.ASCII) is not None


def is_whole_tag(platform: str) -> bool:
    """Whether the name of a platform has a version of the C library or of macOS, e.g. `macosx_14_0_arm64`."""
    return any(re.match(f"{versioned}_", platform, re.ASCII) for versioned in _VERSIONED.values())


@functools.cache
def _accepted_by(python: str) -> frozenset[tuple[str, str]]:
    """The interpreter and ABI tags of wheels that a Python can install, without those for every platform."""
    kind, minor = python[:2], Build(python, "").minor
    if "-" in python:
        interpreter, _, abi = python.partition("-")
        return frozenset({(interpreter, abi)})
    interpreter, abis = python.removesuffix("t"), [python]
    if kind == "cp" and minor < 8:
        abis.append(f"{python}m")
    if kind == "pp":
        abis = [f"pypy3{minor}"]
    if kind == "gp":
        release = python.partition("_")[2]
        interpreter, abis = f"graalpy3{minor}", [f"graalpy{release}_3{minor}_native"]
    own = {(interpreter, abi) for abi in [*abis, "none"]}
    stable = cpython_tags((3, minor), abis, ["any"]) if kind == "cp" else ()
    every = compatible_tags((3, minor), interpreter, ["any"])
    return frozenset(own | {(tag.interpreter, tag.abi) for tag in itertools.chain(stable, every)})


def serving(builds: Sequence[Build], wheels: Iterable[Wheel]) -> dict[Build, list[Wheel]]:
    """The wheels that serve each of the builds.

    A wheel with the whole tag of a platform serves only that one: `macosx_14_0_arm64`, not `macosx_arm64`.
    """
    names = {build.platform for build in builds}
    candidates: dict[str, list[Wheel]] = {name: [] for name in names}
    for wheel in wheels:
        tags = {tag.platform for tag in wheel.tags}
        own = tags & names
        for name in own or names:
            if own or any(is_for(tag, name) for tag in tags):
                candidates[name].append(wheel)
    return {build: [wheel for wheel in candidates[build.platform] if build.accepts(wheel.tags)] for build in builds}


def unserved(builds: Sequence[Build], wheels: Iterable[Tagged]) -> list[Build]:
    """The builds that no wheel serves."""
    return [build for build, served_by in serving(builds, wheels).items() if not served_by]


def serves_any(wheel: Tagged, builds: Iterable[Build]) -> bool:
    """Whether the Python of one of the builds can install a wheel."""
    return any(build.accepts(wheel.tags) for build in builds)
