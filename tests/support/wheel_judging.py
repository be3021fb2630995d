"""A wheel that is correct except for one thing, judged by one check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.factories import METADATA, ReleaseFolder, make_wheel
from tests.support.judging import messages
from truewheel.checks.registers import ReleaseWheel, release_wheel_check, wheel_check, wheel_set_check
from truewheel.config import load_config
from truewheel.wheel.reader import read_wheel


def of_wheel(folder: Path, check: str, **settings: Any) -> list[str]:
    """Return the messages of a wheel check about `make_wheel(…)`."""
    return messages(wheel_check, check, read_wheel(make_wheel(folder, **settings)))


def of_release(release: ReleaseFolder, check: str, **settings: Any) -> list[str]:
    """Return the messages of a check of a release's wheels about `make_wheel(…)`."""
    wheel = read_wheel(make_wheel(release.dist, **settings))
    return messages(release_wheel_check, check, ReleaseWheel(wheel, load_config(release.root)))


def of_set(check: str, *wheels: Path) -> list[str]:
    """Return the messages of a check that compares wheels."""
    return messages(wheel_set_check, check, [read_wheel(wheel) for wheel in wheels])


def metadata(*fields: str, without: str = "\0") -> str:
    """Return METADATA with more fields, and without lines that begin with `without`."""
    header, _, body = METADATA.format(name="quiverdb", version="0.5.0").partition("\n\n")
    lines = [line for line in header.splitlines() if not line.startswith(without)]
    return "\n".join([*lines, *fields]) + "\n\n" + body
