"""The builds that cibuildwheel selects, and those that are locked."""

from __future__ import annotations

import sys

import pytest

from tests.support.factories import ReleaseFolder
from truewheel.builders.identifiers import refuse_other_builds, selected_builds
from truewheel.config import BUILDS_LOCK, load_config
from truewheel.errors import ReleaseError
from truewheel.locks import builds_text


@pytest.mark.once
@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
def test_locked_builds_that_cibuildwheel_does_not_select_are_refused(release: ReleaseFolder) -> None:
    platforms = load_config(release.root).platforms
    selected = [build for platform in platforms for build in selected_builds(platform, load_config(release.root))]
    for lines, differing in (
        (selected, ""),
        (selected[1:], selected[0]),
        ([*selected, "cp39-win_amd64"], "cp39-win_amd64"),
    ):
        release.write(BUILDS_LOCK.as_posix(), builds_text(lines))
        config = load_config(release.root)
        said = []
        for platform in config.platforms:
            try:
                refuse_other_builds(platform, config)
            except ReleaseError as error:
                said.append(error.message)
        expected = (
            f"{BUILDS_LOCK.as_posix()} is not what cibuildwheel selects for {differing.partition('-')[2]}: {differing}"
        )
        assert said == ([expected] if differing else [])
