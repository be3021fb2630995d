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

# The Python of an identifier: `cp313`, `cp313t`, `pp311`, `gp311_242`.
_PYTHON = re.compile(r"(?:cp3(\d{1,2})t?|pp3(\d{1,2})|gp3(\d{1,2})_\d+)", re.ASCII)
# What is between the family and the architecture in a platform tag: the version of the C library or of macOS.
VERSIONS = {"manylinux": r"(?:1|2010|2014|_\d+_\d+)", "musllinux": r"_\d+_\d+", "macosx": r"_\d+_\d+"}


class Tagged(Protocol):
    """What has compatibility tags, e.g. the file name of a wheel."""

    @property
    def tags(self) -> frozenset[Tag]: ...


Wheel = TypeVar("Wheel", bound=Tagged)


@dataclass(frozen=True, slots=True)
class Build:
    """A build that a release must serve.

    Attributes:
        python: its Python, e.g. `cp313`, `cp313t`, `pp311`.
        platform: the name of a platform, e.g. `manylinux_x86_64`, or a whole platform tag.
    """

    python: str
    platform: str

    def __str__(self) -> str:
        """Its identifier."""
        return f"{self.python}-{self.platform}"

    @property
    def minor(self) -> int:
        """The minor version of its Python 3: 13 for `cp313`."""
        match = _PYTHON.fullmatch(self.python)
        return int(next(filter(None, match.groups()))) if match else 0

    def accepts(self, tags: Iterable[Tag]) -> bool:
        """Whether its Python can install a wheel with these tags."""
        return any(self._accepted(tags))

    def _accepted(self, tags: Iterable[Tag]) -> list[Tag]:
        accepted = _accepted_by(self.python)
        return [tag for tag in tags if (tag.interpreter, tag.abi) in accepted and is_for(tag.platform, self.platform)]

    def served_by(self, wheels: Iterable[Wheel]) -> list[Wheel]:
        """The wheels that serve it.

        Among wheels with the stable ABI, only those for the newest Python: pip prefers `cp311-abi3` to `cp38-abi3`.
        """
        accepting = {wheel: tags for wheel in wheels if (tags := self._accepted(wheel.tags))}
        stable = {
            wheel: max(int(tag.interpreter[3:]) for tag in tags)
            for wheel, tags in accepting.items()
            if all(tag.abi.startswith("abi3") for tag in tags)
        }
        newest = max(stable.values(), default=0)
        return [wheel for wheel in accepting if stable.get(wheel, newest) == newest]


def parse_build(text: str, platform: str) -> Build | None:
    """Parse an identifier of a build of `platform`, or only its Python; None if it is neither.

    `cp313`, `cp313-manylinux_x86_64` and `cp313-manylinux_2_34_x86_64` are builds of `manylinux_x86_64`.
    """
    python, dash, tag = text.partition("-")
    tag = tag if dash else platform
    if not _PYTHON.fullmatch(python) or not (tag == platform or is_for(tag, platform)):
        return None
    return Build(python, tag)


@functools.cache
def is_for(tag: str, platform: str) -> bool:
    """Whether the platform tag `tag` is for `platform`, which is the name of a platform or a whole platform tag.

    `manylinux_2_17_x86_64` is for `manylinux_x86_64` and for itself.
    """
    family, _, architecture = platform.partition("_")
    version = VERSIONS.get(family)
    if version is None or re.match(f"{family}{version}_", platform, re.ASCII):
        return tag == platform
    return re.fullmatch(f"{family}{version}_{architecture}", tag, re.ASCII) is not None


@functools.cache
def _accepted_by(python: str) -> frozenset[tuple[str, str]]:
    """The interpreter and ABI tags of wheels that a Python can install, without those for every platform."""
    kind, minor = python[:2], Build(python, "").minor
    interpreter, abis = python.removesuffix("t"), [python]
    if kind == "cp" and minor < 8:
        abis.append(f"{python}m")
    if kind == "pp":
        abis = [f"pypy3{minor}_pp{patch}" for patch in range(70, 80)]
    if kind == "gp":
        release = python.partition("_")[2]
        interpreter, abis = f"graalpy3{minor}", [f"graalpy{release}_3{minor}_native"]
    own = {(interpreter, abi) for abi in [*abis, "none"]}
    stable = cpython_tags((3, minor), abis, ["any"]) if kind == "cp" else ()
    every = compatible_tags((3, minor), interpreter, ["any"])
    return frozenset(own | {(tag.interpreter, tag.abi) for tag in itertools.chain(stable, every)})


def unserved(builds: Iterable[Build], wheels: Sequence[Tagged]) -> list[Build]:
    """The builds that no wheel serves."""
    return [build for build in builds if not build.served_by(wheels)]


def serves_any(wheel: Tagged, builds: Iterable[Build]) -> bool:
    """Whether a wheel serves one of the builds."""
    return any(build.accepts(wheel.tags) for build in builds)
