"""The data of one member, unpacked as it is read and compared with its header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from truewheel.wheel.archive import format as zip_format
from truewheel.wheel.archive.anomalies import AnomalyKind, AnomalyList
from truewheel.wheel.archive.format import MemberHeader
from truewheel.wheel.archive.source import ZipSource

if TYPE_CHECKING:
    import zlib
else:
    try:
        # The same functions under the same names, but unpacking, most of the work on a wheel, takes half as long.
        from zlib_ng import zlib_ng as zlib
    except ImportError:
        # It does not exist for every platform, and not every program that reads a wheel reads many.
        import zlib

# How much packed data goes into zlib at a time, and how much comes out: that is hashed next, and should still be in the
# processor's cache.
_PACKED_STEP = 1 << 16
_UNPACKED_STEP = 1 << 18


class MemberSink(Protocol):
    """Takes the unpacked bytes of one member, piece by piece."""

    def update(self, chunk: bytes) -> None: ...

    def finish(self) -> None:
        """Called after the last piece."""


class MemberData:
    """The data after one local header; all `compressed_size` bytes of it must be in the file."""

    def __init__(self, source: ZipSource, header: MemberHeader, sink: MemberSink, anomalies: AnomalyList) -> None:
        self.size = 0  # of the bytes that were unpacked; never more than the larger of the two sizes in the header
        self._source = source
        self._header = header
        self._sink = sink
        self._anomalies = anomalies
        self._crc = 0

    def unpack(self) -> None:
        """Unpack the data into the sink, and move on to the first byte after the data."""
        end = self._source.position + self._header.compressed_size
        if self._header.is_encrypted:
            self._add(AnomalyKind.ENCRYPTED, "it is encrypted")
        elif self._header.method == zip_format.STORED:
            self._copy()
            self._compare()
        elif self._header.method != zip_format.DEFLATED:
            detail = f"compression method {self._header.method}, expected 0 (stored) or 8 (deflated)"
            self._add(AnomalyKind.COMPRESSION, detail)
        elif self._inflate():
            self._compare()
        self._source.skip(end - self._source.position)

    def _add(self, kind: AnomalyKind, detail: str) -> None:
        self._anomalies.add(kind, self._header.name, detail)

    def _pass_on(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        self._sink.update(chunk)

    def _copy(self) -> None:
        for view in self._source.views(self._header.compressed_size, _UNPACKED_STEP):
            self._pass_on(bytes(view))

    def _inflate(self) -> bool:
        """Read deflated data; whether it could be unpacked, and took exactly its place."""
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        begin, expected = self._source.position, self._header.compressed_size
        try:
            if not self._feed_all(engine):
                return False
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]
            detail = f"its compressed data is damaged after {self.size:,} unpacked bytes ({reason})"
            self._add(AnomalyKind.DATA_DAMAGED, detail)
            return False
        taken = self._source.position - begin - len(engine.unused_data)
        if not engine.eof:
            self._add(AnomalyKind.DATA_DAMAGED, f"its compressed data does not end within its {expected:,} bytes")
        elif taken < expected:
            self._add(AnomalyKind.DATA_DAMAGED, f"its compressed data ends after {taken:,} of {expected:,} bytes")
        return engine.eof and taken == expected

    def _feed_all(self, engine: zlib._Decompress) -> bool:
        for view in self._source.views(self._header.compressed_size, _PACKED_STEP):
            if not self._feed(engine, view):
                return False
            if engine.eof:
                return True
        return self._feed(engine, b"")  # the last bytes may still be inside zlib

    def _feed(self, engine: zlib._Decompress, data: bytes | memoryview) -> bool:
        """Unpack one piece; False, at once, if there is more than the header declares."""
        declared = self._header.size
        while True:
            # One byte more than declared is enough to see that there is too much.
            chunk = engine.decompress(data, min(_UNPACKED_STEP, declared - self.size + 1))
            if self.size + len(chunk) > declared:
                self._add(AnomalyKind.WRONG_DATA, f"it unpacks to more than the {declared:,} bytes that it declares")
                return False
            if chunk:
                self._pass_on(chunk)
            data = engine.unconsumed_tail
            if engine.eof or not (data or chunk):
                return True

    def _compare(self) -> None:
        header = self._header
        if header.size != self.size:
            self._add(AnomalyKind.WRONG_DATA, f"it unpacks to {self.size:,} bytes, but declares {header.size:,}")
        elif header.crc != self._crc:
            detail = f"its bytes have the CRC-32 {self._crc:08x}, but its header says {header.crc:08x}: it is damaged"
            self._add(AnomalyKind.WRONG_DATA, detail)
