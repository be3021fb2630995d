"""Two builders that make the same wheels: cibuildwheel where it can build a platform, zig everywhere else.

A builder is a module with two functions: `why_not` returns why it cannot build a platform on this machine, and
`build` builds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from truewheel.builders import cibuildwheel, zig
from truewheel.builders.project import SOURCES_HINT, read_project
from truewheel.builders.source_tree import SourceTree
from truewheel.config import Config
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.system.github_actions import is_real_job


class CannotBuildHere(ReleaseError):
    """No builder, or not the one that was requested, can build a platform on this machine; another machine may."""


class Builder(Protocol):
    """The functions of a builder's module."""

    def why_not(self, platform: Platform, config: Config, *, may_pull: bool = True) -> str | None:
        """Return why this machine cannot build `platform`, in one sentence; None if it can.

        With `may_pull`, a container image is pulled to find out; without, it is assumed to be there.
        """

    def build(self, platform: Platform, sources: SourceTree, config: Config, out: Path) -> list[Path]:
        """Build wheels into the empty folder `out`, and return them; ReleaseError if it fails, after its output."""


BUILDERS: Mapping[str, Builder] = {"cibuildwheel": cibuildwheel, "zig": zig}


@dataclass(frozen=True, slots=True)
class Choice:
    """The name of the chosen builder, and why it was chosen."""

    name: str
    reason: str

    @property
    def builder(self) -> Builder:
        return BUILDERS[self.name]


def choose_builder(
    platform: Platform, config: Config, *, requested: str | None, environ: Mapping[str, str], may_pull: bool = True
) -> Choice:
    """Choose the builder of `platform` on this machine.

    In GitHub Actions only cibuildwheel builds (decision D6); locally zig builds what cibuildwheel cannot.
    CannotBuildHere if no builder, or not the one requested, can; ReleaseError if it cannot be built anywhere.
    """
    if outside := read_project(config).outside:
        raise ReleaseError(f"no builder can build {platform.name}: {outside}", hint=SOURCES_HINT)
    if requested is not None:
        candidates = {requested: "requested with --builder"}
    elif is_real_job(environ):
        candidates = {"cibuildwheel": "it builds every release in GitHub Actions"}
    elif platform.builder is not None:
        candidates = {platform.builder: f"as [tool.release.platforms.{platform.name}] demands"}
    else:
        candidates = {"cibuildwheel": f"it can build {platform.name} here", "zig": ""}
    problems: list[str] = []
    for name, reason in candidates.items():
        why_not = BUILDERS[name].why_not(platform, config, may_pull=may_pull)
        if why_not is None:
            pull = "" if may_pull or name != "cibuildwheel" else cibuildwheel.missing_image(platform, config)
            return Choice(name, (reason or "; ".join(problems)) + (pull and f", once the image {pull} is pulled"))
        problems.append(f"{name} cannot build {platform.name} here: {why_not}")
    raise CannotBuildHere("; ".join(problems), hint=_remedy(platform, config, candidates, environ))


def _remedy(platform: Platform, config: Config, tried: Mapping[str, str], environ: Mapping[str, str]) -> str:
    if is_real_job(environ):
        return "change the job's runner or image: in GitHub Actions only cibuildwheel builds (decision D6)"
    for name, builder in BUILDERS.items():
        is_allowed = platform.builder in (None, name)
        if name not in tried and is_allowed and builder.why_not(platform, config, may_pull=False) is None:
            return f'use the other builder: nox -s "wheels({platform.name})" -- --builder {name}'
    return "leave this wheel to CI, where each platform is built on its own runner"
