"""A rehearsal as lines for a terminal: jobs and steps, timeline, failures, and what was published."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from truewheel.rehearsal.result import SKIPPED, Attempt, Rehearsal, ReleaseFacts
from truewheel.report.console import STYLE, Line
from truewheel.report.rehearsal.model import (
    Failure,
    conclusion_of,
    conclusion_of_step,
    failures,
    half_published,
    heading_of,
    jobs_run,
    limits_on,
    seen_after,
    stand_ins,
)
from truewheel.report.rehearsal.timeline import timeline
from truewheel.report.text import aligned, as_displayed, pluralize, readable_seconds, readable_size
from truewheel.system.files import FileFacts

# The width of drawings where the terminal's is unknown, and its bounds.
_WIDTH, _NARROWEST, _WIDEST = 100, 80, 120


def rehearsal_lines(rehearsal: Rehearsal, stream: TextIO, environ: Mapping[str, str]) -> Iterator[Line]:
    """All of a rehearsal's report but its last line."""
    yield from subject_lines(rehearsal.workflow, rehearsal.tag, rehearsal.commit, rehearsal.uncommitted)
    width = columns(stream, environ) - 2
    for attempt in rehearsal.attempts:
        yield from headed(heading_of(attempt, rehearsal), _attempt_lines(attempt))
        drawn = timeline([job for job in jobs_run(attempt) if job.conclusion != SKIPPED], width)
        yield from headed("timeline", ([("  ", ""), *line] for line in drawn))
        yield from headed("failures", _failure_lines(failures(attempt)))
        if len(rehearsal.attempts) > 1 and (seen := seen_after(attempt)):
            yield [(f"  after this attempt, users see {seen}", "yellow")]
    yield from headed("stand-ins", indented(stand_ins(rehearsal)))
    yield from headed("artifacts", _artifact_lines(rehearsal))
    yield from headed("GitHub Release", _release_lines(rehearsal.release))
    where = f" at {rehearsal.index_url}" if rehearsal.index_url else ""
    yield from headed(f"on the index{where}", _index_lines(rehearsal))
    yield from headed("trusted publisher registered there", pair_lines(rehearsal.publisher))
    yield from headed("notes", indented(_notes(rehearsal)))


def subject_lines(workflow: str, tag: str, commit: str, uncommitted: Sequence[str]) -> Iterator[Line]:
    """The subject of a rehearsal or a plan."""
    yield [(f"{workflow} for the tag {tag} at commit {commit[:12]}", "bold")]
    if uncommitted:
        words = f"  with {pluralize(len(uncommitted), 'uncommitted file')}: "
        yield [(words, "yellow"), (", ".join(uncommitted), "")]


def headed(heading: str, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines below an empty line and a heading; nothing if there are no lines."""
    for number, line in enumerate(lines):
        if number == 0:
            yield []
            yield [(heading, "bold")]
        yield line


def indented(texts: Iterable[str], style: str = "") -> Iterator[Line]:
    """A line for each text."""
    return ([(f"  {text}", style)] for text in texts)


def pair_lines(pairs: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """Fields and their values, in two columns."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        yield [(f"  {name:{width}}  ", "dim"), (value, "")]


def _file_lines(files: Sequence[FileFacts]) -> Iterator[Line]:
    """Files with sizes and hashes, in columns."""
    rows = [(file.name, readable_size(file.size), f"sha256 {file.sha256}") for file in files]
    return indented(aligned(rows, right=(1,)))


def quoted_lines(lines: Iterable[str]) -> Iterator[Line]:
    """The lines of a program or a file, each after a bar."""
    for line in lines:
        yield [("    |", "dim"), (f" {as_displayed(line)}".rstrip(), "")]


def columns(stream: TextIO, environ: Mapping[str, str]) -> int:
    """The width of drawings."""
    asked = environ.get("COLUMNS", "")
    width = _WIDTH
    if asked.isascii() and asked.isdigit():
        width = int(asked)
    elif stream.isatty():
        width = shutil.get_terminal_size((_WIDTH, 24)).columns
    return min(max(width, _NARROWEST), _WIDEST)


def _attempt_lines(attempt: Attempt) -> Iterator[Line]:
    """A line for each job, and for each step of those that ran in this attempt."""
    for job in attempt.jobs:
        is_kept = job.attempt != attempt.number
        kept = f"  kept from attempt {job.attempt}" if is_kept else ""
        yield _timed(conclusion_of(job), job.seconds, job.name, kept, "bold")
        if is_kept:
            continue
        for words in limits_on(job):
            yield [(f"{'':23}{words}", "yellow")]
        for step in job.steps:
            yield _timed(conclusion_of_step(step), step.seconds, f"  {step.name}", "", "")


def _timed(conclusion: str, seconds: float, name: str, remark: str, style: str) -> Line:
    time = "" if conclusion == SKIPPED else readable_seconds(seconds)
    word = f"  {conclusion:9}"
    return [(word, STYLE.get(conclusion, "")), (f" {time:>{21 - len(word)}} ", "dim"), (name, style), (remark, "dim")]


def _failure_lines(found: Iterable[Failure]) -> Iterator[Line]:
    for failure in found:
        yield [("  ", ""), (failure.sentence, "red")]
        if failure.omitted:
            yield [(f"    ({pluralize(failure.omitted, 'line')} before these)", "dim")]
        yield from quoted_lines(failure.log)


def _artifact_lines(rehearsal: Rehearsal) -> Iterator[Line]:
    for artifact in rehearsal.artifacts:
        yield [(f"  {artifact.name}", ""), (f"  from {artifact.job}", "dim")]
        for file in artifact.files:
            yield [(f"    {file.name}", ""), (f"  {readable_size(file.size)}", "dim")]


def _release_lines(release: ReleaseFacts | None) -> Iterator[Line]:
    if release is None:
        yield [("  not created", "dim")]
        return
    latest = "  draft" if release.is_draft else "  latest" if release.is_latest else ""
    yield [(f"  {release.title}", ""), (f"  for the tag {release.tag}", "dim"), (latest, "green")]
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
