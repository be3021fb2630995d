"""Stand-ins for the actions that a release workflow uses: one table."""

from __future__ import annotations

from collections.abc import Mapping

from truewheel.rehearsal.actions.artifacts import DOWNLOAD, MERGE, UPLOAD
from truewheel.rehearsal.actions.call import StandIn
from truewheel.rehearsal.actions.checkout import CHECKOUT
from truewheel.rehearsal.actions.github_release import GITHUB_RELEASE
from truewheel.rehearsal.actions.nox import NOX
from truewheel.rehearsal.actions.pypi_publish import PYPI_PUBLISH

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
