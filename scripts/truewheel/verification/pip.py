"""The real pip, run as users run it, without a cache."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.tags import Tag

from truewheel.publishing.pip_settings import PipSettings, without_credentials
from truewheel.system.commands import captured, pip_errors
from truewheel.wheel.filename import WheelFilename


class PipFailed(Exception):
    """pip failed; the message is its reason, on one line and without credentials."""


def download(wheel: WheelFilename, settings: PipSettings, folder: Path) -> Path:
    """Let pip download a wheel from this index into the empty folder `folder`, and return the file.

    pip takes the file that users of the wheel's platform would get, whatever this machine is. PipFailed if it cannot.
    """
    run_pip(
        [
            *("download", "--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)),
            # The Python that runs this may be too old for the wheel, which it only downloads.
            "--ignore-requires-python",
            *target_options(wheel.tags),
            f"{wheel.project}=={wheel.version}",
        ],
        settings.environ(os.environ),
    )
    (downloaded,) = folder.iterdir()
    return downloaded


def target_options(tags: frozenset[Tag]) -> list[str]:
    """Return the options that make pip choose files for an interpreter that a wheel with these tags supports.

    For `cp310-abi3-win_amd64` these are `--implementation cp --python-version 3.10 --platform win_amd64 --abi abi3`.
    """
    # The newest of several interpreters, e.g. of py2.py3.
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
    """Run pip, for the environment of `python` if that is given; PipFailed if its exit status is not 0."""
    target = ["--python", str(python)] if python else []
    command = [sys.executable, "-m", "pip", *target, *arguments, "--disable-pip-version-check", "--no-input"]
    result = captured(command, env={**environ, "PYTHONUTF8": "1"}, merged=True)
    if result.returncode:
        raise PipFailed(without_credentials(pip_errors(result.stdout)))
