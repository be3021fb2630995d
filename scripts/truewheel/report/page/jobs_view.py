"""The jobs of an attempt as HTML: their steps, and the log of each, folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truewheel.rehearsal.result import FAILURE, SKIPPED, Attempt, JobResult, StepResult
from truewheel.report.page.elements import Content, Html, badge, element
from truewheel.report.rehearsal.model import Failure, conclusion_of, conclusion_of_step, jobs_run, limits_on
from truewheel.report.text import as_displayed, pluralize, readable_seconds


def log_view(lines: Sequence[str], label: str) -> Html:
    """The lines that a program printed."""
    pieces: list[Content] = []
    for line in lines:
        # Each line is escaped by itself, so that its text cannot add another.
        pieces += [as_displayed(line), Html("\n")]
    return element("pre", *pieces[:-1], class_="log", tabindex=0, role="group", aria_label=label)


def failures_view(found: Sequence[Failure]) -> Iterator[Html]:
    """Each failure with the last lines of its log."""
    for failure in found:
        omitted = f"{pluralize(failure.omitted, 'line')} before these are shown below, with the job."
        yield element(
            "article",
            element("h3", failure.where),
            element("p", failure.error, class_="message failed"),
            log_view(failure.log, f"The last lines of {failure.where}") if failure.log else "",
            element("p", omitted, class_="quiet") if failure.omitted else "",
            class_="findings",
        )


def steps_view(attempt: Attempt) -> Html:
    """The jobs that ran in this attempt; only the failed ones are unfolded."""
    return element("div", *map(_job, jobs_run(attempt)), class_="steps")


def _job(job: JobResult) -> Html:
    summary = element(
        "summary",
        badge(conclusion_of(job)),
        element("h4", job.name),
        element("span", job.runner, class_="quiet runner"),
        element("span", _time(job), class_="time"),
        # Shown in the folded row: a maintainer could not expect it.
        *(element("span", words, class_="note") for words in limits_on(job)),
    )
    # Usually a step has the same error.
    is_told = job.error in {"", *(step.error for step in job.steps)}
    content = ["" if is_told else element("p", job.error, class_="message failed"), *map(_step, job.steps)]
    if not any(content):
        content = [element("p", "No step ran.", class_="quiet")]
    return element("details", summary, element("div", *content), class_="job", open=job.conclusion == FAILURE)


def _step(step: StepResult) -> Html:
    conclusion = conclusion_of_step(step)
    line = (
        element("i", class_=f"dot {conclusion}", role="img", aria_label=conclusion),
        element("span", step.name, class_="step-name"),
        element("span", _time(step), class_="time"),
    )
    inside = [
        element("p", step.error, class_="message failed") if step.error else "",
        element("p", step.stand_in, class_="quiet") if step.stand_in else "",
        log_view(step.log, f"The log of {step.name}") if step.log else "",
    ]
    if not any(inside):
        return element("div", *line, class_="step bare")
    summary = element("summary", *line)
    return element("details", summary, element("div", *inside), class_="step", open=step.conclusion == FAILURE)


def _time(result: JobResult | StepResult) -> str:
    return "" if result.conclusion == SKIPPED else readable_seconds(result.seconds)
