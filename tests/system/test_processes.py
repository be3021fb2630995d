"""Work on all cores, and every way in which it can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from tests.support.waiting import output_of
from truewheel.system.processes import ProcessDied, cores, on_all_cores


def double(number: int) -> int:
    return 2 * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    return number


def test_every_task_is_done_once() -> None:
    assert sorted(on_all_cores(double, range(50), 4)) == [(number, 2 * number) for number in range(50)]
    assert list(on_all_cores(double, [], 4)) == []
    assert list(on_all_cores(double, [7], 4)) == [(7, 14)]


def test_tasks_start_in_order() -> None:
    assert [task for task, _ in on_all_cores(double, [3, 1, 2], 1)] == [3, 1, 2]


def test_an_exception_keeps_its_traceback() -> None:
    with pytest.raises(ValueError, match=r"^three$") as caught:
        list(on_all_cores(refuse_three, range(9), 2))
    assert "in refuse_three" in str(caught.value.__cause__)


def test_a_killed_process_is_noticed() -> None:
    with pytest.raises(ProcessDied):
        list(on_all_cores(die_at_three, range(9), 2))


def test_closing_the_results_ends_the_processes() -> None:
    results = on_all_cores(double, range(9), 2)
    next(results)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    assert list(results) == []


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1


INTERRUPTED = """\
import os, signal, sys, time
from truewheel.system.processes import on_all_cores
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a test run was started in the background
def work(number):
    os.write(1, b"%d\\n" % number)  # in one piece: both workers write at the same time
    time.sleep(60)
try:
    list(on_all_cores(work, range(9), 2))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_ends_everything_at_once(tmp_path: Path, times: int) -> None:
    script = tmp_path / "work.py"
    script.write_text(INTERRUPTED)
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=environ,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        begun = {program.stdout.readline(), program.stdout.readline()}
        for _ in range(times):
            os.killpg(program.pid, signal.SIGINT)  # as a terminal does
        # It would wait for the workers' end of the output, too.
        output, _ = output_of(program)
    assert begun == {"0\n", "1\n"}
    assert "interrupted" in output or times > 1
    assert program.returncode is not None
