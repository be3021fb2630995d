"""Measure quiverdb against the stores in the standard library of this Python, with 100,000 small records.

Steps: write, read in the order of writing, read shuffled, open. Every store gets the same records with the
same durability: nothing is synced. The stores take turns in every round, so that other load on the machine
affects all of them. A ratio is a store's time divided by quiverdb's in the same round: above 1, quiverdb is
faster.

Run it with the wheel installed: python benchmarks/bench_store.py
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import platform
import random
import shelve
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import quiverdb

VALUE = b"v" * 100
STEPS = ("write", "read", "shuffled", "open")

Open = Callable[[str], Any]


def open_sqlite(path: str) -> Any:
    """Open dbm.sqlite3 without a sync after every change, for the same durability as the others."""
    sqlite = importlib.import_module("dbm.sqlite3")
    database = sqlite.open(path, "c")
    database._cx.execute("PRAGMA synchronous = OFF")  # noqa: SLF001
    return database


def open_dbm(name: str) -> Open:
    """Return a function that opens or creates a file of a dbm module."""
    module = importlib.import_module(name)

    def open_file(path: str) -> Any:
        return module.open(path, "c")

    return open_file


def candidates() -> dict[str, Open]:
    """Return the stores that exist in this Python, quiverdb first."""
    found: dict[str, Open] = {"quiverdb": quiverdb.open}
    for name in ("dbm.sqlite3", "dbm.gnu", "dbm.ndbm"):
        with contextlib.suppress(ImportError):
            found[name] = open_dbm(name)
    if "dbm.sqlite3" in found:
        found["dbm.sqlite3"] = open_sqlite
    if len(found) > 1:
        open_first = list(found.values())[1]
        found["shelve"] = lambda path: shelve.Shelf(open_first(path))
    return found


def seconds(action: Callable[[], object]) -> float:
    """Return how long a call takes, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def write(store: MutableMapping[str, bytes], keys: list[str]) -> None:
    """Put every record."""
    for key in keys:
        store[key] = VALUE


def read(store: MutableMapping[str, bytes], keys: list[str]) -> None:
    """Get every record, and verify it."""
    for key in keys:
        if store[key] != VALUE:
            raise AssertionError(key)


def measure(open_store: Open, keys: list[str], shuffled: list[str]) -> dict[str, float]:
    """Return the seconds of every step, on a new file."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "store"))
        store = open_store(path)
        times = {
            "write": seconds(lambda: write(store, keys)),
            "read": seconds(lambda: read(store, keys)),
            "shuffled": seconds(lambda: read(store, shuffled)),
        }
        store.close()
        # Opening includes one read. By then quiverdb has read and verified the whole file, the others one page.
        start = time.perf_counter()
        store = open_store(path)
        if store[keys[-1]] != VALUE:
            raise AssertionError(keys[-1])
        times["open"] = time.perf_counter() - start
        store.close()
        return times


def main() -> None:
    """Print a row for every store: median milliseconds, and median ratio to quiverdb."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    keys = [f"key-{number:08}" for number in range(options.records)]
    shuffled = random.Random(0).sample(keys, len(keys))  # noqa: S311
    stores = candidates()
    rounds = [{name: measure(store, keys, shuffled) for name, store in stores.items()} for _ in range(options.rounds)]

    print(
        f"Python {platform.python_version()}, {sys.platform}, {os.cpu_count()} cores: "
        f"{options.records} records of {len(keys[0])} + {len(VALUE)} bytes, {options.rounds} rounds"
    )
    print(f"{'':12}" + "".join(f"{step + ' ms':>12}{'ratio':>8}" for step in STEPS))
    for name in stores:
        cells = []
        for step in STEPS:
            median = statistics.median(times[name][step] for times in rounds)
            ratio = statistics.median(times[name][step] / times["quiverdb"][step] for times in rounds)
            cells.append(f"{median * 1000:12.1f}{ratio:8.2f}")
        print(f"{name:12}" + "".join(cells))


if __name__ == "__main__":
    main()
