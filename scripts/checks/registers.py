"""The registers: one per kind of subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.findings import CheckRegister

if TYPE_CHECKING:
    # For the annotations alone: a program loads (and needs installed) only what its own subjects are read with.
    from scripts.distribution_folder import DistributionFolder
    from scripts.release import Release
    from scripts.wheel import Wheel

release_check: CheckRegister[Release] = CheckRegister()
dist_check: CheckRegister[DistributionFolder] = CheckRegister()
wheel_check: CheckRegister[Wheel] = CheckRegister()
