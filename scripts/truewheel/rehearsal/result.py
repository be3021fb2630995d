"""What a rehearsal did, as plain facts, from which reports are made.

Times are seconds since the rehearsal began.
"""

from __future__ import annotations

from dataclasses import dataclass

SUCCESS, FAILURE, SKIPPED, CANCELLED = "success", "failure", "skipped", "cancelled"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that ran or was skipped.

    Attributes:
        name: its name on GitHub, e.g. `Run nox -s check-dist`.
        conclusion: `success`, `failure`, `skipped` or `cancelled`.
        started: when it began.
        seconds: how long it took.
        log: the lines that it printed.
        error: why it failed, in one line; empty when it did not.
        stand_in: the action and what its stand-in does, in one sentence; empty for a `run:` step.
    """

    name: str
    conclusion: str
    started: float = 0.0
    seconds: float = 0.0
    log: tuple[str, ...] = ()
    error: str = ""
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class JobResult:
    """A job that ran or was skipped, or one row of its matrix.

    Attributes:
        id: its key in the workflow.
        name: its name on GitHub, e.g. `Build win_amd64`.
        conclusion: `success`, `failure`, `skipped` or `cancelled`.
        needs: the ids of the jobs that it waited for.
        runner: the labels of its runner, e.g. `windows-latest`.
        attempt: the attempt in which it ran, from 1; a job that is not run again keeps its earlier result.
        started: when it began.
        seconds: how long it took.
        steps: its steps; none when it was skipped.
        error: why it failed, in one line; empty when it did not.
        note: what differs from GitHub, e.g. that wheels of another system are cross-built; empty when nothing does.
        tolerated: whether it failed and the run may pass all the same (`continue-on-error`).
        not_run: why the wheels that it is about were not run on this machine, but only compared; otherwise empty.
        not_built: why its wheels cannot be had on this machine; all that needs them is skipped. Otherwise empty.
        ran: the names of the wheels that were run in it, with how, e.g. `under Wine 8.0 with CPython 3.13.2`.
    """

    id: str
    name: str
    conclusion: str
    needs: tuple[str, ...] = ()
    runner: str = ""
    attempt: int = 1
    started: float = 0.0
    seconds: float = 0.0
    steps: tuple[StepResult, ...] = ()
    error: str = ""
    note: str = ""
    tolerated: bool = False
    not_run: str = ""
    not_built: str = ""
    ran: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArtifactFacts:
    """An artifact of the run: its name, the job that uploaded it, its files."""

    name: str
    job: str
    files: tuple[FileFacts, ...]


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """The GitHub Release.

    Attributes:
        tag: its tag.
        title: its title.
        notes: its body, in Markdown.
        assets: the files attached to it.
        is_latest: whether it is marked latest.
        is_draft: whether only maintainers see it: as asked for, or because a job was cut short.
    """

    tag: str
    title: str
    notes: str
    assets: tuple[FileFacts, ...]
    is_latest: bool
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run of the workflow, or a re-run of its failed jobs.

    Attributes:
        number: from 1.
        jobs: all jobs, in the order of the workflow.
        fault: the fault in this attempt, as spelled on the command line; empty for none.
        on_index: the project's files on the index when it ended.
        has_release: whether there was a GitHub Release when it ended.
    """

    number: int
    jobs: tuple[JobResult, ...]
    fault: str = ""
    on_index: tuple[str, ...] = ()
    has_release: bool = False

    @property
    def conclusion(self) -> str:
        """The conclusion of the run, as on GitHub: `failure` if a job failed, `cancelled` if one was, else `success`.

        Jobs that were skipped and failures that are tolerated do not count.
        """
        conclusions = {job.conclusion for job in self.jobs if not job.tolerated}
        return next((each for each in (FAILURE, CANCELLED) if each in conclusions), SUCCESS)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A whole rehearsal.

    Attributes:
        workflow: the workflow's path in the repository.
        tag: the tag that was pushed.
        commit: the commit that it points to, in hexadecimal.
        uncommitted: the uncommitted files that were rehearsed as well.
        attempts: the run and its re-runs.
        artifacts: the run's artifacts at the end.
        release: the GitHub Release; None if there is none.
        index_files: the project's files on the index at the end.
        index_url: the URL of the index.
        publisher: the trusted publisher on the index: pairs of a field of PyPI's form and its value.
        notes: what else a maintainer should know, one sentence each.
        seconds: how long it took.
        folder: the folder in which everything was kept; empty if it was not.
        remedy: what a maintainer does about the fault, as documented; empty without a fault.
        missing: what the release lacks for the configured platforms, one sentence each.
        deviation: how the fault ended differently than documented; empty if it did not, and without a fault.
        tag_problem: `there is no tag v9.9.9` where that explains a failure; otherwise empty.
        understudies: the wheels that were taken from the last release, each with the name that it has there.
        index_problem: why validate would refuse this version, for what pip's index has of it; otherwise empty.
    """

    workflow: str
    tag: str
    commit: str
    uncommitted: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    artifacts: tuple[ArtifactFacts, ...] = ()
    release: ReleaseFacts | None = None
    index_files: tuple[FileFacts, ...] = ()
    index_url: str = ""
    publisher: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    folder: str = ""
    remedy: str = ""
    missing: tuple[str, ...] = ()
    deviation: str = ""
    tag_problem: str = ""
    understudies: tuple[tuple[str, str], ...] = ()
    index_problem: str = ""

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
