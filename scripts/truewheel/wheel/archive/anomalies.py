"""The anomalies of an archive, as the reader reports them; the checks decide what they mean."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass

# A damaged archive may have ten thousand anomalies of one kind; nobody reads the ten thousandth line.
_KEPT_PER_KIND = 50


class AnomalyKind(enum.Enum):
    """The ways in which an archive that can be read may be wrong; each belongs to one check."""

    FILE_TOO_LARGE = "the file is larger than PyPI accepts"
    NAME_TWICE = "two members have the same name"
    ONLY_LOCAL = "the central directory does not list a member"
    ONLY_DIRECTORY = "the central directory lists a member that is not there"
    HEADERS_DIFFER = "a local header and the central directory disagree"
    MEMBER_COMMENT = "a member has a comment"
    NAME_UNPRINTABLE = "a name has control characters"
    NAME_NOT_UTF8 = "a name is not UTF-8, or is not marked as UTF-8"
    EXTRA_FIELD = "an extra field is broken"
    ZIP64_VALUES = "a zip64 extra field has other values than those that its header leaves to it"
    END_RECORD = "the end record is wrong about the central directory"
    ENTRY_COUNTS = "an end record has two different numbers of entries"
    ZIP64 = "the zip64 records contradict the others"
    VERSION_NEEDED = "a member asks for a newer version of the format than readers know"
    ENCRYPTED = "a member is encrypted"
    COMPRESSION = "a member is neither stored nor deflated"
    DATA_DAMAGED = "compressed data cannot be unpacked, or ends in the wrong place"
    WRONG_SIZE = "data does not have the size in its header"
    WRONG_CRC = "data does not have the CRC-32 in its header"
    FOLDER_WITH_DATA = "a folder has contents of its own"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing that is wrong with an archive."""

    kind: AnomalyKind  # in which way
    member: str  # the member's name; empty if the anomaly is about the whole archive
    detail: str  # what was found and what was expected

    def __str__(self) -> str:
        return f"{self.member}: {self.detail}" if self.member else self.detail


class AnomalyList:
    """Collects anomalies: the first ones of each kind, and the number of the others."""

    def __init__(self) -> None:
        self._kept: list[Anomaly] = []
        self._counts: Counter[AnomalyKind] = Counter()

    def add(self, kind: AnomalyKind, member: str, detail: str) -> None:
        anomaly = Anomaly(kind, member, detail)
        # A local header and its entry in the central directory often have the same problem.
        if anomaly in self._kept:
            return
        self._counts[kind] += 1
        if self._counts[kind] <= _KEPT_PER_KIND:
            self._kept.append(anomaly)

    def all(self) -> tuple[Anomaly, ...]:
        """The anomalies in order, then for each kind the number that was left out."""
        more = [
            Anomaly(kind, "", f"and {count - _KEPT_PER_KIND} more like these")
            for kind, count in self._counts.items()
            if count > _KEPT_PER_KIND
        ]
        return (*self._kept, *more)


class UnreadableWheel(Exception):
    """The file cannot be read as a wheel; the message says why."""
