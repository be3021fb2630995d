"""Stand-ins for the actions that a release workflow uses: one table."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.rehearsal.actions.artifacts import DOWNLOAD, MERGE, UPLOAD
from scripts.rehearsal.actions.call import StandIn
from scripts.rehearsal.actions.checkout import CHECKOUT
from scripts.rehearsal.actions.github_release import GITHUB_RELEASE
from scripts.rehearsal.actions.nox import NOX
from scripts.rehearsal.actions.pypi_publish import PYPI_PUBLISH

# By the action's name, as a workflow spells it in front of the @.
STAND_INS: Mapping[str, StandIn] = {
    stand_in.action: stand_in
    for stand_in in (
        CHECKOUT,
        NOX,
        UPLOAD,
        MERGE,
        DOWNLOAD,
        GITHUB_RELEASE,
        PYPI_PUBLISH,
    )
}
