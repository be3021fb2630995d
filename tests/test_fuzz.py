"""Wheels changed at random, read and judged by every check: findings are fine, exceptions are not.

A few hundred wheels, or as many as RELEASE_FUZZ_SECONDS allow. A failure names the seed of its wheel;
RELEASE_FUZZ_SEED makes only that wheel again.
"""

from __future__ import annotations

import os
import pickle
import random
import struct
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.archive_bytes import Header, Record, Zip, extra_field
from tests.support.factories import (
    DIST_INFO,
    LINUX_LIBRARY,
    LINUX_TAG,
    LINUX_WHEEL,
    WINDOWS_LIBRARY,
    WINDOWS_TAG,
    WINDOWS_WHEEL,
    ReleaseFolder,
    make_wheel,
)
from tests.support.work import cpu_seconds
from truewheel.checks.registers import wheel_set_check
from truewheel.config import Config, load_config
from truewheel.findings import Result
from truewheel.judging.wheels import judge_wheel
from truewheel.wheel.reader import Wheel, read_wheel

# At least this many wheels are made: enough for every way to change one.
_FEWEST = 300
# How much more CPU time a changed wheel may take than the unchanged one, and how much more memory all may take.
_MOST_TIMES = 100
_MOST_MEMORY_KIB = 150 << 10
_SIGNATURES = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08", b"\x7fELF", b"MZ")
_WORDS = (
    "..",
    "/",
    "\\",
    "\0",
    "\r\n",
    ",",
    '"',
    ":",
    "=",
    "[x]",
    "é",
    "\ufeff",
    "Name",
    "Version: 1",
    "sha256=",
    "9" * 30,
)

Bytes = Callable[[random.Random, bytes], bytes]


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _number(chance: random.Random, data: bytes) -> bytes:
    """Set a number somewhere to an unusual value."""
    width = chance.choice((1, 2, 4, 8))
    value = chance.choice((0, 1, 0x7F, 0x80, (1 << 8 * width) - 1, 1 << (8 * width - 1), len(data), len(data) + 1))
    at = chance.randrange(len(data))
    return data[:at] + (value % (1 << 8 * width)).to_bytes(width, "little") + data[at + width :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    begin, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:begin] + data[end:]


def _truncate(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def _repeat(chance: random.Random, data: bytes) -> bytes:
    begin, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[begin:end] * chance.choice((1, 2, 30)) + data[at:]


def _insert(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    new = chance.choice((chance.randbytes(chance.randrange(40)), chance.choice(_SIGNATURES), bytes(30)))
    return data[:at] + new + data[at:]


def _word(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_WORDS).encode() + data[at + chance.randrange(6) :]


_CHANGES: tuple[Bytes, ...] = (_flip, _flip, _number, _number, _cut, _truncate, _repeat, _insert, _word)


def _changed(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 5))):
        if data:
            data = chance.choice(_CHANGES)(chance, data)
    return data


def _whole_file(chance: random.Random, folder: Path) -> Path:
    return make_wheel(folder, tag=chance.choice((LINUX_TAG, WINDOWS_TAG)), edit=lambda data: _changed(chance, data))


def _one_member(chance: random.Random, folder: Path) -> Path:
    """Change one file: RECORD, WHEEL, METADATA, a library. The archive, and the rows of RECORD, are right."""
    tag, library = chance.choice(((LINUX_TAG, LINUX_LIBRARY), (WINDOWS_TAG, WINDOWS_LIBRARY)))
    entry_points = b"[console_scripts]\nquiver = quiverdb.cli:main [x]\n"
    sound = make_wheel(folder, tag=tag, change={f"{DIST_INFO}/entry_points.txt": entry_points})
    with zipfile.ZipFile(sound) as archive:
        names = [name for name in archive.namelist() if name.startswith(DIST_INFO) or name == library]
        contents = {name: archive.read(name) for name in names}
    name = chance.choice(sorted(contents))
    change = {name: _changed(chance, contents[name])}
    if chance.random() < 0.2:
        change[chance.choice(_WORDS) + "/" + chance.choice(_WORDS)] = chance.randbytes(9)
    return make_wheel(folder, tag=tag, change={f"{DIST_INFO}/entry_points.txt": entry_points} | change)


def _fields(chance: random.Random, folder: Path) -> Path:
    """Change fields of the headers and of the end records, independently of each other."""

    def some(*values: int) -> int | None:
        return chance.choice((None, None, *values, chance.getrandbits(32)))

    def header() -> Header:
        extra = extra_field(chance.choice((1, 0x7075, 9)), chance.randbytes(chance.choice((0, 5, 8, 16, 24, 28))))
        return Header(
            name=chance.choice((None, None, b"", b"../x", b"a/", b"\xff", b"A\0", b"/etc/x", chance.randbytes(5))),
            flags=chance.choice((None, None, None, None, 1, 8, 1 << 11, chance.getrandbits(16))),
            method=chance.choice((None, None, 0, 8, 12)),
            crc=some(0),
            packed_size=some(0, 1, 0xFFFFFFFF),
            size=some(0, 1, 0xFFFFFFFF),
            extra=chance.choice((b"", b"", extra, extra * 2, extra[:-1])),
            comment=chance.choice((b"", b"", b"hm")),
            attributes=chance.getrandbits(32),
            offset=some(0, 1),
        )

    names = (b"quiverdb/__init__.py", f"{DIST_INFO}/METADATA".encode(), f"{DIST_INFO}/RECORD".encode())
    records = tuple(
        Record(
            name,
            b"Name: quiverdb\n" * chance.randrange(9),
            method=chance.choice((0, 8)),
            local=chance.choice((Header(), header())),
            entry=chance.choice((Header(), header())),
            before=chance.randbytes(7) if chance.random() < 0.02 else b"",
            after=struct.pack("<4sIII", b"PK\7\x08", 0, 1, 1) if chance.random() < 0.02 else b"",
            is_listed=chance.random() < 0.9,
            is_written=chance.random() < 0.9,
        )
        for name in names
    )
    archive = Zip(
        records,
        comment=chance.choice((b"", b"x", b"PK\5\6")),
        entries=chance.choice((None, None, 0, 4, 0xFFFF)),
        directory_size=some(0),
        directory_offset=some(0),
        zip64=chance.random() < 0.3,
        zip64_changes=chance.choice(((), ((chance.choice((0, 3, 4, 5, 6, 7, 8)), chance.getrandbits(30)),))),
        with_zip64_end=chance.random() < 0.9,
        with_locator=chance.random() < 0.9,
    )
    path = folder / chance.choice((LINUX_WHEEL, WINDOWS_WHEEL))
    path.write_bytes(bytes(archive))
    return path


def _unpacks_oddly(chance: random.Random, folder: Path) -> Path:
    """Make compressed data that is damaged, or much larger than it seems."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = engine.compress(bytes(chance.choice((10, 100_000, 5_000_000)))) + engine.flush()
    if chance.random() < 0.5:
        packed = _changed(chance, packed)
    said = Header(size=chance.choice((10, 100_000, 5_000_000, 1 << 31)), crc=0)
    name = chance.choice((b"a", f"{DIST_INFO}/RECORD".encode(), f"{DIST_INFO}/METADATA".encode()))
    flags = chance.choice((0, 8))
    path = folder / LINUX_WHEEL
    path.write_bytes(bytes(Zip((Record(name, packed=packed, local=said, entry=said, flags=flags),))))
    return path


_MAKERS = (_whole_file, _whole_file, _one_member, _one_member, _one_member, _fields, _unpacks_oddly)


@dataclass(frozen=True)
class Judge:
    """Everything that check-dist does with a wheel.

    Attributes:
        config: the settings of the release.
        sound: the other wheel of the release, which is right in every way.
    """

    config: Config
    sound: Wheel

    def judge(self, path: Path) -> bool:
        """Judge the wheel at `path`, and return whether it could be read."""
        judgement = judge_wheel(path, self.config)
        results: list[Result] = [*judgement.findings, *judgement.notes]
        for found in results:
            assert found.check
            assert found.message
        if judgement.wheel is None:
            (finding,) = judgement.findings
            assert finding.check == "archive-readable"
            return False
        pickle.loads(pickle.dumps(judgement))  # noqa: S301  (our own; this is how it travels between processes)
        for result in wheel_set_check.results([judgement.wheel, self.sound], "dist"):
            assert result.message
        return True


@pytest.fixture
def judge(release: ReleaseFolder) -> Judge:
    return Judge(load_config(Path()), read_wheel(make_wheel(release.dist, tag=WINDOWS_TAG)))


def seconds_of_a_sound_wheel(judge: Judge, release: ReleaseFolder) -> float:
    """Return the CPU time that an unchanged wheel takes."""
    path = make_wheel(release.dist)
    # The first time, modules are imported.
    return min(cpu_seconds(lambda: judge.judge(path)) for _ in range(4))


def _peak_memory() -> int:
    """Return the peak memory of this process in KiB; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415  (Windows has no such module)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def one(seed: int, folder: Path, judge: Judge, most_seconds: float) -> tuple[str, bool]:
    """Make the wheel of one seed and judge it; return how it was made, and whether it could be read."""
    chance = random.Random(seed)  # noqa: S311
    maker = chance.choice(_MAKERS)
    path = maker(chance, folder)
    verdicts: list[bool] = []
    # A second attempt, because the first may have imported modules.
    assert any(cpu_seconds(lambda: verdicts.append(judge.judge(path))) < most_seconds for _ in range(2))
    path.unlink()
    return maker.__name__, verdicts[0]


def test_no_wheel_makes_a_check_raise(judge: Judge, release: ReleaseFolder, tmp_path: Path) -> None:
    seconds = float(os.environ.get("RELEASE_FUZZ_SECONDS", "0"))
    seed = first = int(os.environ.get("RELEASE_FUZZ_SEED", "0"))
    fewest = 1 if "RELEASE_FUZZ_SEED" in os.environ else _FEWEST
    folder = tmp_path / "fuzz"
    folder.mkdir()
    most_seconds = _MOST_TIMES * seconds_of_a_sound_wheel(judge, release)
    before = _peak_memory()
    outcomes: Counter[tuple[str, bool]] = Counter()
    end = time.monotonic() + seconds
    try:
        while seed < first + fewest or time.monotonic() < end:
            outcomes[one(seed, folder, judge, most_seconds)] += 1
            seed += 1
    except BaseException:
        # Printed, because only Python 3.11 has notes on exceptions; pytest shows it with the failure.
        print(f"to reproduce: RELEASE_FUZZ_SEED={seed} pytest tests/test_fuzz.py")  # noqa: T201
        raise
    assert list(folder.iterdir()) == [], "something was written next to the wheel"
    assert _peak_memory() - before < _MOST_MEMORY_KIB
    if seed - first >= _FEWEST:
        # Of every way to change a wheel, some must be read and judged: a wheel that is only refused tests little.
        assert {made for made, is_read in outcomes if is_read} == {maker.__name__ for maker in _MAKERS}
