"""What a rehearsal did, for people at a terminal: jobs and steps, a timeline, what failed, what was made.

The very same text goes into a file or a pipe, without the colours.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from truewheel.rehearsal.result import Attempt, FileFacts, JobResult, Rehearsal, ReleaseFacts
from truewheel.report.model import counted, plain, printed, readable_seconds, readable_size
from truewheel.report.rehearsal.model import (
    Failure,
    conclusion_of,
    conclusion_of_step,
    failures,
    half_published,
    heading_of,
    jobs_run,
    seen_after,
    stand_ins,
)
from truewheel.report.terminal import Line
from truewheel.report.timeline import ASCII, UNICODE, Row, Span, timeline

STYLE = {"success": "green", "failure": "red", "tolerated": "yellow", "skipped": "dim", "cancelled": "yellow"}
# Without a terminal, whose width is known, and the bounds for one.
_WIDTH, _NARROWEST, _WIDEST = 100, 80, 120


def rehearsal_lines(rehearsal: Rehearsal, stream: TextIO, environ: Mapping[str, str]) -> Iterator[Line]:
    """All of a rehearsal's report but its last line."""
    yield from subject_lines(rehearsal.workflow, rehearsal.tag, rehearsal.commit, rehearsal.uncommitted)
    width, signs = columns(stream, environ), UNICODE if can_write(UNICODE.bar + UNICODE.axis, stream) else ASCII
    for attempt in rehearsal.attempts:
        yield from headed(heading_of(attempt, rehearsal) or "jobs", _attempt_lines(attempt))
        spans = [
            Span(writable(job.name, stream), job.started, job.seconds, conclusion_of(job)) for job in _ran(attempt)
        ]
        rows = timeline(spans, width - 2, signs)
        yield from headed("timeline", map(_bar_line, rows))
        yield from headed("what failed", _failure_lines(failures(attempt)))
        if len(rehearsal.attempts) > 1 and (seen := seen_after(attempt)):
            yield [(f"  {seen}", "yellow")]
    yield from headed("stand-ins", ([("  " + plain(each), "")] for each in stand_ins(rehearsal)))
    yield from headed("artifacts", _artifact_lines(rehearsal))
    yield from headed("GitHub Release", _release_lines(rehearsal.release))
    where = f" at {plain(rehearsal.index_url)}" if rehearsal.index_url else ""
    yield from headed(f"on the index{where}", _index_lines(rehearsal))
    yield from headed("trusted publisher registered there", pair_lines(rehearsal.publisher))
    yield from headed("notes", ([("  " + plain(note), "")] for note in _notes(rehearsal)))


def subject_lines(workflow: str, tag: str, commit: str, uncommitted: Sequence[str]) -> Iterator[Line]:
    """What was rehearsed, or would be."""
    yield [(plain(f"{workflow} for the tag {tag} at commit {commit[:12]}"), "bold")]
    if uncommitted:
        words = f"  with {counted(len(uncommitted), 'file')} as in the working tree, not as committed: "
        yield [(words, "yellow"), (", ".join(map(plain, uncommitted)), "")]


def headed(heading: str, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines below an empty line and a heading; nothing when there is no line."""
    for number, line in enumerate(lines):
        if number == 0:
            yield []
            yield [(plain(heading), "bold")]
        yield line


def pair_lines(pairs: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """Fields and their values, in two columns."""
    width = max((len(plain(name)) for name, _ in pairs), default=0)
    for name, value in pairs:
        yield [(f"  {plain(name):{width}}  ", "dim"), (plain(value), "")]


def _file_lines(files: Sequence[FileFacts]) -> Iterator[Line]:
    """Files with sizes and hashes, in columns."""
    width = max((len(plain(file.name)) for file in files), default=0)
    for file in files:
        facts = f"  {readable_size(file.size):>8}  sha256 {plain(file.sha256)}"
        yield [(f"  {plain(file.name):{width}}", ""), (facts, "dim")]


def quoted_lines(lines: Iterable[str]) -> Iterator[Line]:
    """What a program or a file says, with a bar before it."""
    for line in lines:
        yield [("    |", "dim"), (f" {printed(line)}".rstrip(), "")]


def columns(stream: TextIO, environ: Mapping[str, str]) -> int:
    """How wide a drawing may be."""
    asked = environ.get("COLUMNS", "")
    width = _WIDTH
    if asked.isascii() and asked.isdigit():
        width = int(asked)
    elif stream.isatty():
        width = shutil.get_terminal_size((_WIDTH, 24)).columns
    return min(max(width, _NARROWEST), _WIDEST)


def can_write(text: str, stream: TextIO) -> bool:
    """Whether the stream's encoding has all letters of `text`."""
    return writable(text, stream) == text


def writable(text: str, stream: TextIO) -> str:
    """The text with what the stream's encoding does not have spelled out."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _ran(attempt: Attempt) -> list[JobResult]:
    return [job for job in jobs_run(attempt) if job.conclusion != "skipped"]


def _bar_line(row: Row) -> Line:
    return [(f"  {row.before}", ""), (row.bar, STYLE.get(row.conclusion, "")), (row.after.rstrip(), "dim")]


def _attempt_lines(attempt: Attempt) -> Iterator[Line]:
    """A line for each job, and for each step of those that ran in this attempt."""
    for job in attempt.jobs:
        is_kept = job.attempt != attempt.number
        kept = f"  kept from attempt {job.attempt}" if is_kept else ""
        yield _timed(conclusion_of(job), job.seconds, plain(job.name), kept, "bold")
        if is_kept:
            continue
        if job.note:
            yield [(f"{'':23}{plain(job.note)}", "yellow")]
        for step in job.steps:
            yield _timed(conclusion_of_step(step), step.seconds, f"  {plain(step.name)}", "", "")


def _timed(conclusion: str, seconds: float, name: str, remark: str, style: str) -> Line:
    time = "" if conclusion == "skipped" else readable_seconds(seconds)
    return [(f"  {conclusion:9}", STYLE.get(conclusion, "")), (f" {time:>10} ", "dim"), (name, style), (remark, "dim")]


def _failure_lines(found: Iterable[Failure]) -> Iterator[Line]:
    for failure in found:
        yield [("  ", ""), (plain(failure.sentence), "red")]
        if failure.omitted:
            yield [(f"    ({counted(failure.omitted, 'line')} before these)", "dim")]
        for line in failure.log:
            yield [("    | ", "dim"), (line, "")]


def _artifact_lines(rehearsal: Rehearsal) -> Iterator[Line]:
    for artifact in rehearsal.artifacts:
        yield [(f"  {plain(artifact.name)}", ""), (f"  from {plain(artifact.job)}", "dim")]
        for file in artifact.files:
            yield [(f"    {plain(file.name)}", ""), (f"  {readable_size(file.size)}", "dim")]


def _release_lines(release: ReleaseFacts | None) -> Iterator[Line]:
    if release is None:
        yield [("  none was made", "dim")]
        return
    latest = "  draft" if release.is_draft else "  latest" if release.is_latest else ""
    yield [(f"  {plain(release.title)}", ""), (f"  of the tag {plain(release.tag)}", "dim"), (latest, "green")]
    yield from _file_lines(release.assets)
    yield from quoted_lines(release.notes.strip().splitlines())


def _index_lines(rehearsal: Rehearsal) -> Iterator[Line]:
    if not rehearsal.index_files:
        yield [("  nothing", "dim")]
    yield from _file_lines(rehearsal.index_files)
    if words := half_published(rehearsal):
        yield [(f"  {words}", "yellow")]


def _notes(rehearsal: Rehearsal) -> Iterator[str]:
    yield from rehearsal.notes
    if rehearsal.folder:
        yield f"everything was kept in {rehearsal.folder}"
    if rehearsal.seconds:
        yield f"the rehearsal took {readable_seconds(rehearsal.seconds)}"
