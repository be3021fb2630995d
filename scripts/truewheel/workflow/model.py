"""A GitHub workflow as data: what its file says, every expression parsed, nothing evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from truewheel.workflow.matrix import Matrix
from truewheel.workflow.place import Place
from truewheel.workflow.templates import Condition, Template

# What a token may do when nobody says anything: the restricted default, which GitHub gives to new repositories.
_DEFAULT_LEVELS = {"contents": "read", "metadata": "read", "packages": "read"}
_RANKS = {"none": 0, "read": 1, "write": 2}
_EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class PushTrigger:
    """The `on.push` of a workflow.

    Attributes:
        tags: the filter patterns of `tags`; None when there is no such key.
        tags_ignore: those of `tags-ignore`; None when there is no such key.
        branches_only: whether only branches are filtered, in which case tags trigger nothing.
        names_branches: whether branches are filtered, alone or beside tags.
    """

    tags: tuple[str, ...] | None
    tags_ignore: tuple[str, ...] | None
    branches_only: bool
    names_branches: bool = False


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a job's token may do.

    Attributes:
        levels: scope → `read`, `write` or `none`; a scope that is not named has none. `*` stands for every scope,
            as `read-all` and `write-all` grant it.
    """

    levels: Mapping[str, str]

    def level(self, scope: str) -> str:
        """`read`, `write` or `none`."""
        everywhere = self.levels.get(_EVERYTHING, "none")
        # There is nothing to read about an identity token, so read-all does not hand it out.
        if scope == "id-token" and everywhere == "read":
            everywhere = "none"
        return self.levels.get(scope, everywhere)

    def allows(self, scope: str, level: str) -> bool:
        """Whether `scope` may be used at `level`; who may write may read."""
        return _RANKS[self.level(scope)] >= _RANKS[level]


DEFAULT_PERMISSIONS = Permissions(_DEFAULT_LEVELS)


@dataclass(frozen=True, slots=True)
class ActionReference:
    """The `uses` of a step.

    Attributes:
        owner_and_name: the action, with the path behind it where there is one: `actions/upload-artifact/merge`; for
            an action of the repository itself `./path`, for an image `docker://image`.
        ref: the tag, branch or commit behind the @; empty where there is none.
        place: where it stands.
    """

    owner_and_name: str
    ref: str
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job; exactly one of `uses` and `run` is there.

    Attributes:
        id: by which other steps name it; empty if none.
        name: as it is shown; None when GitHub makes one up.
        condition: its `if`; None when it has none, which means `success()`.
        uses: the action.
        run: the commands.
        inputs: `with`, the names lower-cased.
        env: its own variables.
        shell: by which `run` is run; None for the job's or the workflow's default.
        working_directory: where `run` is run; None for the default.
        timeout_minutes: after which it is ended; None for no limit of its own.
        continue_on_error: whether the job goes on as if nothing had happened when it fails.
        place: where it begins.
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


@dataclass(frozen=True, slots=True)
class Environment:
    """The `environment` of a job: its name, and the address that GitHub shows for it."""

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
        name: as it is shown; None for its id.
        needs: the ids of the jobs that it waits for.
        runs_on: the labels of its runner; one Template may also give a list of them.
        condition: its `if`; None when it has none, which means `success()`.
        permissions: its own; None for those of the workflow.
        environment: the GitHub environment that it is part of.
        concurrency: its own.
        strategy: its matrix and how the rows are run; None for a job that is run once.
        env: its variables.
        default_shell: `defaults.run.shell`.
        default_working_directory: `defaults.run.working-directory`.
        timeout_minutes: after which it is ended.
        continue_on_error: whether the run goes on as if nothing had happened when it fails.
        outputs: what jobs that need it can read.
        steps: in order; none for a job that calls a workflow.
        place: where its id stands.
        uses: the reusable workflow that it calls; None for a job of its own.
        container: whether it wants to run in a container.
        services: whether it wants containers beside it.
        runner_group: the group that its runner is to be taken from.
        snapshot: whether it wants an image made of its runner.
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
    container: bool = False
    services: bool = False
    runner_group: Template | None = None
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file.

    Attributes:
        path: relative to the repository.
        push: its push trigger; None when pushes do not start it.
        name: as it is shown; the path when the file says none, as on GitHub.
        events: every event that starts it.
        permissions: those of its jobs that name none; None when it says nothing.
        env: variables of all jobs.
        default_shell: `defaults.run.shell`.
        default_working_directory: `defaults.run.working-directory`.
        concurrency: its own.
        jobs: id → job, in the order of the file.
        run_name: what a run of it is called.
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

    def permissions_of(self, job: Job) -> Permissions:
        """What the token of `job` may do: its own word, else the workflow's, else GitHub's default."""
        return job.permissions or self.permissions or DEFAULT_PERMISSIONS

    def ancestors(self, job_id: str) -> frozenset[str]:
        """The ids of all jobs that `job_id` waits for, directly or not."""
        found: set[str] = set()
        new = set(self.jobs[job_id].needs)
        while new:
            found |= new
            new = {needed for waiting in new for needed in self.jobs[waiting].needs} - found
        return frozenset(found)
