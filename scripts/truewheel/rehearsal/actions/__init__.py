"""Stand-ins for the actions that a release workflow uses."""

from __future__ import annotations

from collections.abc import Mapping

from truewheel.rehearsal.actions.alls_green import ALLS_GREEN
from truewheel.rehearsal.actions.artifacts import CHECKOUT_SDIST, DOWNLOAD, MERGE, UPLOAD
from truewheel.rehearsal.actions.build_and_inspect import BUILD_AND_INSPECT
from truewheel.rehearsal.actions.call import StandIn
from truewheel.rehearsal.actions.checkout import CHECKOUT
from truewheel.rehearsal.actions.cibuildwheel import CIBUILDWHEEL
from truewheel.rehearsal.actions.github_release import GITHUB_RELEASE, RELEASE_ACTION
from truewheel.rehearsal.actions.maturin import MATURIN
from truewheel.rehearsal.actions.nox import NOX
from truewheel.rehearsal.actions.pypi_publish import PYPI_PUBLISH
from truewheel.rehearsal.actions.setup_python import SETUP_PYTHON
from truewheel.rehearsal.actions.setup_uv import SETUP_UV
from truewheel.rehearsal.actions.without_effect import CACHES, QEMU, REPORTERS, SIGNING

_EVERY = (
    *(CHECKOUT, NOX, SETUP_PYTHON, SETUP_UV, *CACHES, QEMU, CIBUILDWHEEL, UPLOAD, MERGE, DOWNLOAD, ALLS_GREEN),
    *(CHECKOUT_SDIST, BUILD_AND_INSPECT, MATURIN, RELEASE_ACTION, GITHUB_RELEASE, PYPI_PUBLISH, *SIGNING, *REPORTERS),
)
# By the action's name, lower-cased.
STAND_INS: Mapping[str, StandIn] = {stand_in.action: stand_in for stand_in in _EVERY}

_RELEASE = "softprops/action-gh-release does the same, and can be rehearsed"
# What to do instead, for actions that many release workflows use and that have no stand-in.
INSTEAD_OF: Mapping[str, str] = {
    "actions/github-script": "a script that talks to GitHub cannot be rehearsed: move it to a job of its own that no "
    "other job waits for",
    "aio-libs/create-release": _RELEASE,
    "actions/create-release": _RELEASE,
    "actions/upload-release-asset": _RELEASE,
    "svenstaro/upload-release-action": _RELEASE,
    "pre-commit/action": "run it in a `run:` step: pipx run pre-commit run --all-files",
}
