"""Run the commands of a step in a shell, or a program for the stand-in of its action."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StepFailed
from truewheel.rehearsal.runner.children import Children, Program, TimedOut
from truewheel.rehearsal.runner.command_files import CommandFiles
from truewheel.rehearsal.runner.shells import shell_command

# Workflow commands that the files of command_files have replaced. GitHub still obeys some of them, so that ignoring
# them would rehearse something else.
_OLD_COMMANDS = re.compile(r"::(set-output|set-env|add-path|save-state)\b")
_ANNOTATION = re.compile(r"::error(?: (?P<properties>[^:]*))?::(?P<message>.*)")
_TITLE = re.compile(r"title=([^,]*)")


class RunnerDied(Exception):
    """The runner was lost in the middle of a step."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs the programs of a step."""

    children: Children  # those of its leg
    deadline: float  # when they are ended, by `time.monotonic`
    dies: bool  # whether the runner dies in the middle of the step

    def run(self, command: Sequence[str], folder: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> int:
        """Run a program to its end, and return its exit status.

        StepFailed if it took too long, or cannot be run; RunnerDied if the fault that was asked for lost the runner.
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


def run_commands(script: str, shell: str, where: str, folder: Path, call: ActionCall) -> ActionOutcome:
    """Run the commands of a `run:` step; return what they passed to the runner by its files.

    `shell` and `where`, the working folder, are empty for the defaults; `folder` is for the step's own files. Raises
    what `Programs.run` does; StepFailed also if the commands failed, or wrote what the runner does not understand.
    """
    files = CommandFiles.make(folder / "commands")
    environ = {**call.environ, **files.environ}
    working_folder = call.workspace / where
    said: list[str] = []

    def listen(line: str) -> None:
        said.append(line)
        call.say(line)

    if not working_folder.resolve().is_relative_to(call.rehearsed.folder.resolve()):
        raise StepFailed(f"cannot be rehearsed: the working directory {working_folder} is outside of the job")
    if not working_folder.is_dir():
        raise StepFailed(f"the working directory {working_folder.name!r} does not exist")
    command = shell_command(shell or ("pwsh" if call.rehearsed.system == "Windows" else ""), script, folder, environ)
    if status := call.run_program(command, working_folder, environ, listen):
        # The runner reads the files even if the step failed: such a step may have outputs too.
        raise StepFailed(_reason(said) or f"exit status {status}", files.changes())
    old = next(filter(None, map(_OLD_COMMANDS.match, said)), None)
    if old is not None:
        raise StepFailed(f"it used ::{old[1]}, which cannot be rehearsed: write to GITHUB_OUTPUT instead")
    return files.changes()


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
