"""The interface of a stand-in: what it gets, what it returns, how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from truewheel.publishing.pip_settings import PipSettings
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.system.github_actions import RehearsedJob


class ActionFailed(Exception):
    """The step fails, as it would on GitHub; the message is the action's own, in one line."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of GitHub and PyPI that a run uses.

    Attributes:
        origin: the bare repository in place of the one on GitHub: all history, and the tag.
        artifacts: a folder with one folder for each artifact of the run.
        releases: a folder with one folder for each GitHub Release, named after its tag.
        publish_environ: returns the variables with which an unmodified twine reaches the rehearsal's index, and no
            other host. They do not include the identity token: as on GitHub, a job has the variables for it
            (ACTIONS_ID_TOKEN_REQUEST_URL, …) only if it has `id-token: write`.
        project: the name of the project that is released.
        version: its version.
        pip: how pip reaches the index that has the earlier releases.
    """

    origin: Path
    artifacts: Path
    releases: Path
    publish_environ: Callable[[], Mapping[str, str]]
    project: str = ""
    version: str = ""
    pip: PipSettings = field(default_factory=lambda: PipSettings("", {}))


@dataclass(frozen=True, slots=True)
class ActionCall:
    """A step that uses an action.

    Attributes:
        inputs: `with:`, evaluated to text, by lower-cased names; only the inputs that the step sets.
        workspace: the job's checkout folder (GITHUB_WORKSPACE); empty before a checkout.
        temp: the job's RUNNER_TEMP.
        environ: the environment of the step, as a `run:` step would have it.
        permissions: the permissions of the job's token: `contents` → `read`, `write` or `none`, …
        identity: the run.
        job: the id of the job, followed by the values of its matrix row if it has one.
        rehearsed: the facts about the job's runner, and where to leave what the report must say of the job.
        services: the parts of GitHub and PyPI that the run uses.
        say: writes a line to the step's log.
        run_program: runs a program to its end and returns its exit status. Takes the command, its working folder,
            its environment, and a function that gets each line of its output. The program ends with the job.
    """

    inputs: Mapping[str, str]
    workspace: Path
    temp: Path
    environ: Mapping[str, str]
    permissions: Mapping[str, str]
    identity: RunIdentity
    job: str
    rehearsed: RehearsedJob
    services: Services
    say: Callable[[str], None]
    run_program: Callable[[Sequence[str], Path, Mapping[str, str], Callable[[str], None]], int]


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What an action changes for the following steps.

    Attributes:
        outputs: the step's outputs.
        path: folders to prepend to PATH.
        environ: environment variables to set.
    """

    outputs: Mapping[str, str] = field(default_factory=dict)
    path: tuple[Path, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandIn:
    """A function that takes the place of an action.

    Attributes:
        action: `owner/name`, followed by the path if there is one; lower-cased.
        does: what it does, as a phrase without a full stop, for reports and documentation.
        inputs: the inputs that it knows, each with a function that returns why a value cannot be rehearsed, or "";
            None if no input of the action matters.
        act: does it, with values that can be rehearsed.
    """

    action: str
    does: str
    inputs: Mapping[str, Callable[[str], str]] | None
    act: Callable[[ActionCall], ActionOutcome]

    def refusal(self, name: str, value: str) -> str:
        """Return why an input of this value cannot be rehearsed, in one sentence; empty if it can."""
        reason = self.inputs[name.lower()](value) if self.inputs is not None else ""
        return reason and f"{name}: {value} cannot be rehearsed: {reason}"

    def run(self, call: ActionCall) -> ActionOutcome:
        """Do what the action would do.

        Raises:
            ActionFailed: the step fails, or a value that became known only now cannot be rehearsed.
        """
        for why in (self.refusal(name, value) for name, value in call.inputs.items()):
            if why:
                raise ActionFailed(why)
        return self.act(call)
