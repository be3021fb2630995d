"""The jobs of an attempt as HTML: their steps, and what each of those printed, folded up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.rehearsal.result import FAILURE, SKIPPED, Attempt, JobResult, Rehearsal, StepResult
from truewheel.report.page.elements import Content, Html, element
from truewheel.report.rehearsal.model import Failure, conclusion_of, conclusion_of_step, jobs_run
from truewheel.report.text import as_displayed, readable_seconds


def badge(word: str, kind: str = "") -> Html:
    """A word in the colour of what came of something."""
    return element("span", word, class_=f"badge {kind or word}")


def log_view(lines: Sequence[str], label: str) -> Html:
    """What a program printed."""
    pieces: list[Content] = []
    for line in lines:
        # Each is escaped by itself: what it says adds no line.
        pieces += [as_displayed(line), Html("\n")]
    return element("pre", *pieces[:-1], class_="log", tabindex=0, role="group", aria_label=label)


def failures_view(found: Sequence[Failure]) -> Iterator[Html]:
    """What failed, each with the last lines of its log."""
    for failure in found:
        omitted = f"the last lines; {failure.omitted} more above them are with its job" if failure.omitted else ""
        yield element(
            "article",
            element("h3", failure.where),
            element("p", failure.error, class_="message failed"),
            log_view(failure.log, f"The last lines of {failure.where}") if failure.log else "",
            element("p", omitted, class_="quiet") if omitted else "",
            class_="findings",
        )


def steps_view(attempt: Attempt) -> Html:
    """Each job that ran in this attempt, those that failed unfolded."""
    return element("div", *map(_job, jobs_run(attempt)), class_="steps")


def _job(job: JobResult) -> Html:
    conclusion = conclusion_of(job)
    time = "" if job.conclusion == SKIPPED else readable_seconds(job.seconds)
    summary = element(
        "summary",
        badge(conclusion),
        element("h4", job.name),
        element("span", job.runner, class_="quiet runner"),
        element("span", time, class_="time"),
        # Said whether it is folded or not: it is what the maintainer cannot take for granted.
        element("span", job.note, class_="note") if job.note else "",
    )
    said = {"", *(step.error for step in job.steps)}
    content = [
        # Most often a step says it already.
        element("p", job.error, class_="message failed") if job.error not in said else "",
        *map(_step, job.steps),
    ]
    if not any(content):
        content = [element("p", "It has no step that ran.", class_="quiet")]
    return element("details", summary, element("div", *content), class_="job", open=job.conclusion == FAILURE)


def _step(step: StepResult) -> Html:
    conclusion = conclusion_of_step(step)
    time = "" if step.conclusion == SKIPPED else readable_seconds(step.seconds)
    line = (
        element("i", class_=f"dot {conclusion}", role="img", aria_label=conclusion),
        element("span", step.name, class_="step-name"),
        element("span", time, class_="time"),
    )
    inside = [
        element("p", step.error, class_="message failed") if step.error else "",
        element("p", step.stand_in, class_="quiet") if step.stand_in else "",
        log_view(step.log, f"What {step.name} printed") if step.log else "",
    ]
    if not any(inside):
        return element("div", *line, class_="step bare")
    summary = element("summary", *line)
    return element("details", summary, element("div", *inside), class_="step", open=step.conclusion == FAILURE)


def attempts_view(rehearsal: Rehearsal) -> Html:
    """What came of each job in each attempt, side by side."""
    names = list(dict.fromkeys((job.id, job.name) for attempt in rehearsal.attempts for job in attempt.jobs))
    columns = [{(job.id, job.name): job for job in attempt.jobs} for attempt in rehearsal.attempts]
    head = element(
        "tr",
        element("th", "job", scope="col"),
        *(element("th", *_attempt_heading(attempt), scope="col") for attempt in rehearsal.attempts),
    )
    rows = [
        element(
            "tr",
            element("th", name[1], scope="row"),
            *(
                element("td", *_cell(column.get(name), attempt))
                for column, attempt in zip(columns, rehearsal.attempts, strict=True)
            ),
        )
        for name in names
    ]
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("div", table, class_="scroll sheet", tabindex=0, role="group", aria_label="Attempts")


def _attempt_heading(attempt: Attempt) -> Iterator[Content]:
    yield f"attempt {attempt.number} "
    yield badge(attempt.conclusion)
    if attempt.fault:
        yield element("div", "fault: ", element("code", attempt.fault), class_="fault")


def _cell(job: JobResult | None, attempt: Attempt) -> Iterator[Content]:
    if job is None:
        yield element("span", "not there", class_="quiet")
        return
    if job.attempt != attempt.number:
        yield element("span", "kept", title=f"as it ended in attempt {job.attempt}", class_="quiet")
        return
    yield badge(conclusion_of(job))
    if job.conclusion != SKIPPED:
        yield " "
        yield element("span", readable_seconds(job.seconds), class_="time")
