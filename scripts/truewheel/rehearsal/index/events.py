"""What happened at the index and around it, in order, for the report."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexEvent:
    """Something that was asked for, and what was answered.

    Attributes:
        at: when, in seconds since the epoch.
        kind: `identity`, `audience`, `claim` (one that did not match), `mint`, `burn`, `upload`, `simple`, `file`,
            `connection` (asked of the proxy), `refused` (a request that was not read), or `bug` (of the rehearsal
            itself).
        subject: the file, the project, the host that it was about.
        status: the answer's HTTP status; 0 when the connection was cut instead.
        said: what was answered, or why, in one line; may be empty.
    """

    at: float
    kind: str
    subject: str
    status: int
    said: str = ""


class EventLog:
    """Takes events from all threads."""

    def __init__(self) -> None:
        self._events: list[IndexEvent] = []
        self._lock = threading.Lock()

    def add(self, kind: str, subject: str, status: int, said: str = "") -> None:
        with self._lock:
            self._events.append(IndexEvent(time.time(), kind, subject, status, said))

    @property
    def events(self) -> tuple[IndexEvent, ...]:
        with self._lock:
            return tuple(self._events)
