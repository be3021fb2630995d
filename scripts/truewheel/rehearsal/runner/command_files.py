"""The files by which a step tells the runner something: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH.

Source: GitHub's documentation, "Workflow commands": `NAME=VALUE` lines, or `NAME<<DELIMITER`, the lines of a value,
and the delimiter on a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What GITHUB_ENV cannot set, so that a step cannot lie to the next ones about the run.
_PROTECTED = ("GITHUB_", "RUNNER_")
_PROTECTED_NAMES = ("NODE_OPTIONS",)


class CommandFileError(Exception):
    """A step wrote what the runner does not understand; the message says what, in one line."""


@dataclass(frozen=True, slots=True)
class CommandFiles:
    """The files of one step, in a folder of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> CommandFiles:
        """Make empty files in `folder`, which is not there yet."""
        folder.mkdir(parents=True)
        files = cls(folder)
        for path in files.environ.values():
            Path(path).touch()
        return files

    @property
    def environ(self) -> dict[str, str]:
        """The variables that tell a step where its files are."""
        names = ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")
        return {f"GITHUB_{name}": str(self.folder / name.lower()) for name in names}

    def outputs(self) -> dict[str, str]:
        """The outputs of the step.

        Raises:
            CommandFileError: the file is malformed.
        """
        return dict(_pairs(self._read("output"), "GITHUB_OUTPUT"))

    def variables(self) -> dict[str, str]:
        """The environment variables that the step sets for those behind it.

        Raises:
            CommandFileError: the file is malformed, or sets a variable that is not a step's to set.
        """
        variables = dict(_pairs(self._read("env"), "GITHUB_ENV"))
        for name in variables:
            if name.upper().startswith(_PROTECTED) or name.upper() in _PROTECTED_NAMES:
                raise CommandFileError(f"GITHUB_ENV cannot set {name}")
        return variables

    def path(self) -> list[str]:
        """The folders that the step puts in front of PATH, the last one foremost."""
        return [line for line in reversed(self._read("path").splitlines()) if line.strip()]

    def _read(self, name: str) -> str:
        # Written, or deleted, by any program: neither that nor bytes that are no UTF-8 must stop the run.
        try:
            return (self.folder / name).read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ""


def _pairs(text: str, file: str) -> Iterator[tuple[str, str]]:
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        if not line:
            continue
        name, sign, rest = _split(line)
        if not name:
            raise CommandFileError(f"{file} has the line {line!r}, expected NAME=VALUE or NAME<<DELIMITER")
        yield name, rest if sign == "=" else _value_until(lines, rest, name, file)


def _split(line: str) -> tuple[str, str, str]:
    """Name, sign and rest: the sign that comes first decides."""
    equals, heredoc = line.find("="), line.find("<<")
    sign = "=" if equals >= 0 and (heredoc < 0 or equals < heredoc) else "<<"
    name, found, rest = line.partition(sign)
    return (name, sign, rest) if found else ("", "", "")


def _value_until(lines: Iterator[str], delimiter: str, name: str, file: str) -> str:
    value: list[str] = []
    for line in lines:
        if line == delimiter:
            return "\n".join(value)
        value.append(line)
    raise CommandFileError(f"{file} begins the value of {name}, and has no line {delimiter!r} that ends it")
