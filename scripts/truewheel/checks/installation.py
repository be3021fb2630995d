"""Can the wheel be installed without overwriting anything?"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator

from truewheel.checks.registers import wheel_check
from truewheel.checks.sentences import PEP_427, abbreviate, join_names
from truewheel.findings import By
from truewheel.wheel.import_names import DATA_ROOT
from truewheel.wheel.reader import Wheel

# Where a data folder has commands: under the key for scripts, or under that for data in a folder of some system.
_COMMAND = re.compile(r"[^/]*\.data/(?:scripts|data/bin|data/Scripts)/([^/]+)")
# What an environment is made of, and its site-packages as a folder for data; Windows and macOS ignore case.
_ENVIRONMENT = re.compile(
    r"[^/]*\.data/data/((?i:pyvenv\.cfg|lib(?:64)?/(?:python[^/]*|site-packages)/.+)|Lib/.+)", re.DOTALL
)
# An interpreter by its path, but for those of every system; installers only replace `#!python`.
_INTERPRETER = re.compile(rb"#![ \t]*((?!/(?:usr/)?bin/)(?:/|[A-Za-z]:)[^\r\n]*)")
# The commands that every environment has, with the extensions of all systems.
_OF_ENVIRONMENT = re.compile(
    r"(?:pythonw?|pip)(?:\d+(?:\.\d+)?)?t?(?:\.exe)?|(?:de)?activate(?:\.\w+)?|activate_this\.py",
    re.ASCII | re.IGNORECASE,
)


@wheel_check(
    By.INSTALLERS,
    source=f"{PEP_427}: purelib, platlib and the root are one folder",
    hint="make the build backend put it in the wheel only once; which one is kept depends on the installer",
)
def install_paths_unique(wheel: Wheel) -> Iterator[str]:
    """no two files are installed to the same path"""
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
    By.CARE,
    source="installers overwrite it silently",
    hint="rename the command in [project.scripts] or in the settings of the build backend",
)
def no_reserved_commands(wheel: Wheel) -> Iterator[str]:
    """no command has the same name as one in every environment: python, pip, activate"""
    own = wheel.filename.project if wheel.filename is not None else ""
    scripts = [match[1] for member in wheel.members if (match := _COMMAND.fullmatch(member.name))]
    for name in sorted({*scripts, *(entry.name for entry in wheel.entry_points.commands)}):
        # Only pip may bring pip.
        if _OF_ENVIRONMENT.fullmatch(name) and not (own == "pip" and name.startswith("pip")):
            yield f"the command {abbreviate(name)} would overwrite the environment's own"


@wheel_check(
    By.CARE,
    source=f"{PEP_427}: data is installed into the root of the environment, over what is there",
    hint="look for data_files in the settings of the build backend; what belongs to the package goes into its folder",
)
def environment_untouched(wheel: Wheel) -> Iterator[str]:
    """no data file would be installed into the standard library, another site-packages or the environment's settings"""
    for member in wheel.members:
        if match := _ENVIRONMENT.fullmatch(member.name):
            yield f"{abbreviate(member.name)} would be installed as {abbreviate(match[1])} of the environment"


@wheel_check(
    By.INSTALLERS,
    source=f"{PEP_427}: installers replace a first line that begins with #!python, and no other",
    hint="declare the command in [project.scripts], or begin the script with #!python",
)
def scripts_portable(wheel: Wheel) -> Iterator[str]:
    """no script names an interpreter of the machine that built it"""
    for name, content in wheel.sources.items():
        if ".data/scripts/" in name and (match := _INTERPRETER.match(content)):
            yield f"the first line of {abbreviate(name)} names {abbreviate(match[1].decode('utf-8', 'replace'))}"


@wheel_check(
    By.CARE,
    source="pip ignores them, but unzip and packagers of distributions do not",
    hint="chmod the file in the source tree and build again: nox -s wheels",
)
def modes_harmless(wheel: Wheel) -> Iterator[str]:
    """every file can be read by its owner, and has no setuid, setgid or sticky bit"""
    for member in wheel.members:
        # Archives from systems without Unix modes have none.
        if stat.S_ISREG(member.mode or 0) and (member.mode or 0) & 0o7400 != 0o400:
            problem = "it is setuid, setgid or sticky" if (member.mode or 0) & 0o7000 else "its owner cannot read it"
            yield f"{abbreviate(member.name)} has mode {stat.S_IMODE(member.mode or 0):04o}: {problem}"


@wheel_check.note(
    By.CARE,
    source="pip ignores permissions, but unzip and packagers of distributions do not",
    hint="set umask 022 where the wheel is built",
)
def modes_private(wheel: Wheel) -> Iterator[str]:
    """in wheels for systems with permissions, no file is writable by everybody"""
    names = [member.name for member in wheel.members if (member.mode or 0) & 0o002]
    if names and not any(platform == "any" or platform.startswith("win") for platform in wheel.platform_tags):
        yield f"everybody may write to {join_names(names, 2)}"
