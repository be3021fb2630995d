"""What a tag would do, before anything runs, as plain facts: `rehearse --plan` is made from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a job.

    Attributes:
        name: as GitHub shows it, e.g. `Run nox -s check-dist`.
        run: the commands as they stand in the workflow; empty where an action is used.
        stand_in: what takes the place of the action, in one sentence; empty for a `run:` step.
        condition: its `if:` as written; empty when there is none.
    """

    name: str
    run: str = ""
    stand_in: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job; one for each row of a matrix.

    Attributes:
        id: the key of the job in the workflow.
        name: as GitHub shows it.
        needs: the ids of the jobs that it waits for.
        runner: the runner that the workflow asks for.
        steps: its steps.
        condition: its `if:` as written; empty when there is none.
        environment: the environment that it deploys to; empty for none.
        permissions: what its token may do: pairs of scope and level; none when it may do nothing.
        timeout_minutes: after which it is ended, as GitHub would.
        note: what differs from GitHub, e.g. that another system's wheel is cross-built here; empty when nothing does.
    """

    id: str
    name: str
    needs: tuple[str, ...] = ()
    runner: str = ""
    steps: tuple[PlannedStep, ...] = ()
    condition: str = ""
    environment: str = ""
    permissions: tuple[tuple[str, str], ...] = ()
    timeout_minutes: float = 360.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedBuilder:
    """Which builder makes a platform's wheel on this machine, and why."""

    platform: str
    builder: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """The GitHub Release: its title, a preview of its notes in Markdown, the files or patterns attached."""

    title: str
    notes: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What pushing a tag would do.

    Attributes:
        workflow: the workflow's path in the repository.
        tag: the tag.
        commit: the commit that it would point to, in hexadecimal.
        uncommitted: the files that are taken into account although they are not committed.
        fires: whether pushing the tag starts the workflow.
        reason: why it does or does not, in one sentence.
        jobs: in the order of the workflow.
        builders: for each platform.
        files: the files that are expected to be published, exact or with a pattern where the builder decides.
        release: the GitHub Release; None when the workflow makes none.
        registration: what PyPI must be told to trust: pairs of a field of its form and its value.
        notes: what else a maintainer should know, one sentence each.
        refusals: why `validate` would refuse the tag, one sentence each.
    """

    workflow: str
    tag: str
    commit: str
    uncommitted: tuple[str, ...]
    fires: bool
    reason: str
    jobs: tuple[PlannedJob, ...] = ()
    builders: tuple[PlannedBuilder, ...] = ()
    files: tuple[str, ...] = ()
    release: PlannedRelease | None = None
    registration: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
