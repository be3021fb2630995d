"""The data of one member, unpacked from the stream and held against what its header promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from truewheel.wheel.archive import format as zip_format
from truewheel.wheel.archive.anomalies import AnomalyKind, AnomalyList
from truewheel.wheel.archive.format import MemberHeader
from truewheel.wheel.archive.source import ZipSource

if TYPE_CHECKING:
    import zlib
else:
    try:
        # The same functions with the same words, but unpacking, most of what is done to a wheel, takes half the time.
        from zlib_ng import zlib_ng as zlib
    except ImportError:
        # It is not there for every platform, and not every program that reads a wheel reads many.
        import zlib

# How much packed data goes into zlib at a time, and how much comes out: what comes out is hashed next, and should
# still be in the processor's cache.
_PACKED_STEP = 1 << 16
_UNPACKED_STEP = 1 << 18
_UNKNOWN_SIZE = 1 << 62
_METHODS = (zip_format.STORED, zip_format.DEFLATED)


class MemberSink(Protocol):
    """Takes the unpacked bytes of one member, piece by piece."""

    def update(self, chunk: bytes) -> None: ...

    def finish(self) -> None:
        """There is no more of it."""


class UnpacksToTooMuch(Exception):
    """The member unpacks to more than the archive as a whole is allowed to."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is known about a member's data before they are read; None is unknown, as with a data descriptor."""

    compressed_size: int | None
    size: int | None
    crc: int | None


class MemberData:
    """Reads the data of one member.

    Attributes:
        size: how many bytes were unpacked.
        compressed_size: how many bytes the data took in the file.
    """

    def __init__(
        self, source: ZipSource, header: MemberHeader, promise: Promise, sink: MemberSink, anomalies: AnomalyList
    ) -> None:
        self.size = 0
        self.compressed_size = 0
        self._source = source
        self._header = header
        self._promise = promise
        self._sink = sink
        self._anomalies = anomalies
        self._crc = 0

    def read(self, allowance: int) -> None:
        """Unpack the data into the sink, and stand behind them, and behind their descriptor if there is one.

        Raises:
            UnpacksToTooMuch: they are more than `allowance` bytes; what was unpacked until then has been given.
        """
        begin = self._source.position
        if self._is_refused():
            self._skip_to(begin)
            is_whole = False
        elif self._header.method == zip_format.STORED:
            is_whole = self._copy(allowance)
        else:
            is_whole = self._inflate(allowance)
            self._leave(begin, is_whole=is_whole)
        self.compressed_size = self._source.position - begin
        if is_whole:
            self._compare()
        if self._header.has_descriptor:
            self._skip_descriptor()

    def _is_refused(self) -> bool:
        """Whether the data are of a kind that is not even tried."""
        if self._header.is_encrypted:
            self._state(AnomalyKind.ENCRYPTED, "it is encrypted")
        elif self._header.method not in _METHODS:
            self._state(
                AnomalyKind.COMPRESSION,
                f"compression method {self._header.method}, expected 0 (stored) or 8 (deflated)",
            )
        else:
            return False
        return True

    def _skip_to(self, begin: int) -> None:
        if self._promise.compressed_size is not None:
            self._source.skip(begin + self._promise.compressed_size - self._source.position)

    def _leave(self, begin: int, *, is_whole: bool) -> None:
        """Go on behind deflated data, which may have ended elsewhere than their header says."""
        promised = self._promise.compressed_size
        taken = self._source.position - begin
        if promised is None or taken >= promised:
            return
        if is_whole:
            detail = f"its compressed data end after {taken:,} of the {promised:,} bytes that they should take"
            self._state(AnomalyKind.DATA_ENDS_EARLY, detail)
        # Where the next record follows at once, it is the header that lies about the size.
        if self._source.peek(4) not in zip_format.KNOWN_SIGNATURES:
            self._skip_to(begin)

    def _state(self, kind: AnomalyKind, detail: str) -> None:
        self._anomalies.add(kind, self._header.name, detail)

    def _give(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        self._sink.update(chunk)

    def _copy(self, allowance: int) -> bool:
        """Read stored data; whether all of them were there."""
        promised = self._promise.compressed_size
        if promised is None:
            return False  # where they end cannot be known
        if promised > allowance:
            raise UnpacksToTooMuch
        for view in self._source.views(promised, _UNPACKED_STEP):
            self._give(bytes(view))
        return self._is_complete(promised)

    def _is_complete(self, promised: int) -> bool:
        if self.size == promised:
            return True
        self._state(AnomalyKind.TRUNCATED, f"its data are cut off after {self.size:,} of {promised:,} bytes")
        return False

    def _inflate(self, allowance: int) -> bool:
        """Read deflated data; whether their stream is whole."""
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._feed(engine, allowance)
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]
            detail = f"its compressed data are damaged after {self.size:,} unpacked bytes ({reason})"
            self._state(AnomalyKind.DATA_DAMAGED, detail)
            return False

    def _feed(self, engine: zlib._Decompress, allowance: int) -> bool:
        packed = self._promise.compressed_size
        for view in self._source.views(_UNKNOWN_SIZE if packed is None else packed, _PACKED_STEP):
            if not self._unpack(engine, view, allowance):
                return False
            if engine.eof:
                break
        # Its last bytes may still wait inside zlib.
        if not engine.eof and not self._unpack(engine, b"", allowance):
            return False
        if not engine.eof:
            detail = f"its compressed data are not at their end after the {packed or 0:,} bytes that they should take"
            self._state(AnomalyKind.DATA_ENDS_LATE, detail)
            return False
        return True

    def _unpack(self, engine: zlib._Decompress, data: bytes | memoryview, allowance: int) -> bool:
        """Unpack one piece; False when there is more than was promised, which ends it at once."""
        promised = self._promise.size
        ceiling = allowance if promised is None else min(promised, allowance)
        while True:
            # One byte more than there may be is enough to see that there is too much.
            chunk = engine.decompress(data, min(_UNPACKED_STEP, ceiling - self.size + 1))
            if self.size + len(chunk) > ceiling:
                if ceiling == allowance:
                    raise UnpacksToTooMuch
                self._state(AnomalyKind.WRONG_SIZE, f"it unpacks to more than the {promised:,} bytes that it declares")
                return False
            if chunk:
                self._give(chunk)
            if engine.eof:
                self._source.back(len(engine.unused_data))
                return True
            data = engine.unconsumed_tail
            if not data and not chunk:
                return True

    def _compare(self) -> None:
        promise = self._promise
        if promise.size not in (None, self.size):
            self._state(AnomalyKind.WRONG_SIZE, f"it unpacks to {self.size:,} bytes and declares {promise.size:,}")
        elif promise.crc not in (None, self._crc):
            detail = f"its bytes have the CRC-32 {self._crc:08x}, its header says {promise.crc:08x}: it is damaged"
            self._state(AnomalyKind.WRONG_CRC, detail)

    def _skip_descriptor(self) -> None:
        detail = "its sizes stand behind its data, in a data descriptor (flag bit 3), and not before them"
        self._state(AnomalyKind.DATA_DESCRIPTOR, detail)
        ahead = self._source.peek(24)
        marked = 4 if ahead.startswith(zip_format.DATA_DESCRIPTOR) else 0
        for width in (4, 8):
            sizes = self.compressed_size.to_bytes(8, "little")[:width] + self.size.to_bytes(8, "little")[:width]
            if ahead[marked + 4 : marked + 4 + 2 * width] == sizes:
                self._source.skip(marked + 4 + 2 * width)
                return
