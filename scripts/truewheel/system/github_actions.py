"""Whether this is a job of GitHub Actions, or of a rehearsal on any machine."""

from __future__ import annotations

from collections.abc import Mapping

# Set by `nox -s rehearse` in addition to GitHub's variables.
REHEARSAL_VARIABLE = "RELEASE_REHEARSAL"


def is_real_job(environ: Mapping[str, str]) -> bool:
    """Whether a real runner runs this, where only cibuildwheel may build."""
    return environ.get("GITHUB_ACTIONS") == "true" and not is_rehearsed(environ)


def is_rehearsed(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of a rehearsal, whose index is empty at first."""
    return environ.get(REHEARSAL_VARIABLE) == "true"
