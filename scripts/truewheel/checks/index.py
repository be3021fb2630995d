"""Will the index accept these files?

The index that pip is configured for is asked, file by file. It does not show everything: the name of a deleted file
can never be used again, but only a version that is still listed reveals that. Then the upload fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from packaging.version import Version

from truewheel.builds import serves_any, unserved
from truewheel.checks.registers import index_check
from truewheel.checks.sentences import PYPI_UPLOAD, join_names
from truewheel.findings import By, Problem
from truewheel.publishing.indexed_release import IndexedFile
from truewheel.publishing.pip_choice import PipChoice, promises, shown_places
from truewheel.publishing.publication import Publication
from truewheel.system.files import FileFacts
from truewheel.versions import try_version
from truewheel.wheel.filename import try_parse

_OPEN_DAYS = 14
_CLOSED = {"archived", "quarantined"}
_GIB = 1 << 30
_MOST = 10 * _GIB
# What a wheel may grow or shrink without a note.
_CHANGE = 0.25
_RAISE = "raise the version and release again"


@index_check(By.PYPI, source=f"{PYPI_UPLOAD}: File already exists", hint=f"a file name can be used only once: {_RAISE}")
def index_files_identical(publication: Publication) -> Iterator[Problem]:
    """no file of the release is on the index with different bytes"""
    for built, there in _on_index(publication):
        if not there.sha256:
            yield Problem("is on the index, which does not publish a SHA-256 to compare with", where=built.name)
        elif there.sha256 != built.sha256:
            yield Problem(
                f"is on the index with SHA-256 {there.sha256}, but was built with SHA-256 {built.sha256}",
                where=built.name,
            )


@index_check(By.PYPI, source=f"{PYPI_UPLOAD}: the name of a deleted file cannot be used again", hint=_RAISE)
def version_not_deleted(publication: Publication) -> Iterator[str]:
    """no files of the version were deleted from the index"""
    indexed = publication.indexed
    if indexed.is_listed and not indexed.files:
        yield f"the index lists version {indexed.version} without files: they were deleted"


@index_check(By.PYPI, source=f"{PYPI_UPLOAD}: no new file for a release older than {_OPEN_DAYS} days", hint=_RAISE)
def release_accepts_files(publication: Publication) -> Iterator[str]:
    """a release that already has files is not too old to receive the others"""
    age = publication.age
    missing = missing_from_index(publication)
    if missing and age is not None and age > timedelta(days=_OPEN_DAYS):
        yield (
            f"version {publication.indexed.version} was first uploaded {age.days} days ago; PyPI accepts new files for "
            f"{_OPEN_DAYS} days and would refuse {join_names(missing)}"
        )


@index_check(By.DECISION, source="decision D8", hint=f"users would get it too: {_RAISE}, or delete it from the index")
def index_has_only_release(publication: Publication) -> Iterator[Problem]:
    """the index has only files of this release for the version"""
    for there in publication.indexed.files:
        if publication.built is None:
            wheel = try_parse(there.name)
            known = wheel is not None and serves_any(wheel, publication.builds)
            problem = "is already on the index, and this release does not make such a file"
        else:
            known = any(built.name == there.name for built in publication.built)
            problem = "is already on the index and does not belong to this release"
        if not known:
            yield Problem(problem, where=there.name)


@index_check(
    By.PYPI, source="PEP 792, project status markers", hint="an owner of the project can reopen it on the index"
)
def project_accepts_files(publication: Publication) -> Iterator[str]:
    """the project on the index is open for new releases"""
    if publication.indexed.status in _CLOSED:
        yield f"the project {publication.indexed.project} is {publication.indexed.status} on the index"


@index_check.note(
    By.DECISION,
    source="decision D15",
    hint="register a pending trusted publisher (it expires after 30 days): nox -s validate -- --registration",
)
def project_known(publication: Publication) -> Iterator[str]:
    """the project is on the index"""
    if not publication.indexed.versions:
        yield f"the index has no project {publication.indexed.project} yet"


@index_check.note(
    By.CARE, source="pip installs the newest version", hint="users get the newer version unless they ask for this one"
)
def version_newest(publication: Publication) -> Iterator[str]:
    """the version is newer than every version on the index"""
    version = try_version(publication.indexed.version)
    others = [other for text in publication.indexed.versions if (other := try_version(text)) is not None]
    newer = [other for other in others if version is not None and other > version and not other.is_prerelease]
    if newer:
        yield f"the index has newer versions than {version}, up to {max(newer)}"


@index_check.note(
    By.CARE,
    source=f"{PYPI_UPLOAD}: an identical file is accepted again",
    hint="a re-run finishes the release only if it builds the same bytes again",
)
def nothing_uploaded_yet(publication: Publication) -> Iterator[str | Problem]:
    """no file of the release is on the index yet"""
    indexed = publication.indexed
    if publication.built is None and indexed.files:
        missing = missing_from_index(publication)
        rest = f"no wheel yet for {join_names(missing)}" if missing else "all wheels"
        yield f"version {indexed.version} is on the index already, with {rest}"
    for built, there in _on_index(publication):
        if there.sha256 == built.sha256:
            yield Problem("is on the index with the same bytes", built.name, hint="uploading it again changes nothing")


@index_check(
    By.INSTALLERS,
    source="pip takes the newest version that has a file for the Python and the platform",
    hint="build wheels for these Pythons; or narrow Requires-Python, and yank the old version, which pip would "
    "otherwise still take",
)
def pip_takes_release(publication: Publication) -> Iterator[Problem]:
    """pip takes the release on every platform that it has wheels for, with every Python that it promises"""
    for older, choices in _taken_instead(publication, promised=True).items():
        if older:
            places = [f"{choice.python} on {choice.platform}" for choice in choices]
            message = f"pip takes {older}, not {publication.indexed.version}, for {shown_places(choices)}"
            yield Problem.of(places, message)


@index_check.note(
    By.CARE,
    source="pip takes the newest version that has a file for the Python and the platform",
    hint="yank the old version if it should not be used there",
)
def older_version_left(publication: Publication) -> Iterator[str]:
    """pip takes no older version where the release has no wheel"""
    for older, choices in _taken_instead(publication, promised=False).items():
        if older:
            yield f"pip still takes {older} for {shown_places(choices)}"


@index_check.note(
    By.CARE, source="core metadata, Requires-Python", hint="build wheels for these Pythons, or narrow Requires-Python"
)
def promised_python_served(publication: Publication) -> Iterator[str]:
    """pip finds a file for every Python that the release promises, on every platform that it has wheels for"""
    if choices := _taken_instead(publication, promised=True).get(""):
        yield f"pip finds nothing for {shown_places(choices)}"


def _taken_instead(publication: Publication, *, promised: bool) -> dict[str, list[PipChoice]]:
    """Where pip takes an older version or, by the version "", nothing.

    `promised` are the Pythons of Requires-Python, on platforms where pip takes the release for some Python.
    """
    own, instead = try_version(publication.indexed.version), dict[str, list[PipChoice]]()
    versions = {choice: try_version(choice.version) for choice in publication.choices}
    platforms = {choice.platform for choice, version in versions.items() if version == own}
    for choice, version in versions.items():
        is_promised = choice.platform in platforms and promises(publication.requires_python, choice.python)
        if is_promised is promised and own and (version is None or version < own):
            instead.setdefault(choice.version, []).append(choice)
    return instead


@index_check(
    By.PYPI,
    source="PyPI help, storage limits: 10 GiB for a project",
    hint="delete old releases, or ask PyPI for a higher limit for the project",
)
def project_has_room(publication: Publication) -> Iterator[str]:
    """all files of the project together are not larger than the 10 GiB that PyPI accepts"""
    there = sum(file.size or 0 for file in (*publication.indexed.files, *publication.indexed.others))
    added = sum(file.size or 0 for file in publication.added)
    # A project that has more already has a higher limit.
    if there <= _MOST < there + added:
        yield (
            f"the index has {there / _GIB:.2f} GiB of {publication.indexed.project}, and the release adds "
            f"{added / _GIB:.2f} GiB; PyPI accepts {_MOST / _GIB:.0f} GiB"
        )


@index_check.note(By.CARE, source="the last release on the index", hint="nothing, if this is intended")
def wheels_as_before(publication: Publication) -> Iterator[str]:
    """the release has the same wheels as the last release, of about the same sizes"""
    last, before = _last_release(publication)
    now = {wheel.tag_text: file.size for file in publication.built or () if (wheel := try_parse(file.name))}
    changed = [
        f"{tag} ({old / 1e6:.1f} MB, now {now[tag] / 1e6:.1f} MB)"
        for tag, old in before.items()
        if tag in now and abs(now[tag] - old) > old * _CHANGE
    ]
    lost, gained = before.keys() - now.keys(), now.keys() - before.keys()
    kinds = {"lost since": sorted(lost), "gained since": sorted(gained), "of another size than in": changed}
    for what, names in kinds.items():
        if before and now and names:
            yield f"{what} {last}: {join_names(names)}"


def _last_release(publication: Publication) -> tuple[Version, dict[str, int]]:
    """The newest older version on the index that is no pre-release, and the sizes of its wheels, by their tags."""
    own, wheels = try_version(publication.indexed.version), dict[Version, dict[str, int]]()
    for file in publication.indexed.others:
        if (wheel := try_parse(file.name)) and own and wheel.version < own and not wheel.version.is_prerelease:
            wheels.setdefault(wheel.version, {})[wheel.tag_text] = file.size or 0
    return max(wheels.items(), default=(Version("0"), {}))


def missing_from_index(publication: Publication) -> list[str]:
    """The files that the index does not have yet: their names, or before the build the builds that they serve."""
    names = [file.name for file in publication.indexed.files]
    if publication.built is not None:
        return [built.name for built in publication.built if built.name not in names]
    wheels = [wheel for name in names if (wheel := try_parse(name))]
    return [str(build) for build in unserved(publication.builds, wheels)]


def _on_index(publication: Publication) -> Iterator[tuple[FileFacts, IndexedFile]]:
    """The built files that are on the index, with what the index has under their names."""
    for built in publication.built or ():
        there = publication.indexed.file(built.name)
        if there is not None:
            yield built, there
