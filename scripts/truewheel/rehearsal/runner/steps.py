"""A step of a job, run: its commands by a shell, or the stand-in for its action."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.rehearsal.runner.children import Children, Program, TimedOut
from truewheel.rehearsal.runner.command_files import CommandFileError, CommandFiles
from truewheel.rehearsal.runner.environment import RunnerFolders
from truewheel.rehearsal.runner.run import Run
from truewheel.rehearsal.runner.shells import NoSuchShell, shell_command

# Workflow commands that do what the files of command_files do today. Nobody should use them; ignoring them would
# rehearse something else than what GitHub does.
_OLD_COMMANDS = re.compile(r"::(set-output|set-env|add-path|save-state)\b")
_ANNOTATION = re.compile(r"::error(?: (?P<properties>[^:]*))?::(?P<message>.*)")
_TITLE = re.compile(r"title=([^,]*)")


class StepFailed(Exception):
    """The step failed; the message says why, in one line.

    Args:
        message: why.
        changes: what the step told the runner all the same.
    """

    def __init__(self, message: str, changes: ActionOutcome | None = None) -> None:
        super().__init__(message)
        self.changes = changes or ActionOutcome()


class RunnerDied(Exception):
    """The machine went away in the middle of a step."""


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What a step runs with.

    Attributes:
        folders: the job's.
        environ: everything it is told by variables.
        folder: its own, for its files.
        working_folder: where commands run.
        shell: as the workflow names it; empty for the default.
        permissions: what the job's token may do.
        job: the job's name in messages.
        deadline: when it is ended, as `time.monotonic` counts.
        dies: whether the machine goes away in the middle of it.
        say: writes a line to its log.
    """

    folders: RunnerFolders
    environ: Mapping[str, str]
    folder: Path
    working_folder: Path
    shell: str
    permissions: Mapping[str, str]
    job: str
    deadline: float
    dies: bool
    say: Callable[[str], None]


def run_commands(script: str, settings: StepSettings, children: Children) -> ActionOutcome:
    """Run the commands of a `run:` step, and give what they told the runner by its files.

    Raises:
        StepFailed: they failed, took too long, or told it something that it does not understand.
        RunnerDied: as the fault that was asked for wants it.
        Cancelled: the rehearsal ends.
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
        raise StepFailed(f"the working directory {settings.working_folder.name!r} is not there")
    try:
        command = shell_command(settings.shell, script, settings.folder, environ)
    except NoSuchShell as error:
        raise StepFailed(str(error)) from None
    status = _run(Program(command, settings.working_folder, environ), replace(settings, say=listen), children)
    if status:
        # The runner reads them whatever the exit status: a step that may fail has outputs, too.
        raise StepFailed(_reason(said) or f"exit status {status}", _told(files))
    old = next(filter(None, map(_OLD_COMMANDS.match, said)), None)
    if old is not None:
        raise StepFailed(f"it used ::{old[1]}, which cannot be rehearsed: write to the files that GitHub gives instead")
    return _told(files)


def _told(files: CommandFiles) -> ActionOutcome:
    try:
        return ActionOutcome(files.outputs(), tuple(Path(folder) for folder in files.path()), files.variables())
    except CommandFileError as error:
        raise StepFailed(str(error)) from None


def run_action(
    stand_in: StandIn, inputs: Mapping[str, str], settings: StepSettings, run: Run, children: Children
) -> ActionOutcome:
    """Let the stand-in for an action do what the action does.

    Raises:
        StepFailed: it failed as the action would, or took too long.
        RunnerDied: as the fault that was asked for wants it.
        Cancelled: the rehearsal ends.
    """

    def run_program(
        command: Sequence[str], folder: Path, environ: Mapping[str, str], say: Callable[[str], None]
    ) -> int:
        return _run(Program(command, folder, environ), replace(settings, say=say), children)

    call = ActionCall(
        inputs=inputs,
        workspace=settings.folders.workspace,
        temp=settings.folders.temp,
        environ=settings.environ,
        permissions=settings.permissions,
        identity=run.identity,
        job=settings.job,
        services=run.services,
        say=settings.say,
        run_program=run_program,
    )
    try:
        outcome = stand_in.run(call)
    except ActionFailed as error:
        raise StepFailed(str(error)) from None
    if settings.dies:
        raise RunnerDied
    return outcome


def _run(program: Program, settings: StepSettings, children: Children) -> int:
    bounded = replace(program, deadline=settings.deadline, killed_at_first_line=settings.dies)
    try:
        status = children.run(bounded, settings.say)
    except TimedOut:
        raise StepFailed("it took longer than timeout-minutes allows, and was ended") from None
    except OSError as error:
        raise StepFailed(f"{program.command[0]} cannot be run: {error.strerror}") from None
    if settings.dies:
        raise RunnerDied
    return status


def _reason(said: Sequence[str]) -> str:
    """What a failed program gives as its reason: its first annotation, else its last line that is not nox's own."""
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
    """The moment so many minutes from now, as `time.monotonic` counts."""
    return time.monotonic() + 60 * minutes
