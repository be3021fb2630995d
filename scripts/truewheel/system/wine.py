"""Wine, which runs Windows programs on Linux and macOS, with a prefix (Wine's settings and files) of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.errors import ReleaseError
from truewheel.system import machine
from truewheel.system.commands import captured, last_line
from truewheel.system.files import cached_folder

_OLDEST = 8
_INSTALL = "Wine 8 or newer is needed (apt install wine64, dnf install wine-core, brew install --cask wine-stable)"
# Debian's wineserver is not on PATH everywhere.
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/lib/wine"])
# No windows or menus, and no question whether to install Mono or Gecko, Wine's replacements for .NET and a browser.
_ABSENT = "mscoree,mshtml,winemenubuilder.exe,winex11.drv,winewayland.drv,winemac.drv="
# The seconds that a start or an end may take; either takes seconds on an idle machine.
_LONGEST = 180.0
_SYSTEM = "drive_c/windows/system32"


@dataclass(frozen=True, slots=True)
class Wine:
    """An installed Wine."""

    program: str  # its executable, and that of its server
    server: str  # the executable of its server
    build: str  # what it says about its version, e.g. `wine-8.0 (Debian 8.0~repack-4)`
    version: str  # its version, e.g. `8.0`

    def environ(self, prefix: Path, native: Sequence[str] = ()) -> dict[str, str]:
        """Return the variables of programs in a prefix, where `native` DLLs are never Wine's own."""
        overrides = [*([f"{','.join(native)}=n"] if native else []), _ABSENT]
        variables = {"WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": ";".join(overrides)}
        # Wine links folders such as Documents to those of the home folder.
        return {**variables, "DISPLAY": "", "WAYLAND_DISPLAY": "", "HOME": str(prefix)}

    def dlls(self) -> list[str]:
        """Return the names of Wine's own DLLs, lower-cased; ReleaseError if no prefix can be made."""
        return sorted(file.name.lower() for file in (_template(self) / _SYSTEM).glob("*.dll"))


def find_wine() -> Wine | str:
    """Return the Wine of this machine, or what must be installed, as a sentence.

    `TRUEWHEEL_WINE` names another one. It is "" if that is empty, or if no Wine of this machine runs x86_64 programs.
    """
    here, name = machine.here(), os.environ.get("TRUEWHEEL_WINE", "wine")
    runs_it = here.system == "macOS" or (here.system, here.architecture) == ("Linux", "x86_64")
    return _find_wine(name) if name and runs_it else ""


@functools.cache
def _find_wine(name: str) -> Wine | str:
    program, server = (shutil.which(each, path=_PATH) for each in (name, "wineserver"))
    program = program or shutil.which(f"{name}64", path=_PATH)
    if program is None or server is None:
        return _INSTALL
    build = captured([program, "--version"], env={**os.environ, "WINEDEBUG": "-all"}).stdout.strip()
    match = re.match(r"wine-(\d+)\.\d[\w.]*", build, re.ASCII)
    if match is None or int(match[1]) < _OLDEST:
        return f"{_INSTALL}, not {build or 'a Wine that does not start'}"
    return Wine(program, server, build, match[0].removeprefix("wine-"))


@contextlib.contextmanager
def started(wine: Wine, prefix: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """Make a prefix in the folder `prefix`, and end all of its programs afterwards.

    A program of ours keeps the prefix running, because starting it takes seconds. ReleaseError if it cannot be made.
    """
    template = _template(wine)
    prefix.mkdir()
    for file in template.glob("*.reg"):
        shutil.copyfile(file, prefix / file.name)
    shutil.copy2(template / ".update-timestamp", prefix)
    shutil.copytree(template / "dosdevices", prefix / "dosdevices", symlinks=True)
    shutil.copytree(template / "drive_c" / "users", prefix / "drive_c" / "users")
    for folder in (template / "drive_c").iterdir():
        if folder.name != "users":
            (prefix / "drive_c" / folder.name).symlink_to(folder, target_is_directory=True)
    variables = {**os.environ, **environ}
    keeper = subprocess.Popen(
        [wine.program, "cmd"],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It ends once the prefix has started: a server that is ended before that may stay for ever.
            keeper.communicate(b"exit\r\n", timeout=_LONGEST)
            captured([wine.server, "-k"], env=variables, timeout=_LONGEST)
            captured([wine.server, "-w"], env=variables, timeout=_LONGEST)
        keeper.kill()
        keeper.wait()
        _remove_socket(prefix)


def _remove_socket(prefix: Path) -> None:
    """Remove the folder of a server's socket, which it leaves behind."""
    at = prefix.stat()
    name = f"server-{at.st_dev:x}-{at.st_ino:x}"
    for folder in (Path(f"/tmp/.wine-{os.getuid()}"), *Path("/tmp").glob("wine-*")):  # noqa: S108  Wine's own
        if (folder / name).is_dir():
            shutil.rmtree(folder / name, ignore_errors=True)
            with contextlib.suppress(OSError):
                folder.rmdir()


@functools.cache
def _template(wine: Wine) -> Path:
    """Return the prefix that all others are made from; the first time, it is made, in 10 seconds."""
    return cached_folder(re.sub(r"[^\w.-]+", "-", wine.build), functools.partial(_make_template, wine))


def _make_template(wine: Wine, prefix: Path) -> None:
    environ = {**os.environ, **wine.environ(prefix)}
    # Windows 10, because no current Python runs on Wine's default, Windows 7.
    for command in (["wineboot", "--init"], ["winecfg", "-v", "win10"]):
        result = captured([wine.program, *command], env=environ, merged=True)
    captured([wine.server, "-w"], env=environ)
    _remove_socket(prefix)
    if not (prefix / _SYSTEM).is_dir():
        raise ReleaseError(
            f"{wine.build} cannot be started: {last_line(result.stdout)}",
            hint=f"make sure that this works: {wine.program} cmd",
        )
    for link in [path for path in (prefix / "drive_c" / "users").rglob("*") if path.is_symlink()]:
        link.unlink()
        link.mkdir()
