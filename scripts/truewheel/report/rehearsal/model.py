"""The verdict on a rehearsal, and the words that all of its reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from truewheel.rehearsal.plan_facts import Plan
from truewheel.rehearsal.result import FAILURE, SKIPPED, SUCCESS, Attempt, JobResult, Rehearsal, StepResult
from truewheel.report.model import CANNOT_JUDGE, FIT, REFUSED, Verdict
from truewheel.report.text import as_displayed, pluralize, run_here

PROGRAM = "rehearse"
# By the name of a planned builder that builds nothing.
_UNBUILT = {
    "none": "cannot be built here",
    "understudy": "cannot be built here and are taken from the last release, if there is one",
}
_NOT_RUN = "cannot be run here"
NOT_BUILT_HERE, NOT_RUN_HERE = "not built here", "not run here"
# Programs say why they failed in the last lines of their logs.
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed in an attempt."""

    where: str  # the job, and the step in it, e.g. `job publish, step Run twine`
    error: str  # why, in one line
    log: tuple[str, ...] = ()  # the last lines that it printed
    omitted: int = 0  # the number of lines before those

    @property
    def sentence(self) -> str:
        return f"{self.where} failed: {self.error}"


def verdict_on(rehearsal: Rehearsal) -> Verdict:
    """Fit if the last attempt passed and published something; with a fault, if it ended as documented."""
    if not rehearsal.attempts:
        return Verdict(PROGRAM, REFUSED, "no job ran")
    if rehearsal.remedy and not rehearsal.not_built:
        return _verdict_on_fault(rehearsal)
    last = rehearsal.attempts[-1]
    if last.conclusion != SUCCESS:
        return Verdict(PROGRAM, REFUSED, "; ".join(filter(None, [_why_not(last), rehearsal.tag_problem])))
    if rehearsal.not_built:
        return Verdict(PROGRAM, CANNOT_JUDGE, rehearsal.not_built, task=PROGRAM)
    but = [] if rehearsal.index_files else ["nothing is on the index"]
    but += [*rehearsal.missing, *filter(None, [rehearsal.index_problem])]
    if but:
        return Verdict(PROGRAM, REFUSED, f"no job failed, but {'; '.join(but)}")
    skipped = sum(job.conclusion == SKIPPED for job in last.jobs)
    after = " after a re-run" if len(rehearsal.attempts) > 1 else ""
    warned = len(rehearsal.warnings)
    made = [*outcome_words(rehearsal), *([f"{pluralize(skipped, 'job')} skipped"] if skipped else [])]
    made += [f"{pluralize(warned, 'warning')} (see notes)"] if warned else []
    words = "; ".join([", ".join(made), *limits_of(rehearsal)])
    return Verdict(PROGRAM, FIT, f"{rehearsal.tag} would be released{after}: {words}")


def _verdict_on_fault(rehearsal: Rehearsal) -> Verdict:
    fault = f"the fault {rehearsal.fault}"
    if rehearsal.deviation:
        return Verdict(PROGRAM, REFUSED, f"{fault} did not end as documented: {rehearsal.deviation}")
    return Verdict(PROGRAM, FIT, f"{fault} ended as documented: {rehearsal.remedy}")


def verdict_on_plan(plan: Plan) -> Verdict:
    """Fit if the tag would start the workflow, validate would accept it, and all of it can be rehearsed."""
    if plan.errors:
        first, *others = plan.errors
        more = f", and {pluralize(len(others), 'more error')}" if others else ""
        return Verdict(PROGRAM, CANNOT_JUDGE, f"{first.where}: {first.message}{more}", PROGRAM)
    if not plan.fires:
        return Verdict(PROGRAM, REFUSED, plan.reason)
    if plan.findings:
        more = f", and {pluralize(len(plan.findings) - 1, 'more reason')}" if len(plan.findings) > 1 else ""
        return Verdict(PROGRAM, REFUSED, f"{plan.tag} would be refused by validate: {plan.findings[0]}{more}")
    if not plan.publishes:
        return Verdict(PROGRAM, REFUSED, f"{plan.tag} would start {plan.workflow}, but no job that runs here publishes")
    limits = "; ".join(_limits(plan))
    return Verdict(
        PROGRAM,
        FIT,
        f"{plan.tag} would start {plan.workflow}: {pluralize(len(plan.jobs), 'job')}{limits and f'; {limits}'}",
    )


def _limits(plan: Plan) -> Iterator[str]:
    """What this machine cannot do of the plan: which wheels cannot be built, and which others cannot be run."""
    found = {each.platform: _UNBUILT.get(each.builder, "" if each.runs_here else _NOT_RUN) for each in plan.builders}
    for limit in (*_UNBUILT.values(), _NOT_RUN):
        if names := [platform for platform, words in found.items() if words == limit]:
            yield f"wheels for {len(names)} of {pluralize(len(found), 'platform')} {limit}: {', '.join(names)}"


def outcome_words(rehearsal: Rehearsal) -> list[str]:
    """What was published: `2 wheels on the index`, `1 GitHub Release`."""
    return [
        f"{_files([file.name for file in rehearsal.index_files])} on the index",
        "no GitHub Release" if rehearsal.release is None else "1 GitHub Release",
    ]


def limits_of(rehearsal: Rehearsal) -> Iterator[str]:
    """What this machine could not do, for the last line: how many wheels were run here, which are understudies."""
    jobs = [job for attempt in rehearsal.attempts for job in attempt.jobs]
    wheels = {file.name for file in rehearsal.index_files if file.name.endswith(".whl")}
    ran = {text.partition(" ")[0] for job in jobs for text in job.ran} & wheels
    # Only sessions of truewheel say what they run.
    if wheels and any(job.ran or job.not_run for job in jobs):
        yield run_here(len(ran), len(wheels))
    if names := [name for name, _ in rehearsal.understudies]:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"not built here, but taken from the last release: {names[0]}{more}"


def half_published(rehearsal: Rehearsal) -> str:
    """What users already see although the last attempt did not pass; empty if that is nothing."""
    seen = seen_after(rehearsal.attempts[-1]) if rehearsal.attempts else ""
    return f"The run did not pass, but users already see {seen}." if seen else ""


def seen_after(attempt: Attempt) -> str:
    """What users see after an attempt that did not pass: `1 wheel on the index and a GitHub Release`; may be empty."""
    if attempt.conclusion == SUCCESS:
        return ""
    files = [f"{_files(attempt.on_index)} on the index"] if attempt.on_index else []
    return " and ".join([*files, *(["a GitHub Release"] if attempt.has_release else [])])


def _files(names: Sequence[str]) -> str:
    return pluralize(len(names), "wheel" if all(name.endswith(".whl") for name in names) else "file")


def _why_not(attempt: Attempt) -> str:
    """The first failure, and how many other jobs failed."""
    failed = [job for job in attempt.jobs if job.conclusion == FAILURE and not job.tolerated]
    if not failed:
        cancelled = [job for job in attempt.jobs if job.conclusion != SUCCESS]
        return f"job {called(cancelled[0], attempt)} was {cancelled[0].conclusion}"
    more = f", and {pluralize(len(failed) - 1, 'other job')} failed" if len(failed) > 1 else ""
    return f"job {called(failed[0], attempt)} failed: {_error_of(failed[0])}{more}"


def _error_of(job: JobResult) -> str:
    steps = [step.error for step in job.steps if step.conclusion == FAILURE and step.error]
    return job.error or next(iter(steps), "no reason given")


def called(job: JobResult, attempt: Attempt) -> str:
    """A job's key in the workflow, or its name if it is one of a matrix, whose jobs share their key."""
    return job.name if Counter(each.id for each in attempt.jobs)[job.id] > 1 else job.id


def failures(attempt: Attempt) -> Iterator[Failure]:
    """Everything that failed in this attempt, including steps that are allowed to fail."""
    for job in jobs_run(attempt):
        name = f"job {called(job, attempt)}"
        steps = [step for step in job.steps if step.error or step.conclusion == FAILURE]
        for step in steps:
            yield _failure(f"{name}, step {step.name}", step)
        # A job can fail without a failing step: its environment may not allow the tag.
        if job.conclusion != SUCCESS and job.error and job.error not in {step.error for step in steps}:
            yield Failure(name, job.error)


def _failure(where: str, step: StepResult) -> Failure:
    # Annotations repeat what the log says in plain words.
    log = [as_displayed(line) for line in step.log if not line.startswith("::")]
    while log and not log[-1]:
        log.pop()
    shown = tuple(log[-LAST_LINES:])
    return Failure(where, step.error or "no reason given", shown, len(log) - len(shown))


def jobs_run(attempt: Attempt) -> list[JobResult]:
    """The jobs that ran in this attempt; the others keep their results from an earlier one."""
    return [job for job in attempt.jobs if job.attempt == attempt.number]


def conclusion_of(job: JobResult) -> str:
    """The conclusion on GitHub; or `tolerated`, `not built here` or `not run here`, which GitHub does not know."""
    if job.not_built or (job.not_run and job.conclusion == SUCCESS):
        return NOT_BUILT_HERE if job.not_built else NOT_RUN_HERE
    return "tolerated" if job.tolerated and job.conclusion == FAILURE else job.conclusion


def limits_on(job: JobResult) -> list[str]:
    """What differs from GitHub in a job, and how its wheels were run here, or why they were not run or not built."""
    ran = f"run here: {'; '.join(job.ran)}" if job.note and job.ran else ""
    return [words for words in (job.note, ran, job.not_run, job.not_built) if words]


def conclusion_of_step(step: StepResult) -> str:
    """Return how a step ended: `tolerated` if it failed and was allowed to, which is a success with an error."""
    return "tolerated" if step.conclusion == SUCCESS and step.error else step.conclusion


def heading_of(attempt: Attempt, rehearsal: Rehearsal) -> str:
    """`attempt 1, with the fault artifact-lost: failure`; `jobs` for the only attempt of a rehearsal."""
    if len(rehearsal.attempts) == 1 and not attempt.fault:
        return "jobs"
    fault = f", with the fault {attempt.fault}" if attempt.fault else ""
    return f"attempt {attempt.number}{fault}: {attempt.conclusion}"


def stand_ins(rehearsal: Rehearsal) -> list[str]:
    """The sentences about the stand-ins that were used, without repetitions."""
    steps = (step for attempt in rehearsal.attempts for job in attempt.jobs for step in job.steps)
    return list(dict.fromkeys(step.stand_in for step in steps if step.stand_in))


def waits_for(needs: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """For each job, by its key, all the jobs that it waits for, directly or not; those that do not exist left out."""
    found = {job: set(direct) & needs.keys() for job, direct in needs.items()}
    for _ in needs:
        found = {job: all_of.union(*(found[need] for need in all_of)) for job, all_of in found.items()}
    return found
