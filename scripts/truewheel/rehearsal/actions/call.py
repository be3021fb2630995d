"""The interface of a stand-in: what it gets, what it returns, how it fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.patterns import PatternError
from truewheel.patterns.paths import glob_files
from truewheel.publishing.pip_settings import PipSettings
from truewheel.rehearsal.actions.inputs import Judge
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.system.github_actions import RehearsedJob

# The value of `github.token` and `secrets.GITHUB_TOKEN` in a rehearsal: a token that gives access to nothing.
OWN_TOKEN = "rehearsal-github-token"  # noqa: S105  it is not a secret


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What an action changes for the following steps."""

    outputs: Mapping[str, str] = field(default_factory=dict)
    path: tuple[Path, ...] = ()  # folders to prepend to PATH
    environ: Mapping[str, str] = field(default_factory=dict)  # environment variables to set


class StepFailed(Exception):
    """The step fails, as it would on GitHub.

    Args:
        message: why, in one line; an action's own words.
        changes: what the step had passed to the runner before.
    """

    def __init__(self, message: str, changes: ActionOutcome | None = None) -> None:
        super().__init__(message)
        self.changes = changes or ActionOutcome()


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of GitHub and PyPI that a run uses."""

    origin: Path  # the bare repository in place of the one on GitHub: all history, and the tag
    artifacts: Path  # a folder with one folder for each artifact of the run
    releases: Path  # a folder with one folder for each GitHub Release, named after its tag
    # Returns the variables with which an unmodified twine reaches the rehearsal's index, and no other host. They do
    # not include the identity token: as on GitHub, a job has the variables for it (ACTIONS_ID_TOKEN_REQUEST_URL, …)
    # only if it has `id-token: write`.
    publish_environ: Callable[[], Mapping[str, str]]
    modules: Path = Path(os.devnull)  # the folder with the submodules of the maintainer's clone; it may not exist
    project: str = ""  # the name of the project that is released
    version: str = ""
    # How pip reaches the index that has the earlier releases.
    pip: PipSettings = field(default_factory=lambda: PipSettings("", {}))


@dataclass(frozen=True, slots=True)
class ActionCall:
    """A step that uses an action."""

    inputs: Mapping[str, str]  # `with:`, evaluated to text, by lower-cased names; only the inputs that the step sets
    workspace: Path  # the job's checkout folder (GITHUB_WORKSPACE); empty before a checkout
    temp: Path  # the job's RUNNER_TEMP
    environ: Mapping[str, str]  # the environment of the step, as a `run:` step would have it
    permissions: Mapping[str, str]  # the permissions of the job's token: `contents` → `read`, `write` or `none`, …
    identity: RunIdentity  # the run
    job: str  # the id of the job, followed by the values of its matrix row if it has one
    rehearsed: RehearsedJob  # the facts about the job's runner, and where to leave what the report must say of the job
    services: Services  # the parts of GitHub and PyPI that the run uses
    say: Callable[[str], None]  # writes a line to the step's log
    # Runs a program to its end and returns its exit status. Takes the command, its working folder, its environment,
    # and a function that gets each line of its output. The program ends with the job.
    run_program: Callable[[Sequence[str], Path, Mapping[str, str], Callable[[str], None]], int]

    def text(self, name: str, default: str = "") -> str:
        """Return an input without the blanks around it."""
        return self.inputs.get(name, default).strip()

    def required(self, name: str, default: str = "") -> str:
        """Return an input that must not be empty.

        Raises:
            StepFailed: it is empty.
        """
        value = self.text(name, default)
        if not value:
            raise StepFailed(f"Input required and not supplied: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return an input that is true or false."""
        return (self.text(name) or str(default)).lower() == "true"

    def only_own(self, name: str, own: str) -> None:
        """Accept an input only if it is empty or names the run's own repository, token or tag.

        Raises:
            StepFailed: it names another one.
        """
        value = self.text(name)
        if value and value.casefold() != own.casefold():
            shown = "" if name.endswith("token") else f": {value}"
            raise StepFailed(f"the input {name}{shown} cannot be rehearsed: it is not the run's own")

    def run(
        self, command: Sequence[str], failed: str, folder: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        """Run a program to its end; its output goes to the log.

        Args:
            command: the program and its arguments.
            failed: the beginning of the message if it fails.
            folder: its working folder; the workspace by default.
            environ: its environment; that of the step by default.

        Raises:
            StepFailed: it failed.
        """
        if status := self.run_program(command, folder or self.workspace, environ or self.environ, self.say):
            raise StepFailed(f"{failed}, exit status {status}")

    def find(self, pattern: str) -> list[Path]:
        """Find files in the workspace, as the library glob does."""
        return glob_files(pattern, folder=self.workspace, home=self.home)

    @property
    def home(self) -> Path:
        """The home folder of the step."""
        named = self.environ.get("HOME") or self.environ.get("USERPROFILE")
        return Path(named) if named else Path.home()

    @property
    def repository_url(self) -> str:
        """The address of the repository's page on GitHub."""
        return f"{self.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{self.identity.repository}"


@dataclass(frozen=True, slots=True)
class StandIn:
    """A function that takes the place of an action."""

    action: str  # `owner/name`, followed by the path if there is one; lower-cased
    does: str  # what it does, as a phrase without a full stop, for reports and documentation
    inputs: Mapping[str, Judge] | None  # the inputs that it knows; None if no input of the action matters
    act: Callable[[ActionCall], ActionOutcome | None]  # does it, with values that can be rehearsed

    def refusal(self, name: str, value: str) -> str:
        """Return why an input of this value cannot be rehearsed, in one sentence; empty if it can."""
        reason = self.inputs[name.lower()](value) if self.inputs is not None else ""
        return reason and f"{name}: {value} cannot be rehearsed: {reason}"

    def run(self, call: ActionCall) -> ActionOutcome:
        """Do what the action would do.

        Raises:
            StepFailed: the step fails, or a value that became known only now cannot be rehearsed.
        """
        for why in (self.refusal(name, value) for name, value in call.inputs.items()):
            if why:
                raise StepFailed(why)
        try:
            return self.act(call) or ActionOutcome()
        except (PatternError, ReleaseError) as error:
            raise StepFailed(str(error)) from None
