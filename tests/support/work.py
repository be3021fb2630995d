"""How much work hostile input causes, measured so that neither the machine nor its load decides the result."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

# Linear work grows by the factor, quadratic work by its square.
_FACTOR = 8
_TOLERANCE = 3
_ATTEMPTS = 5
# Clocks of CPU time tick up to 64 times a second.
_TICK = 0.02


def count_calls(function: Callable[[], object]) -> int:
    """Call `function`, and return how many functions, of Python and of C, were called by it."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def assert_grows_linearly(work: Callable[[int], object], size: int) -> None:
    """Fail if `work(8 * size)` takes far more than 8 times the CPU time of `work(size)`, in each of five attempts."""
    ratios = []
    for _ in range(_ATTEMPTS):
        small, large = cpu_seconds(lambda: work(size)), cpu_seconds(lambda: work(_FACTOR * size))
        ratios.append(large / max(small, _TICK))
        if ratios[-1] < _TOLERANCE * _FACTOR:
            return
    raise AssertionError(f"{_FACTOR} times the input takes {min(ratios):.0f} times as long")


def cpu_seconds(function: Callable[[], object]) -> float:
    """Call `function`, and return the CPU time that this thread spent on it."""
    begin = time.thread_time()
    function()
    return time.thread_time() - begin
