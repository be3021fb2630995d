"""The index that pip installs from: what it shows of a release.

Asked by the simple repository API (PEP 503, 691, 700, 740).
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import requests
import urllib3
from packaging.utils import NormalizedName
from pypi_simple import ACCEPT_JSON_PREFERRED, DistributionPackage, ProjectPage, UnexpectedRepoVersionWarning
from pypi_simple.errors import UnsupportedContentTypeError, UnsupportedRepoVersionError

from truewheel.errors import ReleaseError
from truewheel.publishing.pip_settings import PipSettings, without_credentials
from truewheel.versions import try_version

# To connect, and between two pieces of an answer.
_SECONDS = (10, 30)


class IndexUnreachable(ReleaseError):
    """The index does not answer, or not as an index does."""


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file that the index shows.

    Attributes:
        name: the file's name.
        sha256: in hexadecimal; empty when the index does not tell it.
        size: in bytes; None when the index does not tell it.
        uploaded: when; None when the index does not tell it.
        yanked: why it was yanked, which may be an empty text; None when it was not.
        provenance: the URL of its attestations (PEP 740); empty when there are none.
    """

    name: str
    sha256: str
    size: int | None = None
    uploaded: datetime | None = None
    yanked: str | None = None
    provenance: str = ""


@dataclass(frozen=True, slots=True)
class IndexedRelease:
    """What an index shows of one version of a project.

    Attributes:
        index: the index, without credentials.
        project: the project's normalized name.
        version: the version that was asked for.
        versions: every version of the project that it lists, in its order; none when it has no such project.
        files: the files of the version, sorted by name.
        status: the project's status (PEP 792): `active`, `archived`, `quarantined` or `deprecated`.
    """

    index: str
    project: NormalizedName
    version: str
    versions: tuple[str, ...] = ()
    files: tuple[IndexedFile, ...] = ()
    status: str = "active"

    @property
    def is_listed(self) -> bool:
        """Whether the version is among those that the index lists."""
        return any(is_same_version(listed, self.version) for listed in self.versions)

    def file(self, name: str) -> IndexedFile | None:
        return next((file for file in self.files if file.name == name), None)


def is_same_version(one: str, other: str) -> bool:
    """Whether two spellings mean the same version; strings that are not versions are compared literally."""
    version = try_version(one)
    return version == try_version(other) if version is not None else one == other


def read_indexed_release(project: NormalizedName, version: str, settings: PipSettings) -> IndexedRelease:
    """Ask the index for `version` of `project`. A project that it does not know has no versions and no files.

    Raises:
        IndexUnreachable: it does not answer, or not as an index does.
    """
    # A cache in between may hold the page for minutes; this asks it to look again.
    headers = {"Accept": ACCEPT_JSON_PREFERRED, "Cache-Control": "max-age=0"}
    response = _get(f"{settings.index_url.rstrip('/')}/{project}/", settings, headers)
    if response.status_code == requests.codes.not_found:
        return IndexedRelease(settings.index, project, version)
    page = _page(response, project, settings)
    # An index without PEP 700 lists no versions but in its files' names.
    versions = page.versions or list(dict.fromkeys(package.version for package in page.packages if package.version))
    files = [
        _file(package) for package in page.packages if package.version and is_same_version(package.version, version)
    ]
    return IndexedRelease(
        settings.index,
        project,
        version,
        tuple(versions),
        tuple(sorted(files, key=lambda file: file.name)),
        str(page.status or "active"),
    )


def read_text(url: str, settings: PipSettings) -> str:
    """What the index answers at one of its own URLs.

    Raises:
        IndexUnreachable: it does not answer, or not with this.
    """
    response = _get(url, settings, {})
    if not response.ok:
        raise _unreachable(
            settings, f"it answers {response.status_code} {response.reason} to {without_credentials(url)}"
        )
    return response.text


def _file(package: DistributionPackage) -> IndexedFile:
    return IndexedFile(
        package.filename,
        package.digests.get("sha256", ""),
        package.size,
        package.upload_time,
        (package.yanked_reason or "") if package.is_yanked else None,
        package.provenance_url or "",
    )


def _page(response: requests.Response, project: NormalizedName, settings: PipSettings) -> ProjectPage:
    if not response.ok:
        raise _unreachable(settings, f"it answers {response.status_code} {response.reason}")
    try:
        with warnings.catch_warnings():
            # A minor version that is newer than pypi-simple adds what nobody here asks for.
            warnings.simplefilter("ignore", UnexpectedRepoVersionWarning)
            return ProjectPage.from_response(response, project)
    except (UnsupportedContentTypeError, UnsupportedRepoVersionError, ValueError) as error:
        # A ValueError comes from what claims to be JSON of the simple API and is not.
        reason = " ".join(without_credentials(str(error)).split())
        raise _unreachable(settings, f"its answer is no page of a simple index: {reason[:200]}") from None


def _get(url: str, settings: PipSettings, headers: dict[str, str]) -> requests.Response:
    if not url.startswith(("http://", "https://")):
        raise _unreachable(settings, "only indexes on http and https can be asked")
    with requests.Session() as session, _quiet(settings):
        session.cert = settings.connection.get("client-cert")
        try:
            return session.get(url, headers=headers, timeout=_SECONDS, verify=settings.verify, proxies=settings.proxies)
        except requests.RequestException as error:
            raise _unreachable(settings, _reason(error)) from None


@contextlib.contextmanager
def _quiet(settings: PipSettings) -> Iterator[None]:
    with warnings.catch_warnings():
        if settings.verify is False:
            # Whoever configured a trusted host has been told by pip what that means.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        yield


def _reason(error: requests.RequestException) -> str:
    """Why a request failed, in few words: what requests says of it is wrapped three times, and repeats the URL."""
    inner: BaseException = error
    for _ in range(5):
        reason = getattr(inner, "reason", None)
        nested = reason if isinstance(reason, BaseException) else next(iter(inner.args), None)
        if not isinstance(nested, BaseException):
            break
        inner = nested
    text = str(inner).rpartition(": ")[2] if "Failed to" in str(inner) else str(inner)
    return without_credentials(" ".join(text.split()))


def _unreachable(settings: PipSettings, reason: str) -> IndexUnreachable:
    return IndexUnreachable(
        f"the index {settings.index} cannot be asked: {reason}",
        hint="mend that, or see where pip looks: pip config list",
    )
