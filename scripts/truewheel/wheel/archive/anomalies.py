"""What is wrong with an archive, as the reader states it. Stating is all: the checks decide what it means."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass

# A damaged archive may be wrong ten thousand times in one way; nobody reads the ten thousandth line.
_KEPT_PER_KIND = 50


class AnomalyKind(enum.Enum):
    """The ways in which an archive can be wrong; each belongs to one check."""

    FILE_TOO_LARGE = "the file is larger than the index takes"
    BYTES_BEFORE = "bytes before the first record"
    BYTES_BETWEEN = "bytes between the records"
    BYTES_AFTER = "bytes after the end"
    UNKNOWN_RECORD = "a record that does not belong into a wheel"
    RECORD_ORDER = "a record in the wrong place"
    NAME_TWICE_LOCAL = "two local headers of one name"
    NAME_TWICE_DIRECTORY = "two entries of one name in the directory"
    ONLY_LOCAL = "a member that the directory does not list"
    ONLY_DIRECTORY = "an entry of the directory without a member"
    HEADERS_DIFFER = "local header and directory disagree"
    DATA_DESCRIPTOR = "sizes that stand behind the data"
    MEMBER_COMMENT = "a comment on a member"
    NAME_UNPRINTABLE = "control characters in a name"
    NAME_NOT_UTF8 = "a name in another encoding than UTF-8"
    EXTRA_FIELD = "an extra field that is broken"
    END_RECORD = "the end record is wrong about the directory"
    ZIP64 = "the zip64 records contradict the others"
    ENCRYPTED = "an encrypted member"
    COMPRESSION = "an unusual compression method"
    DATA_DAMAGED = "compressed data that cannot be unpacked"
    DATA_ENDS_EARLY = "compressed data that ends before its place does"
    DATA_ENDS_LATE = "compressed data that does not end in its place"
    WRONG_SIZE = "a size that is not the true one"
    WRONG_CRC = "a checksum that is not the true one"
    FOLDER_WITH_DATA = "a folder with contents of its own"
    TRUNCATED = "a member or record that is cut off"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing that is wrong with an archive.

    Attributes:
        kind: in which way.
        member: the name of the member that it is about; empty when it is about the whole.
        detail: what was found and what was expected, in words.
    """

    kind: AnomalyKind
    member: str
    detail: str

    def __str__(self) -> str:
        return f"{self.member}: {self.detail}" if self.member else self.detail


class AnomalyList:
    """Collects anomalies: the first ones of each kind in words, the rest as a number."""

    def __init__(self) -> None:
        self._kept: list[Anomaly] = []
        self._counts: Counter[AnomalyKind] = Counter()

    def add(self, kind: AnomalyKind, member: str, detail: str) -> None:
        self._counts[kind] += 1
        if self._counts[kind] <= _KEPT_PER_KIND:
            self._kept.append(Anomaly(kind, member, detail))

    def all(self) -> tuple[Anomaly, ...]:
        """What was collected, in order, and per kind how many more there were."""
        more = [
            Anomaly(kind, "", f"and {count - _KEPT_PER_KIND} more like these")
            for kind, count in self._counts.items()
            if count > _KEPT_PER_KIND
        ]
        return (*self._kept, *more)


class UnreadableWheel(Exception):
    """The file leaves nothing that could be judged as a wheel; the message says why."""
