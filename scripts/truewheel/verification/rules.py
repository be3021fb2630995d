"""The rules of `nox -s verify` for a release that is on the index."""

from __future__ import annotations

from truewheel.findings import By, Note, Rule

FILE_ON_INDEX = Rule(
    "file-on-index",
    "the index shows every built file, and pip downloads it",
    by=By.DECISION,
    source="decision D8",
    hint="look at the publish job; if it succeeded, the index is late: verify again, or with a longer -- --timeout",
)
SAME_BYTES = Rule(
    "same-bytes",
    "pip downloads the same bytes that were built",
    by=By.CARE,
    source="decision D8",
    hint="a dist/ that was built on your machine is not what was published: download the wheels of the GitHub Release "
    "into it; if those differ too, yank the version, find out who changed the file, and raise the version",
)
NOTHING_ELSE = Rule(
    "nothing-else-on-index",
    "the index has no file of the version that was not built",
    by=By.DECISION,
    source="decision D8",
    hint="find out who uploaded it; delete it on the index, or yank the version and raise it",
)
NOT_YANKED = Rule(
    "not-yanked",
    "no file of the release is yanked",
    by=By.INSTALLERS,
    source="file yanking (PEP 592)",
    hint="pip ignores a yanked version: un-yank it on the index, or raise the version",
)
ATTESTATION = Rule(
    "attestation-genuine",
    "an attestation on the index was made for this file, by this repository's workflow at the release's tag",
    by=By.SPECIFICATION,
    source="attestations (PEP 740)",
    hint="somebody else may have published the file: yank the version on the index and check who has access",
)
INSTALLS = Rule(
    "installs-clean",
    "pip installs the version and its dependencies from the index, in a fresh environment",
    by=By.INSTALLERS,
    source="pip install, as users run it",
    hint="users see the same error; fix its cause and raise the version",
)
LIBRARY_LOADED = Rule(
    "library-loaded",
    "the installed package can be imported, and its native library loaded",
    by=By.LOADER,
    source="cibuildwheel issue 2452",
    hint="yank the version on the index, let the repair step bundle a missing library, raise the version",
)
SMOKE_TEST = Rule(
    "smoke-test",
    "the package's smoke test passes with the installed package",
    by=By.CARE,
    source="smoke-test in [tool.release]",
    hint="yank the version on the index, fix it, raise the version",
)

RULES = (*(FILE_ON_INDEX, SAME_BYTES, NOTHING_ELSE, NOT_YANKED, ATTESTATION), *(INSTALLS, LIBRARY_LOADED, SMOKE_TEST))


def note(message: str, hint: str = "") -> Note:
    """Return a note about the release as a whole: what was verified, or why it could not be."""
    return Note("", "", message, hint)
