"""Which job of a run waits for which: a graph whose columns go from the jobs that begin to those that end."""

from __future__ import annotations

from collections.abc import Sequence

from truewheel.rehearsal.result import SKIPPED, Attempt, JobResult
from truewheel.report.page.elements import Html, element
from truewheel.report.page.graph import Box, graph
from truewheel.report.rehearsal.model import conclusion_of, waits_for
from truewheel.report.text import printable, readable_seconds, truncate

_LONGEST = 24


def job_graph(attempt: Attempt) -> Html:
    """The jobs of an attempt, coloured by their conclusions, one box for each row of a matrix."""
    if not attempt.jobs:
        return element("p", "There are no jobs.", class_="quiet")
    boxes = job_boxes(attempt)
    return element("figure", graph(boxes, job_edges(attempt.jobs), f"The jobs of attempt {attempt.number}"))


def job_boxes(attempt: Attempt) -> list[Box]:
    """A box for each job; its column is the length of the longest chain of jobs that it waits for."""
    columns = dict.fromkeys((job.id for job in attempt.jobs), 0)
    # There are no circles: a workflow that has one is not run.
    for _ in attempt.jobs:
        for job in attempt.jobs:
            columns[job.id] = max((columns.get(need, -1) + 1 for need in job.needs), default=0)
    return [_box(job, columns[job.id], is_kept=job.attempt != attempt.number) for job in attempt.jobs]


def job_edges(jobs: Sequence[JobResult]) -> list[tuple[int, int]]:
    """From each job to those that wait for it, except where a job in between waits for it as well."""
    before = waits_for({job.id: job.needs for job in jobs})
    return [
        (source, number)
        for number, job in enumerate(jobs)
        for source, other in enumerate(jobs)
        if other.id in job.needs and not any(other.id in before.get(need, ()) for need in job.needs)
    ]


def _box(job: JobResult, column: int, *, is_kept: bool) -> Box:
    conclusion = conclusion_of(job)
    time = "" if job.conclusion == SKIPPED else f" · {readable_seconds(job.seconds)}"
    below = f"{conclusion} · kept" if is_kept else f"{conclusion}{time}"
    needs = f", waits for {', '.join(job.needs)}" if job.needs else ""
    title = f"{job.name}: {below}, runs on {job.runner or 'no runner'}{needs}"
    label = truncate(printable(job.name), _LONGEST)
    return Box(label, title, column, f"{conclusion}{' kept' if is_kept else ''}", below)
