"""The anomalies of an archive, as the reader reports them; the checks decide what they mean."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass

# A damaged archive may have ten thousand anomalies of one kind; nobody reads the ten thousandth line.
_KEPT_PER_KIND = 50


class AnomalyKind(enum.Enum):
    """The ways in which an archive that can be read may be wrong, by the checks that report them."""

    FILE_TOO_LARGE = "archive-size"
    NAME_TWICE = "member-unique"
    NOT_IN_BOTH = "archive-directory-complete"
    HEADERS_DIFFER = "archive-headers-agree"
    MEMBER_COMMENT = "archive-no-member-comments"
    NAME_UNPRINTABLE = "name-printable"
    NAME_NOT_UTF8 = "name-utf8"
    EXTRA_FIELD = "archive-extra-fields"
    ZIP64_VALUES = "archive-zip64-values"
    END_RECORD = "archive-end-record"
    ENTRY_COUNTS = "archive-entry-counts"
    ZIP64 = "archive-zip64"
    VERSION_NEEDED = "archive-version-needed"
    ENCRYPTED = "archive-not-encrypted"
    COMPRESSION = "archive-compression"
    DATA_DAMAGED = "archive-data-sound"
    WRONG_DATA = "archive-checksums"
    FOLDER_WITH_DATA = "archive-folders-empty"


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
