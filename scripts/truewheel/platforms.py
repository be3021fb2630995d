"""The platforms that a release is built for, and the native code that a platform tag stands for.

A platform is named like a platform tag without the version of the C library: `manylinux_x86_64`, `win_amd64`.
Source: the platform compatibility tags specification (PEP 425, 513, 600).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from truewheel.builds import Build, is_for, is_whole_tag
from truewheel.toml_tables import table_of

_TABLE = table_of(__file__)
_CIBUILDWHEEL: Mapping[str, Sequence[str]] = _TABLE["cibuildwheel"]
KNOWN_PLATFORMS = tuple(_CIBUILDWHEEL)
ZIG_TARGETS: Mapping[str, Sequence[str]] = _TABLE["zig"]
# GitHub has no runner of these; cibuildwheel emulates them with qemu.
_EMULATED = ("ppc64le", "s390x", "armv7l", "riscv64")

# The platform tags of each format of native code; the group is the architecture.
_FORMATS = (
    (re.compile(r"(?:manylinux(?:1|2010|2014|_\d+_\d+)|musllinux_\d+_\d+|linux)_(\w+)", re.ASCII), "ELF"),
    (re.compile(r"win_?(amd64|arm64|32)"), "PE"),
    (re.compile(r"macosx_\d+_\d+_(\w+)", re.ASCII), "Mach-O"),
)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "i686": "x86", "32": "x86"}


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

    @property
    def system(self) -> str:
        """The system that runs it, as in `runner.os`."""
        return {"ELF": "Linux", "PE": "Windows", "Mach-O": "macOS"}[self.format]


@dataclass(frozen=True, slots=True)
class Platform:
    """One row of `[tool.release.platforms]`."""

    # E.g. `manylinux_x86_64`; or a whole tag such as `macosx_14_0_arm64`, for a release with wheels for several
    # versions of one platform.
    name: str
    runner: str  # the GitHub runner that builds its wheels, e.g. `ubuntu-latest`
    newest_glibc: GlibcVersion | None = None  # the newest glibc that its wheels may need; None if any may be needed
    builds: tuple[Build, ...] = ()  # the builds that its wheels must serve
    builder: str | None = None  # the builder that must build them, even on a maintainer's machine; None for any

    @property
    def is_manylinux(self) -> bool:
        return self.name.startswith("manylinux")

    @property
    def family(self) -> str:
        """Its name in cibuildwheel's identifiers: `macosx_arm64` for `macosx_14_0_arm64`; empty if it has none."""
        return next((each for each in KNOWN_PLATFORMS if self.name == each or is_for(self.name, each)), "")

    @property
    def system(self) -> str:
        """The system as cibuildwheel names it: `linux`, `macos` or `windows`."""
        return _CIBUILDWHEEL[self.family][0]

    @property
    def architecture(self) -> str:
        """The architecture as cibuildwheel names it: `x86_64`, `AMD64`, `universal2`, …"""
        return _CIBUILDWHEEL[self.family][1]

    @property
    def is_emulated(self) -> bool:
        """Whether no GitHub runner has this architecture, so that qemu has to run its builds."""
        return self.architecture in _EMULATED

    @property
    def needs_emulator(self) -> bool:
        """Whether its runner, one of GitHub's for Linux, has another processor."""
        arm, is_arm = self.architecture == "aarch64", "arm" in self.runner
        return self.system == "linux" and self.runner.startswith("ubuntu-") and (self.is_emulated or arm != is_arm)

    @property
    def has_runner(self) -> bool:
        """Whether GitHub has a runner that can run its wheels: none has musl as its C library."""
        return not self.is_emulated and not self.name.startswith("musllinux_")

    @property
    def example_tag(self) -> str:
        """The platform tag in the names of its wheels, as messages show it."""
        system, _, rest = self.name.partition("_")
        return self.name if self.system == "windows" or is_whole_tag(self.name) else f"{system}_…_{rest}"

    def accepts(self, tag: str) -> bool:
        """Whether a wheel with the platform tag `tag` is for this platform."""
        return is_for(tag, self.name)

    def accepts_any(self, tags: Iterable[str]) -> bool:
        """Whether one of the platform tags of a wheel is for this platform."""
        return any(self.accepts(tag) for tag in tags)


def builds_of(platforms: Iterable[Platform]) -> tuple[Build, ...]:
    """The builds of all platforms."""
    return tuple(build for platform in platforms for build in platform.builds)


def native_target(tag: str) -> NativeTarget | None:
    """Return the target of native code in a wheel with the platform tag `tag`; None for `any` and unknown tags."""
    for pattern, native_format in _FORMATS:
        if match := pattern.fullmatch(tag):
            return NativeTarget(native_format, _MACHINES.get(match[1], match[1]))
    return None
