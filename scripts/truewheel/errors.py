"""The error that stops a program before it can judge."""

from __future__ import annotations


class ReleaseError(Exception):
    """The question cannot be answered: a broken configuration, an unreadable tree, bad arguments.

    Programs print the message and the hint, without a traceback, and exit with status 2.

    The message says what is wrong, in one line; the hint what to do next, in one or more lines, or nothing.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def line(self) -> str:
        """The message with the hint, for where there is only one line."""
        return f"{self.message}: {self.hint}" if self.hint else self.message
