"""What a tag would do, before anything runs, as plain facts; `rehearse --plan` reports them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a job.

    Attributes:
        name: its name on GitHub, e.g. `Run nox -s check-dist`.
        run: its commands as written; empty if it uses an action.
        stand_in: what the stand-in for its action does, in one sentence; empty for a `run:` step.
        condition: its `if:` as written; empty if there is none.
    """

    name: str
    run: str = ""
    stand_in: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job, or one row of its matrix.

    Attributes:
        id: its key in the workflow.
        name: its name on GitHub.
        needs: the ids of the jobs that it waits for.
        runner: the labels of its runner.
        steps: its steps.
        condition: its `if:` as written; empty if there is none.
        environment: the environment that it deploys to; empty for none.
        permissions: the permissions of its token: pairs of scope and level.
        timeout_minutes: the limit after which GitHub ends it.
        note: what differs from GitHub, e.g. that wheels of another system are cross-built; empty when nothing does.
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
    """The builder of a platform's wheels on this machine.

    Attributes:
        platform: the name of the platform.
        builder: the name of the builder; `none` if nothing can build them here.
        reason: why, in one sentence.
        runs_here: whether this machine is of the platform, so that it can run the wheels if it has their Pythons.
    """

    platform: str
    builder: str
    reason: str
    runs_here: bool


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """The GitHub Release: its title, a preview of its notes in Markdown, the files or patterns that it gets."""

    title: str
    notes: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedObstacle:
    """What keeps a workflow from being rehearsed: its position in a file, what it is, and what would remove it."""

    place: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What pushing a tag would do.

    Attributes:
        workflow: the workflow's path in the repository.
        tag: the tag.
        commit: the commit that the tag would point to, in hexadecimal.
        uncommitted: the uncommitted files that are taken into account.
        fires: whether pushing the tag starts the workflow.
        reason: why it does or does not, in one sentence.
        jobs: the jobs, in the order of the workflow.
        builders: the builder for each platform.
        files: the files to be published, with `…` where the builder decides.
        release: the GitHub Release; None if the workflow makes none.
        registration: the trusted publisher to register on PyPI: pairs of a field of its form and its value.
        notes: what else a maintainer should know, one sentence each.
        refusals: why `validate` would refuse the tag, one sentence each.
        obstacles: all that keeps the workflow from being rehearsed.
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
    obstacles: tuple[PlannedObstacle, ...] = ()
