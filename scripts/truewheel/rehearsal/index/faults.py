"""The faults of the index that a rehearsal can ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexFaults:
    """The faults to play; none by default."""

    # How many new files are accepted before the connection of the next upload is cut, once, without an answer; None
    # for never.
    upload_fails_after: int | None = None
    unavailable_uploads: int = 0  # how many uploads are answered with status 503. twine tries five times by itself
    refused_after: int | None = None  # how many new files are accepted before the next one is refused, permanently

    def after_a_file(self) -> IndexFaults:
        """The faults that are left when a new file has been accepted."""
        cut, refused = (number - 1 if number else number for number in (self.upload_fails_after, self.refused_after))
        return IndexFaults(cut, self.unavailable_uploads, refused)
