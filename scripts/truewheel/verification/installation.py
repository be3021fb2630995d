"""The published release, installed in a fresh environment as users install it, and tried."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from truewheel.clean_room.environment import CleanEnvironment
from truewheel.config import Config
from truewheel.findings import Result
from truewheel.publishing.pip_settings import read_pip_settings
from truewheel.system.commands import captured, last_line
from truewheel.verification.pip import PipFailed, run_pip
from truewheel.verification.rules import INSTALLS, LIBRARY_LOADED, SAME_BYTES, SMOKE_TEST, note
from truewheel.wheel.reader import Wheel

# Seconds for the import, and for the smoke test.
_TIMEOUT = 300


def read_report(report: Mapping[str, Any], project: str) -> tuple[str, str, list[str]]:
    """Read pip's "Installation Report", as its documentation describes it.

    Returns the file of the project, its SHA-256 if pip knows it, and the dependencies, e.g. `cffi 2.0.0`.
    """
    items = {canonicalize_name(item["metadata"]["name"]): item for item in report["install"]}
    own = items.pop(canonicalize_name(project))["download_info"]
    sha256 = own.get("archive_info", {}).get("hashes", {}).get("sha256", "")
    others = sorted(f"{name} {item['metadata']['version']}" for name, item in items.items())
    return unquote(urlsplit(own["url"]).path.rpartition("/")[2]), sha256, others


def try_installed(room: CleanEnvironment, wheel: Wheel, config: Config) -> Iterator[Result]:
    """Install the release as users do, import it, and run its smoke test; notes say what succeeded.

    `wheel` is the built wheel that this machine must get.
    """
    project, version = config.package.name, config.package.version or ""
    under, where = room.interpreter.under_wine, f"{project} {version}"
    try:
        filename, sha256, others = _install(room, project, version)
    except PipFailed as error:
        yield INSTALLS.finding(f"pip cannot install it: {error}", where)
        return
    dependencies = f" with {', '.join(others)}" if others else ""
    yield note(f"installed from the index{under}: {filename}{dependencies}")
    if sha256 != wheel.sha256:
        yield SAME_BYTES.finding(
            f"pip installed {filename} with SHA-256 {sha256 or '(unknown)'}, but the built file for this machine, "
            f"which passed the gate, is {wheel.name} with SHA-256 {wheel.sha256}",
            filename,
        )
        return
    table = config.package.settings["project"]
    status, output = _run(room, room.import_command(wheel, table))
    problems = [_reason(output, status)] if status else list(room.loading_problems(wheel, table)) if under else []
    yield from (LIBRARY_LOADED.finding(f"{problem}{under}", where) for problem in problems)
    if problems:
        return
    yield from (note(f"loaded: {line.rpartition(' loaded ')[2]}") for line in output.splitlines())
    if config.smoke_test is None:
        yield note("no smoke test was run: [tool.release] has no smoke-test")
        return
    status, output = _run(room, room.smoke_command(config))
    if status:
        yield SMOKE_TEST.finding(f"{_reason(output, status)}{under}", where)
    else:
        yield note(f"smoke test passed{under}: {config.smoke_test.as_posix()}")


def _install(room: CleanEnvironment, project: str, version: str) -> tuple[str, str, list[str]]:
    report, under_wine = room.folder / "report.json", dict[str, str]()
    if room.interpreter.wine:
        # A pip for Windows does not read the settings of this machine. It must check certificates itself: Wine's own
        # check does not take those of a file, and pip then finds no version.
        under_wine = {**read_pip_settings(os.environ).variables, "PIP_USE_DEPRECATED": "legacy-certs"}
    # With pip's configuration, because users may get dependencies from elsewhere, too. The file of the project itself
    # is compared by its hash.
    run_pip(
        [*("install", "--no-cache-dir", "--only-binary", project, "--report", str(report)), f"{project}=={version}"],
        {**os.environ, **under_wine},
        python=room.python,
    )
    return read_report(json.loads(report.read_text(encoding="utf-8")), project)


def _run(room: CleanEnvironment, command: Sequence[str]) -> tuple[int, str]:
    """Run a command in the clean environment; return its exit status and its output."""
    try:
        result = captured(command, cwd=room.work, env=room.environ, timeout=_TIMEOUT, merged=True)
    except subprocess.TimeoutExpired:
        return 1, f"it did not end within {_TIMEOUT} seconds"
    return result.returncode, result.stdout


def _reason(output: str, status: int) -> str:
    return last_line(output) if output.strip() else f"it ended with exit status {status} and no output"
