"""What a rehearsal did, as plain facts, from which reports are made.

Times are seconds since the rehearsal began. What does not apply is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from truewheel.system.files import FileFacts

SUCCESS, FAILURE, SKIPPED, CANCELLED = "success", "failure", "skipped", "cancelled"


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that ran or was skipped."""

    name: str  # its name on GitHub, e.g. `Run nox -s check-dist`
    conclusion: str  # `success`, `failure`, `skipped` or `cancelled`
    started: float = 0.0  # when it began
    seconds: float = 0.0  # how long it took
    log: tuple[str, ...] = ()  # the lines that it printed
    error: str = ""  # why it failed, in one line; empty when it did not
    stand_in: str = ""  # the action and what its stand-in does, in one sentence; empty for a `run:` step


@dataclass(frozen=True, slots=True)
class JobResult:
    """A job that ran or was skipped, or one row of its matrix."""

    id: str  # its key in the workflow
    name: str  # its name on GitHub, e.g. `Build win_amd64`
    conclusion: str  # `success`, `failure`, `skipped` or `cancelled`
    needs: tuple[str, ...] = ()  # the ids of the jobs that it waited for
    runner: str = ""  # the labels of its runner, e.g. `windows-latest`
    attempt: int = 1  # the attempt in which it ran, from 1; a job that is not run again keeps its earlier result
    started: float = 0.0  # when it began
    seconds: float = 0.0  # how long it took
    steps: tuple[StepResult, ...] = ()  # its steps; none when it was skipped
    error: str = ""  # why it failed, in one line; empty when it did not
    note: str = ""  # what differs from GitHub, e.g. that wheels of another system are cross-built
    tolerated: bool = False  # whether it failed and the run may pass all the same (`continue-on-error`)
    not_run: str = ""  # why the wheels that it is about were not run on this machine, but only compared
    not_built: str = ""  # why its wheels cannot be had on this machine; all that needs them is skipped
    ran: tuple[str, ...] = ()  # the wheels that were run in it, and how, e.g. `under Wine 8.0 with CPython 3.13.2`


@dataclass(frozen=True, slots=True)
class ArtifactFacts:
    """An artifact of the run: its name, the job that uploaded it, its files."""

    name: str
    job: str
    files: tuple[FileFacts, ...]


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """A GitHub Release."""

    tag: str
    title: str
    notes: str  # its body, in Markdown
    assets: tuple[FileFacts, ...]  # the files attached to it
    is_latest: bool  # whether it is marked latest
    is_draft: bool = False  # whether only maintainers see it: as asked for, or because a job was cut short


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run of the workflow, or a re-run of its failed jobs."""

    number: int  # from 1
    jobs: tuple[JobResult, ...]  # all jobs, in the order of the workflow
    fault: str = ""  # the fault in this attempt, as spelled on the command line; empty for none
    on_index: tuple[str, ...] = ()  # the project's files on the index when it ended
    has_release: bool = False  # whether there was a GitHub Release when it ended

    @property
    def conclusion(self) -> str:
        """The conclusion of the run, as on GitHub: `failure` if a job failed, `cancelled` if one was, else `success`.

        Jobs that were skipped and failures that are tolerated do not count.
        """
        conclusions = {job.conclusion for job in self.jobs if not job.tolerated}
        return next((each for each in (FAILURE, CANCELLED) if each in conclusions), SUCCESS)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A whole rehearsal."""

    workflow: str  # the workflow's path in the repository
    tag: str  # the tag that was pushed
    commit: str  # the commit that it points to, in hexadecimal
    uncommitted: tuple[str, ...]  # the uncommitted files that were rehearsed as well
    attempts: tuple[Attempt, ...]  # the run and its re-runs
    artifacts: tuple[ArtifactFacts, ...] = ()  # the run's artifacts at the end
    release: ReleaseFacts | None = None  # the GitHub Release; None if there is none
    index_files: tuple[FileFacts, ...] = ()  # the project's files on the index at the end
    index_url: str = ""
    publisher: tuple[tuple[str, str], ...] = ()  # the trusted publisher: the fields of PyPI's form, and their values
    notes: tuple[str, ...] = ()  # what else a maintainer should know, one sentence each
    seconds: float = 0.0  # how long it took
    folder: str = ""  # the folder in which everything was kept; empty if it was not
    remedy: str = ""  # what a maintainer does about the fault, as documented; empty without a fault
    missing: tuple[str, ...] = ()  # what the release lacks for the configured platforms, one sentence each
    deviation: str = ""  # how the fault ended differently than documented; empty if it did not, and without a fault
    tag_problem: str = ""  # `there is no tag v9.9.9` where that explains a failure; otherwise empty
    understudies: tuple[tuple[str, str], ...] = ()  # the last release's wheels, each with the name that it has there
    index_problem: str = ""  # why validate would refuse this version, for what pip's index has of it; otherwise empty

    @property
    def not_built(self) -> str:
        """Why the wheels of a job cannot be had on this machine; empty if they can."""
        return next((job.not_built for each in self.attempts for job in each.jobs if job.not_built), "")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What stand-ins warned of, each once: on GitHub it may end differently."""
        steps = [(job.name, step) for attempt in self.attempts for job in attempt.jobs for step in job.steps]
        said = [f"{name}: {line}" for name, step in steps if step.stand_in for line in step.log]
        return tuple(dict.fromkeys(line for line in said if ": Warning: " in line))

    @property
    def fault(self) -> str:
        """The fault that was asked for; empty for none."""
        return self.attempts[0].fault if self.attempts else ""
