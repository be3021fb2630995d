"""Do all tools read the archive in the same way?

The reader (`truewheel.wheel.archive.reader`) reports anomalies; here each kind of anomaly gets a check,
as archive.toml says.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping

from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import PEP_427, PYPI_UPLOAD
from truewheel.findings import By, Rule
from truewheel.toml_tables import table_of
from truewheel.wheel.archive.anomalies import AnomalyKind
from truewheel.wheel.archive.names import (
    files_that_are_folders,
    length_problems,
    portable_problems,
    relative_problems,
    same_elsewhere,
)
from truewheel.wheel.reader import Wheel

_APPNOTE = "PKWARE's APPNOTE, the zip format"
_TABLE = table_of(__file__)
_HINTS: Mapping[str, str] = _TABLE.pop("hints")
_RENAME = _HINTS["rename"]
# Not a check: if the file cannot be read, there is no wheel to pass to one.
ARCHIVE_READABLE = Rule(
    "archive-readable",
    "the wheel is a zip archive from its first byte to its last, without data descriptors, and is not a zip bomb",
    by=By.PYPI,
    source=f"{PEP_427}; {PYPI_UPLOAD}",
    hint="build it again: nox -s wheels; if you downloaded it, download it again",
)


def _declare(kind: AnomalyKind, row: Mapping[str, str]) -> None:
    """Declare the check that reports a kind of anomaly."""

    def judge(wheel: Wheel) -> Iterator[str]:
        return (str(anomaly) for anomaly in wheel.anomalies if anomaly.kind is kind)

    source = row.get("source", PYPI_UPLOAD).format(PYPI_UPLOAD=PYPI_UPLOAD, PEP_427=PEP_427, APPNOTE=_APPNOTE)
    hint = row.get("hint", "plain")
    wheel_check.add(Rule(kind.value, row["demand"], source, _HINTS.get(hint, hint), By(row.get("by", By.PYPI))), judge)


for _name, _row in _TABLE.items():
    _declare(AnomalyKind(_name), _row)


def _names(wheel: Wheel) -> list[str]:
    """All names in the archive, each once; those of folders without the slash at the end."""
    folders = (folder.removesuffix("/") for folder in wheel.folders)
    # name-utf8 reports those with bytes that are spelled out here, with backslashes.
    escaped = {anomaly.member for anomaly in wheel.anomalies if anomaly.kind is AnomalyKind.NAME_NOT_UTF8}
    return [
        name for name in dict.fromkeys([*(member.name for member in wheel.members), *folders]) if name not in escaped
    ]


def _name_problems(wheel: Wheel, problems_of: Callable[[str], Iterator[str]]) -> Iterator[str]:
    return (f"the name {name!r} {problem}" for name in _names(wheel) for problem in problems_of(name))


@wheel_check(
    By.INSTALLERS,
    source=f"{PEP_427}; installers refuse the wheel or write outside of the environment",
    hint="build it again with a tool that writes relative names: nox -s wheels",
)
def name_relative(wheel: Wheel) -> Iterator[str]:
    """every name is a path inside the folder that the wheel is unpacked into"""
    yield from _name_problems(wheel, relative_problems)


@wheel_check(
    By.SPECIFICATION,
    source=f"{PEP_427}; {_APPNOTE}",
    hint="build it with a tool that writes slashes on Windows too: nox -s wheels",
)
def name_slashes(wheel: Wheel) -> Iterator[str]:
    """the parts of a name are separated by slashes, not by backslashes"""
    yield from (f"the name {name!r} has a backslash" for name in _names(wheel) if "\\" in name)


@wheel_check(By.INSTALLERS, source="Microsoft's documentation: Naming Files, Paths, and Namespaces", hint=_RENAME)
def name_portable(wheel: Wheel) -> Iterator[str]:
    """every name is allowed on Windows too"""
    yield from _name_problems(wheel, portable_problems)


@wheel_check(
    By.INSTALLERS,
    source="Microsoft's documentation: Maximum Path Length Limitation (260 characters); 255 bytes for a part elsewhere",
    hint=_RENAME,
)
def name_length(wheel: Wheel) -> Iterator[str]:
    """no name is longer than file systems allow"""
    yield from _name_problems(wheel, length_problems)


@wheel_check(
    By.INSTALLERS,
    source="on Windows and macOS one file would overwrite the other",
    hint="rename one of them in the source tree and build again: nox -s wheels",
)
def name_distinct(wheel: Wheel) -> Iterator[str]:
    """no two names, of files or of their folders, differ only in case or Unicode normalization"""
    for group in same_elsewhere(_names(wheel)):
        yield f"these names are the same on Windows and macOS: {', '.join(map(repr, group))}"


@wheel_check(
    By.INSTALLERS,
    source="installers fail half-way",
    hint="rename one of them in the source tree and build again: nox -s wheels",
)
def member_not_folder(wheel: Wheel) -> Iterator[str]:
    """no file has the name of a folder with other files"""
    names = [*(member.name for member in wheel.members), *wheel.folders]
    clashes = files_that_are_folders(names)
    yield from (f"{folder!r} is a file, and also the folder of {inside!r}" for folder, inside in clashes)


_SPECIAL = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder by its mode, but not by its name",
}


@wheel_check(
    By.SPECIFICATION,
    source=f"{PEP_427}, has only files; installers write the target of a link as text",
    hint="replace the link with a copy of the file and build again: nox -s wheels",
)
def no_links(wheel: Wheel) -> Iterator[str]:
    """every member is a plain file or a folder, not a link, device or pipe"""
    for member in wheel.members:
        # Archives from systems without Unix modes have zero.
        kind = stat.S_IFMT(member.mode or 0)
        if kind not in (0, stat.S_IFREG):
            yield f"{member.name} is {_SPECIAL.get(kind, f'of an unknown type, {kind:#o}')}"
