"""Real builds by cibuildwheel in a container. They take minutes, so they only run with -m container."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.builds import build, new_clone, wheel_line
from tests.support.programs import ROOT
from truewheel.system import git

PLATFORM = "manylinux_x86_64"


def built(clone: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """Build in a container, and return the name and the hash of the wheel."""
    outcome = build(clone, PLATFORM, "--builder", "cibuildwheel", environ=environ)
    assert outcome.status == 0, outcome.output
    assert wheel_line(outcome).endswith("  tested")
    # Built once, then tested on every Python that the package supports.
    assert outcome.output.count("Found previously built wheel") == 3
    return of_one_wheel(clone / "dist")


def of_one_wheel(folder: Path) -> tuple[str, str]:
    (wheel,) = folder.glob("*manylinux*.whl")
    return wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.mark.container
@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_two_builds_of_one_commit_are_the_same_bytes(tmp_path: Path) -> None:
    # .ci/run has built the commit already, and names the folder of that wheel.
    before = os.environ.get("BUILT_IN_CONTAINER")
    environ = {"SOURCE_DATE_EPOCH": str(git.commit_time(ROOT))}
    first = of_one_wheel(Path(before)) if before else built(new_clone(tmp_path / "first"), environ)
    assert built(new_clone(tmp_path / "a second one with a longer path"), environ) == first
