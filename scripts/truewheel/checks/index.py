"""Will the index take these files? Asked of the index that pip is configured for, file by file.

What the index cannot show cannot be found: a name whose file was deleted is burned, and nothing on the index tells
of it unless the version is still listed. Then the upload fails, and nothing is half-published that was not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from packaging.version import Version

from truewheel.checks.registers import index_check
from truewheel.checks.sentences import join_names
from truewheel.findings import By, Problem
from truewheel.platforms import Platform
from truewheel.publishing.package_index import IndexedFile
from truewheel.publishing.publication import BuiltFile, Publication
from truewheel.versions import try_version
from truewheel.wheel.filename import try_parse

_OPEN_DAYS = 14
_CLOSED = {"archived", "quarantined"}


@index_check(
    "index-files-identical",
    "no file of the release is on the index with other bytes",
    by=By.PYPI,
    source="PyPI's upload rules: File already exists",
    hint="a file name is used once and for ever: raise the version and release again",
)
def index_files_identical(publication: Publication) -> Iterator[Problem]:
    for built, there in _both(publication):
        if not there.sha256:
            yield Problem("is on the index, which tells no SHA-256 of it to compare with", where=built.name)
        elif there.sha256 != built.sha256:
            yield Problem(
                f"is on the index with SHA-256 {there.sha256}, but was built with SHA-256 {built.sha256}",
                where=built.name,
            )


@index_check(
    "version-not-deleted",
    "the version is not one whose files were deleted from the index",
    by=By.PYPI,
    source="PyPI's upload rules: the name of a deleted file is never used again",
    hint="raise the version and release again; a deleted file of which the index lists nothing shows at the upload",
)
def version_not_deleted(publication: Publication) -> Iterator[str]:
    indexed = publication.indexed
    if indexed.is_listed and not indexed.files:
        yield f"the index lists version {indexed.version} without a file: what was there was deleted"


@index_check(
    "release-accepts-files",
    "a release that has files already is not too old to be given the rest",
    by=By.PYPI,
    source=f"PyPI's upload rules: no new file for a release older than {_OPEN_DAYS} days",
    hint="raise the version and release again",
)
def release_accepts_files(publication: Publication) -> Iterator[str]:
    age = publication.age
    missing = missing_from_index(publication)
    if missing and age is not None and age > timedelta(days=_OPEN_DAYS):
        yield (
            f"version {publication.indexed.version} was begun {age.days} days ago, and the index takes files for "
            f"{_OPEN_DAYS} days; it would not take {join_names(missing)}"
        )


@index_check(
    "index-has-only-release",
    "the index has no other file of the version than those of the release",
    by=By.DECISION,
    source="decision D8",
    hint="users would get it, too: raise the version and release again, or delete it from the index",
)
def index_has_only_release(publication: Publication) -> Iterator[Problem]:
    for there in publication.indexed.files:
        if publication.built is None:
            known = any(_is_for(there.name, platform) for platform in publication.platforms)
            what = "is already on the index, and this release does not make such a file"
        else:
            known = any(built.name == there.name for built in publication.built)
            what = "is already on the index and does not belong to this release"
        if not known:
            yield Problem(what, where=there.name)


@index_check(
    "project-accepts-files",
    "the project on the index is open for new releases",
    by=By.PYPI,
    source="project status markers (PEP 792)",
    hint="an owner of the project can open it again on the index",
)
def project_accepts_files(publication: Publication) -> Iterator[str]:
    if publication.indexed.status in _CLOSED:
        yield f"the project {publication.indexed.project} is {publication.indexed.status} on the index"


@index_check.note(
    "project-known",
    "the project is on the index, with a trusted publisher",
    by=By.DECISION,
    source="decision D15",
    hint="register a pending trusted publisher (it expires after 30 days): nox -s validate -- --registration",
)
def project_known(publication: Publication) -> Iterator[str]:
    if not publication.indexed.versions:
        yield f"the index has no project {publication.indexed.project} yet"


@index_check.note(
    "version-newest",
    "the version is newer than every version on the index",
    by=By.CARE,
    source="pip installs the newest version",
    hint="users get the newer version unless they ask for this one",
)
def version_newest(publication: Publication) -> Iterator[str]:
    indexed = publication.indexed
    newer = [version for version in indexed.versions if _is_newer(version, indexed.version)]
    if newer:
        yield f"the index has {len(newer)} newer than {indexed.version}; the newest is {max(newer, key=Version)}"


@index_check.note(
    "nothing-uploaded-yet",
    "no file of the release is on the index yet",
    by=By.CARE,
    source="PyPI's upload rules: an identical file is accepted again",
    hint="a re-run finishes the release only if it builds the same bytes again",
)
def nothing_uploaded_yet(publication: Publication) -> Iterator[str | Problem]:
    indexed = publication.indexed
    if publication.built is None and indexed.files:
        missing = missing_from_index(publication)
        rest = f"no wheel yet for {join_names(missing)}" if missing else "all wheels"
        yield f"version {indexed.version} is on the index already, with {rest}"
    for built, there in _both(publication):
        if there.sha256 == built.sha256:
            yield Problem(
                "is on the index with the same bytes", where=built.name, hint="uploading it again changes nothing"
            )


def missing_from_index(publication: Publication) -> list[str]:
    """What the index does not have yet: file names, or before the build the names of platforms."""
    names = [file.name for file in publication.indexed.files]
    if publication.built is not None:
        return [built.name for built in publication.built if built.name not in names]
    return [platform.name for platform in publication.platforms if not any(_is_for(name, platform) for name in names)]


def _both(publication: Publication) -> Iterator[tuple[BuiltFile, IndexedFile]]:
    """The files that were built and are on the index, too."""
    for built in publication.built or ():
        there = publication.indexed.file(built.name)
        if there is not None:
            yield built, there


def _is_for(name: str, platform: Platform) -> bool:
    """Whether a file may be the release's wheel for `platform`, which serves every Python."""
    wheel = try_parse(name)
    return wheel is not None and wheel.serves_every_python and platform.accepts_all(wheel.platform_tags)


def _is_newer(version: str, than: str) -> bool:
    found, other = try_version(version), try_version(than)
    return found is not None and other is not None and found > other and not found.is_prerelease
