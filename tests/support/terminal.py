"""A stream that says that it is a terminal."""

from __future__ import annotations

import io


class Terminal(io.StringIO):
    """Collects what a terminal would be sent."""

    def isatty(self) -> bool:
        return True
