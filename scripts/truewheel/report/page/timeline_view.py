"""The timeline of an attempt as HTML. It fits any width, and its text keeps its size."""

from __future__ import annotations

from collections.abc import Sequence

from truewheel.rehearsal.result import SKIPPED, Attempt, JobResult, StepResult
from truewheel.report.page.elements import Html, element
from truewheel.report.rehearsal.model import conclusion_of, conclusion_of_step, jobs_run
from truewheel.report.rehearsal.timeline import ticks
from truewheel.report.text import printable, readable_seconds, truncate

# In pixels: the axis, then a row for each job with its name above its bar.
_AXIS, _ROW, _NAME, _BAR, _BAR_HEIGHT = 24, 38, 14, 20, 11
# In percent of the width: the shortest bar, and from where on a name is aligned with the end of its bar.
_SHORTEST, _RIGHT = 0.4, 55.0
_MOST_TICKS = 6
_LONGEST = 30


def timeline_view(attempt: Attempt) -> Html:
    """A bar for each job that ran in this attempt, divided into its steps."""
    jobs = [job for job in jobs_run(attempt) if job.conclusion != SKIPPED]
    if not jobs:
        return element("p", "No job ran.", class_="quiet")
    begin = min(job.started for job in jobs)
    length = max(max(job.started + job.seconds for job in jobs) - begin, 0.1)
    height = _AXIS + len(jobs) * _ROW
    rows = [_row(job, _AXIS + number * _ROW, begin, length) for number, job in enumerate(jobs)]
    label = f"When the jobs of attempt {attempt.number} ran"
    drawing = element("svg", *_axis(length, height), *rows, width="100%", height=height, role="img", aria_label=label)
    return element("figure", drawing, class_="timeline")


def _axis(length: float, height: int) -> Sequence[Html]:
    pieces = []
    for tick in ticks(length, _MOST_TICKS):
        x = tick / length * 100
        place = f"{x:.2f}%"
        anchor = "start" if x < 4 else "end" if x > 96 else "middle"
        pieces.append(element("line", x1=place, x2=place, y1=18, y2=height, class_="tick"))
        pieces.append(element("text", f"{tick:g} s", x=place, y=12, text_anchor=anchor, class_="below"))
    return pieces


def _row(job: JobResult, y: int, begin: float, length: float) -> Html:
    x, width = _place(job, begin, length)
    is_right = x > _RIGHT
    name = element(
        "text",
        element("tspan", truncate(printable(job.name), _LONGEST), class_="name"),
        f"  {readable_seconds(job.seconds)}",
        x=f"{x + width if is_right else x:.2f}%",
        y=y + _NAME,
        text_anchor="end" if is_right else "start",
    )
    bars = [_bar(job, f"{job.name} · {readable_seconds(job.seconds)}", conclusion_of(job), y, (x, width))]
    for step in job.steps:
        if step.conclusion != SKIPPED:
            title = f"{job.name}, {step.name} · {readable_seconds(step.seconds)}"
            bars.append(_bar(step, title, conclusion_of_step(step), y, _place(step, begin, length)))
    return element("g", name, *bars)


def _place(what: JobResult | StepResult, begin: float, length: float) -> tuple[float, float]:
    """The position and the width of a bar, in percent of the whole, which it never leaves."""
    width = min(max(what.seconds / length * 100, _SHORTEST), 100.0)
    return min(max((what.started - begin) / length * 100, 0.0), 100.0 - width), width


def _bar(what: JobResult | StepResult, title: str, conclusion: str, y: int, place: tuple[float, float]) -> Html:
    kind = "bar" if isinstance(what, JobResult) else "bar step"
    x, width = (f"{percent:.2f}%" for percent in place)
    shape = element("rect", x=x, y=y + _BAR, width=width, height=_BAR_HEIGHT, rx=3, class_=f"{kind} {conclusion}")
    return element("g", element("title", title), shape)
