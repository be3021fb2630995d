"""What `nox -s verify` demands of a release that is on the index."""

from __future__ import annotations

from truewheel.findings import By, Rule

FILE_ON_INDEX = Rule(
    "file-on-index",
    "the index shows every file that was built, and pip downloads it",
    by=By.CARE,
    source="spec: the index serves the very bytes that were built",
    hint="look at the publish job; if it succeeded, the index is late: verify again, or with a longer -- --timeout",
)
SAME_BYTES = Rule(
    "same-bytes",
    "what pip downloads is byte for byte what was built",
    by=By.CARE,
    source="spec: the index serves the very bytes that were built",
    hint="if dist/ was built here, it is not what was published: fetch the wheels of the GitHub Release into it; "
    "else users do not get what passed the gate: yank the version, find out who changed the file, raise the version",
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
    hint="pip leaves a yanked version out: un-yank it on the index, or raise the version",
)
ATTESTATION = Rule(
    "attestation-genuine",
    "an attestation on the index was made for this very file, by this repository's workflow at the release's tag",
    by=By.SPECIFICATION,
    source="attestations (PEP 740)",
    hint="somebody else may have published the file: yank the version on the index and look who has access",
)
INSTALLS = Rule(
    "installs-clean",
    "pip installs the version and its dependencies from the index, in an environment with nothing else",
    by=By.INSTALLERS,
    source="spec: they install in a clean environment",
    hint="pip's reason is in the message; users see the same",
)
VERSION_INSTALLED = Rule(
    "version-installed",
    "what pip has installed is the version of the release",
    by=By.DECISION,
    source="decision D3",
    hint="the index offers something else under this name; yank it, find out why, raise the version",
)
LIBRARY_LOADED = Rule(
    "library-loaded",
    "the installed package loads the native library inside it",
    by=By.LOADER,
    source="spec: the clean-room proof; cibuildwheel issue 2452",
    hint="yank the version on the index; a missing library must be bundled by the repair step; raise the version",
)
SMOKE_TEST = Rule(
    "smoke-test",
    "the package's smoke test passes with what was installed",
    by=By.CARE,
    source="spec: installs into a clean environment, imports, runs the package's smoke test",
    hint="yank the version on the index, mend it, raise the version",
)

RULES = (
    *(FILE_ON_INDEX, SAME_BYTES, NOTHING_ELSE, NOT_YANKED, ATTESTATION),
    *(INSTALLS, VERSION_INSTALLED, LIBRARY_LOADED, SMOKE_TEST),
)
