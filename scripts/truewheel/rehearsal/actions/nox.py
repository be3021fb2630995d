"""wntrblm/nox: the rehearsal's own nox and uv in front of PATH."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionFailed, ActionOutcome, StandIn
from truewheel.workflow import action_names

_DEFAULT_VERSIONS = "3.10, 3.11, 3.12, 3.13, 3.14"


def put_nox_on_path(call: ActionCall) -> ActionOutcome:
    """Make `nox` a command of the steps behind this one."""
    versions = _versions(inputs.text(call, "python-versions", _DEFAULT_VERSIONS))
    if importlib.util.find_spec("nox") is None:
        raise ActionFailed(f"nox is not installed for {sys.executable}, which rehearses")
    folder = call.temp / "nox"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _write_launchers(folder)
    call.say(f"nox is run by {sys.executable}")
    uv = _uv(call)
    if uv is None:
        call.say("uv is not on this machine; nox makes its environments without it")
    else:
        _put(uv, folder)
    for version in versions:
        _say_whether_it_is_here(call, version, uv)
    return ActionOutcome(path=(folder,))


def _versions(written: str) -> list[str]:
    """The Pythons that are asked for, e.g. `3.13` or `pypy3.11`, judged as the action judges them."""
    versions = [version.strip() for version in written.split(",") if version.strip()]
    for is_pypy, name in ((True, "PyPy"), (False, "CPython")):
        of_kind = [version for version in versions if version.startswith("pypy") == is_pypy]
        if len(of_kind) != len({_minor(version) for version in of_kind}):
            raise ActionFailed(f"multiple versions specified for the same 'major.minor' {name} interpreter: {of_kind}")
    return versions


def _minor(version: str) -> str:
    """Major and minor of a version that may have a prefix and more parts."""
    number = version.removeprefix("pypy").lstrip("-~").split("-")[0]
    free_threaded = number.endswith("t")
    parts = number.removesuffix("t").split(".")
    if len(parts) < 2 or not parts[0].isdigit() or not parts[1].isdigit():
        raise ActionFailed(f"invalid version: {version}")
    return ".".join(parts[:2]) + ("t" if free_threaded else "")


def _write_launchers(folder: Path) -> None:
    # The action leaves the Python that it installed last in front of PATH; here that is the rehearsal's own.
    for name, options in (("nox", " -m nox"), ("python", ""), ("python3", "")):
        # For every shell: bash on Windows runs no .cmd without its suffix, and Windows' own shells run nothing else.
        script = folder / name
        python = shlex.quote(Path(sys.executable).as_posix())
        script.write_bytes(f'#!/bin/sh\nexec {python}{options} "$@"\n'.encode())
        script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        if os.name == "nt":
            (folder / f"{name}.cmd").write_bytes(f'@"{sys.executable}"{options} %*\r\n'.encode())


def _uv(call: ActionCall) -> Path | None:
    """The uv that is installed beside the rehearsal's Python, else the one on PATH."""
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("uv", path=call.environ.get("PATH"))
    return Path(found) if found else None


def _put(program: Path, folder: Path) -> None:
    target = folder / program.name
    try:
        target.symlink_to(program)
    except OSError:
        # Windows makes links for administrators alone.
        shutil.copy2(program, target)


def _say_whether_it_is_here(call: ActionCall, version: str, uv: Path | None) -> None:
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    minor = _minor(version)
    name = f"PyPy {minor}" if version.startswith("pypy") else f"Python {minor}"
    if name == f"Python {own}":
        call.say(f"{name} is the rehearsal's own")
    elif found := _python(call, version, uv):
        call.say(f"{name} is on this machine: {found}")
    else:
        call.say(f"{name} is not on this machine; {own}, the rehearsal's own, takes its place")


def _python(call: ActionCall, version: str, uv: Path | None) -> str:
    prefix = "pypy" if version.startswith("pypy") else "python"
    found = shutil.which(prefix + _minor(version), path=call.environ.get("PATH"))
    if found or uv is None:
        return found or ""
    request = prefix + _minor(version)
    result = subprocess.run(
        [str(uv), "python", "find", "--offline", "--no-python-downloads", "--no-project", request],
        env=dict(call.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return result.stdout.strip() if result.returncode == 0 else ""


NOX = StandIn(
    action_names.NOX,
    "puts the rehearsal's own nox, uv and Python in front of PATH; no other Python is installed",
    frozenset({"python-versions"}),
    put_nox_on_path,
)
