"""The faults of the index that a rehearsal can ask for, and how far they have happened."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexFaults:
    """The faults to play; none by default."""

    # How many new files are accepted before the connection of the next upload is cut, once, without an answer; None
    # for never.
    upload_fails_after: int | None = None
    unavailable_uploads: int = 0  # how many uploads are answered with status 503. twine tries five times by itself
    refused_after: int | None = None  # how many new files are accepted before the next one is refused, permanently


class Fate(enum.Enum):
    """What happens to an upload before it is even read."""

    HEARD = "heard"
    UNAVAILABLE = "unavailable"
    CUT = "cut"
    REFUSED = "refused"


class FaultState:
    """The faults that were asked for, and how far they have happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.ask_for(IndexFaults())

    def ask_for(self, faults: IndexFaults) -> None:
        """Play these faults from now on, counted from zero."""
        with self._lock:
            self._accepted_until_cut = faults.upload_fails_after
            self._unavailable = faults.unavailable_uploads
            self._accepted_until_refused = faults.refused_after

    def next_upload(self) -> Fate:
        with self._lock:
            if self._unavailable:
                self._unavailable -= 1
                return Fate.UNAVAILABLE
            if self._accepted_until_cut == 0:
                self._accepted_until_cut = None
                return Fate.CUT
            if self._accepted_until_refused == 0:
                return Fate.REFUSED
            return Fate.HEARD

    def accepted(self) -> None:
        """Count a new file."""
        with self._lock:
            if self._accepted_until_cut:
                self._accepted_until_cut -= 1
            if self._accepted_until_refused:
                self._accepted_until_refused -= 1
