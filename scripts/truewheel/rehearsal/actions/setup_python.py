"""actions/setup-python v6: a fresh environment of a Python of this machine, which `pip install` may fill.

The action's Pythons are thrown away with their runner; those of this machine stay as they are.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from truewheel.errors import ReleaseError
from truewheel.rehearsal.actions import inputs
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.rehearsal.fresh_python import command_for
from truewheel.system.pythons import Interpreter, pythons
from truewheel.toml_tables import load_toml
from truewheel.workflow import action_names

_REQUEST = re.compile(
    r"(?P<pypy>pypy-?)?v?(?P<release>\d+(\.\d+)*)(\.[xX*])*(?P<threads>t)?(?P<dev>-dev)?(-v[\w.]+)?", re.ASCII
)
# One comparator of an npm range; the action follows npm's rules.
_COMPARATOR = re.compile(
    r"(\^|~>?|[<>]=?|)(?:=?v?(\d+\.\d+\.\d+)|[=v]*(?:(\d+(?:\.\d+)?)(?:\.[xX*])*|[xX*]))", re.ASCII
)


def find_python(request: str, *, prereleases: bool = False, free_threaded: bool = False) -> Interpreter | None:
    """Return the newest Python of this machine for a request such as `3.x`, `>=3.10 <3.13`, `3.13t` or `pypy3.11`.

    Raises:
        ValueError: it is not a request for a version.
    """
    match = _REQUEST.fullmatch(request.strip())
    found = match.groupdict() if match else {}
    ranges = [_specifiers(each, request) for each in found.get("release", request).split("||")]
    tag = re.compile(rf"{'pp' if found.get('pypy') else 'cp'}\d+{'t' if free_threaded or found.get('threads') else ''}")
    fitting = [python for python in pythons() if tag.fullmatch(python.tag)]
    early = prereleases or bool(found.get("dev"))
    fitting = [each for each in fitting if any(wanted.contains(each.version, prereleases=early) for wanted in ranges)]
    # The one that rehearses comes first in the list, and may be of the same version as another.
    return max(
        fitting, key=lambda python: (not Version(python.version).is_prerelease, Version(python.version)), default=None
    )


def _specifiers(written: str, request: str) -> SpecifierSet:
    """Return an npm range as Python specifiers: `^3.10`, `~3.11`, `3.10 - 3.12`, `>=3.10 <3.13`, `3.x`, `*`."""
    words = re.sub(r"(\S+)\s+-\s+(\S+)", r">=\1 <=\2", written)
    comparators = [_COMPARATOR.fullmatch(word) for word in re.sub(r"([=<>~^])\s+", r"\1", words).split()]
    bounds = [_bounds(match[1], match[2] or match[3]) for match in comparators if match]
    if not bounds or len(bounds) < len(comparators):
        raise ValueError(f"{request!r} is not a version or a range of CPython or PyPy that a rehearsal knows")
    return SpecifierSet(",".join(bounds))


def _bounds(operator: str, release: str | None) -> str:
    """Return the specifiers for one comparator; `3.10` means every 3.10.x."""
    if release is None:
        return ""
    parts = release.split(".")

    def after(count: int) -> str:
        return ".".join([*parts[: count - 1], str(int(parts[count - 1]) + 1)])

    of_all = len(parts) < 3
    if operator == "^":
        return f">={release},<{after(1)}"
    if operator.startswith("~"):
        return f">={release},<{after(min(2, len(parts)))}"
    if of_all and operator in (">", "<="):
        return f"{'>=' if operator == '>' else '<'}{after(len(parts))}"
    return f"{operator}{release}" if operator else f"=={release}{'.*' * of_all}"


def set_up(call: ActionCall) -> ActionOutcome:
    """Make the Pythons available; the last one that is asked for comes first on PATH."""
    outcome = ActionOutcome()
    early, free_threaded = call.flag("allow-prereleases"), call.flag("freethreaded")
    for request in _requests(call):
        why = why_none(request, prereleases=early, free_threaded=free_threaded)
        python = None if why else find_python(request, prereleases=early, free_threaded=free_threaded)
        if python is None:
            raise StepFailed(f"python-version: {why}")
        outcome = _installed(call, python, outcome)
    if cache := call.text("cache"):
        call.say(f"the cache of {cache} is this machine's own")
    return outcome


def _requests(call: ActionCall) -> list[str]:
    if written := call.text("python-version"):
        return written.split("\n")
    file = call.text("python-version-file", ".python-version")
    try:
        if file.endswith(".toml"):
            return [str(load_toml(call.workspace / file)["project"]["requires-python"]).replace(",", " ")]
        lines = (call.workspace / file).read_text(encoding="utf-8").splitlines()
    except (OSError, LookupError, ReleaseError, UnicodeDecodeError):
        raise StepFailed(f"The specified python version file at: {file} doesn't exist or names no version.") from None
    # .tool-versions has the names of tools in front.
    return [line.removeprefix("python ").strip() for line in lines if line.strip() and not line.startswith("#")]


def _installed(call: ActionCall, python: Interpreter, before: ActionOutcome) -> ActionOutcome:
    tools = Path(call.environ.get("RUNNER_TOOL_CACHE", call.temp))
    folder = tools / "Python" / python.version / python.tag
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    executable = programs / ("python.exe" if os.name == "nt" else "python")
    if not executable.exists():
        # The Python behind the environment in which the rehearsal runs.
        base = python.path.resolve() if os.name != "nt" else python.path
        call.run(command_for(base, folder), f"{python.path} cannot make an environment", call.temp)
    call.say(f"Python {python.version} is a fresh environment of {python.path}")
    outputs = {"python-version": python.version, "python-path": str(executable), "cache-hit": "false"}
    if not call.flag("update-environment", default=True):
        return ActionOutcome(outputs)
    names = ("pythonLocation", "Python_ROOT_DIR", "Python2_ROOT_DIR", "Python3_ROOT_DIR")
    return ActionOutcome(outputs, (programs, *before.path), dict.fromkeys(names, str(folder)))


def why_none(requests: str, *, prereleases: bool = True, free_threaded: bool = False) -> str:
    """Return why this machine has no Python for one of the requests, one a line; empty if it has all of them."""
    for request in filter(None, map(str.strip, requests.split("\n"))):
        try:
            if find_python(request, prereleases=prereleases, free_threaded=free_threaded) is None:
                there = sorted({python.version for python in pythons()}, key=Version, reverse=True)
                return f"this machine has no Python {request} (it has {', '.join(there)}); uv python install {request}"
        except ValueError as error:
            return str(error)
    return ""


SETUP_PYTHON = StandIn(
    action_names.SETUP_PYTHON,
    "puts a fresh environment of a Python of this machine first on PATH",
    inputs.known(
        "python-version-file cache cache-dependency-path architecture token pip-version pip-install "
        "ignore-platform-version",
        "check-latest update-environment allow-prereleases freethreaded",
        {"python-version": why_none},
    ),
    set_up,
)
