"""Run a step of a job: its commands in a shell, or the stand-in for its action."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.runner.children import Children, Program, TimedOut
from truewheel.rehearsal.runner.command_files import CommandFileError, CommandFiles
from truewheel.rehearsal.runner.environment import RunnerFolders
from truewheel.rehearsal.runner.run import Run
from truewheel.rehearsal.runner.shells import NoSuchShell, shell_command
from truewheel.system.github_actions import RehearsedJob

# Workflow commands that the files of command_files have replaced. GitHub still obeys some of them, so that ignoring
# them would rehearse something else.
_OLD_COMMANDS = re.compile(r"::(set-output|set-env|add-path|save-state)\b")
_ANNOTATION = re.compile(r"::error(?: (?P<properties>[^:]*))?::(?P<message>.*)")
_TITLE = re.compile(r"title=([^,]*)")


class StepFailed(Exception):
    """A step failed; the message says why, in one line.

    Args:
        message: why.
        changes: what the step had passed to the runner before.
    """

    def __init__(self, message: str, changes: ActionOutcome | None = None) -> None:
        super().__init__(message)
        self.changes = changes or ActionOutcome()


class RunnerDied(Exception):
    """The runner was lost in the middle of a step."""


@dataclass(frozen=True, slots=True)
class StepSettings:
    """The settings of a step."""

    folders: RunnerFolders  # the folders of its job
    environ: Mapping[str, str]  # its environment
    folder: Path  # a folder for its own files
    working_folder: Path  # where its commands run
    shell: str  # the shell that the workflow names; empty for the default
    permissions: Mapping[str, str]  # the permissions of the job's token
    job: str  # the job's name in messages
    rehearsed: RehearsedJob  # its facts and remarks
    deadline: float  # when it is ended, by `time.monotonic`
    dies: bool  # whether the runner dies in the middle of it
    say: Callable[[str], None]  # writes a line to its log
    children: Children  # runs its programs

    def run_program(
        self, command: Sequence[str], folder: Path, environ: Mapping[str, str], say: Callable[[str], None]
    ) -> int:
        """Run a program of the step to its end, and return its exit status.

        Raises:
            StepFailed: it took too long, or cannot be run.
            RunnerDied: the fault that was asked for lost the runner.
            Cancelled: the rehearsal was interrupted.
        """
        program = Program(command, folder, environ, self.deadline, killed_at_first_line=self.dies)
        try:
            status = self.children.run(program, say)
        except TimedOut:
            raise StepFailed("it took longer than timeout-minutes allows, and was ended") from None
        except OSError as error:
            raise StepFailed(f"{command[0]} cannot be run: {error.strerror}") from None
        if self.dies:
            raise RunnerDied
        return status


def run_commands(script: str, settings: StepSettings) -> ActionOutcome:
    """Run the commands of a `run:` step; return what they passed to the runner by its files.

    Raises:
        StepFailed, RunnerDied, Cancelled: see `StepSettings.run_program`; or they failed, or wrote to those files
            what the runner does not understand.
    """
    files = CommandFiles.make(settings.folder / "commands")
    environ = {**settings.environ, **files.environ}
    said: list[str] = []

    def listen(line: str) -> None:
        said.append(line)
        settings.say(line)

    if not settings.working_folder.resolve().is_relative_to(settings.folders.folder.resolve()):
        raise StepFailed(f"cannot be rehearsed: the working directory {settings.working_folder} is outside of the job")
    if not settings.working_folder.is_dir():
        raise StepFailed(f"the working directory {settings.working_folder.name!r} does not exist")
    shell = settings.shell or ("pwsh" if settings.rehearsed.system == "Windows" else "")
    try:
        command = shell_command(shell, script, settings.folder, environ)
    except NoSuchShell as error:
        raise StepFailed(str(error)) from None
    status = settings.run_program(command, settings.working_folder, environ, listen)
    if status:
        # The runner reads the files even if the step failed: such a step may have outputs too.
        raise StepFailed(_reason(said) or f"exit status {status}", _changes(files))
    old = next(filter(None, map(_OLD_COMMANDS.match, said)), None)
    if old is not None:
        raise StepFailed(f"it used ::{old[1]}, which cannot be rehearsed: write to GITHUB_OUTPUT instead")
    return _changes(files)


def _changes(files: CommandFiles) -> ActionOutcome:
    try:
        return ActionOutcome(files.outputs(), tuple(Path(folder) for folder in files.path()), files.variables())
    except CommandFileError as error:
        raise StepFailed(str(error)) from None


def run_action(stand_in: StandIn, inputs: Mapping[str, str], settings: StepSettings, run: Run) -> ActionOutcome:
    """Run the stand-in for an action.

    Raises:
        StepFailed, RunnerDied, Cancelled: see `StepSettings.run_program`; or it failed as the action would.
    """
    call = ActionCall(
        inputs=inputs,
        workspace=settings.folders.workspace,
        temp=settings.folders.temp,
        environ=settings.environ,
        permissions=settings.permissions,
        identity=run.identity,
        job=settings.job,
        rehearsed=settings.rehearsed,
        services=run.services,
        say=settings.say,
        run_program=settings.run_program,
    )
    try:
        outcome = stand_in.run(call)
    except ActionFailed as error:
        raise StepFailed(str(error)) from None
    if settings.dies:
        raise RunnerDied
    return outcome


def _reason(said: Sequence[str]) -> str:
    """The reason that a failed program printed: its first annotation, else its last line that is not nox's own."""
    for line in said:
        match = _ANNOTATION.fullmatch(line.strip())
        if match:
            title = _TITLE.search(match["properties"] or "")
            message = _unescaped(match["message"]).splitlines() or [""]
            return f"{_unescaped(title[1])}: {message[0]}" if title else message[0]
    lines = [line for line in said if line.strip() and not line.startswith("nox > ")]
    return lines[-1].strip() if lines else ""


def _unescaped(text: str) -> str:
    for code, character in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(code, character)
    return text


def deadline_in(minutes: float) -> float:
    """The time so many minutes from now, by `time.monotonic`."""
    return time.monotonic() + 60 * minutes
