"""The real pip, run as users run it, with nothing from any cache."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.tags import Tag

from truewheel.publishing.pip_settings import PipSettings, without_credentials
from truewheel.wheel.filename import WheelFilename


class PipFailed(Exception):
    """pip did not do it; the message is its own reason, in one line without credentials."""


def download(wheel: WheelFilename, settings: PipSettings, environ: Mapping[str, str], folder: Path) -> Path:
    """Download a wheel from the index alone into the empty folder `folder`, for its own platform whatever runs here.

    Which file pip takes is pip's choice: the one that it would give to users of that platform.

    Raises:
        PipFailed: pip cannot download it.
    """
    run_pip(
        [
            *("download", "--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)),
            # The Python that runs here may be too old for it; what is installed is tried elsewhere.
            "--ignore-requires-python",
            *target_options(wheel.tags),
            f"{wheel.project}=={wheel.version}",
        ],
        settings.environ(environ),
    )
    (downloaded,) = folder.iterdir()
    return downloaded


def target_options(tags: frozenset[Tag]) -> list[str]:
    """The options by which pip takes itself for an interpreter that a wheel with these tags is for."""
    # Of several interpreters, e.g. py2.py3, the newest: the one that is not out of use.
    interpreter = max(
        (tag.interpreter for tag in tags), key=lambda name: (name.strip("abcdefghijklmnopqrstuvwxyz_"), name)
    )
    implementation, version = interpreter[:2], interpreter[2:]
    options = ["--implementation", implementation]
    if len(version) > 1:
        options += ["--python-version", f"{version[0]}.{version[1:]}"]
    for platform in sorted({tag.platform for tag in tags}):
        options += ["--platform", platform]
    for abi in sorted({tag.abi for tag in tags}):
        options += ["--abi", abi]
    return options


def run_pip(arguments: Sequence[str], environ: Mapping[str, str], *, python: Path | None = None) -> None:
    """Run pip, for the environment of `python` when that is given.

    Raises:
        PipFailed: its exit status is not 0.
    """
    target = ["--python", str(python)] if python else []
    command = [sys.executable, "-m", "pip", *target, *arguments, "--disable-pip-version-check", "--no-input"]
    result = subprocess.run(
        command,
        env={**environ, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode:
        raise PipFailed(_reason(result.stdout, result.returncode))


def _reason(output: str, status: int) -> str:
    """pip's own errors, or else the last thing that it said."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    reason = "; ".join(errors or lines[-1:]) or f"pip ended with exit status {status}"
    return without_credentials(reason)
