"""Will PyPI take what METADATA says? Valid Core Metadata is not enough: the upload endpoint has rules of its own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from email.utils import getaddresses

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import abbreviate
from truewheel.findings import By
from truewheel.wheel.header_file import HeaderFile
from truewheel.wheel.reader import Wheel

_PYPI = "PyPI's upload rules"
_MEND = "mend [project] in the package's pyproject.toml and build again: nox -s wheels"
_LONGEST_SUMMARY = 512
_LONGEST_LABEL = 32
_WEB_ADDRESS = re.compile(r"https?://(?:[^\s/?#@]*@)?(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d*)?(?:[/?#]\S*)?", re.IGNORECASE)
_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']|["']([^"']+)["']\s*==\s*extra\b""")


@wheel_check(
    "classifiers-known",
    "every classifier is one that PyPI knows and has not deprecated",
    by=By.PYPI,
    source=f"{_PYPI}; trove-classifiers",
    hint="mend classifiers in the package's pyproject.toml; a Private :: classifier is what forbids the upload",
)
@of_metadata
def classifiers_known(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    if metadata.all("Classifier"):
        yield from _classifier_flaws(metadata.all("Classifier"))


def _classifier_flaws(classifiers: tuple[str, ...]) -> Iterator[str]:
    from trove_classifiers import classifiers as known  # noqa: PLC0415  (takes a while, and not all wheels have any)
    from trove_classifiers import deprecated_classifiers as deprecated  # noqa: PLC0415

    looked_up = 0
    for classifier in classifiers:
        if classifier in deprecated:
            instead = ", ".join(deprecated[classifier])
            yield f"the classifier {classifier!r} is deprecated{f', expected {instead}' if instead else ''}"
        elif classifier.startswith("Private ::"):
            yield f"the classifier {abbreviate(classifier)!r} says that PyPI is to refuse it"
        elif classifier not in known:
            looked_up += 1
            # Looking for a likeness takes milliseconds.
            close = difflib.get_close_matches(classifier[:100], known, 1) if looked_up <= 5 else []
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield f"the classifier {abbreviate(classifier)!r} is unknown{hint}"


@wheel_check(
    "dependencies-from-index",
    "no dependency is a direct reference to a URL",
    by=By.PYPI,
    source=_PYPI,
    hint="depend on a released version; PyPI takes no name @ URL",
)
@of_metadata
def dependencies_from_index(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    fields = ("Requires-Dist", "Provides-Dist", "Obsoletes-Dist")
    yield from (
        f"METADATA has {field}: {abbreviate(value)}, a direct reference"
        for field in fields
        for value in metadata.all(field)
        if _is_direct(value)
    )


def _is_direct(text: str) -> bool:
    try:
        return Requirement(text).url is not None
    except (InvalidRequirement, RecursionError, ValueError):
        return False  # metadata-valid says so


@wheel_check(
    "extras-declared",
    "every extra that a dependency belongs to is a Provides-Extra",
    by=By.SPECIFICATION,
    source="Core Metadata specification",
    hint="an extra that is not declared can never be installed; mend [project.optional-dependencies]",
)
@of_metadata
def extras_declared(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    declared = {canonicalize_name(extra) for extra in metadata.all("Provides-Extra")}
    used: dict[str, str] = {}
    for requirement in metadata.all("Requires-Dist"):
        for match in _EXTRA.finditer(requirement.partition(";")[2]):
            used.setdefault(canonicalize_name(match[1] or match[2]), requirement)
    yield from (
        f"METADATA has Requires-Dist: {abbreviate(requirement)}, but no Provides-Extra: {abbreviate(extra)}"
        for extra, requirement in used.items()
        if extra not in declared
    )


@wheel_check(
    "urls-valid",
    "project URLs have a label of at most 32 characters, and are http or https addresses",
    by=By.PYPI,
    source=_PYPI,
    hint="mend [project.urls] in the package's pyproject.toml",
)
@of_metadata
def urls_valid(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    yield from _url_flaws(metadata)


def _url_flaws(metadata: HeaderFile) -> Iterator[str]:
    for pair in metadata.all("Project-URL"):
        label, _, url = (part.strip() for part in pair.partition(","))
        if not label or len(label) > _LONGEST_LABEL:
            found = f"one of {len(label)}" if label else "none"
            yield f"Project-URL {abbreviate(pair)!r}: expected a label of 1 to {_LONGEST_LABEL} characters, not {found}"
        if not _WEB_ADDRESS.fullmatch(url):
            yield f"Project-URL {abbreviate(label)!r} is {abbreviate(url)!r}, expected an http or https address"
    for field in ("Home-page", "Download-URL"):
        for url in metadata.all(field):
            # What setuptools writes for nothing, and PyPI takes for nothing.
            if url not in ("", "UNKNOWN") and not _WEB_ADDRESS.fullmatch(url):
                yield f"{field} is {abbreviate(url)!r}, expected an http or https address"


@wheel_check(
    "summary-short",
    "the summary has one line of at most 512 characters",
    by=By.PYPI,
    source=_PYPI,
    hint="shorten description in the package's pyproject.toml; the long text belongs into the readme",
)
@of_metadata
def summary_short(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    for summary in metadata.all("Summary"):
        if len(summary) > _LONGEST_SUMMARY:
            yield f"the summary has {len(summary)} characters, expected at most {_LONGEST_SUMMARY}"


@wheel_check(
    "contacts-valid",
    "the addresses of authors and maintainers are mail addresses",
    by=By.PYPI,
    source=f"{_PYPI}; RFC 822",
    hint="mend authors and maintainers in the package's pyproject.toml",
)
@of_metadata
def contacts_valid(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    for field in ("Author-email", "Maintainer-email"):
        for value in metadata.all(field):
            addresses = [address for _, address in getaddresses([value[:5000]]) if address]
            for address in (a for a in addresses if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", a)):
                yield f"{field} has {abbreviate(address)!r}, expected a mail address like name@example.org"


@release_wheel_check.note(
    "summary-present",
    "METADATA has a summary",
    by=By.CARE,
    source="PyPI shows it under the project's name and in search results",
    hint='write description = "…" in [project] of the package\'s pyproject.toml',
)
@of_metadata
def summary_present(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    if not (metadata.one("Summary") or "").strip():
        yield "METADATA has no Summary"
