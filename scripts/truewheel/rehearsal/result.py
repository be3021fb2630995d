"""What a rehearsal did, as plain facts: reports are made from it.

Times are seconds since the rehearsal began.
"""

from __future__ import annotations

from dataclasses import dataclass

SUCCESS, FAILURE, SKIPPED, CANCELLED = "success", "failure", "skipped", "cancelled"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file that was made: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that ran, or was skipped.

    Attributes:
        name: as GitHub shows it, e.g. `Run nox -s check-dist`.
        conclusion: `success`, `failure`, `skipped` or `cancelled`.
        started: when it began.
        seconds: how long it took.
        log: what it printed, line by line.
        error: why it failed, in one line; empty when it did not.
        stand_in: what took the place of the action, in one sentence; empty for a `run:` step.
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
    """A job that ran, or was skipped; one for each row of a matrix.

    Attributes:
        id: the key of the job in the workflow.
        name: as GitHub shows it, e.g. `Build win_amd64`.
        conclusion: `success`, `failure`, `skipped` or `cancelled`.
        needs: the ids of the jobs that it waited for.
        runner: the runner that the workflow asks for, e.g. `windows-latest`.
        attempt: in which attempt it ran, from 1; a job that is not run again keeps the result of an earlier one.
        started: when it began.
        seconds: how long it took.
        steps: its steps; none when it was skipped.
        error: why it failed, in one line; empty when it did not.
        note: what differs from GitHub, e.g. that another system's wheel was cross-built here; empty when nothing does.
        tolerated: whether the run may pass although this job failed (`continue-on-error`).
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
        tag: the tag that it is made from.
        title: its title.
        notes: its body, in Markdown.
        assets: the files attached.
        is_latest: whether it is marked latest.
        is_draft: whether only maintainers see it: asked for, or left behind by a job that was cut short.
    """

    tag: str
    title: str
    notes: str
    assets: tuple[FileFacts, ...]
    is_latest: bool
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of the workflow, or a re-run of what failed in it.

    Attributes:
        number: from 1.
        jobs: every job, in the order of the workflow.
        fault: the fault that was asked for in this attempt, as it is spelled on the command line; empty for none.
        on_index: the files that the index had of the project when it ended.
        has_release: whether there was a GitHub Release by then.
    """

    number: int
    jobs: tuple[JobResult, ...]
    fault: str = ""
    on_index: tuple[str, ...] = ()
    has_release: bool = False

    @property
    def conclusion(self) -> str:
        """As GitHub concludes a run: `failure` when a job failed, else `cancelled` when one was, else `success`.

        A job that was skipped by its own condition fails no run; nor does one that may fail.
        """
        conclusions = {job.conclusion for job in self.jobs if not job.tolerated}
        return next((each for each in (FAILURE, CANCELLED) if each in conclusions), SUCCESS)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All of a rehearsal.

    Attributes:
        workflow: the workflow's path in the repository.
        tag: the tag that was pushed.
        commit: the commit that it points to, in hexadecimal.
        uncommitted: the files that were rehearsed although they are not committed.
        attempts: the run, and its re-runs.
        artifacts: what the run's artifacts are in the end.
        release: the GitHub Release; None when none was made.
        index_files: what the index holds of the project.
        index_url: where the index was.
        publisher: what the index was told to trust: pairs of a field of PyPI's form and its value.
        notes: what else a maintainer should know, one sentence each.
        seconds: how long it took.
        folder: where everything was kept; empty when it was not.
        remedy: what a maintainer does about the fault that was asked for, as documented; empty without a fault.
        missing: what a release of the configured platforms should have, and this one has not; one sentence each.
        deviation: in what the fault did not end as documented; empty when it did, and without a fault.
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

    @property
    def fault(self) -> str:
        """The fault that was asked for; empty for none."""
        return self.attempts[0].fault if self.attempts else ""
