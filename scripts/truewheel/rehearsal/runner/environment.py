"""The environment of a job: that of a fresh runner, as far as this machine allows.

Jobs get none of the maintainer's credentials. Of the maintainer's settings they get those by which this machine
reaches the network and finds its tools. They share the maintainer's caches of pip, uv, zig and container images,
which are empty on a real runner: otherwise every rehearsal would download everything again.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from truewheel.rehearsal.actions.call import OWN_TOKEN
from truewheel.rehearsal.actions.nox import write_command
from truewheel.rehearsal.fresh_python import command_for
from truewheel.rehearsal.github.events import SERVER, event_of
from truewheel.rehearsal.github.run_identity import RunIdentity
from truewheel.system import machine
from truewheel.system.files import cache_folder
from truewheel.system.github_actions import REHEARSAL_VARIABLE

# Variables of the maintainer that jobs get: how to reach the network, and where this machine has its tools.
_KEPT_PREFIXES = ("PIP_", "UV_", "TRUEWHEEL_", "PYENV", "LC_", "CIBW_MANYLINUX_", "CONTAINERS_")
_KEPT = {
    *("LANG", "TZ", "TERM", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "CONTAINER_HOST", "CIBW_CONTAINER_ENGINE"),
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_BUILDKIT"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NIX_SSL_CERT_FILE"),
    # Without these nothing runs on Windows.
    *("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "WINDIR", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMDATA"),
    *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
}
# Variables with these words in their names hold secrets, and are never passed on.
_SECRET_WORDS = (
    *("TOKEN", "PASS", "SECRET", "PUBLISH", "USERNAME", "AUTH", "KEY", "CREDENTIAL", "CLIENT_CERT", "ENV_FILE"),
)
# The password of a container engine that is reached by SSH, which needs the user's name.
_ENGINE_PASSWORD = re.compile(r"(?<=://)([^/:@]*):.*@")
# Keep programs from credentials that are outside of the job's home folder: keyrings, the system's settings of pip and
# git, and SSH keys, which OpenSSH finds by the user's name. The settings of pip arrive as variables.
_NO_CREDENTIALS = {
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    "UV_KEYRING_PROVIDER": "disabled",
    "PIP_CONFIG_FILE": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_SSH_COMMAND": "echo 'a rehearsed job has no SSH keys' >&2; exit 1;",
    "GIT_SSH_VARIANT": "ssh",
}
# A real runner has these only when an action installs them. This machine may have them, which would hide that none did.
_NOT_ON_A_RUNNER = ("nox", "uv", "uvx", "twine", "cibuildwheel")
# A real runner has these. Here they are in an environment of the job's own, which is made when the first of them is
# used: what a job installs with pip must not get into a Python of the maintainer's.
_OF_ITS_PYTHON = ("python", "python3", "pip", "pip3", "pipx")
_SHELL = """#!/bin/sh
[ -x {env}/python ] || {make} >&2 || exit
[ -x {env}/{name} ] || {env}/python -m pip install --quiet {name} >&2 || exit
exec {env}/{name} "$@"
"""
_BATCH = """@if not exist "{env}\\python.exe" {make} 1>&2
@if not exist "{env}\\{name}.exe" "{env}\\python.exe" -m pip install --quiet {name} 1>&2
@"{env}\\{name}.exe" %*
"""

_ARCHITECTURES = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64", "i686": "X86"}


@dataclass(frozen=True, slots=True)
class RunnerFolders:
    """The folders of a job on its runner, all in one folder that no other job uses."""

    folder: Path  # the folder that holds the others
    workspace: Path  # GITHUB_WORKSPACE
    temp: Path  # RUNNER_TEMP
    home: Path  # the home folder
    tools: Path  # RUNNER_TOOL_CACHE
    # A folder on PATH: programs that make the runner's Python, or report that a runner does not have them.
    commands: Path

    @classmethod
    def make(cls, folder: Path, repository: str = "workspace") -> RunnerFolders:
        """Make the folders of a job in `folder`; on GitHub, the workspace has the name of the repository."""
        inner = [folder / name for name in (f"work/{repository}", "temp", "home", "tools", "commands")]
        for one in inner:
            one.mkdir(parents=True)
        folders = cls(folder, *inner)
        for name in _NOT_ON_A_RUNNER:
            words = f"{name}: not on a GitHub runner until an action of the job installs it"
            write_command(
                folders.commands, name, f"#!/bin/sh\necho '{words}' >&2\nexit 127\n", f"@echo {words}\n@exit /b 127\n"
            )
        make = command_for(Path(sys.executable), folders.python.parent)
        shell = shlex.join(Path(word).as_posix() for word in make)
        env = shlex.quote(folders.python.as_posix())
        for name in _OF_ITS_PYTHON:
            batch = _BATCH.format(name=name, make=subprocess.list2cmdline(make), env=folders.python)
            write_command(folders.commands, name, _SHELL.format(name=name, make=shell, env=env), batch)
        return folders

    @property
    def python(self) -> Path:
        """The folder with the programs of the runner's own Python, once there is one."""
        return self.tools / "python" / ("Scripts" if sys.platform == "win32" else "bin")


def system_of(label: str) -> str:
    """The operating system of a runner with this label; this machine's if the label does not name one."""
    systems = {"ubuntu": "Linux", "windows": "Windows", "macos": "macOS"}
    return next((system for name, system in systems.items() if label.lower().startswith(name)), machine.here().system)


def machine_of(label: str) -> str:
    """The processor of a runner with this label: `x86_64` or `aarch64`; this machine's if the label does not say."""
    own = machine.here().architecture
    if not label.lower().startswith(("ubuntu", "windows", "macos")):
        return {"amd64": "x86_64", "arm64": "aarch64"}.get(own, own)
    is_apple = label.startswith("macos") and not re.search(r"intel|large|-13", label)
    return "aarch64" if is_apple or "arm" in label else "x86_64"


def runner_context(folders: RunnerFolders) -> dict[str, str]:
    """The context `runner`. It describes this machine, on which the commands run."""
    here = machine.here()
    return {
        "name": "rehearsal",
        "os": here.system,
        "arch": _ARCHITECTURES.get(here.architecture, here.architecture.upper()),
        "temp": str(folders.temp),
        "tool_cache": str(folders.tools),
        "environment": "github-hosted",
    }


def github_context(identity: RunIdentity, job: str, workspace: Path | None = None) -> dict[str, object]:
    """The context `github` of a job in a run; without `workspace`, before the job has a runner."""
    return {
        **identity.facts,
        "action": "",
        "api_url": "https://api.github.com",
        "event": event_of(identity),
        "graphql_url": "https://api.github.com/graphql",
        "job": job,
        "ref_name": identity.ref_name,
        "ref_protected": False,
        "repositoryUrl": f"git://github.com/{identity.repository}.git",
        "retention_days": "90",
        "server_url": SERVER,
        "token": OWN_TOKEN,
        "triggering_actor": identity.actor,
        "workspace": str(workspace) if workspace else "",
    }


def runner_environ(context: Mapping[str, object], folders: RunnerFolders, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which every step of a job starts, from its context `github` and the maintainer's own."""
    kept = {name: value for name, value in environ.items() if _is_kept(name)}
    for name in kept.keys() & {"DOCKER_HOST", "CONTAINER_HOST"}:
        kept[name] = _ENGINE_PASSWORD.sub(r"\1@", kept[name])
    told = {
        f"GITHUB_{name.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in context.items()
        if name not in ("event", "token", "repositoryUrl", "action")
    }
    runner = {f"RUNNER_{name.upper()}": value for name, value in runner_context(folders).items()}
    event, settings = folders.folder / "event.json", folders.home / ".gitconfig"
    registries = folders.folder / "registries.json"
    event.write_text(json.dumps(context["event"]), encoding="utf-8")
    # Empty files in the place of those that hold credentials outside of the job's home folder. An empty helper discards
    # those of other files: Apple's git has one in a file of its own.
    settings.write_text("[credential]\n\thelper =\n", encoding="utf-8")
    registries.write_text("{}", encoding="utf-8")
    own = {
        **dict.fromkeys(("HOME", "USERPROFILE"), str(folders.home)),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folders.temp)),
        **dict.fromkeys(("CI", "GITHUB_ACTIONS"), "true"),
        "PATH": _path(folders, environ),
        # Lets builders cross-build the wheel of another system, as on a maintainer's machine, but not on a real runner.
        REHEARSAL_VARIABLE: str(folders.folder),
        "GITHUB_EVENT_PATH": str(event),
        "GIT_CONFIG_GLOBAL": str(settings),
        "REGISTRY_AUTH_FILE": str(registries),
        "UV_CREDENTIALS_DIR": str(folders.home / "uv-credentials"),
    }
    _link_containers(folders.home, environ)
    return {**kept, **_caches(environ), **told, **runner, **_NO_CREDENTIALS, **own}


def _path(folders: RunnerFolders, environ: Mapping[str, str]) -> str:
    """This machine's PATH without the environment in which the rehearsal runs, which no runner has."""
    own = Path(sys.executable).parent
    given = environ.get("PATH", os.defpath).split(os.pathsep)
    kept = (folder for folder in given if folder and Path(folder) != own)
    return os.pathsep.join([str(folders.python), str(folders.commands), *kept])


def _is_kept(name: str) -> bool:
    upper = name.upper()
    if upper.startswith(_KEPT_PREFIXES):
        return not any(word in upper for word in _SECRET_WORDS)
    return name in _KEPT or (sys.platform == "win32" and upper in _KEPT)


def _caches(environ: Mapping[str, str]) -> dict[str, str]:
    """The folders in which pip, uv, zig and container engines cache downloads, which a fresh home would hide."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    local = Path(environ["LOCALAPPDATA"]) if environ.get("LOCALAPPDATA") else None
    xdg = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    # uv follows XDG on macOS as well.
    cache = home / "Library" / "Caches" if sys.platform == "darwin" else xdg
    defaults = {
        "PIP_CACHE_DIR": local / "pip" / "Cache" if local else cache / "pip",
        "UV_CACHE_DIR": local / "uv" / "cache" if local else xdg / "uv",
        "ZIG_GLOBAL_CACHE_DIR": local / "zig" if local else cache / "zig",
        "TRUEWHEEL_CACHE": cache_folder(),
        "CIBW_CACHE_PATH": local / "pypa" / "cibuildwheel" / "Cache" if local else cache / "cibuildwheel",
    }
    storage = home / ".config" / "containers" / "storage.conf"
    found = {"CONTAINERS_STORAGE_CONF": storage} if storage.exists() else {}
    return {name: environ.get(name) or str(path) for name, path in {**defaults, **found}.items()}


def _link_containers(home: Path, environ: Mapping[str, str]) -> None:
    """Link what container engines need from the maintainer's home folder: their images and Docker's contexts.

    The whole folders are not linked: they also hold credentials for registries.
    """
    theirs = Path(environ.get("HOME") or Path.home())
    data = Path(environ.get("XDG_DATA_HOME") or theirs / ".local" / "share")
    links = {
        data / "containers": home / ".local" / "share" / "containers",
        theirs / ".docker" / "contexts": home / ".docker" / "contexts",
    }
    for source, link in links.items():
        if sys.platform != "win32" and source.is_dir():
            link.parent.mkdir(parents=True)
            link.symlink_to(source, target_is_directory=True)
    try:
        context = json.loads((theirs / ".docker" / "config.json").read_text(encoding="utf-8"))["currentContext"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    (home / ".docker").mkdir(exist_ok=True)
    (home / ".docker" / "config.json").write_text(json.dumps({"currentContext": context}), encoding="utf-8")
