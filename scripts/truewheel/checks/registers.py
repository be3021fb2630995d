"""The registers of checks: one for each kind of subject."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from truewheel.findings import CheckRegister, Problem
from truewheel.wheel.dist_info import Unreadable

if TYPE_CHECKING:
    # Only for annotations: a program imports only the libraries that its own subjects need.
    from truewheel.builders.project import Project
    from truewheel.checks.tagged_release import TaggedRelease
    from truewheel.config import Config
    from truewheel.publishing.distribution_folder import DistributionFolder
    from truewheel.publishing.publication import Publication
    from truewheel.wheel.reader import Wheel


@dataclass(frozen=True, slots=True)
class ReleaseWheel:
    """A wheel of the release that `[tool.release]` describes."""

    wheel: Wheel
    config: Config


@dataclass(frozen=True)
class ReleaseSources:
    """The wheels of the release, and the files that git tracks."""

    wheels: Sequence[Wheel]  # those that can be compared
    tracked: Mapping[str, bytes]  # the contents of those that are compared, by their paths in the repository
    package: str  # the folder of the package in the repository, e.g. `bindings/python`
    # What the libraries may export, as in [tool.release]; None if it does not say.
    exports: tuple[str, ...] | None = None
    others: Sequence[str] = ()  # the paths of all other files
    project: Mapping[str, Any] = field(default_factory=dict)  # the table [project] of the package

    @property
    def paths(self) -> list[str]:
        return sorted({*self.tracked, *self.others})

    def origin(self, installed: str) -> str | None:
        """Return the tracked file that was installed as `installed`: the only one whose path ends like that.

        None if there is none, empty if there are several.
        """
        alike = self._by_basename.get(installed.rpartition("/")[2], ())
        found = [path for path in alike if f"/{path}".endswith(f"/{installed}")]
        inside = [path for path in found if path.startswith(f"{self.package}/")]
        return next((paths[0] for paths in (found, inside) if len(paths) == 1), "" if found else None)

    @functools.cached_property
    def _by_basename(self) -> Mapping[str, list[str]]:
        paths: dict[str, list[str]] = {}
        for path in self.paths:
            paths.setdefault(path.rpartition("/")[2], []).append(path)
        return paths


release_check: CheckRegister[TaggedRelease] = CheckRegister()
# The publishing workflow; the tag makes no difference.
workflow_check: CheckRegister[TaggedRelease] = CheckRegister()
dist_check: CheckRegister[DistributionFolder] = CheckRegister()
# What the package says about its build.
project_check: CheckRegister[Project] = CheckRegister()
# What the index already has of the release.
index_check: CheckRegister[Publication] = CheckRegister()
# For every wheel, and only for wheels of the release.
wheel_check: CheckRegister[Wheel] = CheckRegister()
release_wheel_check: CheckRegister[ReleaseWheel] = CheckRegister()
# All wheels of the release together.
wheel_set_check: CheckRegister[Sequence[Wheel]] = CheckRegister()
# The same, with the sources that they were built from.
source_check: CheckRegister[ReleaseSources] = CheckRegister()
# All of them, by what their checks look at.
EVERY: Mapping[str, CheckRegister[Any]] = {
    "the tag and the source tree": release_check,
    "the publishing workflow": workflow_check,
    "the build": project_check,
    "the index": index_check,
    "the folder": dist_check,
    "any wheel": wheel_check,
    "a wheel of this release": release_wheel_check,
    "the wheels of this release together": wheel_set_check,
    "the wheels of this release and the sources in git": source_check,
}

Parsed = TypeVar("Parsed")
Judged = TypeVar("Judged", bound="Wheel | ReleaseWheel")


class PartCheck(Generic[Parsed]):
    """Decorates a check of one file of a wheel, e.g. METADATA: it is called only if the file could be parsed.

    A file that could not is reported by one check (`metadata-valid`, `record-readable`, `wheel-file-valid`):

        @wheel_check(…)
        @of_metadata
        def summary_short(_: Wheel, metadata: HeaderFile) -> Iterator[str]: …
    """

    def __init__(self, part: Callable[[Wheel], Parsed | Unreadable | None]) -> None:
        self._part = part

    def __call__(
        self, judge: Callable[[Judged, Parsed], Iterator[str | Problem]]
    ) -> Callable[[Judged], Iterator[str | Problem]]:
        @functools.wraps(judge)
        def judge_parsed(subject: Judged) -> Iterator[str | Problem]:
            part = self._part(subject.wheel if isinstance(subject, ReleaseWheel) else subject)
            if part is not None and not isinstance(part, Unreadable):
                yield from judge(subject, part)

        return judge_parsed


of_record = PartCheck(lambda wheel: wheel.record)
of_metadata = PartCheck(lambda wheel: wheel.metadata)
of_wheel_file = PartCheck(lambda wheel: wheel.wheel_file)
