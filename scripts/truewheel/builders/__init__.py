"""Two ways to one wheel: cibuildwheel where it can build a platform here, zig everywhere else.

A builder is a module with a function `obstacle(platform, config)`, which says why it cannot build that platform
here and what would help (or None when it can), and a function `build(platform, sources, config, out)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from truewheel.builders import cibuildwheel, zig
from truewheel.builders.source_tree import SourceTree
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.system.github_actions import is_real_job


class Builder(Protocol):
    """What both modules offer."""

    def obstacle(self, platform: Platform, config: Config, *, may_pull: bool = True) -> str | None:
        """Why this builder cannot build `platform` on this machine, in one sentence; None when it can.

        With `may_pull` it fetches what it needs for that, an image; else it takes for granted that it could.
        """

    def build(self, platform: Platform, sources: SourceTree, config: Config, out: Path) -> Path:
        """Build the wheel of `platform` from `sources` into the empty folder `out`, and return it.

        Raises:
            ReleaseError: the build failed; its output has been shown.
        """


BUILDERS: Mapping[str, Builder] = {"cibuildwheel": cibuildwheel, "zig": zig}


@dataclass(frozen=True, slots=True)
class Choice:
    """The builder that was chosen, by name, and why."""

    name: str
    reason: str

    @property
    def builder(self) -> Builder:
        return BUILDERS[self.name]


def choose_builder(
    platform: Platform, config: Config, *, insisted: str | None, environ: Mapping[str, str], may_pull: bool = True
) -> Choice:
    """Choose the builder of `platform` on this machine.

    A release is built by cibuildwheel (D6), so in GitHub Actions nothing else will do. At a desk cibuildwheel
    builds what it can, and zig the rest. With `may_pull`, an image that is needed to know is fetched.

    Raises:
        ReleaseError: the builder that was insisted on, or every builder, cannot work here.
    """
    if insisted is not None:
        return _only(insisted, platform, config, environ, "you asked for it")
    if is_real_job(environ):
        return _only("cibuildwheel", platform, config, environ, "it builds every release in GitHub Actions")
    obstacle = cibuildwheel.obstacle(platform, config, may_pull=may_pull)
    if obstacle is None:
        condition = "" if may_pull or not platform.is_manylinux else ", once its image is there"
        return Choice("cibuildwheel", f"it can build {platform.name} here{condition}")
    return _only("zig", platform, config, environ, f"cibuildwheel cannot build {platform.name} here: {obstacle}")


def _only(name: str, platform: Platform, config: Config, environ: Mapping[str, str], reason: str) -> Choice:
    obstacle = BUILDERS[name].obstacle(platform, config)
    if obstacle is None:
        return Choice(name, reason)
    if is_real_job(environ):
        raise ReleaseError(f"{name} cannot build {platform.name} here: {obstacle}", hint="mend that, and run it again")
    others = ", ".join(other for other in BUILDERS if other != name)
    raise ReleaseError(
        f"{name} cannot build {platform.name} here: {obstacle}",
        hint=f"mend that, or try the other builder: -- --builder {others}",
    )
