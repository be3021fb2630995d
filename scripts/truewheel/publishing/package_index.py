"""The index that pip installs from, and what it shows of a release: the simple API (PEP 503, 691, 700, 740).

Every function raises IndexUnreachable if the index does not answer, or not with what was asked for.
"""

from __future__ import annotations

import hashlib
import warnings
from http import HTTPStatus
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName

from truewheel.publishing.indexed_release import IndexedFile, IndexedRelease, IndexUnreachable, is_same_version
from truewheel.publishing.pip_settings import PipSettings, without_credentials

if TYPE_CHECKING:
    import requests
    from pypi_simple import DistributionPackage, ProjectPage

# Seconds to connect, and between two pieces of an answer.
_TIMEOUTS = (10, 30)


def read_indexed_release(project: NormalizedName, version: str, settings: PipSettings) -> IndexedRelease:
    """Ask the index for `version` of `project`, which has no versions and no files if the index does not have it."""
    page = _project_page(project, settings)
    if page is None:
        return IndexedRelease(settings.index, project, version)
    # Without PEP 700, versions are only in the names of files.
    versions = page.versions or list(dict.fromkeys(package.version for package in page.packages if package.version))
    files: dict[bool, list[IndexedFile]] = {True: [], False: []}
    for package in sorted(page.packages, key=lambda package: package.filename):
        files[is_same_version(package.version or "", version)].append(_file(package))
    own, others = map(tuple, files.values())
    return IndexedRelease(settings.index, project, version, tuple(versions), own, str(page.status or "active"), others)


def read_all_files(project: NormalizedName, settings: PipSettings) -> tuple[IndexedFile, ...]:
    """Ask the index for all files of `project`; none if the index does not have it."""
    return read_indexed_release(project, "", settings).others


def read_text(url: str, settings: PipSettings) -> str:
    """Return the text at one of the index's own URLs."""
    return _answer(url, settings).text


def read_file(file: IndexedFile, settings: PipSettings) -> bytes:
    """Return the bytes of a file, which have its digest."""
    content = _answer(file.url, settings).content
    if file.sha256 and hashlib.sha256(content).hexdigest() != file.sha256:
        raise _unreachable(settings, f"what it serves as {file.name} does not have the digest on its page")
    return content


def _answer(url: str, settings: PipSettings) -> requests.Response:
    """Return what the index answers to one of its URLs."""
    response = _get(url, settings, {})
    if not response.ok:
        raise _unreachable(
            settings, f"it answers {response.status_code} {response.reason} to {without_credentials(url)}"
        )
    return response


def _file(package: DistributionPackage) -> IndexedFile:
    return IndexedFile(
        package.filename,
        package.digests.get("sha256", ""),
        package.size,
        package.upload_time,
        (package.yanked_reason or "") if package.is_yanked else None,
        package.provenance_url or "",
        (package.version or "") if package.package_type in ("sdist", "wheel") else "",
        package.requires_python or "",
        url=package.url,
    )


def _project_page(project: NormalizedName, settings: PipSettings) -> ProjectPage | None:
    """The index's page of a project; None if it does not have the project."""
    # Like requests below, these take a third of the time of programs that may not need an index.
    from pypi_simple import ACCEPT_JSON_PREFERRED, ProjectPage, UnexpectedRepoVersionWarning  # noqa: PLC0415
    from pypi_simple.errors import UnsupportedContentTypeError, UnsupportedRepoVersionError  # noqa: PLC0415

    # Caches in between may keep the page for minutes.
    headers = {"Accept": ACCEPT_JSON_PREFERRED, "Cache-Control": "max-age=0"}
    response = _get(f"{settings.index_url.rstrip('/')}/{project}/", settings, headers)
    if response.status_code == HTTPStatus.NOT_FOUND:
        return None
    if not response.ok:
        raise _unreachable(settings, f"it answers {response.status_code} {response.reason}")
    try:
        with warnings.catch_warnings():
            # A newer minor version only adds keys.
            warnings.simplefilter("ignore", UnexpectedRepoVersionWarning)
            return ProjectPage.from_response(response, project)
    except (UnsupportedContentTypeError, UnsupportedRepoVersionError, ValueError) as error:
        # A ValueError is JSON that is not of the simple API.
        reason = " ".join(without_credentials(str(error)).split())
        raise _unreachable(settings, f"its answer is not a page of a simple index: {reason[:200]}") from None


def _get(url: str, settings: PipSettings, headers: dict[str, str]) -> requests.Response:
    import requests  # noqa: PLC0415
    import urllib3  # noqa: PLC0415

    if not url.startswith(("http://", "https://")):
        raise _unreachable(settings, "only indexes on http and https can be asked")
    try:
        verify, proxies = settings.verify, settings.proxies
    except ValueError:
        # Its message may hold a piece of the password.
        raise _unreachable(settings, "its URL is not valid") from None
    with requests.Session() as session, warnings.catch_warnings():
        # The user has told pip to trust this host without a certificate.
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        session.cert = settings.connection.get("client-cert")
        try:
            return session.get(url, headers=headers, timeout=_TIMEOUTS, verify=verify, proxies=proxies)
        except (OSError, ValueError) as error:
            # Those of requests, and its plain ones about certificate files and URLs.
            raise _unreachable(settings, _reason(error)) from None


def _reason(error: Exception) -> str:
    """Return why a request failed, in few words: in requests it is wrapped three times, with the URL in each."""
    inner = error
    while nested := [one for one in (getattr(inner, "reason", None), *inner.args[:1]) if isinstance(one, Exception)]:
        inner = nested[0]
    text = str(inner).rpartition(": ")[2] if "Failed to" in str(inner) else str(inner)
    return without_credentials(" ".join(text.split()))


def _unreachable(settings: PipSettings, reason: str) -> IndexUnreachable:
    return IndexUnreachable(
        f"the index {settings.index} cannot be asked: {reason}",
        hint="fix the network, or pip's index (pip config list)",
    )
