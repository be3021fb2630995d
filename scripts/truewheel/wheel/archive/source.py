"""A file read once, from beginning to end, through a small buffer, and hashed as it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

# Large enough that the calls cost next to nothing, small enough for the processor's cache.
READ_SIZE = 1 << 18


class CutOff(Exception):
    """The file ends before the bytes that were asked for."""


class ZipSource:
    """The bytes of a file in order; `position` is the offset of the next one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._start = 0  # offset of the buffer in the file
        self._digest = hashlib.sha256()

    @property
    def position(self) -> int:
        return self._start + self._at

    def peek(self, count: int) -> bytes:
        """Return the next `count` bytes, or as many as there are, without moving on."""
        if len(self._buffer) - self._at < count:
            self._fill(count)
        return self._buffer[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes; meant for headers, not for data; CutOff if there are fewer."""
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

    def skip(self, count: int) -> None:
        """Move on by `count` bytes, or to the end of the file."""
        for _ in self.views(count):
            pass

    def sha256(self) -> str:
        """Return the SHA-256 of the file, which must have been read to its end, in hexadecimal."""
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
