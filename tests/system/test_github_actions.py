"""A job of GitHub Actions is told from a job of a rehearsal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import ROOT
from truewheel.builders.choice import choose_builder
from truewheel.config import Config, load_package
from truewheel.errors import ReleaseError
from truewheel.platforms import Platform
from truewheel.system.github_actions import is_real_job, is_rehearsed

REAL = {"GITHUB_ACTIONS": "true"}
REHEARSED = {"GITHUB_ACTIONS": "true", "RELEASE_REHEARSAL": "true"}


def test_a_rehearsed_job_is_not_a_real_one() -> None:
    assert is_real_job(REAL)
    assert not is_real_job(REHEARSED)
    assert not is_real_job({})
    assert is_real_job({**REAL, "RELEASE_REHEARSAL": ""})
    assert [is_rehearsed(environ) for environ in (REAL, REHEARSED, {})] == [False, True, False]


def test_a_real_job_builds_with_cibuildwheel_only_and_a_rehearsed_one_cross_builds() -> None:
    arm = Platform("win_arm64", "windows-11-arm")
    config = Config(ROOT, load_package(ROOT, Path("bindings/python")), ROOT, "pypi", (arm,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("truewheel.builders.cibuildwheel.why_not", lambda *_, **__: "it is not Windows")
        assert choose_builder(arm, config, requested=None, environ=REHEARSED).name == "zig"
        with pytest.raises(ReleaseError, match=r"^cibuildwheel cannot build win_arm64 here: it is not Windows$"):
            choose_builder(arm, config, requested=None, environ=REAL)
