"""The progress line: only at a terminal, and gone when the work is done."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.factories import WINDOWS_TAG, make_wheel
from tests.support.programs import ROOT, TRUEWHEEL
from tests.support.terminal import Terminal
from truewheel.report.progress import shown_progress

NAMES = [f"wheel-{number}.whl" for number in range(8)]
# Clears the line that the cursor is in.
ERASE = "\x1b[2K"
_SEQUENCE = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


def show(stream: io.StringIO, names: list[str], environ: Mapping[str, str]) -> str:
    """The output while `names` are done."""
    with shown_progress("judging wheels", len(names), stream, environ) as advance:
        for name in names:
            advance(name)
    return stream.getvalue()


def test_a_terminal_shows_how_many_are_done_and_the_last_name() -> None:
    written = show(Terminal(), NAMES, {"TERM": "xterm", "COLUMNS": "100"})
    lines = [" ".join(_SEQUENCE.sub("", line).split()) for line in re.split(r"[\r\n]", written)]
    told = [line.replace("━", "").replace("╸", "").replace("╺", "").split() for line in lines if line]
    # The last one is drawn once more when all is done.
    assert list(dict.fromkeys(" ".join(words) for words in told if words[-1].startswith("wheel-"))) == [
        f"judging wheels {number}/8 {name}" for number, name in enumerate(NAMES, start=1)
    ]


def test_the_line_is_erased_at_the_end() -> None:
    written = show(Terminal(), NAMES, {"TERM": "xterm", "COLUMNS": "100"})
    assert not _SEQUENCE.sub("", written[written.rindex(ERASE) :]).strip()


def test_no_color_is_respected() -> None:
    written = show(Terminal(), NAMES, {"TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"})
    assert "8/8" in written
    assert "\x1b[3" not in written
    assert "\x1b[3" in show(Terminal(), NAMES, {"TERM": "xterm", "COLUMNS": "100"})


def test_a_name_is_shown_literally() -> None:
    names = ["[red]:smile:[/red].whl", "[/nothing].whl", "\x1b[2Jx\r.whl", *NAMES]
    written = show(Terminal(), names, {"TERM": "xterm", "COLUMNS": "100"})
    assert "[red]:smile:[/red].whl" in written
    assert "[/nothing].whl" in written
    assert r"\x1b[2Jx\r.whl" in written


@pytest.mark.parametrize(
    ("stream", "names", "environ"),
    [
        (io.StringIO(), NAMES, {"TERM": "xterm"}),
        (Terminal(), NAMES, {"TERM": "dumb"}),
        (Terminal(), NAMES[:7], {"TERM": "xterm"}),
    ],
    ids=["no terminal", "a dumb terminal", "little to do"],
)
def test_nothing_is_shown_otherwise(stream: io.StringIO, names: list[str], environ: Mapping[str, str]) -> None:
    assert show(stream, names, environ) == ""


def test_the_line_is_erased_when_the_work_fails() -> None:
    stream = Terminal()

    def work() -> None:
        with shown_progress("judging wheels", 8, stream, {"TERM": "xterm", "COLUMNS": "100"}) as advance:
            advance("a.whl")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    written = stream.getvalue()
    assert "1/8" in written
    assert not _SEQUENCE.sub("", written[written.rindex(ERASE) :]).strip()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals that Python opens")
def test_check_dist_shows_it_at_a_real_terminal_and_not_in_its_output(tmp_path: Path) -> None:
    for number in range(5):
        make_wheel(tmp_path, filename=f"quiverdb-0.5.0-{number}-py3-none-manylinux_2_28_x86_64.whl")
        make_wheel(tmp_path, filename=f"quiverdb-0.5.0-{number}-py3-none-win_amd64.whl", tag=WINDOWS_TAG)
    ours, theirs = os.openpty()
    with open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123  (a descriptor, not a path)
        done = subprocess.run(
            [sys.executable, TRUEWHEEL, "check-dist", "--any", str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            encoding="utf-8",
            check=False,
        )
        shown = terminal.read(1 << 16).decode()
        os.close(theirs)
    assert "10/10" in shown
    assert "/10" not in done.stdout
    assert "\x1b" not in done.stdout
