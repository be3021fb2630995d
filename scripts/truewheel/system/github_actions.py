"""Whether this is a job of GitHub Actions, or of a rehearsal, which plays one on any machine."""

from __future__ import annotations

from collections.abc import Mapping

# Set by `nox -s rehearse` beside the variables that GitHub sets.
REHEARSAL_VARIABLE = "RELEASE_REHEARSAL"


def is_real_job(environ: Mapping[str, str]) -> bool:
    """Whether a real runner runs this, where cibuildwheel alone may build."""
    return environ.get("GITHUB_ACTIONS") == "true" and environ.get(REHEARSAL_VARIABLE) != "true"
