"""What a stand-in for an action is given, what it gives back, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from truewheel.rehearsal.github.run_identity import RunIdentity


class ActionFailed(Exception):
    """The step fails, as it would on GitHub; the message is the action's own, in one line."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a run has beside its jobs.

    Attributes:
        origin: the bare repository that plays the one on GitHub: the whole history, and the tag.
        artifacts: a folder with one folder for each artifact of the run.
        releases: a folder with one folder for each GitHub Release, named after its tag.
        publish_environ: gives the environment by which an unmodified twine reaches the rehearsal's index, and no
            other host. The identity token is the job's own affair: GitHub gives a job the variables for it
            (ACTIONS_ID_TOKEN_REQUEST_URL, …) only if it has `id-token: write`, and so does the runner here.
    """

    origin: Path
    artifacts: Path
    releases: Path
    publish_environ: Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ActionCall:
    """A step that uses an action.

    Attributes:
        inputs: `with:`, evaluated, each as text; an input that is not given is not there.
        workspace: the job's checkout folder (GITHUB_WORKSPACE); empty before a checkout.
        temp: the job's RUNNER_TEMP.
        environ: the environment of the step, as a `run:` step would have it.
        permissions: what the job's token may do: `contents` → `read`, `write` or `none`, …
        identity: the run.
        job: the id of the job, with the values of its matrix row behind it where it has one.
        services: what the run has beside its jobs.
        say: writes a line to the step's log.
        run_program: runs a program to its end and gives its exit status: the command, its working folder, its
            environment, and what is called with each line that it prints. It ends with the job, whatever ends that.
    """

    inputs: Mapping[str, str]
    workspace: Path
    temp: Path
    environ: Mapping[str, str]
    permissions: Mapping[str, str]
    identity: RunIdentity
    job: str
    services: Services
    say: Callable[[str], None]
    run_program: Callable[[Sequence[str], Path, Mapping[str, str], Callable[[str], None]], int]


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What an action changes for the steps behind it.

    Attributes:
        outputs: the step's outputs.
        path: folders that are put in front of PATH.
        environ: environment variables.
    """

    outputs: Mapping[str, str] = field(default_factory=dict)
    path: tuple[Path, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandIn:
    """What takes the place of an action.

    Attributes:
        action: `owner/name`, with the path behind it where there is one.
        does: what it does instead, in one sentence, for the documentation and the report.
        inputs: the inputs that it knows; any other is refused before anything runs.
        run: does it.
        refusal: why a step with these inputs cannot be rehearsed, in one sentence, or an empty text; asked before
            anything runs, with the inputs that are known by then.
    """

    action: str
    does: str
    inputs: frozenset[str]
    run: Callable[[ActionCall], ActionOutcome]
    refusal: Callable[[Mapping[str, str]], str] = lambda _inputs: ""
