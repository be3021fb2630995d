"""Does everything in the wheel get a place of its own when it is installed, and overwrite nothing?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.findings import By
from truewheel.wheel.import_names import DATA_ROOT
from truewheel.wheel.reader import Wheel

# Where installers put commands: the place for scripts, and on each system one of these folders of the place for data.
_COMMAND = re.compile(r"[^/]*\.data/(?:scripts|data/bin|data/Scripts)/([^/]+)")
# What every environment has of its own, with the endings of all systems.
_OF_ENVIRONMENT = re.compile(
    r"(?:pythonw?|pip)(?:\d+(?:\.\d+)?)?t?(?:\.exe)?|(?:de)?activate(?:\.\w+)?|activate_this\.py",
    re.ASCII | re.IGNORECASE,
)


@wheel_check(
    "install-paths-unique",
    "no two files are installed into one place",
    by=By.INSTALLERS,
    source="binary distribution format specification (PEP 427): purelib, platlib and the root are one folder",
    hint="let the build backend put it into the wheel once; which of them stays depends on the installer",
)
def install_paths_unique(wheel: Wheel) -> Iterator[str]:
    yield from _doubles(wheel)


def _doubles(wheel: Wheel) -> Iterator[str]:
    places: dict[str, list[str]] = {}
    for member in wheel.members:
        # On Windows and macOS case makes no other file.
        places.setdefault(_place(member.name).casefold(), []).append(member.name)
    for entry in wheel.entry_points.commands:
        places.setdefault(f"scripts//{entry.name}".casefold(), []).append(
            f"the command {entry.name} of entry_points.txt"
        )
    for _, members in sorted(places.items()):
        # Names that are doubled in the archive itself are findings of the archive's checks.
        if len(members) > 1 and any(_place(member) != member for member in members):
            yield f"{join_names(sorted(members))} are installed into one place"


def _place(member: str) -> str:
    """Where a member goes: below the root, or for commands below `scripts//`, which no name in the root begins with."""
    command = _COMMAND.fullmatch(member)
    return f"scripts//{command[1]}" if command else DATA_ROOT.sub("", member)


@wheel_check(
    "no-reserved-commands",
    "no command takes the place of what every environment has: python, pip, activate",
    by=By.CARE,
    source="installers overwrite it without a word",
    hint="give the command a name of the project's own, in [project.scripts] or in the build backend's settings",
)
def no_reserved_commands(wheel: Wheel) -> Iterator[str]:
    own = wheel.filename.project if wheel.filename is not None else ""
    scripts = [match[1] for member in wheel.members if (match := _COMMAND.fullmatch(member.name))]
    commands = [*scripts, *(entry.name for entry in wheel.entry_points.commands)]
    taken = sorted({name for name in commands if _OF_ENVIRONMENT.fullmatch(name)})
    # That of pip is pip's own.
    yield from (
        f"the command {abbreviate(name)} would overwrite that of the environment"
        for name in taken
        if own != "pip" or not name.startswith("pip")
    )
