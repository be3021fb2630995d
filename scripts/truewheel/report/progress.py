"""Progress of long work, a line that changes in a terminal; and of waiting, a line now and then."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

from truewheel.report.console import console_for, is_live, write_line
from truewheel.report.text import printable

# Fewer things are done before the line could be read.
_WORTH_SHOWING = 8
# Seconds between two lines about the same wait.
_INTERVAL = 15


@contextlib.contextmanager
def shown_progress(
    task: str, total: int, stream: TextIO, environ: Mapping[str, str]
) -> Iterator[Callable[[str], None]]:
    """Show in a terminal how many of `total` things are done; yields a function to call with the name of each."""
    if total < _WORTH_SHOWING or not is_live(stream, environ):
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415  see console_for

    name_column = TextColumn("{task.fields[name]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), name_column)
    # Not refreshed by a thread: processes are forked meanwhile, and a fork copies locks but not the threads.
    with Progress(*columns, console=console_for(stream, environ), transient=True, auto_refresh=False) as progress:
        shown = progress.add_task(task, total=total, name="")

        def advance(name: str) -> None:
            progress.update(shown, advance=1, name=printable(name))
            progress.refresh()

        yield advance


def told_wait(program: str, timeout: float, stream: TextIO) -> Callable[[str], None]:
    """Return a function to call with what is being waited for: it prints now and then how much time has passed."""
    begin, last = time.monotonic(), float("-inf")

    def write(reason: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _INTERVAL:
            last = now
            write_line(f"{program}: waiting ({now - begin:.0f} s of {timeout:.0f} s): {reason}", stream)

    return write
