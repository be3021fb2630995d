"""Will PyPI accept METADATA? Its upload endpoint demands more than valid Core Metadata."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from email.utils import getaddresses

from packaging.utils import canonicalize_name

from truewheel.checks.registers import ReleaseWheel, of_metadata, release_wheel_check, wheel_check
from truewheel.checks.sentences import CORE_METADATA, PYPI_UPLOAD, abbreviate
from truewheel.findings import By
from truewheel.wheel.dist_info import HeaderFile, requirement_of
from truewheel.wheel.reader import Wheel

_LONGEST_SUMMARY = 512
_LONGEST_LABEL = 32
_WEB_ADDRESS = re.compile(r"https?://(?:[^\s/?#@]*@)?(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d*)?(?:[/?#]\S*)?", re.IGNORECASE)
_MAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']|["']([^"']+)["']\s*==\s*extra\b""")


@wheel_check(
    By.PYPI,
    source=f"{PYPI_UPLOAD}; trove-classifiers",
    hint="fix classifiers in the package's pyproject.toml; a Private :: classifier forbids the upload on purpose",
)
@of_metadata
def classifiers_known(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """every classifier is one that PyPI knows and has not deprecated"""
    if not metadata.all("Classifier"):
        return
    from trove_classifiers import classifiers as known  # noqa: PLC0415  slow, and not all wheels have classifiers
    from trove_classifiers import deprecated_classifiers as deprecated  # noqa: PLC0415

    looked_up = 0
    for classifier in metadata.all("Classifier"):
        shown = f"the classifier {abbreviate(classifier)!r}"
        if classifier in deprecated:
            instead = ", ".join(deprecated[classifier])
            yield f"{shown} is deprecated{f', expected {instead}' if instead else ''}"
        elif classifier.startswith("Private ::"):
            yield f"{shown} makes PyPI refuse the upload"
        elif classifier not in known:
            looked_up += 1
            # Finding a similar one takes milliseconds.
            close = difflib.get_close_matches(classifier[:100], known, 1) if looked_up <= 5 else []
            yield f"{shown} is unknown{f'; did you mean {close[0]!r}?' if close else ''}"


@wheel_check(By.PYPI, source=PYPI_UPLOAD, hint="depend on a released version; PyPI does not accept name @ URL")
@of_metadata
def dependencies_from_index(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """no dependency is a direct reference to a URL"""
    for field in ("Requires-Dist", "Provides-Dist", "Obsoletes-Dist"):
        for value in metadata.all(field):
            if (requirement := requirement_of(value)) and requirement.url is not None:
                yield f"METADATA has {field}: {abbreviate(value)}, a direct reference"


@wheel_check(
    By.SPECIFICATION,
    source=CORE_METADATA,
    hint="an undeclared extra can never be installed; fix [project.optional-dependencies]",
)
@of_metadata
def extras_declared(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """every extra that a dependency belongs to is declared as a Provides-Extra"""
    declared = {canonicalize_name(extra) for extra in metadata.all("Provides-Extra")}
    used: dict[str, str] = {}
    for requirement in metadata.all("Requires-Dist"):
        for match in _EXTRA.finditer(requirement.partition(";")[2]):
            used.setdefault(canonicalize_name(match[1] or match[2]), requirement)
    for extra, requirement in used.items():
        if extra not in declared:
            yield f"METADATA has Requires-Dist: {abbreviate(requirement)}, but no Provides-Extra: {abbreviate(extra)}"


@wheel_check(By.PYPI, source=PYPI_UPLOAD, hint="fix [project.urls] in the package's pyproject.toml")
@of_metadata
def urls_valid(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """project URLs have a label of at most 32 characters, and are http or https addresses"""
    for pair in metadata.all("Project-URL"):
        label, _comma, url = (part.strip() for part in pair.partition(","))
        if not label or len(label) > _LONGEST_LABEL:
            expected = f"expected 1 to {_LONGEST_LABEL}"
            yield f"Project-URL {abbreviate(pair)!r} has a label of {len(label)} characters, {expected}"
        if not _WEB_ADDRESS.fullmatch(url):
            yield f"Project-URL {abbreviate(label)!r} is {abbreviate(url)!r}, expected an http or https address"
    for field in ("Home-page", "Download-URL"):
        for url in metadata.all(field):
            # setuptools writes UNKNOWN for a missing address, and PyPI ignores it.
            if url not in ("", "UNKNOWN") and not _WEB_ADDRESS.fullmatch(url):
                yield f"{field} is {abbreviate(url)!r}, expected an http or https address"


@wheel_check(
    By.PYPI,
    source=PYPI_UPLOAD,
    hint="shorten description in the package's pyproject.toml; a longer text belongs in the readme",
)
@of_metadata
def summary_short(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """the summary has one line of at most 512 characters"""
    for summary in metadata.all("Summary"):
        if len(summary) > _LONGEST_SUMMARY:
            yield f"the summary has {len(summary)} characters, expected at most {_LONGEST_SUMMARY}"


@wheel_check(
    By.PYPI, source=f"{PYPI_UPLOAD}; RFC 822", hint="fix authors and maintainers in the package's pyproject.toml"
)
@of_metadata
def contacts_valid(_: Wheel, metadata: HeaderFile) -> Iterator[str]:
    """the addresses of authors and maintainers are email addresses"""
    for field in ("Author-email", "Maintainer-email"):
        for value in metadata.all(field):
            for _name, address in getaddresses([value[:5000]]):
                if address and not _MAIL_ADDRESS.fullmatch(address):
                    yield f"{field} has {abbreviate(address)!r}, expected an email address like name@example.org"


@release_wheel_check.note(
    By.CARE,
    source=f"{CORE_METADATA}; PyPI shows it under the project's name and in search results",
    hint='write description = "…" in [project] of the package\'s pyproject.toml',
)
@of_metadata
def summary_present(_: ReleaseWheel, metadata: HeaderFile) -> Iterator[str]:
    """METADATA has a summary"""
    if not (metadata.one("Summary") or "").strip():
        yield "METADATA has no Summary"
