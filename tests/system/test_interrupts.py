"""A program ends when its parent has ended, unless nohup started it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT
from tests.support.waiting import text_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not show that a parent has ended")

# Waits until its parent has ended, and longer than the program takes to notice.
CHILD = """\
import os, signal, sys, time
from pathlib import Path
# The tests may have been started by nohup, too.
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[2] == "nohup" else signal.SIG_DFL)
from truewheel.system.interrupts import interruptible
parent = int(sys.argv[3])
try:
    with interruptible():
        print("ready", flush=True)
        while os.getppid() == parent:
            time.sleep(0.01)
        time.sleep(float(sys.argv[4]))
        Path(sys.argv[1]).write_text("survived\\n")
except KeyboardInterrupt:
    Path(sys.argv[1]).write_text("interrupted\\n")
"""
# Ends as soon as its child looks at it.
PARENT = """\
import os, subprocess, sys
command = [sys.executable, "-c", *sys.argv[1:4], str(os.getpid()), sys.argv[4]]
child = subprocess.Popen(command, stdout=subprocess.PIPE)
child.stdout.readline()
"""


@pytest.mark.parametrize(
    ("kind", "environ", "end"),
    [
        ("watched", {}, "interrupted"),
        ("nohup", {}, "survived"),
        # nox waits for its programs, so that its end is theirs.
        ("nohup", {"NOX_CURRENT_SESSION": "rehearse"}, "interrupted"),
    ],
)
def test_a_program_ends_with_its_parent(
    kind: str, environ: dict[str, str], end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "scripts"))
    monkeypatch.delenv("NOX_CURRENT_SESSION", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "end"
    # Where it is interrupted, it would otherwise sleep for minutes.
    seconds = "1.5" if end == "survived" else "300"
    subprocess.run([sys.executable, "-c", PARENT, CHILD, str(file), kind, seconds], check=True)
    assert text_of(file) == f"{end}\n"


# Cleans up for a while, during which other signals arrive.
CLEANING = """\
import os, signal, sys, time
from truewheel.system.interrupts import interruptible
with interruptible():
    try:
        print("ready", flush=True)
        time.sleep(300)
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            os.kill(os.getpid(), number)
        time.sleep(0.1)
        print("cleaned up", flush=True)
"""


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_only_the_first_signal_interrupts(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "scripts"))
    # As in a terminal, where no signal is ignored.
    reset = "signal.signal(signal.SIGHUP, signal.SIG_DFL); signal.signal(signal.SIGINT, signal.default_int_handler)"
    start = f"import signal; {reset}\n{CLEANING}"
    command = [sys.executable, "-c", start]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        program.send_signal(getattr(signal, first))
        output, _ = program.communicate(timeout=60)
    assert output == "cleaned up\n"
