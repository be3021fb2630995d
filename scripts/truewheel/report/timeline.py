"""When the jobs of a run ran, as bars on one axis, in letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truewheel.report.model import plain, readable_seconds, shortened

_LONGEST_NAME = 28
# The shortest distance of two numbers on the axis.
_ROOM_FOR_A_NUMBER = 10
# Of an axis, in seconds.
_SHORTEST = 0.1


@dataclass(frozen=True, slots=True)
class Span:
    """A job that ran: its name, when it began, how long it took; how it ended decides the colour."""

    name: str
    started: float
    seconds: float
    conclusion: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What bars and axes are drawn with."""

    bar: str
    axis: str
    tick: str
    cut: str


UNICODE = Signs("█", "─", "┬", "…")
ASCII = Signs("#", "-", "+", "~")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the timeline: what stands before the bar, the bar, what stands behind it, how the job ended."""

    before: str
    bar: str
    after: str
    conclusion: str = ""

    @property
    def text(self) -> str:
        return f"{self.before}{self.bar}{self.after}".rstrip()


def timeline(spans: Sequence[Span], width: int, signs: Signs) -> Iterator[Row]:
    """A bar for each job below a common axis, in at most `width` columns; nothing when nothing ran."""
    if not spans:
        return
    names = [shortened(plain(span.name), _LONGEST_NAME, signs.cut) for span in spans]
    label = max(map(len, names))
    begin = min(span.started for span in spans)
    length = max(max(span.started + span.seconds for span in spans) - begin, _SHORTEST)
    times = [readable_seconds(span.seconds) for span in spans]
    room = width - label - 2 - max(map(len, times)) - 1
    numbers, line = _axis(length, room, signs)
    yield Row(" " * (label + 2), "", numbers)
    yield Row(" " * (label + 2), "", line)
    for span, name, time in zip(spans, names, times, strict=True):
        start, end = _columns(span, begin, length, room)
        yield Row(f"{name:{label}}  {' ' * start}", signs.bar * (end - start), f" {time}", span.conclusion)


def _columns(span: Span, begin: float, length: float, room: int) -> tuple[int, int]:
    """Where its bar begins and ends; however short the job was, it has one."""
    scale = room / length
    start = min(round((span.started - begin) * scale), room - 1)
    return start, max(start + 1, round((span.started + span.seconds - begin) * scale))


def _axis(length: float, room: int, signs: Signs) -> tuple[str, str]:
    numbers, line = "", signs.axis * room
    for tick in ticks(length, room // _ROOM_FOR_A_NUMBER):
        column = min(round(tick / length * room), room - 1)
        line = line[:column] + signs.tick + line[column + 1 :]
        numbers = f"{numbers:{column}}{tick:g} s"
    return numbers, line


def ticks(length: float, most: int) -> list[float]:
    """At most `most` round numbers of seconds from 0 to `length`."""
    steps = (base * 10.0**power for power in range(-1, 5) for base in (1, 2, 5))
    step = next((step for step in steps if length / step <= max(most - 1, 1)), length)
    return [round(number * step, 1) for number in range(int(length / step + 1e-9) + 1)]
