"""A file read once from front to back, through a small buffer, and hashed on the way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO

from truewheel.wheel.archive.format import KNOWN_SIGNATURES

# Large enough that a call costs nothing beside the bytes, small enough that they stay in the processor's cache.
READ_SIZE = 1 << 18
_SIGNATURE = re.compile(b"|".join(re.escape(signature) for signature in KNOWN_SIGNATURES))


class CutOff(Exception):
    """The file ends before what was asked for."""


class ZipSource:
    """The bytes of a file in order; `position` is where the next one stands."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._start = 0  # of the buffer, in the file
        self._digest = hashlib.sha256()

    @property
    def position(self) -> int:
        return self._start + self._at

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, or as many as there are, without moving on."""
        if len(self._buffer) - self._at < count:
            self._fill(count)
        return self._buffer[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """The next `count` bytes; meant for headers, not for data.

        Raises:
            CutOff: there are fewer.
        """
        data = self.peek(count)
        if len(data) < count:
            raise CutOff
        self._at += count
        return data

    def views(self, count: int, step: int = READ_SIZE) -> Iterator[memoryview]:
        """The next `count` bytes, or as many as there are, in pieces of at most `step`, each valid until the next."""
        while count > 0:
            if self._at == len(self._buffer):
                self._fill(1)
            end = min(len(self._buffer), self._at + min(step, count))
            if end == self._at:
                return
            view = memoryview(self._buffer)[self._at : end]
            count -= len(view)
            self._at = end
            yield view

    def back(self, count: int) -> None:
        """Go back `count` bytes within the piece that `views` gave last."""
        self._at -= count

    def skip(self, count: int) -> int:
        """Move on by `count` bytes; gives how many there were."""
        return sum(len(view) for view in self.views(count))

    def skip_to_signature(self) -> int:
        """Move on by at least one byte to what looks like a record, or to the end; gives the number of bytes."""
        begin = self.position
        self._at += len(self.peek(1))
        while True:
            if match := _SIGNATURE.search(self._buffer, self._at):
                self._at = match.start()
                return self.position - begin
            # A signature may stand across the border of two pieces.
            self._at = max(self._at, len(self._buffer) - 3)
            left = len(self._buffer) - self._at
            self._fill(left + 1)
            if len(self._buffer) - self._at == left:
                self._at += left
                return self.position - begin

    def finish(self) -> str:
        """Read the rest; gives the SHA-256 of the whole file in hexadecimal."""
        while self.peek(1):
            self._at = len(self._buffer)
        return self._digest.hexdigest()

    def _fill(self, count: int) -> None:
        """Get at least `count` bytes into the buffer, if the file has them."""
        parts = [self._buffer[self._at :]]
        have = len(parts[0])
        while have < count and (piece := self._stream.read(READ_SIZE)):
            self._digest.update(piece)
            parts.append(piece)
            have += len(piece)
        self._start += self._at
        self._at = 0
        self._buffer = b"".join(parts) if len(parts[0]) or len(parts) > 2 else (parts[1] if len(parts) > 1 else b"")
