"""Finding out what is damaged in a store, and saving the rest."""
# ruff: noqa: SLF001 - keys of other languages need not be UTF-8, so they are copied as bytes

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from quiverdb._database import Database
from quiverdb._errors import CorruptError, FormatError
from quiverdb._native import lib


class Report(NamedTuple):
    """What is in the file of a store."""

    keys: int
    damage: list[tuple[int, int]]  # offset and size of every damaged part, in bytes
    torn: int  # bytes at the end that an interrupted write left


def check(path: str | os.PathLike[str]) -> Report:
    """Verify every checksum of a store, without changing it.

    Raises FormatError if the file is not a store or has a newer format, OSError if the operating system refuses.
    """
    try:
        # Only this distinguishes damage from a change that a writer is making.
        with Database(path, readonly=True) as db:
            return _report(db)
    except (CorruptError, FormatError):
        with _Damaged(path, readonly=True) as db:
            return _report(db)


def recover(path: str | os.PathLike[str], target: str | os.PathLike[str]) -> Report:
    """Write everything that is whole in a damaged store into a new store, and return what was left out.

    The damaged store is not changed. A key whose last record is damaged gets its previous value, or is missing if it
    had none; a key is back if its deletion is damaged.

    Raises FileExistsError if `target` already exists, otherwise what `check` raises; then no target is left.
    """
    with _Damaged(path, readonly=True) as old:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, Path(path).stat().st_mode & 0o777))
        try:
            with Database(target) as new:
                for key, value in old._walk(Database._take_bytes):
                    new._check(lib.quiver_put(new._handle, key, len(key), value, len(value)))
                new.sync()
        except BaseException:
            Path(target).unlink()
            raise
        return _report(old)


def _report(db: Database) -> Report:
    info = db._inspect()
    damage = [(info.damage[i].offset, info.damage[i].size) for i in range(info.damaged)]
    return Report(info.keys, damage, info.torn)


class _Damaged(Database):
    __slots__ = ()

    def _open(self, flags: int) -> None:
        super()._open(flags | lib.QUIVER_OPEN_SALVAGE)
