"""A job of a rehearsal that is running, for programs that behave differently in one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from truewheel.system.files import claimed
from truewheel.system.github_actions import REHEARSAL_VARIABLE, RehearsedJob


@contextlib.contextmanager
def rehearsed(
    folder: Path, *, system: str = "Linux", machine: str = "x86_64", upstream: str = ""
) -> Iterator[RehearsedJob]:
    """Let `folder` be that of a job in a rehearsal, which runs until the block is left."""
    job = RehearsedJob(folder, system, machine, upstream)
    job.save()
    with claimed(folder.parent), pytest.MonkeyPatch.context() as patch:
        patch.setenv(REHEARSAL_VARIABLE, str(folder))
        yield job
