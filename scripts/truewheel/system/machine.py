"""What machine this is, as far as it decides which wheels can be run and built here.

Everything else asks `machine.here()`, so that tests can pretend to be another machine in one place.
"""

from __future__ import annotations

import functools
import platform
import sys
from dataclasses import dataclass

from packaging.tags import platform_tags

_SYSTEMS = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine."""

    system: str  # `Linux`, `Windows` or `macOS`, as in `runner.os`
    architecture: str  # as the system spells it, lower-cased: `x86_64`, `amd64`, `aarch64`, `arm64`, …
    tags: tuple[str, ...]  # the platform tags that installers accept here, the best first; they tell glibc from musl

    def __str__(self) -> str:
        libc = " with musl" if any(tag.startswith("musllinux_") for tag in self.tags) else ""
        return f"{self.system}{libc} on {self.architecture}"


@functools.cache
def here() -> Machine:
    """Return this machine."""
    return Machine(_SYSTEMS.get(sys.platform, sys.platform), platform.machine().lower(), tuple(platform_tags()))
