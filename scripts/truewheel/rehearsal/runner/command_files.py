"""The files by which a step passes values to the runner: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH.

Source: GitHub's documentation, "Workflow commands": `NAME=VALUE` lines, or `NAME<<DELIMITER`, the lines of a value,
and the delimiter on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from truewheel.rehearsal.actions.call import ActionOutcome, StepFailed

# Variables that GITHUB_ENV cannot set: they describe the run to the following steps.
_PROTECTED = ("GITHUB_", "RUNNER_")
_PROTECTED_NAMES = ("NODE_OPTIONS",)
# The first sign in the line counts.
_PAIR = re.compile(r"(?!<<)([^=]+?)(=|<<)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CommandFiles:
    """The command files of one step, in a folder of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> CommandFiles:
        """Create empty files in the new folder `folder`."""
        folder.mkdir(parents=True)
        files = cls(folder)
        for path in files.environ.values():
            Path(path).touch()
        return files

    @property
    def environ(self) -> dict[str, str]:
        """The variables with the paths of the files."""
        names = ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")
        return {f"GITHUB_{name}": str(self.folder / name.lower()) for name in names}

    def changes(self) -> ActionOutcome:
        """What the step passed; StepFailed if a file is malformed, or sets a variable that a step cannot set."""
        outputs, variables = (dict(_pairs(self._read(name), f"GITHUB_{name.upper()}")) for name in ("output", "env"))
        # The last folder that it wrote comes first on PATH.
        path = [Path(line) for line in reversed(self._read("path").splitlines()) if line.strip()]
        for name in variables:
            if name.upper().startswith(_PROTECTED) or name.upper() in _PROTECTED_NAMES:
                raise StepFailed(f"GITHUB_ENV cannot set {name}")
        return ActionOutcome(outputs, tuple(path), variables)

    def _read(self, name: str) -> str:
        # Any program may have deleted it, or written bytes that are not UTF-8: neither may stop the run.
        try:
            return (self.folder / name).read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ""


def _pairs(text: str, file: str) -> Iterator[tuple[str, str]]:
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in filter(None, lines):
        match = _PAIR.fullmatch(line)
        if match is None:
            raise StepFailed(f"{file} has the line {line!r}, expected NAME=VALUE or NAME<<DELIMITER")
        name, sign, rest = match.groups()
        yield name, rest if sign == "=" else _value_until(lines, rest, name, file)


def _value_until(lines: Iterator[str], delimiter: str, name: str, file: str) -> str:
    value: list[str] = []
    for line in lines:
        if line == delimiter:
            return "\n".join(value)
        value.append(line)
    raise StepFailed(f"{file} begins the value of {name} but has no line {delimiter!r} to end it")
