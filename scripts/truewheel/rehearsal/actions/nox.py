"""wntrblm/nox: the rehearsal's own nox and uv, first on PATH."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.workflow import action_names

_DEFAULT_VERSIONS = "3.10, 3.11, 3.12, 3.13, 3.14"
# Whether it is PyPy, its minor version, and whether it is free-threaded.
_VERSION = re.compile(r"(pypy)?[-~]*(\d+\.\d+)(?:\.\w+?)*(t?)(?:-.*)?", re.ASCII)


def put_nox_on_path(call: ActionCall) -> ActionOutcome:
    """Make `nox` a command for the following steps."""
    written = call.text("python-versions", _DEFAULT_VERSIONS).split(",")
    versions = [version.strip() for version in written if version.strip()]
    _judge_versions(versions)
    if importlib.util.find_spec("nox") is None:
        raise StepFailed(f"nox is not installed for {sys.executable}, which runs the rehearsal")
    folder = call.temp / "nox"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    python = shlex.quote(Path(sys.executable).as_posix())
    # The Python that the action installs last is first on PATH; here that is the rehearsal's own.
    for name, options in (("nox", " -m nox"), ("python", ""), ("python3", "")):
        shell = f'#!/bin/sh\nexec {python}{options} "$@"\n'
        write_command(folder, name, shell, f'@"{sys.executable}"{options} %*\n')
    uv = find_uv(call)
    if uv is not None:
        put(uv, folder, uv.name)
    call.say(
        f"nox runs on {sys.executable}, {'with' if uv else 'without'} uv; python-versions ({', '.join(versions)}) "
        "are not installed: sessions use the Pythons of this machine"
    )
    return ActionOutcome(path=(folder,))


def _judge_versions(versions: list[str]) -> None:
    """Judge the requested Pythons, e.g. `3.13` or `pypy3.11`, as the action does: one of each minor version."""
    minors: dict[tuple[str | None, ...], str] = {}
    for version in versions:
        match = _VERSION.fullmatch(version)
        if match is None:
            raise StepFailed(f"invalid version: {version}")
        if same := minors.get(match.groups()):
            raise StepFailed(f"multiple versions specified for the same 'major.minor' interpreter: {same}, {version}")
        minors[match.groups()] = version


def write_command(folder: Path, name: str, shell: str, batch: str) -> None:
    """Write a program into a folder on PATH, for every shell."""
    script = folder / name
    script.write_text(shell, encoding="utf-8", newline="\n")
    script.chmod(0o755)
    # bash on Windows runs a .cmd only with its suffix; cmd and PowerShell run nothing else.
    if os.name == "nt":
        script.with_suffix(".cmd").write_text(batch, encoding="utf-8")


def find_uv(call: ActionCall) -> Path | None:
    """Return the uv that is installed next to the rehearsal's Python, else the one on PATH."""
    installed = shutil.which("uv", path=str(Path(sys.executable).parent))
    found = installed or shutil.which("uv", path=call.environ.get("PATH"))
    return Path(found) if found else None


def put(program: Path, folder: Path, name: str) -> None:
    """Make a program a command of this name in a folder."""
    target = folder / f"{name.removesuffix(program.suffix)}{program.suffix}"
    try:
        target.symlink_to(program)
    except OSError:
        # On Windows only administrators may make links.
        shutil.copy2(program, target)


NOX = StandIn(
    action_names.NOX,
    "puts the rehearsal's own nox, uv and Python first on PATH; no other Python is installed",
    inputs.known("python-versions"),
    put_nox_on_path,
)
