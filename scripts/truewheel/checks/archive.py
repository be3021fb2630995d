"""Is the file an archive that installers and PyPI read as we do, into the same files everywhere?

Its reader (`truewheel.wheel.archive.reader`) states the anomalies; here each kind gets its name, source and remedy.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator

from truewheel.checks.registers import wheel_check
from truewheel.findings import Rule
from truewheel.wheel.archive.anomalies import AnomalyKind
from truewheel.wheel.archive.names import (
    files_that_are_folders,
    length_flaws,
    portable_flaws,
    relative_flaws,
    same_elsewhere,
)
from truewheel.wheel.reader import Wheel

_PEP_427 = "binary distribution format specification (PEP 427)"
_UPLOAD_RULES = "PyPI's upload rules"
_APPNOTE = "the zip format (PKWARE's APPNOTE)"
_REBUILD = "build it again: nox -s wheels"
_WRITER = "build it again with a tool that writes plain archives: nox -s wheels; do not repack or patch a wheel"
_DAMAGED = "the file was damaged after it was built: download it or build it again (nox -s wheels)"
_RENAME = "rename the file in the source tree, and build again: nox -s wheels"
# Findings of one kind are shown up to this number: nobody reads the ten thousandth.
_SHOWN = 50

# Not a check: a wheel that cannot be read has nothing that a check could be given.
ARCHIVE_READABLE = Rule(
    "archive-readable",
    "the wheel is an archive that can be read from beginning to end, and no bomb",
    source=f"{_PEP_427}; {_UPLOAD_RULES}",
    hint="build it again: nox -s wheels; if it was downloaded, download it again",
)


def _states(*kinds: AnomalyKind) -> Callable[[Wheel], Iterator[str]]:
    """A judge that repeats what the reader stated of some kinds."""

    def judge(wheel: Wheel) -> Iterator[str]:
        for anomaly in wheel.anomalies:
            if anomaly.kind in kinds:
                yield str(anomaly)

    return judge


# Each row: the kinds of anomaly, the check that stands for them, what it demands, who demands it, what to do.
ANOMALY_CHECKS: tuple[tuple[tuple[AnomalyKind, ...], str, str, str, str], ...] = (
    (
        (AnomalyKind.FILE_TOO_LARGE,),
        "archive-size",
        "the file is not larger than PyPI takes, 100 MiB",
        _UPLOAD_RULES,
        "leave out what users do not need (debug symbols first), or ask PyPI for a higher limit of the project",
    ),
    (
        (
            AnomalyKind.BYTES_BEFORE,
            AnomalyKind.BYTES_BETWEEN,
            AnomalyKind.BYTES_AFTER,
            AnomalyKind.UNKNOWN_RECORD,
            AnomalyKind.RECORD_ORDER,
        ),
        "archive-contiguous",
        "the archive is members, directory and end, in this order, with nothing before, between or after",
        _UPLOAD_RULES,
        _WRITER,
    ),
    (
        (AnomalyKind.TRUNCATED,),
        "archive-whole",
        "no member is cut off",
        _APPNOTE,
        _DAMAGED,
    ),
    (
        (AnomalyKind.NAME_TWICE_LOCAL, AnomalyKind.NAME_TWICE_DIRECTORY),
        "member-unique",
        "no two members of the archive have the same name",
        _UPLOAD_RULES,
        "build it again: nox -s wheels; installers disagree about which of the two counts",
    ),
    (
        (AnomalyKind.ONLY_LOCAL, AnomalyKind.ONLY_DIRECTORY),
        "archive-directory-complete",
        "the directory lists exactly the members of the archive",
        _UPLOAD_RULES,
        "build it again: nox -s wheels; some installers would install a file that others do not see",
    ),
    (
        (AnomalyKind.HEADERS_DIFFER,),
        "archive-headers-agree",
        "every local header says what the directory says: name, place, sizes, CRC, method, flags",
        _UPLOAD_RULES,
        "build it again: nox -s wheels; installers disagree about which of the two counts",
    ),
    (
        (AnomalyKind.DATA_DESCRIPTOR,),
        "archive-no-data-descriptors",
        "the sizes of every member stand before its data",
        _UPLOAD_RULES,
        "write the wheel to a file and not into a stream, with Python's zipfile: nox -s wheels",
    ),
    (
        (AnomalyKind.MEMBER_COMMENT,),
        "archive-no-member-comments",
        "no member has a comment",
        _UPLOAD_RULES,
        _WRITER,
    ),
    (
        (AnomalyKind.EXTRA_FIELD,),
        "archive-extra-fields",
        "the extra fields of every member are whole, and neither doubled nor at odds with its header",
        _UPLOAD_RULES,
        _WRITER,
    ),
    (
        (AnomalyKind.END_RECORD,),
        "archive-end-record",
        "the end record is right about the directory: its place, its size, the number of entries",
        f"{_UPLOAD_RULES}; {_APPNOTE}",
        _WRITER,
    ),
    (
        (AnomalyKind.ZIP64,),
        "archive-zip64",
        "zip64 records, if there are any, agree with the end record",
        f"{_UPLOAD_RULES}; {_APPNOTE}",
        _WRITER,
    ),
    (
        (AnomalyKind.ENCRYPTED,),
        "archive-not-encrypted",
        "no member is encrypted",
        f"{_PEP_427}; {_APPNOTE}",
        "build it again: nox -s wheels; nobody can install an encrypted wheel",
    ),
    (
        (AnomalyKind.COMPRESSION,),
        "archive-compression",
        "every member is stored or deflated",
        _UPLOAD_RULES,
        "build it again: nox -s wheels; installers know no other compression",
    ),
    (
        (AnomalyKind.DATA_DAMAGED, AnomalyKind.DATA_ENDS_EARLY, AnomalyKind.DATA_ENDS_LATE),
        "archive-data-sound",
        "the compressed data of every member can be unpacked, and fill their place exactly",
        _APPNOTE,
        _DAMAGED,
    ),
    (
        (AnomalyKind.WRONG_SIZE, AnomalyKind.WRONG_CRC),
        "archive-checksums",
        "every member has the size and the CRC-32 that its header gives",
        _APPNOTE,
        _DAMAGED,
    ),
    (
        (AnomalyKind.FOLDER_WITH_DATA,),
        "archive-folders-empty",
        "no folder in the archive has contents of its own",
        "installers, which drop it unseen",
        _WRITER,
    ),
    (
        (AnomalyKind.NAME_UNPRINTABLE,),
        "name-printable",
        "no name has control characters, NUL among them",
        _UPLOAD_RULES,
        _RENAME,
    ),
    (
        (AnomalyKind.NAME_NOT_UTF8,),
        "name-utf8",
        "every name is in UTF-8, and marked so where it is not ASCII",
        f"{_UPLOAD_RULES}; {_PEP_427}",
        "rename the file to plain ASCII in the source tree, and build again: nox -s wheels",
    ),
)

for _kinds, _name, _demand, _source, _hint in ANOMALY_CHECKS:
    wheel_check(_name, _demand, source=_source, hint=_hint)(_states(*_kinds))


def _names(wheel: Wheel) -> list[str]:
    """All names in the archive, each once: of files as they are, of folders without the slash at the end."""
    folders = (folder.removesuffix("/") for folder in wheel.folders)
    return list(dict.fromkeys([*(member.name for member in wheel.members), *folders]))


def _shown(problems: Iterable[str]) -> Iterator[str]:
    """The first problems, and how many more there are."""
    more = 0
    for number, problem in enumerate(problems):
        if number < _SHOWN:
            yield problem
        else:
            more += 1
    if more:
        yield f"and {more} more like these"


def _flaws(wheel: Wheel, flaws_of: Callable[[str], Iterator[str]]) -> Iterator[str]:
    return _shown(f"the name {name!r} {flaw}" for name in _names(wheel) for flaw in flaws_of(name))


@wheel_check(
    "name-relative",
    "every name leads to one place inside the folder that the wheel is unpacked into",
    source=f"{_PEP_427}; installers refuse the wheel, or write outside",
    hint="build it again with a tool that writes plain relative names: nox -s wheels",
)
def name_relative(wheel: Wheel) -> Iterator[str]:
    yield from _flaws(wheel, relative_flaws)


@wheel_check(
    "name-slashes",
    "the parts of a name are separated by / and not by backslashes",
    source=f"{_PEP_427}; {_APPNOTE}",
    hint="build it with a tool that writes / on Windows too: nox -s wheels",
)
def name_slashes(wheel: Wheel) -> Iterator[str]:
    yield from _shown(f"the name {name!r} has a backslash" for name in _names(wheel) if "\\" in name)


@wheel_check(
    "name-portable",
    "every name is one that Windows can have too",
    source="Microsoft's rules for naming files; the source tree is checked out and installed there",
    hint=_RENAME,
)
def name_portable(wheel: Wheel) -> Iterator[str]:
    yield from _flaws(wheel, portable_flaws)


@wheel_check(
    "name-length",
    "no name is longer than file systems take",
    source="Microsoft's limit of 260 characters for a path; 255 bytes for a part of it elsewhere",
    hint=_RENAME,
)
def name_length(wheel: Wheel) -> Iterator[str]:
    yield from _flaws(wheel, length_flaws)


@wheel_check(
    "name-distinct",
    "no two names, of files or of their folders, differ only in case or in the form of Unicode",
    source="the file systems of Windows and macOS, where one file would overwrite the other",
    hint="rename one of them in the source tree, and build again: nox -s wheels",
)
def name_distinct(wheel: Wheel) -> Iterator[str]:
    for group in same_elsewhere(_names(wheel)):
        yield f"these are one name on Windows and macOS: {', '.join(map(repr, group))}"


@wheel_check(
    "member-not-folder",
    "no file has the name of a folder that another file is in",
    source="installers, which fail half-way",
    hint="rename one of them in the source tree, and build again: nox -s wheels",
)
def member_not_folder(wheel: Wheel) -> Iterator[str]:
    names = [*(member.name for member in wheel.members), *wheel.folders]
    yield from _shown(
        f"{folder!r} is a file, and also the folder of {inside!r}" for folder, inside in files_that_are_folders(names)
    )


_SPECIAL = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder, by its mode and not by its name",
}


@wheel_check(
    "no-links",
    "every member is a plain file or a folder: no links, devices, pipes",
    source=f"{_PEP_427} knows files only; installers write a link's target as text",
    hint="put a copy of the file where the link is, and build again: nox -s wheels",
)
def no_links(wheel: Wheel) -> Iterator[str]:
    for member in wheel.members:
        # Zero is what archives give that know no Unix modes.
        kind = stat.S_IFMT(member.mode or 0)
        if kind not in (0, stat.S_IFREG):
            yield f"{member.name} is {_SPECIAL.get(kind, f'of an unknown type, {kind:#o}')}"
