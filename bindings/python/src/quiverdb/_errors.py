"""The errors that a store can have.

Errors of the operating system are raised as they are: FileNotFoundError, PermissionError or another OSError.
"""

from __future__ import annotations


class Error(Exception):
    """Base of the errors that only a store can have.

    Attributes:
        path: the store's file, as it was given to `quiverdb.open`.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class LockedError(Error):
    """Another database, in this process or another one, has the store open for writing."""

    def __str__(self) -> str:
        return f"{self.path} is open for writing elsewhere; close it there, or open it with readonly=True"


class ReadOnlyError(Error):
    """The database was opened with readonly=True."""

    def __str__(self) -> str:
        return f"{self.path} was opened with readonly=True"


class ClosedError(Error):
    """The database was closed, or the process is a fork of the one that opened it."""

    def __str__(self) -> str:
        return f"{self.path} is closed; open it again"


class FormatError(Error):
    """The file is not a store, or has a newer format. It was left untouched."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path)
        # pickle calls __init__ with these.
        self.args = (path, reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


class CorruptError(Error):
    """A record is damaged, and not just the last one torn by a crash.

    Attributes:
        offset: where the damaged record starts, in bytes; every record before it is intact.
    """

    def __init__(self, path: str, offset: int) -> None:
        super().__init__(path)
        self.args = (path, offset)
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.path} is damaged at byte {self.offset}; restore it from a copy"
