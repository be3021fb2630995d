"""The platforms that a release is built for, and the native code that a platform tag stands for.

A platform is named like a platform tag without the version of the C library: `manylinux_x86_64`, `win_amd64`.
Source: the platform compatibility tags specification (PEP 425, 513, 600).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

KNOWN_PLATFORMS = (
    "manylinux_x86_64",
    "manylinux_aarch64",
    "manylinux_i686",
    "win_amd64",
    "win_arm64",
    "win32",
)

# The platform tags of each format of native code; the group is the architecture.
_FORMATS = (
    (re.compile(r"(?:manylinux(?:1|2010|2014|_\d+_\d+)|musllinux_\d+_\d+|linux)_(\w+)", re.ASCII), "ELF"),
    (re.compile(r"win_?(amd64|arm64|32)"), "PE"),
    (re.compile(r"macosx_\d+_\d+_(\w+)", re.ASCII), "Mach-O"),
)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "i686": "x86", "32": "x86"}
_MANYLINUX = re.compile(r"manylinux(?:1|2010|2014|_\d+_\d+)_(\w+)", re.ASCII)


class GlibcVersion(NamedTuple):
    """A version of glibc, e.g. `2.28`."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True)
class NativeTarget:
    """The format (`ELF`, `PE`, `Mach-O`) and machine of native code, e.g. `ELF for x86_64`."""

    format: str
    machine: str

    def __str__(self) -> str:
        return f"{self.format} for {self.machine}"


@dataclass(frozen=True, slots=True)
class Platform:
    """One row of `[tool.release.platforms]`.

    Attributes:
        name: e.g. `manylinux_x86_64`.
        runner: the GitHub runner that builds its wheel, e.g. `ubuntu-latest`.
        newest_glibc: the newest glibc that its wheel may need; None if it has no glibc.
    """

    name: str
    runner: str
    newest_glibc: GlibcVersion | None = None

    @property
    def is_manylinux(self) -> bool:
        return self.name.startswith("manylinux_")

    @property
    def architecture(self) -> str:
        """The end of the name: `x86_64`, `amd64`, …"""
        return self.name.removeprefix("manylinux_").removeprefix("win_").removeprefix("win")

    @property
    def example_tag(self) -> str:
        """The platform tag in the name of its wheel, as messages show it."""
        return f"manylinux_…_{self.architecture}" if self.is_manylinux else self.name

    def accepts(self, tag: str) -> bool:
        """Whether a wheel with the platform tag `tag` is for this platform."""
        if not self.is_manylinux:
            return tag == self.name
        match = _MANYLINUX.fullmatch(tag)
        return match is not None and match[1] == self.architecture

    def accepts_all(self, tags: Iterable[str]) -> bool:
        """Whether all platform tags of a wheel, at least one, are for this platform."""
        known = list(tags)
        return bool(known) and all(self.accepts(tag) for tag in known)


def native_target(tag: str) -> NativeTarget | None:
    """Return the target of native code in a wheel with the platform tag `tag`; None for `any` and unknown tags."""
    for pattern, native_format in _FORMATS:
        if match := pattern.fullmatch(tag):
            return NativeTarget(native_format, _MACHINES.get(match[1], match[1]))
    return None
