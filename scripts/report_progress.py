"""A line that grows while there is much to do, at a terminal; nothing anywhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

from scripts.report import plain

# With fewer, the work is done before the line could be read.
_WORTH_SHOWING = 8


@contextlib.contextmanager
def shown_progress(
    task: str, total: int, stream: TextIO, environ: Mapping[str, str]
) -> Iterator[Callable[[str], None]]:
    """Show how many of `total` things are done; gives what is to be called with the name of each one done."""
    if total < _WORTH_SHOWING or not stream.isatty() or environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415  see report_terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    # A name is shown as it is: what stands in brackets is no style.
    name_column = TextColumn("{task.fields[name]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), name_column)
    console = Console(file=stream, markup=False, emoji=False, highlight=False, _environ=environ)
    # Not refreshed by a thread: processes are forked meanwhile, and a fork copies no threads but their locks.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        shown = progress.add_task(task, total=total, name="")

        def advance(name: str) -> None:
            progress.update(shown, advance=1, name=plain(name))
            progress.refresh()

        yield advance
