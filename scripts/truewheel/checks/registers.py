"""The registers: one per kind of subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truewheel.findings import CheckRegister

if TYPE_CHECKING:
    # For the annotations alone: a program loads (and needs installed) only what its own subjects are read with.
    from truewheel.checks.release_subject import Release
    from truewheel.config import Config
    from truewheel.publishing.distribution_folder import DistributionFolder
    from truewheel.publishing.publication import Publication
    from truewheel.wheel.reader import Wheel


@dataclass(frozen=True, slots=True)
class ReleaseWheel:
    """A wheel as a part of this release: what `[tool.release]` promises holds for it."""

    wheel: Wheel
    config: Config


release_check: CheckRegister[Release] = CheckRegister()
# The publishing workflow, whatever the tag.
workflow_check: CheckRegister[Release] = CheckRegister()
dist_check: CheckRegister[DistributionFolder] = CheckRegister()
# What the index has already of what is about to be published.
index_check: CheckRegister[Publication] = CheckRegister()
# What any wheel on PyPI should pass; and what only a wheel of this release must.
wheel_check: CheckRegister[Wheel] = CheckRegister()
release_wheel_check: CheckRegister[ReleaseWheel] = CheckRegister()
# All wheels of the release side by side.
wheel_set_check: CheckRegister[Sequence[Wheel]] = CheckRegister()
