"""What may stop a release: one module per subject matter, and the registers that they declare their checks in.

A program imports the modules whose checks it runs; importing one is what fills the registers.
"""

from __future__ import annotations

from scripts.checks.registers import dist_check, release_check, wheel_check

__all__ = ["dist_check", "release_check", "wheel_check"]
