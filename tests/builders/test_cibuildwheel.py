"""Real builds by cibuildwheel in a container. They take minutes, so they only run with -m container."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from tests.support.builds import build, new_clone, wheel_line

PLATFORM = "manylinux_x86_64"


@pytest.mark.container
@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_two_builds_of_one_commit_are_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("first", "a second one with a longer path"):
        clone = new_clone(tmp_path / name)
        outcome = build(clone, PLATFORM, "--builder", "cibuildwheel")
        assert outcome.status == 0, outcome.output
        assert wheel_line(outcome).endswith("  tested")
        # Built once, then tested on every Python that the package supports.
        assert outcome.output.count("Found previously built wheel") == 3
        (wheel,) = (clone / "dist").iterdir()
        digests.append((wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()))
    assert digests[0] == digests[1]
