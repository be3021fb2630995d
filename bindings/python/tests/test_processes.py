"""Several processes, threads and databases on one file."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import quiverdb
from conftest import StartChild

WRITE_FOREVER = """
import itertools, sys, quiverdb
db = quiverdb.open(sys.argv[1])
db["first"] = b"1"
print("ready", flush=True)
for number in itertools.count():
    db[f"key-{number}"] = b"%d" % number * 100
"""

# Seconds; far more than anything takes, to end a test that would never end.
PATIENCE = 120

# Children that are forked while another thread compacts, and then live on, next to a parent that is killed.
FORK_WHILE_COMPACTING = """
import os, sys, threading, time, quiverdb
db = quiverdb.open(sys.argv[1])
db["large"] = bytes(1_000_000)
def compact():
    while True:
        db.compact()
        # Python's locks are unfair: without this, a fork waits for many compactions.
        time.sleep(0)
threading.Thread(target=compact, daemon=True).start()
ends = [os.pipe() for _ in range(3)]
for _, end in ends:
    time.sleep(0.01)
    if os.fork() == 0:
        os.write(end, b"+" if db.closed else b"-")
        os.close(1)
        sys.stdin.read()
        os._exit(0)
answers = b"".join(os.read(start, 1) for start, _ in ends)
print("ready" if answers == b"+++" else answers, flush=True)
time.sleep(1000)
"""

COMPACT_FOREVER = """
import sys, quiverdb
db = quiverdb.open(sys.argv[1])
print("ready", flush=True)
while True:
    db.compact()
"""


def wait_for(folder: Path, name: str, size: int = 1) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        # A temporary file comes and goes.
        with contextlib.suppress(OSError):
            if any(path.stat().st_size >= size for path in folder.glob(name)):
                return
    pytest.fail(f"no {name} grew to {size} bytes")


def kill(child: subprocess.Popen[str], path: Path) -> quiverdb.Database:
    """Kill a writer and open its store. Windows may take a moment to release the lock of a dead process."""
    child.kill()
    child.wait()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(quiverdb.LockedError):
            return quiverdb.open(path)
    pytest.fail(f"{path} is still locked")


def test_a_killed_writer_leaves_every_record_that_it_finished(path: Path, start_child: StartChild) -> None:
    child = start_child(WRITE_FOREVER, path)
    with pytest.raises(quiverdb.LockedError) as caught:
        quiverdb.open(path)
    assert str(caught.value) == (f"{path} is open for writing elsewhere; close it there, or open it with readonly=True")
    wait_for(path.parent, path.name, 100_000)
    with quiverdb.open(path, readonly=True) as reader:
        seen = dict(reader)
    assert seen["first"] == b"1"
    with kill(child, path) as db:
        assert len(db) >= len(seen) > 100
        for number, (key, value) in enumerate(list(db.items())[1:]):
            assert (key, value) == (f"key-{number}", b"%d" % number * 100)


def test_a_killed_compaction_leaves_a_whole_store(path: Path, start_child: StartChild) -> None:
    expected = {f"key-{number}": bytes(100_000) for number in range(100)}
    with quiverdb.open(path) as db:
        db.update(expected)
    child = start_child(COMPACT_FOREVER, path)
    wait_for(path.parent, "store.quiver.quiver-compact-*")
    with kill(child, path) as db:
        assert dict(db) == expected
    assert list(path.parent.iterdir()) == [path]


def test_two_writers_in_one_process_conflict(path: Path) -> None:
    with quiverdb.open(path) as db:
        with pytest.raises(quiverdb.LockedError):
            quiverdb.open(path)
        db.compact()
        with pytest.raises(quiverdb.LockedError):
            quiverdb.open(path)
    quiverdb.open(path).close()


def test_a_database_that_is_collected_releases_its_lock(path: Path) -> None:
    quiverdb.open(path)
    quiverdb.open(path).close()


def test_a_reader_keeps_its_view_while_another_writes(path: Path) -> None:
    with quiverdb.open(path) as writer:
        writer["key"] = b"old"
        with quiverdb.open(path, readonly=True) as reader:
            writer["key"] = b"new"
            writer["more"] = b""
            assert dict(reader) == {"key": b"old"}
            with quiverdb.open(path, readonly=True) as later:
                assert dict(later) == {"key": b"new", "more": b""}


def test_threads_share_a_database(path: Path) -> None:
    def work(name: str) -> None:
        for number in range(300):
            key, value = f"{name}-{number}", f"{name}-{number}".encode() * 50
            db[key] = value
            assert db[key] == value
            if number % 3 == 0:
                assert db.pop(key) == value

    with quiverdb.open(path) as db:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, "abcd")) == [None] * 4
        assert len(db) == 800


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
def test_a_forked_child_has_a_closed_database_and_no_lock(path: Path) -> None:
    db = quiverdb.open(path)
    db["key"] = b"value"
    to_parent, to_child = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(to_parent[1], b"!")
        os.close(to_child[1])
        os.read(to_child[0], 1)
        os._exit(0 if db.closed else 1)
    os.read(to_parent[0], 1)
    assert db["key"] == b"value"
    db.close()
    # The child is alive, and must not hold the lock that it inherited.
    with quiverdb.open(path) as again:
        assert again["key"] == b"value"
    for end in (*to_parent, *to_child):
        os.close(end)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
def test_children_forked_during_calls_of_another_thread_have_no_lock(path: Path, start_child: StartChild) -> None:
    parent = start_child(FORK_WHILE_COMPACTING, path)
    parent.kill()
    parent.wait()
    with quiverdb.open(path) as db:
        assert db["large"] == bytes(1_000_000)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
def test_what_a_forked_child_closes_stays_locked(path: Path) -> None:
    with quiverdb.open(path):
        child = os.fork()
        if child == 0:
            with contextlib.suppress(quiverdb.LockedError):
                quiverdb.open(path)
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        with pytest.raises(quiverdb.LockedError):
            quiverdb.open(path)
