"""What is to go wrong at the index, as data, and the state of it."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexFaults:
    """What is to go wrong; by default nothing.

    Attributes:
        upload_fails_after: after so many new files were taken, the connection of the next upload dies before it is
            answered, once; None for never.
        unavailable_uploads: so many requests to upload are answered 503. twine by itself tries five times.
    """

    upload_fails_after: int | None = None
    unavailable_uploads: int = 0


class Fate(enum.Enum):
    """What becomes of an upload before it is even looked at."""

    HEARD = "heard"
    UNAVAILABLE = "unavailable"
    CUT = "cut"


class FaultState:
    """The faults that were asked for, and how far they have happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.ask_for(IndexFaults())

    def ask_for(self, faults: IndexFaults) -> None:
        """From now on these, counted anew."""
        with self._lock:
            self._faults = faults
            self._taken_until_cut = faults.upload_fails_after
            self._unavailable = faults.unavailable_uploads

    @property
    def faults(self) -> IndexFaults:
        return self._faults

    def next_upload(self) -> Fate:
        with self._lock:
            if self._unavailable:
                self._unavailable -= 1
                return Fate.UNAVAILABLE
            if self._taken_until_cut == 0:
                self._taken_until_cut = None
                return Fate.CUT
            return Fate.HEARD

    def taken(self) -> None:
        """A new file was taken."""
        with self._lock:
            if self._taken_until_cut:
                self._taken_until_cut -= 1
