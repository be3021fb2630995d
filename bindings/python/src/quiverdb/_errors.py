"""The errors that a store can have.

Errors of the operating system are raised as they are: FileNotFoundError, PermissionError or another OSError.
"""

from __future__ import annotations


class Error(Exception):
    """Base of the errors that only a store can have.

    Attributes:
        path: the store's file, as it was given to `quiverdb.open`.
        reason: what is wrong with it.
    """

    reason = "cannot be used"

    def __init__(self, path: str, *reason: str) -> None:
        # pickle calls __init__ with these.
        super().__init__(path, *reason)
        self.path = path
        if reason:
            (self.reason,) = reason

    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


class LockedError(Error):
    """Another database, in this process or another one, has the store open for writing."""

    reason = "is open for writing elsewhere; close it there, or open it with readonly=True"


class ReadOnlyError(Error):
    """The database was opened with readonly=True."""

    reason = "was opened with readonly=True"


class ClosedError(Error):
    """The database was closed, or the process is a fork of the one that opened it."""

    reason = "is closed; open it again"


class FormatError(Error):
    """The file is not a store, or has a newer format. It was left untouched."""


class ReplacedError(Error):
    """A compaction was refused: its result would replace another file, or would not replace the store everywhere."""


class CorruptError(Error):
    """The store is damaged: its contents are not what was written.

    Attributes:
        offset: where the damage starts, in bytes; every record before it is intact.
    """

    def __init__(self, path: str, offset: int) -> None:
        super().__init__(path)
        self.args = (path, offset)
        self.offset = offset
        self.reason = (
            f"is damaged at byte {offset}; restore it from a copy, or save what is whole: "
            "python -m quiverdb recover STORE NEW_STORE"
        )
