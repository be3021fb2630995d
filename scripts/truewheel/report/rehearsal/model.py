"""What a rehearsal comes to, before anybody prints it: its verdict, and the words that its reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truewheel.rehearsal.plan_facts import Plan
from truewheel.rehearsal.result import FAILURE, SKIPPED, SUCCESS, Attempt, JobResult, Rehearsal, StepResult
from truewheel.report.model import FIT, REFUSED, Verdict
from truewheel.report.text import as_displayed, pluralize

PROGRAM = "rehearse"
# The last lines of a log are where a program says why it gave up.
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed in an attempt.

    Attributes:
        where: the job, and the step in it, as people are told.
        error: why, in one line.
        log: the last lines that it printed.
        omitted: how many lines before those are not among them.
    """

    where: str
    error: str
    log: tuple[str, ...] = ()
    omitted: int = 0

    @property
    def sentence(self) -> str:
        return f"{self.where} failed: {self.error}"


def verdict_on(rehearsal: Rehearsal) -> Verdict:
    """What the last attempt came to: fit when it passed and something is on the index.

    Where a fault was asked for, fit when it ended as documented, whatever that is.
    """
    if not rehearsal.attempts:
        return Verdict(PROGRAM, REFUSED, "no job was run")
    if rehearsal.remedy:
        return _verdict_on_fault(rehearsal)
    last = rehearsal.attempts[-1]
    if last.conclusion != SUCCESS:
        return Verdict(PROGRAM, REFUSED, _why_not(last))
    if not rehearsal.index_files:
        return Verdict(PROGRAM, REFUSED, "no job failed, but nothing is on the index")
    if rehearsal.missing:
        return Verdict(PROGRAM, REFUSED, f"no job failed, but {'; '.join(rehearsal.missing)}")
    skipped = sum(job.conclusion == SKIPPED for job in last.jobs)
    after = " after a re-run" if len(rehearsal.attempts) > 1 else ""
    made = [*outcome_words(rehearsal), *([f"{pluralize(skipped, 'job')} skipped"] if skipped else [])]
    return Verdict(PROGRAM, FIT, f"{rehearsal.tag} would be released{after}: {', '.join(made)}")


def _verdict_on_fault(rehearsal: Rehearsal) -> Verdict:
    fault = f"the fault {rehearsal.fault}"
    if rehearsal.deviation:
        return Verdict(PROGRAM, REFUSED, f"{fault} did not end as documented: {rehearsal.deviation}")
    return Verdict(PROGRAM, FIT, f"{fault} ended as documented: {rehearsal.remedy}")


def verdict_on_plan(plan: Plan) -> Verdict:
    """Whether the tag would start the workflow."""
    if not plan.fires:
        return Verdict(PROGRAM, REFUSED, f"{plan.tag} would not start {plan.workflow}: {plan.reason}")
    if plan.refusals:
        more = f", and {pluralize(len(plan.refusals) - 1, 'reason')} more" if len(plan.refusals) > 1 else ""
        return Verdict(PROGRAM, REFUSED, f"{plan.tag} would be refused by validate: {plan.refusals[0]}{more}")
    return Verdict(PROGRAM, FIT, f"{plan.tag} would start {plan.workflow}: {pluralize(len(plan.jobs), 'job')}")


def outcome_words(rehearsal: Rehearsal) -> list[str]:
    """What there is at the end: `2 wheels on the index`, `1 GitHub Release`."""
    files = rehearsal.index_files
    noun = "wheel" if all(file.name.endswith(".whl") for file in files) else "file"
    return [
        f"{pluralize(len(files), noun)} on the index",
        "no GitHub Release" if rehearsal.release is None else "1 GitHub Release",
    ]


def half_published(rehearsal: Rehearsal) -> str:
    """What users can see already although the last attempt did not pass; empty when they see nothing."""
    passed = rehearsal.attempts and rehearsal.attempts[-1].conclusion == SUCCESS
    if passed or not (rehearsal.index_files or rehearsal.release):
        return ""
    seen = seen_words([file.name for file in rehearsal.index_files], has_release=rehearsal.release is not None)
    return f"The run did not pass, but users see already: {seen}."


def seen_after(attempt: Attempt) -> str:
    """What users saw after an attempt that did not pass; empty when that is nothing, or it passed."""
    if attempt.conclusion == SUCCESS or not (attempt.on_index or attempt.has_release):
        return ""
    return f"after it users see: {seen_words(attempt.on_index, has_release=attempt.has_release)}"


def seen_words(names: Sequence[str], *, has_release: bool) -> str:
    """`1 wheel on the index and a GitHub Release`; what is not there is left out."""
    noun = "wheel" if all(name.endswith(".whl") for name in names) else "file"
    there = [f"{pluralize(len(names), noun)} on the index"] if names else []
    return " and ".join([*there, *(["a GitHub Release"] if has_release else [])])


def _why_not(attempt: Attempt) -> str:
    """The first failure, and how many jobs failed beside it."""
    failed = [job for job in attempt.jobs if job.conclusion == FAILURE and not job.tolerated]
    if not failed:
        cancelled = [job for job in attempt.jobs if job.conclusion != SUCCESS]
        return f"job {called(cancelled[0], attempt)} was {cancelled[0].conclusion}"
    more = f", and {pluralize(len(failed) - 1, 'other job')} failed" if len(failed) > 1 else ""
    return f"job {called(failed[0], attempt)} failed: {_error_of(failed[0])}{more}"


def _error_of(job: JobResult) -> str:
    steps = [step.error for step in job.steps if step.conclusion == FAILURE and step.error]
    return job.error or next(iter(steps), "it gives no reason")


def called(job: JobResult, attempt: Attempt) -> str:
    """A job as the workflow names it; one of a matrix as GitHub shows it, for its key is that of several."""
    several = Counter(each.id for each in attempt.jobs)[job.id] > 1
    return job.name if several else job.id


def failures(attempt: Attempt) -> Iterator[Failure]:
    """Everything that failed in an attempt, steps that may fail included; not what it kept from the one before."""
    for job in jobs_run(attempt):
        name = f"job {called(job, attempt)}"
        steps = [step for step in job.steps if step.error or step.conclusion == FAILURE]
        for step in steps:
            yield _failure(f"{name}, step {step.name}", step)
        # A job may fail without a step of its own that did: nobody may deploy to its environment.
        if job.conclusion != SUCCESS and job.error and job.error not in {step.error for step in steps}:
            yield Failure(name, job.error)


def _failure(where: str, step: StepResult) -> Failure:
    log = [as_displayed(line) for line in step.log]
    while log and not log[-1]:
        log.pop()
    shown = tuple(log[-LAST_LINES:])
    return Failure(where, step.error or "it gives no reason", shown, len(log) - len(shown))


def jobs_run(attempt: Attempt) -> list[JobResult]:
    """The jobs that ran in this attempt; the others kept what came of them in an earlier one."""
    return [job for job in attempt.jobs if job.attempt == attempt.number]


def conclusion_of(job: JobResult) -> str:
    """`success`, `failure`, `skipped` or `cancelled`, and `tolerated` for a failure that may be."""
    return "tolerated" if job.tolerated and job.conclusion == FAILURE else job.conclusion


def conclusion_of_step(step: StepResult) -> str:
    """As for a job: a step that failed and may is concluded a success, and has an error."""
    return "tolerated" if step.conclusion == SUCCESS and step.error else step.conclusion


def is_one_of_several(attempt: Attempt, rehearsal: Rehearsal) -> bool:
    """Whether the reader must be told which attempt it is: there are more, or a fault was asked for."""
    return len(rehearsal.attempts) > 1 or bool(attempt.fault)


def heading_of(attempt: Attempt, rehearsal: Rehearsal) -> str:
    """`attempt 1, with the fault lost-artifact: failure`; empty where nobody needs to be told."""
    if not is_one_of_several(attempt, rehearsal):
        return ""
    fault = f", with the fault {attempt.fault}" if attempt.fault else ""
    return f"attempt {attempt.number}{fault}: {attempt.conclusion}"


def stand_ins(rehearsal: Rehearsal) -> list[str]:
    """What took the place of actions, each said once."""
    steps = (step for attempt in rehearsal.attempts for job in attempt.jobs for step in job.steps)
    return list(dict.fromkeys(step.stand_in for step in steps if step.stand_in))
