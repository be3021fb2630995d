"""Everything that ends a program acts like Ctrl-C, so that it ends what it started and cleans up."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if sys.platform != "win32" else []))
# Seconds between two looks at the parent.
_INTERVAL = 0.5


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM, when the terminal closes (SIGHUP), and when the parent process has ended.

    Without the last, a program would keep running unseen if only nox or a CI step was ended. Windows has neither these
    signals nor a way to see that a parent has ended.
    """
    # Leave ignored signals ignored (nohup).
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS if not _is_ignored(number)}
    ended = threading.Event()
    if sys.platform != "win32" and not _may_outlive_its_parent():
        threading.Thread(target=_watch, args=(os.getppid(), ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    # nox and a closing terminal send several signals: the first one ends the program, and the others must not
    # interrupt it while it ends what it started. It never waits for more than ten seconds.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _is_ignored(number: signal.Signals) -> bool:
    return signal.getsignal(number) == signal.SIG_IGN


def _may_outlive_its_parent() -> bool:
    """Whether the program was started by nohup from a shell. nox waits for it, with or without nohup."""
    return sys.platform != "win32" and _is_ignored(signal.SIGHUP) and "NOX_CURRENT_SESSION" not in os.environ


def _watch(parent: int, ended: threading.Event) -> None:
    while not ended.wait(_INTERVAL):
        if sys.platform != "win32" and os.getppid() != parent:
            # In the main thread, where it also interrupts a wait.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            return
