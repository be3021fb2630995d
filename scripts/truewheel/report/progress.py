"""What is shown while there is much to do, or something to wait for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

from truewheel.report.console import console_for, is_live, write_line
from truewheel.report.text import printable

# With fewer, the work is done before the line could be read.
_WORTH_SHOWING = 8
# Seconds between two lines about the same wait, where lines stay.
_EVERY = 15


@contextlib.contextmanager
def shown_progress(
    task: str, total: int, stream: TextIO, environ: Mapping[str, str]
) -> Iterator[Callable[[str], None]]:
    """Show how many of `total` things are done, at a terminal; gives what is to be called with each one's name."""
    if total < _WORTH_SHOWING or not is_live(stream, environ):
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    # A name is shown as it is: what stands in brackets is no style.
    name_column = TextColumn("{task.fields[name]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), name_column)
    console = console_for(stream, environ)
    # Not refreshed by a thread: processes are forked meanwhile, and a fork copies no threads but their locks.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        shown = progress.add_task(task, total=total, name="")

        def advance(name: str) -> None:
            progress.update(shown, advance=1, name=printable(name))
            progress.refresh()

        yield advance


@contextlib.contextmanager
def shown_wait(
    program: str, timeout: float, stream: TextIO, environ: Mapping[str, str]
) -> Iterator[Callable[[str], None]]:
    """Show what is waited for, and for how long of `timeout` seconds; gives what is to be called with the former.

    At a terminal one line that changes, elsewhere a line now and then.
    """
    begin = time.monotonic()
    if not is_live(stream, environ):
        last = float("-inf")

        def tell(reason: str) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= _EVERY:
                last = now
                waited = f"{now - begin:.0f} s of {timeout:.0f} s"
                write_line(f"{program}: waiting ({waited}): {reason}", stream)

        yield tell
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    console = console_for(stream, environ)
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task(f"{program}: asking the index", total=timeout)

        def show(reason: str) -> None:
            progress.update(shown, completed=time.monotonic() - begin, description=f"waiting: {printable(reason)}")

        yield show
