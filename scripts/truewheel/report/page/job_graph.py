"""Which job of a run waits for which: columns from those that begin to those that end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truewheel.rehearsal.result import Attempt, JobResult


@dataclass(frozen=True, slots=True)
class JobNode:
    """A job in the graph; one for each row of a matrix.

    Attributes:
        job: the job.
        column: how many jobs must have ended before it, one after the other.
        row: its place in the column, from the top.
        waits_for: the indices of those that it waits for and that no other of them waits for already.
        is_kept: whether it did not run in this attempt, but in an earlier one.
    """

    job: JobResult
    column: int
    row: int
    waits_for: tuple[int, ...]
    is_kept: bool


def job_graph(attempt: Attempt) -> list[JobNode]:
    """The graph of the jobs of an attempt, in their order."""
    jobs = attempt.jobs
    before = _ancestors(jobs)
    columns = _columns(jobs)
    rows: dict[int, int] = {}
    nodes = []
    for job in jobs:
        column = columns[job.id]
        row = rows.get(column, -1) + 1
        rows[column] = row
        # An arrow that a longer way says already would only cross others.
        direct = {need for need in job.needs if not any(need in before.get(other, ()) for other in job.needs)}
        sources = tuple(number for number, other in enumerate(jobs) if other.id in direct)
        nodes.append(JobNode(job, column, row, sources, is_kept=job.attempt != attempt.number))
    return nodes


def _ancestors(jobs: Sequence[JobResult]) -> dict[str, set[str]]:
    found = {job.id: set(job.needs) for job in jobs}
    for _ in found:
        found = {job_id: all_of.union(*(found.get(need, ()) for need in all_of)) for job_id, all_of in found.items()}
    return found


def _columns(jobs: Sequence[JobResult]) -> dict[str, int]:
    """How far each job is from those that wait for none. There are no circles: a workflow with one is not run."""
    columns = dict.fromkeys((job.id for job in jobs), 0)
    for _ in jobs:
        for job in jobs:
            columns[job.id] = max((columns.get(need, -1) + 1 for need in job.needs), default=0)
    # Columns that nothing stands in are closed.
    order = {value: column for column, value in enumerate(sorted(set(columns.values())))}
    return {job_id: order[value] for job_id, value in columns.items()}
