"""A program and everything that it starts, which can be ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

if sys.platform == "win32":
    import ctypes

    _KERNEL = ctypes.WinDLL("kernel32")
    _KERNEL.CreateJobObjectW.restype = ctypes.c_void_p
    _KERNEL.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    _KERNEL.TerminateJobObject.argtypes = [ctypes.c_void_p, ctypes.c_uint]

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class ProcessTree(subprocess.Popen[str]):
    """A program in a process group of its own, on Windows in a job object of its own.

    Ctrl-C does not reach it. A job object also holds what detached itself; `taskkill /T` loses what Git's bash starts,
    whose parents have ended.
    """

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        new_group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        super().__init__(command, start_new_session=sys.platform != "win32", creationflags=new_group, **options)
        if sys.platform == "win32":
            self._job = subprocess.Handle(_KERNEL.CreateJobObjectW(None, None))
            _KERNEL.AssignProcessToJobObject(int(self._job), int(self._handle))

    def signal_all(self, sign: signal.Signals) -> None:
        """Send a signal to all of its processes. Windows has no signals: any of them ends the processes."""
        if sys.platform == "win32":
            _KERNEL.TerminateJobObject(int(self._job), 1)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, sign)
