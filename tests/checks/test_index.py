"""What the index already has of a release, and what it will still accept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.support.factories import LINUX_WHEEL, WINDOWS_WHEEL
from tests.support.judging import HERE, findings, messages
from truewheel.builds import Build
from truewheel.checks.registers import index_check
from truewheel.findings import Note
from truewheel.publishing.indexed_release import IndexedFile, IndexedRelease
from truewheel.publishing.publication import Publication
from truewheel.system.files import FileFacts
from truewheel.wheel.filename import try_parse

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
BUILDS = (Build("cp310", "manylinux_x86_64"), Build("cp310", "win_amd64"))
BUILT = (FileFacts(LINUX_WHEEL, 3, "aa" * 32), FileFacts(WINDOWS_WHEEL, 3, "bb" * 32))
LINUX = IndexedFile(LINUX_WHEEL, "aa" * 32, 3, NOW - timedelta(hours=1))
WINDOWS = IndexedFile(WINDOWS_WHEEL, "bb" * 32, 3, NOW)


def publication(
    *files: IndexedFile,
    built: tuple[FileFacts, ...] | None = BUILT,
    versions: tuple[str, ...] | None = None,
    status: str = "active",
    others: tuple[IndexedFile, ...] = (),
) -> Publication:
    """The release of 0.5.0, of which the index has `files`, and `others` of other versions."""
    listed = (("0.5.0",) if files else ()) if versions is None else versions
    indexed = IndexedRelease(
        "https://index.invalid/simple", canonicalize_name("quiverdb"), "0.5.0", listed, files, status, others
    )
    return Publication(indexed, BUILDS, built, NOW, ">=3.10")


@pytest.mark.parametrize("built", [BUILT, None])
def test_a_version_that_the_index_does_not_have_is_fit(built: tuple[FileFacts, ...] | None) -> None:
    assert list(index_check.results(publication(built=built, versions=("0.4.0", "0.4.9")), HERE)) == []


def test_index_files_identical_accepts_the_same_bytes() -> None:
    assert messages(index_check, "index-files-identical", publication(LINUX, WINDOWS)) == []


def test_index_files_identical_refuses_other_bytes() -> None:
    other = replace(WINDOWS, sha256="cc" * 32)
    (finding,) = findings(index_check, "index-files-identical", publication(LINUX, other))
    assert (finding.where, finding.message) == (
        WINDOWS_WHEEL,
        f"is on the index with SHA-256 {'cc' * 32}, but was built with SHA-256 {'bb' * 32}",
    )
    assert finding.hint == "a file name can be used only once: raise the version and release again"


def test_index_files_identical_refuses_bytes_that_cannot_be_compared() -> None:
    assert messages(index_check, "index-files-identical", publication(replace(LINUX, sha256=""))) == [
        "is on the index, which does not publish a SHA-256 to compare with"
    ]


@pytest.mark.parametrize("versions", [(), ("0.4.9", "0.6.0"), ("0.5.0.1",), ("0.5.0rc1",), ("five",)])
def test_version_not_deleted_accepts_a_version_that_is_not_listed(versions: tuple[str, ...]) -> None:
    assert messages(index_check, "version-not-deleted", publication(versions=versions)) == []


def test_version_not_deleted_accepts_a_version_with_files() -> None:
    assert messages(index_check, "version-not-deleted", publication(LINUX)) == []


@pytest.mark.parametrize("built", [BUILT, None])
def test_version_not_deleted_refuses_a_version_without_files(built: tuple[FileFacts, ...] | None) -> None:
    for listed in ("0.5.0", "0.5"):
        assert messages(index_check, "version-not-deleted", publication(built=built, versions=(listed,))) == [
            "the index lists version 0.5.0 without files: they were deleted"
        ]


def test_release_accepts_files_accepts_a_recent_incomplete_release() -> None:
    young = replace(LINUX, uploaded=NOW - timedelta(days=14))
    assert messages(index_check, "release-accepts-files", publication(young)) == []
    # A complete release needs no more files, and an index without times cannot be judged.
    old = replace(LINUX, uploaded=NOW - timedelta(days=99))
    assert messages(index_check, "release-accepts-files", publication(old, WINDOWS)) == []
    assert messages(index_check, "release-accepts-files", publication(replace(LINUX, uploaded=None))) == []


def test_release_accepts_files_refuses_an_old_incomplete_release() -> None:
    old = publication(replace(LINUX, uploaded=NOW - timedelta(days=15)))
    said = "version 0.5.0 was first uploaded 15 days ago; PyPI accepts new files for 14 days and would refuse "
    assert messages(index_check, "release-accepts-files", old) == [said + WINDOWS_WHEEL]
    # Before the build the names are not known, but the builds are.
    assert messages(index_check, "release-accepts-files", replace(old, built=None)) == [said + "cp310-win_amd64"]
    # A wheel that this release cannot make does not complete it.
    others = IndexedFile("quiverdb-0.5.0-cp313-cp313-win_amd64.whl", "ff" * 32, 3, NOW - timedelta(days=15))
    assert messages(index_check, "release-accepts-files", publication(others, built=None)) == [
        f"{said}cp310-manylinux_x86_64, cp310-win_amd64"
    ]


def test_index_has_only_release_accepts_files_of_the_release() -> None:
    assert messages(index_check, "index-has-only-release", publication(LINUX)) == []
    assert messages(index_check, "index-has-only-release", publication(LINUX, WINDOWS, built=None)) == []


def test_index_has_only_release_refuses_everything_else() -> None:
    sdist = IndexedFile("quiverdb-0.5.0.tar.gz", "dd" * 32)
    older = IndexedFile(LINUX_WHEEL.replace("2_28", "2_17"), "ee" * 32)
    found = findings(index_check, "index-has-only-release", publication(sdist, older, LINUX))
    assert [(finding.where, finding.message) for finding in found] == [
        (file.name, "is already on the index and does not belong to this release") for file in (sdist, older)
    ]
    # Before the build it is known which files this release can never make: users would keep getting them.
    other = IndexedFile("quiverdb-0.5.0-cp313-cp313-win_amd64.whl", "ff" * 32)
    found = findings(index_check, "index-has-only-release", publication(sdist, other, older, LINUX, built=None))
    assert [(finding.where, finding.message) for finding in found] == [
        (file.name, "is already on the index, and this release does not make such a file") for file in (sdist, other)
    ]


@pytest.mark.parametrize("status", ["active", "deprecated"])
def test_project_accepts_files_accepts_an_open_project(status: str) -> None:
    assert messages(index_check, "project-accepts-files", publication(status=status)) == []


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_project_accepts_files_refuses_a_closed_project(status: str) -> None:
    assert messages(index_check, "project-accepts-files", publication(status=status)) == [
        f"the project quiverdb is {status} on the index"
    ]


def test_project_known_accepts_a_project_with_any_version() -> None:
    assert messages(index_check, "project-known", publication(versions=("0.1.0",))) == []


def test_project_known_notes_a_project_that_the_index_does_not_have() -> None:
    (note,) = index_check.results(publication(), HERE)
    assert isinstance(note, Note)
    assert note.message == "the index has no project quiverdb yet"


def test_version_newest_accepts_the_newest_of_all() -> None:
    assert messages(index_check, "version-newest", publication(versions=("0.4.0", "1.0rc1", "five"))) == []


def test_version_newest_notes_newer_versions() -> None:
    (note,) = findings(
        index_check, "version-newest", publication(versions=("0.4.0", "0.5.1", "0.10.0", "0.6.0", "1.0rc1", "five"))
    )
    assert note == Note(
        "version-newest",
        HERE,
        "the index has newer versions than 0.5.0, up to 0.10.0",
        "users get the newer version unless they ask for this one",
    )


def test_nothing_uploaded_yet_accepts_other_bytes_which_have_a_finding() -> None:
    assert messages(index_check, "nothing-uploaded-yet", publication(replace(LINUX, sha256="cc" * 32))) == []


def test_nothing_uploaded_yet_notes_the_same_bytes() -> None:
    assert findings(index_check, "nothing-uploaded-yet", publication(LINUX)) == [
        Note(
            "nothing-uploaded-yet",
            LINUX_WHEEL,
            "is on the index with the same bytes",
            "uploading it again changes nothing",
        )
    ]


def test_nothing_uploaded_yet_notes_existing_files_before_the_build() -> None:
    said = "version 0.5.0 is on the index already, with "
    name = "nothing-uploaded-yet"
    assert messages(index_check, name, publication(LINUX, built=None)) == [said + "no wheel yet for cp310-win_amd64"]
    assert messages(index_check, name, publication(LINUX, WINDOWS, built=None)) == [said + "all wheels"]


def other(version: str, tags: str = "py3-none-any", size: int | None = None, **fields: Any) -> IndexedFile:
    """A wheel of another version on the index."""
    return IndexedFile(f"quiverdb-{version}-{tags}.whl", "", size, version=version, **fields)


def built(*tags: str, size: int = 3) -> tuple[FileFacts, ...]:
    return tuple(FileFacts(f"quiverdb-0.5.0-{each}.whl", size, "aa" * 32) for each in tags)


def test_pip_takes_release_accepts_wheels_for_every_promised_python() -> None:
    assert messages(index_check, "pip-takes-release", publication(others=(other("0.4.0"),))) == []


@pytest.mark.parametrize(
    "older", [other("0.4.0", yanked="broken"), other("0.6.0"), other("0.4.0", requires_python="<3.10")]
)
def test_pip_takes_release_accepts_what_pip_does_not_take_instead(older: IndexedFile) -> None:
    release = publication(built=built("cp310-cp310-win_amd64"), others=(older,))
    assert messages(index_check, "pip-takes-release", release) == []


def test_pip_takes_release_refuses_an_older_version_for_a_promised_python() -> None:
    release = publication(built=built("cp310-abi3-win_amd64", "cp311-cp311-macosx_14_0_arm64"), others=(other("0.4"),))
    (finding,) = findings(index_check, "pip-takes-release", release)
    assert finding.message == "pip takes 0.4, not 0.5.0, for CPython 3.10, 3.12 to 3.15 on macOS arm64"
    assert finding.subject == "3.10 on macOS arm64"
    assert finding.also[-1] == "3.15 on macOS arm64"


def test_older_version_left_accepts_an_index_without_older_versions() -> None:
    assert messages(index_check, "older-version-left", publication()) == []


def test_older_version_left_notes_what_the_release_does_not_promise() -> None:
    release = publication(built=built("py3-none-any"), others=(other("0.4.0"), other("0.3.0")))
    assert messages(index_check, "older-version-left", release) == [
        "pip still takes 0.4.0 for CPython 3.9 on every platform"
    ]


def test_promised_python_served_accepts_platforms_without_wheels() -> None:
    assert messages(index_check, "promised-python-served", publication()) == []


def test_promised_python_served_notes_pythons_without_wheels() -> None:
    release = publication(built=built("cp313-cp313-win_amd64"))
    assert messages(index_check, "promised-python-served", release) == [
        "pip finds nothing for CPython 3.10 to 3.12, 3.14 to 3.15 on Windows AMD64"
    ]


GIB = 1 << 30


@pytest.mark.parametrize("size", [None, 10 * GIB - 6, 11 * GIB])
def test_project_has_room_accepts_ten_gib_and_projects_with_a_higher_limit(size: int | None) -> None:
    assert messages(index_check, "project-has-room", publication(others=(other("0.4.0", size=size),))) == []


def test_project_has_room_refuses_more_than_ten_gib() -> None:
    release = publication(built=built("py3-none-any", size=GIB), others=(other("0.4.0", size=9 * GIB + 1),))
    assert messages(index_check, "project-has-room", release) == [
        "the index has 9.00 GiB of quiverdb, and the release adds 1.00 GiB; PyPI accepts 10 GiB"
    ]


def test_wheels_as_before_accepts_the_same_wheels() -> None:
    before = [other("0.4.0", wheel.tag_text, 3) for wheel in map(try_parse, (LINUX_WHEEL, WINDOWS_WHEEL)) if wheel]
    assert messages(index_check, "wheels-as-before", publication(others=tuple(before))) == []
    assert messages(index_check, "wheels-as-before", publication()) == []


def test_wheels_as_before_notes_what_was_lost_and_gained_and_other_sizes() -> None:
    before = ("0.4.0", "py3-none-any", 10_000_000), ("0.4.0", "cp310-cp310-win32", 5), ("0.3.0", "cp39-cp39-win32", 5)
    release = publication(
        built=built("py3-none-any", "cp311-cp311-win32", size=20_000_000), others=tuple(other(*each) for each in before)
    )
    assert messages(index_check, "wheels-as-before", release) == [
        "lost since 0.4.0: cp310-cp310-win32",
        "gained since 0.4.0: cp311-cp311-win32",
        "of another size than in 0.4.0: py3-none-any (10.0 MB, now 20.0 MB)",
    ]
