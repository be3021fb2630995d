"""A GitHub workflow as data: every expression parsed, nothing evaluated.

Workflows, jobs and steps are compared by identity, so that what is found out about them can be cached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from truewheel.workflow.interfaces import Interface
from truewheel.workflow.matrix import Matrix
from truewheel.workflow.place import Place
from truewheel.workflow.templates import Template

# How a path of the repository itself begins: in the checkout, or where the workflow is (GitHub, July 2026).
LOCAL = ("./", "$/")
_RANKS = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True)
class PushTrigger:
    """The `on.push` of a workflow."""

    tags: tuple[str, ...] | None  # the filter patterns of `tags`; None if there is no such key
    tags_ignore: tuple[str, ...] | None  # those of `tags-ignore`; None if there is no such key
    branches_only: bool  # whether only branches are filtered, in which case tags trigger nothing
    names_branches: bool = False  # whether branches are filtered, with or without tags


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of a job's token."""

    # Scope → `read`, `write` or `none`, which is the default; `*` is every scope (`read-all`, `write-all`).
    levels: Mapping[str, str]

    def level(self, scope: str) -> str:
        """Return `read`, `write` or `none`."""
        everywhere = self.levels.get("*", "none")
        # An identity token cannot be read, so read-all does not include it.
        if scope == "id-token" and everywhere == "read":
            everywhere = "none"
        return self.levels.get(scope, everywhere)

    def allows(self, scope: str, level: str) -> bool:
        """Whether `scope` may be used at `level`; write includes read."""
        return _RANKS[self.level(scope)] >= _RANKS[level]


# The restricted default, which new repositories have.
_DEFAULT_PERMISSIONS = Permissions({"contents": "read", "metadata": "read", "packages": "read"})


@dataclass(frozen=True, slots=True)
class ActionReference:
    """The `uses` of a step."""

    # The action, with its path if it has one: `actions/upload-artifact/merge`; `./path` or `$/path` for an action of
    # the repository itself, `docker://image` for an image.
    owner_and_name: str
    ref: str  # the tag, branch or commit after the @; empty without one
    place: Place  # its position in the file
    # The numbers of its version, which is the ref, or the comment after it: (7, 0, 1); empty if unknown.
    version: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A step of a job, with either `uses` or `run`."""

    id: str  # the name that expressions use for it; empty without one
    name: Template | None  # the name that GitHub shows; None for the default
    condition: Template | None  # its `if`; None means `success()`
    uses: ActionReference | None  # the action
    run: Template | None  # the commands
    inputs: Mapping[str, Template]  # `with`, the names lower-cased
    env: Mapping[str, Template]  # its own variables
    shell: Template | None  # the shell of `run`; None for the default of the job or workflow
    working_directory: Template | None  # the folder of `run`; None for the default
    timeout_minutes: Template | None  # its time limit; None without one
    continue_on_error: Template | None  # whether the job ignores its failure
    place: Place  # its position in the file

    @property
    def action(self) -> str:
        """The action, e.g. `actions/upload-artifact/merge`, lower-cased as GitHub ignores case; empty for `run`."""
        return "" if self.uses is None else self.uses.owner_and_name.lower()

    @property
    def is_local(self) -> bool:
        """Whether it uses an action of the repository itself."""
        return self.action.startswith(LOCAL)


@dataclass(frozen=True, slots=True)
class Environment:
    """The `environment` of a job: its name and its URL."""

    name: Template
    url: Template | None
    place: Place


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The `concurrency` of a workflow or a job."""

    group: Template
    cancel_in_progress: Template | None


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A job."""

    id: str  # its key
    name: Template | None  # the name that GitHub shows; None for its id
    needs: tuple[str, ...]  # the ids of the jobs that it waits for
    runs_on: tuple[Template, ...]  # the labels of its runner; the value of a Template may be a list of them
    condition: Template | None  # its `if`; None means `success()`
    permissions: Permissions | None  # its own; None for those of the workflow
    environment: Environment | None  # its GitHub environment
    concurrency: Concurrency | None  # its own
    strategy: Matrix | None  # its matrix; None for a job that runs once
    env: Mapping[str, Template]  # its variables
    default_shell: Template | None  # `defaults.run.shell`
    default_working_directory: Template | None  # `defaults.run.working-directory`
    timeout_minutes: Template | None  # its time limit
    continue_on_error: Template | None  # whether the run ignores its failure
    outputs: Mapping[str, Template]  # values for the jobs that need it
    steps: tuple[Step, ...]  # in order; empty for a job that calls a workflow
    place: Place  # the position of its id
    uses: str | None = None  # the reusable workflow that it calls; None for a job with steps
    inputs: Mapping[str, Template] = field(default_factory=dict)  # what it gives to that workflow (`with`)
    secrets: bool = False  # whether it gives it secrets
    container: bool = False  # whether it runs in a container
    services: bool = False  # whether it has service containers
    runner_group: Template | None = None  # the group of its runner
    snapshot: bool = False  # whether it makes an image of its runner


@dataclass(frozen=True, slots=True, eq=False)
class Workflow:
    """A workflow file."""

    path: Path  # relative to the repository
    push: PushTrigger | None  # its push trigger; None if pushes do not start it
    name: str = ""  # the name that GitHub shows; by default the path
    events: frozenset[str] = frozenset()  # every event that starts it
    permissions: Permissions | None = None  # those of jobs without their own; None for the default
    env: Mapping[str, Template] = field(default_factory=dict)  # variables of all jobs
    default_shell: Template | None = None  # `defaults.run.shell`
    default_working_directory: Template | None = None  # `defaults.run.working-directory`
    concurrency: Concurrency | None = None  # its own
    jobs: Mapping[str, Job] = field(default_factory=dict)  # id → job, in the order of the file
    run_name: Template | None = None  # the name of its runs
    dispatch: Interface | None = None  # what a start by hand asks for; None if it cannot be started so
    call: Interface | None = None  # what another workflow that calls it must give; None if it cannot be called
    # The activities that start it, of those that `on.release` names; empty if releases do not.
    release_types: tuple[str, ...] = ()

    def permissions_of(self, job: Job) -> Permissions:
        """Return the permissions of `job`: its own, else the workflow's, else GitHub's default."""
        return job.permissions or self.permissions or _DEFAULT_PERMISSIONS

    def ancestors(self, job_id: str) -> frozenset[str]:
        """Return the ids of all jobs that `job_id` waits for, directly or indirectly."""
        found: set[str] = set()
        new = set(self.jobs[job_id].needs)
        while new:
            found |= new
            new = {needed for waiting in new for needed in self.jobs[waiting].needs} - found
        return frozenset(found)
