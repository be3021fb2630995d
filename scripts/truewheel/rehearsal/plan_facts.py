"""What a tag would do, before anything runs, as plain facts; `rehearse --plan` reports them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a job."""

    name: str  # its name on GitHub, e.g. `Run nox -s check-dist`
    run: str = ""  # its commands as written; empty if it uses an action
    stand_in: str = ""  # what the stand-in for its action does, in one sentence; empty for a `run:` step
    condition: str = ""  # its `if:` as written; empty if there is none


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job, or one row of its matrix."""

    id: str  # its key in the workflow
    name: str  # its name on GitHub
    needs: tuple[str, ...] = ()  # the ids of the jobs that it waits for
    runner: str = ""  # the labels of its runner
    steps: tuple[PlannedStep, ...] = ()
    condition: str = ""  # its `if:` as written; empty if there is none
    environment: str = ""  # the environment that it deploys to; empty for none
    permissions: tuple[tuple[str, str], ...] = ()  # the permissions of its token: pairs of scope and level
    timeout_minutes: float = 360.0  # the limit after which GitHub ends it
    # What differs from GitHub, e.g. that wheels of another system are cross-built; empty when nothing does.
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedBuilder:
    """The builder of a platform's wheels on this machine."""

    platform: str  # the name of the platform
    builder: str  # its name; `understudy` if only another machine can build them, `none` if none can
    reason: str  # why, in one sentence
    runs_here: bool  # whether this machine, or its Wine, runs the platform's wheels if it has their Pythons


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """The GitHub Release: its title, a preview of its notes in Markdown, the files or patterns that it gets."""

    title: str
    notes: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedError:
    """What keeps a workflow from being rehearsed: its position in a file, what it is, and what to do."""

    where: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What pushing a tag would do."""

    workflow: str  # the workflow's path in the repository
    tag: str
    commit: str  # the commit that the tag would point to, in hexadecimal
    uncommitted: tuple[str, ...]  # the uncommitted files that are taken into account
    fires: bool  # whether pushing the tag starts the workflow
    reason: str  # why it does or does not, in one sentence
    jobs: tuple[PlannedJob, ...] = ()  # the jobs, in the order of the workflow
    builders: tuple[PlannedBuilder, ...] = ()  # the builder for each platform
    files: tuple[str, ...] = ()  # the files to be published, with `…` where the builder decides
    release: PlannedRelease | None = None  # the GitHub Release; None if the workflow makes none
    # The trusted publisher to register on PyPI: pairs of a field of its form and its value.
    registration: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()  # what else a maintainer should know, one sentence each
    findings: tuple[str, ...] = ()  # why `validate` would refuse the tag, one sentence each
    errors: tuple[PlannedError, ...] = ()  # all that keeps the workflow from being rehearsed
    publishes: bool = True  # whether a job that runs on this machine uploads to PyPI
