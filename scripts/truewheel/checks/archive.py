"""Is the file an archive that installers and PyPI read as we do, into the same files everywhere?

Its reader (`truewheel.wheel.archive.reader`) states the anomalies; here each kind gets its name, source and remedy.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from truewheel.checks.registers import wheel_check
from truewheel.findings import By, Rule
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
_PLAIN = "build it again with a tool that writes plain archives: nox -s wheels; do not repack or patch a wheel"
_AMBIGUOUS = "build it again: nox -s wheels; installers disagree about which of the two counts"
_DAMAGED = "the file was damaged after it was built: download it or build it again (nox -s wheels)"
_RENAME = "rename the file in the source tree, and build again: nox -s wheels"
# Findings of one kind are shown up to this number: nobody reads the ten thousandth.
_SHOWN = 50

# Not a check: a wheel that cannot be read has nothing that a check could be given.
ARCHIVE_READABLE = Rule(
    "archive-readable",
    "the wheel is an archive that can be read from beginning to end, and no bomb",
    by=By.PYPI,
    source=f"{_PEP_427}; {_UPLOAD_RULES}",
    hint="build it again: nox -s wheels; if it was downloaded, download it again",
)


@dataclass(frozen=True, slots=True)
class AnomalyCheck:
    """The check that reports some kinds of anomaly."""

    name: str
    demand: str
    kinds: tuple[AnomalyKind, ...]
    by: By = By.PYPI
    source: str = _UPLOAD_RULES
    hint: str = _PLAIN

    def problems(self, wheel: Wheel) -> Iterator[str]:
        """What the reader reported of these kinds."""
        return (str(anomaly) for anomaly in wheel.anomalies if anomaly.kind in self.kinds)


ANOMALY_CHECKS = (
    AnomalyCheck(
        "archive-size",
        "the file is not larger than PyPI accepts, 100 MiB",
        (AnomalyKind.FILE_TOO_LARGE,),
        hint="leave out what users do not need (debug symbols first), or ask PyPI for a higher limit for the project",
    ),
    AnomalyCheck(
        "archive-contiguous",
        "the archive is members, central directory and end record, in this order, with no other bytes around them",
        (
            AnomalyKind.BYTES_BEFORE,
            AnomalyKind.BYTES_BETWEEN,
            AnomalyKind.BYTES_AFTER,
            AnomalyKind.UNKNOWN_RECORD,
            AnomalyKind.RECORD_ORDER,
        ),
    ),
    AnomalyCheck(
        "archive-whole",
        "no member is cut off",
        (AnomalyKind.TRUNCATED,),
        by=By.SPECIFICATION,
        source=_APPNOTE,
        hint=_DAMAGED,
    ),
    AnomalyCheck(
        "member-unique",
        "no two members of the archive have the same name",
        (AnomalyKind.NAME_TWICE_LOCAL, AnomalyKind.NAME_TWICE_DIRECTORY),
        hint=_AMBIGUOUS,
    ),
    AnomalyCheck(
        "archive-directory-complete",
        "the central directory lists exactly the members of the archive",
        (AnomalyKind.ONLY_LOCAL, AnomalyKind.ONLY_DIRECTORY),
        hint="build it again: nox -s wheels; some installers would install a file that others do not see",
    ),
    AnomalyCheck(
        "archive-headers-agree",
        "every local header agrees with the central directory: name, place, sizes, CRC, method, flags",
        (AnomalyKind.HEADERS_DIFFER,),
        hint=_AMBIGUOUS,
    ),
    AnomalyCheck(
        "archive-no-data-descriptors",
        "the sizes of every member are in the header before its data",
        (AnomalyKind.DATA_DESCRIPTOR,),
        hint="write the wheel to a file and not to a stream, with Python's zipfile: nox -s wheels",
    ),
    AnomalyCheck("archive-no-member-comments", "no member has a comment", (AnomalyKind.MEMBER_COMMENT,)),
    AnomalyCheck(
        "archive-extra-fields",
        "the extra fields of every member are complete, not repeated, and agree with its header",
        (AnomalyKind.EXTRA_FIELD,),
    ),
    AnomalyCheck(
        "archive-end-record",
        "the end record has the right place and size of the central directory, and the right number of entries",
        (AnomalyKind.END_RECORD,),
        source=f"{_UPLOAD_RULES}; {_APPNOTE}",
    ),
    AnomalyCheck(
        "archive-zip64",
        "zip64 records, if there are any, agree with the end record",
        (AnomalyKind.ZIP64,),
        source=f"{_UPLOAD_RULES}; {_APPNOTE}",
    ),
    AnomalyCheck(
        "archive-not-encrypted",
        "no member is encrypted",
        (AnomalyKind.ENCRYPTED,),
        by=By.SPECIFICATION,
        source=f"{_PEP_427}; {_APPNOTE}",
        hint="build it again: nox -s wheels; no installer can read an encrypted wheel",
    ),
    AnomalyCheck(
        "archive-compression",
        "every member is stored or deflated",
        (AnomalyKind.COMPRESSION,),
        hint="build it again: nox -s wheels; installers read no other compression",
    ),
    AnomalyCheck(
        "archive-data-sound",
        "the compressed data of every member can be unpacked and has exactly the declared size",
        (AnomalyKind.DATA_DAMAGED, AnomalyKind.DATA_ENDS_EARLY, AnomalyKind.DATA_ENDS_LATE),
        by=By.SPECIFICATION,
        source=_APPNOTE,
        hint=_DAMAGED,
    ),
    AnomalyCheck(
        "archive-checksums",
        "every member has the size and the CRC-32 of its header",
        (AnomalyKind.WRONG_SIZE, AnomalyKind.WRONG_CRC),
        by=By.SPECIFICATION,
        source=_APPNOTE,
        hint=_DAMAGED,
    ),
    AnomalyCheck(
        "archive-folders-empty",
        "no folder in the archive has contents of its own",
        (AnomalyKind.FOLDER_WITH_DATA,),
        by=By.INSTALLERS,
        source="installers drop such contents silently",
    ),
    AnomalyCheck(
        "name-printable",
        "no name has control characters such as NUL",
        (AnomalyKind.NAME_UNPRINTABLE,),
        hint=_RENAME,
    ),
    AnomalyCheck(
        "name-utf8",
        "every name is UTF-8, and marked as such if it is not ASCII",
        (AnomalyKind.NAME_NOT_UTF8,),
        source=f"{_UPLOAD_RULES}; {_PEP_427}",
        hint="rename the file to plain ASCII in the source tree and build again: nox -s wheels",
    ),
)

for _check in ANOMALY_CHECKS:
    wheel_check(_check.name, _check.demand, by=_check.by, source=_check.source, hint=_check.hint)(_check.problems)


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
    by=By.INSTALLERS,
    source=f"{_PEP_427}; installers refuse the wheel, or write outside",
    hint="build it again with a tool that writes plain relative names: nox -s wheels",
)
def name_relative(wheel: Wheel) -> Iterator[str]:
    yield from _flaws(wheel, relative_flaws)


@wheel_check(
    "name-slashes",
    "the parts of a name are separated by / and not by backslashes",
    by=By.SPECIFICATION,
    source=f"{_PEP_427}; {_APPNOTE}",
    hint="build it with a tool that writes / on Windows too: nox -s wheels",
)
def name_slashes(wheel: Wheel) -> Iterator[str]:
    yield from _shown(f"the name {name!r} has a backslash" for name in _names(wheel) if "\\" in name)


@wheel_check(
    "name-portable",
    "every name is one that Windows can have too",
    by=By.INSTALLERS,
    source="Microsoft's rules for naming files; the source tree is checked out and installed there",
    hint=_RENAME,
)
def name_portable(wheel: Wheel) -> Iterator[str]:
    yield from _flaws(wheel, portable_flaws)


@wheel_check(
    "name-length",
    "no name is longer than file systems take",
    by=By.INSTALLERS,
    source="Microsoft's limit of 260 characters for a path; 255 bytes for a part of it elsewhere",
    hint=_RENAME,
)
def name_length(wheel: Wheel) -> Iterator[str]:
    yield from _flaws(wheel, length_flaws)


@wheel_check(
    "name-distinct",
    "no two names, of files or of their folders, differ only in case or in the form of Unicode",
    by=By.INSTALLERS,
    source="the file systems of Windows and macOS, where one file would overwrite the other",
    hint="rename one of them in the source tree, and build again: nox -s wheels",
)
def name_distinct(wheel: Wheel) -> Iterator[str]:
    for group in same_elsewhere(_names(wheel)):
        yield f"these are one name on Windows and macOS: {', '.join(map(repr, group))}"


@wheel_check(
    "member-not-folder",
    "no file has the name of a folder that another file is in",
    by=By.INSTALLERS,
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
    by=By.SPECIFICATION,
    source=f"{_PEP_427} knows files only; installers write a link's target as text",
    hint="put a copy of the file where the link is, and build again: nox -s wheels",
)
def no_links(wheel: Wheel) -> Iterator[str]:
    for member in wheel.members:
        # Zero is what archives give that know no Unix modes.
        kind = stat.S_IFMT(member.mode or 0)
        if kind not in (0, stat.S_IFREG):
            yield f"{member.name} is {_SPECIAL.get(kind, f'of an unknown type, {kind:#o}')}"
