"""A GitHub workflow as data: every expression parsed, nothing evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from truewheel.workflow.interfaces import Interface
from truewheel.workflow.matrix import Matrix
from truewheel.workflow.place import Place
from truewheel.workflow.templates import Condition, Template

# How a path of the repository itself begins: in the checkout, or where the workflow is (GitHub, July 2026).
LOCAL = ("./", "$/")
_RANKS = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True)
class PushTrigger:
    """The `on.push` of a workflow.

    Attributes:
        tags: the filter patterns of `tags`; None if there is no such key.
        tags_ignore: those of `tags-ignore`; None if there is no such key.
        branches_only: whether only branches are filtered, in which case tags trigger nothing.
        names_branches: whether branches are filtered, with or without tags.
    """

    tags: tuple[str, ...] | None
    tags_ignore: tuple[str, ...] | None
    branches_only: bool
    names_branches: bool = False


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of a job's token.

    Attributes:
        levels: scope → `read`, `write` or `none`, which is the default; `*` is every scope (`read-all`, `write-all`).
    """

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
    """The `uses` of a step.

    Attributes:
        owner_and_name: the action, with its path if it has one: `actions/upload-artifact/merge`; `./path` or `$/path`
            for an action of the repository itself, `docker://image` for an image.
        ref: the tag, branch or commit after the @; empty without one.
        place: its position in the file.
        version: the numbers of its version, which is the ref, or the comment after it: (7, 0, 1); empty if unknown.
    """

    owner_and_name: str
    ref: str
    place: Place
    version: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job, with either `uses` or `run`.

    Attributes:
        id: the name that expressions use for it; empty without one.
        name: the name that GitHub shows; None for the default.
        condition: its `if`; None means `success()`.
        uses: the action.
        run: the commands.
        inputs: `with`, the names lower-cased.
        env: its own variables.
        shell: the shell of `run`; None for the default of the job or workflow.
        working_directory: the folder of `run`; None for the default.
        timeout_minutes: its time limit; None without one.
        continue_on_error: whether the job ignores its failure.
        place: its position in the file.
    """

    id: str
    name: Template | None
    condition: Condition | None
    uses: ActionReference | None
    run: Template | None
    inputs: Mapping[str, Template]
    env: Mapping[str, Template]
    shell: Template | None
    working_directory: Template | None
    timeout_minutes: Template | None
    continue_on_error: Template | None
    place: Place

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


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    Attributes:
        id: its key.
        name: the name that GitHub shows; None for its id.
        needs: the ids of the jobs that it waits for.
        runs_on: the labels of its runner; the value of a Template may be a list of them.
        condition: its `if`; None means `success()`.
        permissions: its own; None for those of the workflow.
        environment: its GitHub environment.
        concurrency: its own.
        strategy: its matrix; None for a job that runs once.
        env: its variables.
        default_shell: `defaults.run.shell`.
        default_working_directory: `defaults.run.working-directory`.
        timeout_minutes: its time limit.
        continue_on_error: whether the run ignores its failure.
        outputs: values for the jobs that need it.
        steps: in order; empty for a job that calls a workflow.
        place: the position of its id.
        uses: the reusable workflow that it calls; None for a job with steps.
        inputs: what it gives to that workflow (`with`).
        secrets: whether it gives it secrets.
        container: whether it runs in a container.
        services: whether it has service containers.
        runner_group: the group of its runner.
        snapshot: whether it makes an image of its runner.
    """

    id: str
    name: Template | None
    needs: tuple[str, ...]
    runs_on: tuple[Template, ...]
    condition: Condition | None
    permissions: Permissions | None
    environment: Environment | None
    concurrency: Concurrency | None
    strategy: Matrix | None
    env: Mapping[str, Template]
    default_shell: Template | None
    default_working_directory: Template | None
    timeout_minutes: Template | None
    continue_on_error: Template | None
    outputs: Mapping[str, Template]
    steps: tuple[Step, ...]
    place: Place
    uses: str | None = None
    inputs: Mapping[str, Template] = field(default_factory=dict)
    secrets: bool = False
    container: bool = False
    services: bool = False
    runner_group: Template | None = None
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file.

    Attributes:
        path: relative to the repository.
        push: its push trigger; None if pushes do not start it.
        name: the name that GitHub shows; by default the path.
        events: every event that starts it.
        permissions: those of jobs without their own; None for the default.
        env: variables of all jobs.
        default_shell: `defaults.run.shell`.
        default_working_directory: `defaults.run.working-directory`.
        concurrency: its own.
        jobs: id → job, in the order of the file.
        run_name: the name of its runs.
        dispatch: what a start by hand asks for; None if it cannot be started so.
        call: what another workflow that calls it must give; None if it cannot be called.
        release_types: the activities that start it, of those that `on.release` names; empty if releases do not.
    """

    path: Path
    push: PushTrigger | None
    name: str = ""
    events: frozenset[str] = frozenset()
    permissions: Permissions | None = None
    env: Mapping[str, Template] = field(default_factory=dict)
    default_shell: Template | None = None
    default_working_directory: Template | None = None
    concurrency: Concurrency | None = None
    jobs: Mapping[str, Job] = field(default_factory=dict)
    run_name: Template | None = None
    dispatch: Interface | None = None
    call: Interface | None = None
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
