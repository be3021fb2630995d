"""The registers: one per kind of subject."""

from __future__ import annotations

from scripts.distribution_folder import DistributionFolder
from scripts.findings import CheckRegister
from scripts.release import Release
from scripts.wheel import Wheel

release_check: CheckRegister[Release] = CheckRegister()
dist_check: CheckRegister[DistributionFolder] = CheckRegister()
wheel_check: CheckRegister[Wheel] = CheckRegister()
