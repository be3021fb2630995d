"""The programs that a rehearsal runs: what they say, and every way in which they end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import BARE
from tests.support.waiting import PATIENCE, text_of, wait_for_end
from truewheel.rehearsal.runner import children as children_module
from truewheel.rehearsal.runner.children import Cancelled, Children, Program, TimedOut

# Begins a program that would outlive its parent, which writes down its number, and every patience.
BACKGROUND = """\
import pathlib, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], **DETACHED)
pathlib.Path("pid").write_text(str(child.pid))
"""


def program(folder: Path, script: str, **settings: float | bool) -> Program:
    return Program([sys.executable, "-c", script], folder, BARE, **settings)  # type: ignore[arg-type]


def test_output_and_exit_status(tmp_path: Path) -> None:
    said: list[str] = []
    script = "import os, sys; os.write(1, b'one\\n'); os.write(2, b'two\\n'); os.write(1, b'three'); sys.exit(7)"
    assert Children().run(program(tmp_path, script), said.append) == 7
    assert said == ["one", "two", "three"]


def test_a_program_runs_in_its_folder_with_only_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "of the maintainer")
    said: list[str] = []
    script = "import os, sys; print(os.getcwd()); print([os.environ.get('SECRET'), sys.stdin.read()])"
    assert Children().run(program(tmp_path, script), said.append) == 0
    assert said == [str(tmp_path), "[None, '']"]


def test_a_program_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Children().run(Program(["./no-such-program"], tmp_path, {}), print)


def test_a_deadline_ends_a_program(tmp_path: Path) -> None:
    script = "import time; time.sleep(60)"
    with pytest.raises(TimedOut):
        Children().run(program(tmp_path, script, deadline=time.monotonic() + 0.2), print)


# Only Windows holds what detached itself; elsewhere it ends with its job.
@pytest.mark.parametrize("how", ["{}", *(["{'creationflags': 8}"] if sys.platform == "win32" else [])])
def test_background_programs_are_ended(tmp_path: Path, how: str) -> None:
    script = f"{BACKGROUND.replace('DETACHED', how)}sys.exit(3)"
    assert Children().run(program(tmp_path, script), print) == 3
    wait_for_end(int((tmp_path / "pid").read_text()))


def test_a_machine_that_dies_ends_everything(tmp_path: Path) -> None:
    said: list[str] = []
    deaf = "for number in signal.SIGINT, signal.SIGTERM:\n    signal.signal(number, signal.SIG_IGN)\n"
    script = f"{deaf}print('begun', flush=True)\ntime.sleep(60)\nprint('never')"
    background = BACKGROUND.replace("DETACHED", "{}")
    status = Children().run(program(tmp_path, background + script, killed_at_first_line=True), said.append)
    assert (status, said) == (1 if sys.platform == "win32" else -9, ["begun"])
    wait_for_end(int((tmp_path / "pid").read_text()))


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.stop()


CLEANS_UP = """\
import os, signal, sys, time
def clean(number, frame):
    # Not by print, in which the signal may have come.
    os.write(1, b"cleaned\\n")
    sys.exit()
# Whatever it was started with: in the background interrupts may be ignored.
signal.signal(signal.SIGINT, clean)
print("begun", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals: programs are ended at once")
def test_a_program_that_is_stopped_can_clean_up(
    tmp_path: Path, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children_module, "_PATIENCE", (PATIENCE, PATIENCE))
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if line == "begun":
            threading.Thread(target=children.stop).start()

    with pytest.raises(Cancelled):
        children.run(Program([sys.executable, "-c", CLEANS_UP], tmp_path, {}), say)
    assert said == ["begun", "cleaned"]


def test_stopping_ends_all_programs(tmp_path: Path, children: Children) -> None:
    ended: list[str] = []

    def work(name: str) -> None:
        try:
            script = f"import time; open({name!r}, 'w').write('begun\\n'); time.sleep(60)"
            children.run(program(tmp_path, script), print)
        except Cancelled:
            ended.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for name in ("a", "b"):
        text_of(tmp_path / name)
    children.stop()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(ended) == ["a", "b"]
    with pytest.raises(Cancelled):
        children.run(program(tmp_path, "print('never')"), print)
