"""Can the wheel be installed without overwriting anything?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import abbreviate, join_names
from truewheel.checks.sources import PEP_427
from truewheel.findings import By
from truewheel.wheel.import_names import DATA_ROOT
from truewheel.wheel.reader import Wheel

# Where a data folder has commands: under the key for scripts, or under that for data in a folder of some system.
_COMMAND = re.compile(r"[^/]*\.data/(?:scripts|data/bin|data/Scripts)/([^/]+)")
# The commands that every environment has, with the extensions of all systems.
_OF_ENVIRONMENT = re.compile(
    r"(?:pythonw?|pip)(?:\d+(?:\.\d+)?)?t?(?:\.exe)?|(?:de)?activate(?:\.\w+)?|activate_this\.py",
    re.ASCII | re.IGNORECASE,
)


@wheel_check(
    "install-paths-unique",
    "no two files are installed to the same path",
    by=By.INSTALLERS,
    source=f"{PEP_427}: purelib, platlib and the root are one folder",
    hint="make the build backend put it in the wheel only once; which one is kept depends on the installer",
)
def install_paths_unique(wheel: Wheel) -> Iterator[str]:
    sources: dict[str, list[str]] = {}
    # Windows and macOS ignore case.
    for member in wheel.members:
        sources.setdefault(_path(member.name).casefold(), []).append(member.name)
    for entry in wheel.entry_points.commands:
        command = f"the command {entry.name} of entry_points.txt"
        sources.setdefault(f"scripts//{entry.name}".casefold(), []).append(command)
    for _, members in sorted(sources.items()):
        # Names that are repeated in the archive itself are findings of the archive's checks.
        if len(members) > 1 and any(_path(member) != member for member in members):
            yield f"{join_names(sorted(members))} are installed to the same path"


def _path(member: str) -> str:
    """Where a member is installed: relative to site-packages, or for commands to `scripts//`, which no member has."""
    command = _COMMAND.fullmatch(member)
    return f"scripts//{command[1]}" if command else DATA_ROOT.sub("", member)


@wheel_check(
    "no-reserved-commands",
    "no command has the same name as one in every environment: python, pip, activate",
    by=By.CARE,
    source="installers overwrite it silently",
    hint="rename the command in [project.scripts] or in the settings of the build backend",
)
def no_reserved_commands(wheel: Wheel) -> Iterator[str]:
    own = wheel.filename.project if wheel.filename is not None else ""
    scripts = [match[1] for member in wheel.members if (match := _COMMAND.fullmatch(member.name))]
    for name in sorted({*scripts, *(entry.name for entry in wheel.entry_points.commands)}):
        # Only pip may bring pip.
        if _OF_ENVIRONMENT.fullmatch(name) and not (own == "pip" and name.startswith("pip")):
            yield f"the command {abbreviate(name)} would overwrite the environment's own"
