"""zlib and zlib-ng unpack the same bytes, and report damage in the same words."""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.archive_bytes import Header, Record, Zip
from tests.support.factories import LINUX_WHEEL
from truewheel.wheel.archive import data
from truewheel.wheel.reader import Wheel, read_wheel

# Installed if the lock file has it for the platform.
zlib_ng: ModuleType = pytest.importorskip("zlib_ng.zlib_ng")

pieces = st.one_of(st.binary(max_size=300), st.builds(bytes, st.integers(0, 3000)))
contents = st.lists(pieces, max_size=8).map(b"".join)


@given(
    content=contents,
    level=st.sampled_from((0, 1, 6, 9)),
    strategy=st.sampled_from((zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED)),
    damage=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(1, 255)), max_size=3),
    cut=st.integers(0, 40),
)
def test_both_unpack_alike(content: bytes, level: int, strategy: int, damage: list[tuple[int, int]], cut: int) -> None:
    engine = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, 8, strategy)
    packed = bytearray(engine.compress(content) + engine.flush())
    for place, mask in damage:
        packed[place % len(packed)] ^= mask
    kept = bytes(packed[: max(1, len(packed) - max(0, cut - 30))])
    header = Header(size=len(content), crc=zlib.crc32(content))
    archive = Zip((Record(b"quiverdb/data.bin", packed=kept, local=header, entry=header),))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LINUX_WHEEL
        path.write_bytes(bytes(archive))
        usual, quick = _read(path, zlib), _read(path, zlib_ng)
    assert (quick.members, quick.anomalies) == (usual.members, usual.anomalies)
    if not damage and len(kept) == len(packed):
        assert [member.size for member in quick.members] == [len(content)]
        assert quick.anomalies == ()


def _read(path: Path, library: ModuleType) -> Wheel:
    with mock.patch.object(data, "zlib", library):
        return read_wheel(path)
