"""The timeline of jobs in a terminal: a bar for each job, below one axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.rehearsal.result import JobResult
from truewheel.report.console import STYLE, Line
from truewheel.report.rehearsal.model import conclusion_of
from truewheel.report.text import printable, readable_seconds, truncate

_LONGEST_NAME = 28
# The fewest columns from one number on the axis to the next.
_LABEL_SPACING = 10
# The shortest axis, in seconds.
_SHORTEST = 0.1


def timeline(jobs: Sequence[JobResult], width: int) -> Iterator[Line]:
    """A bar for each of `jobs` below a common axis, in at most `width` columns; nothing if there are no jobs."""
    if not jobs:
        return
    names = [truncate(printable(job.name), _LONGEST_NAME) for job in jobs]
    label = max(map(len, names))
    begin = min(job.started for job in jobs)
    length = max(max(job.started + job.seconds for job in jobs) - begin, _SHORTEST)
    times = [readable_seconds(job.seconds) for job in jobs]
    room = width - label - 2 - max(map(len, times)) - 1
    for line in _axis(length, room):
        yield [(f"{'':{label + 2}}{line}", "dim")]
    for job, name, time in zip(jobs, names, times, strict=True):
        start, end = _columns(job, begin, length, room)
        bar = ("█" * (end - start), STYLE.get(conclusion_of(job), ""))
        yield [(f"{name:{label}}  {' ' * start}", ""), bar, (f" {time}", "dim")]


def _columns(job: JobResult, begin: float, length: float, room: int) -> tuple[int, int]:
    """The first column of the job's bar and the one after its last; every bar has at least one."""
    scale = room / length
    start = min(round((job.started - begin) * scale), room - 1)
    return start, max(start + 1, round((job.started + job.seconds - begin) * scale))


def _axis(length: float, room: int) -> tuple[str, str]:
    """The numbers, and the line with its ticks below them."""
    numbers, line = "", "─" * room
    for tick in ticks(length, room // _LABEL_SPACING):
        column = min(round(tick / length * room), room - 1)
        line = f"{line[:column]}┬{line[column + 1 :]}"
        numbers = f"{numbers:{column}}{tick:g} s"
    return numbers, line


def ticks(length: float, most: int) -> list[float]:
    """At most `most` round numbers of seconds from 0 to `length`: `[0.0, 5.0, 10.0, 15.0, 20.0]` for 24.9."""
    steps = (base * 10.0**power for power in range(-1, 5) for base in (1, 2, 5))
    step = next((step for step in steps if length / step <= max(most - 1, 1)), length)
    return [round(number * step, 1) for number in range(int(length / step + 1e-9) + 1)]
