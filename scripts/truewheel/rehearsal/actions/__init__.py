"""Stand-ins for the actions that a release workflow uses, each in a module of its action's name."""

from __future__ import annotations

from collections.abc import Mapping

from truewheel.rehearsal.actions.call import StandIn
from truewheel.rehearsal.actions.checkout import CHECKOUT
from truewheel.rehearsal.actions.download_artifact import DOWNLOAD
from truewheel.rehearsal.actions.github_release import GITHUB_RELEASE
from truewheel.rehearsal.actions.merge_artifacts import MERGE
from truewheel.rehearsal.actions.nox import NOX
from truewheel.rehearsal.actions.pypi_publish import PYPI_PUBLISH
from truewheel.rehearsal.actions.setup_qemu import QEMU
from truewheel.rehearsal.actions.upload_artifact import UPLOAD

# By the action's name, lower-cased.
STAND_INS: Mapping[str, StandIn] = {
    stand_in.action: stand_in
    for stand_in in (CHECKOUT, NOX, QEMU, UPLOAD, MERGE, DOWNLOAD, GITHUB_RELEASE, PYPI_PUBLISH)
}
