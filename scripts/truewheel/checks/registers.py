"""The registers: one per kind of subject."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from truewheel.findings import CheckRegister
from truewheel.wheel.unreadable import Unreadable

if TYPE_CHECKING:
    # For the annotations alone: a program loads (and needs installed) only what its own subjects are read with.
    from truewheel.checks.tagged_release import TaggedRelease
    from truewheel.config import Config
    from truewheel.publishing.distribution_folder import DistributionFolder
    from truewheel.publishing.publication import Publication
    from truewheel.wheel.reader import Wheel


@dataclass(frozen=True, slots=True)
class ReleaseWheel:
    """A wheel as a part of this release: what `[tool.release]` promises holds for it."""

    wheel: Wheel
    config: Config


release_check: CheckRegister[TaggedRelease] = CheckRegister()
# The publishing workflow, whatever the tag.
workflow_check: CheckRegister[TaggedRelease] = CheckRegister()
dist_check: CheckRegister[DistributionFolder] = CheckRegister()
# What the index has already of what is about to be published.
index_check: CheckRegister[Publication] = CheckRegister()
# What any wheel on PyPI should pass; and what only a wheel of this release must.
wheel_check: CheckRegister[Wheel] = CheckRegister()
release_wheel_check: CheckRegister[ReleaseWheel] = CheckRegister()
# All wheels of the release side by side.
wheel_set_check: CheckRegister[Sequence[Wheel]] = CheckRegister()

Parsed = TypeVar("Parsed")
Judged = TypeVar("Judged", bound="Wheel | ReleaseWheel")


class PartCheck(Generic[Parsed]):
    """Decorates a check of one parsed file of a wheel: it is called only if there is one.

    What cannot be parsed is a finding of one check (`metadata-valid`, `record-readable`, `wheel-file-valid`), and no
    other check has to think of it:

        @wheel_check("summary-short", …)
        @of_metadata
        def summary_short(_: Wheel, metadata: HeaderFile) -> Iterator[str]: …
    """

    def __init__(self, part: Callable[[Wheel], Parsed | Unreadable | None]) -> None:
        self._part = part

    def __call__(self, judge: Callable[[Judged, Parsed], Iterator[str]]) -> Callable[[Judged], Iterator[str]]:
        @functools.wraps(judge)
        def judge_parsed(subject: Judged) -> Iterator[str]:
            part = self._part(subject.wheel if isinstance(subject, ReleaseWheel) else subject)
            if part is not None and not isinstance(part, Unreadable):
                yield from judge(subject, part)

        return judge_parsed


of_record = PartCheck(lambda wheel: wheel.record)
of_metadata = PartCheck(lambda wheel: wheel.metadata)
of_wheel_file = PartCheck(lambda wheel: wheel.wheel_file)
