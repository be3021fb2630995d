"""Waiting until the index serves the built files, and comparing what pip downloads with them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truewheel.findings import Finding, Problem
from truewheel.publishing.indexed_release import IndexedRelease, IndexUnreachable
from truewheel.publishing.package_index import read_indexed_release
from truewheel.publishing.pip_settings import PipSettings
from truewheel.system.files import FileFacts, file_facts
from truewheel.verification.pip import PipFailed, download
from truewheel.verification.rules import FILE_ON_INDEX, NOT_YANKED, NOTHING_ELSE, SAME_BYTES
from truewheel.wheel.filename import WheelFilename

# Seconds between two requests: at first the file may appear any moment; later every request is a burden.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 10.0
# After this many seconds without any answer, it is not the right index.
_SILENCE = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """The release as the index served it in the end."""

    indexed: IndexedRelease  # the version as the index's page shows it
    downloads: Mapping[str, FileFacts]  # the file that pip downloaded for each built file, by the built file's name
    missing: Mapping[str, str]  # why there is no download of the others, by name


def wait_until_served(
    wheels: Sequence[WheelFilename], settings: PipSettings, folder: Path, timeout: float, show: Callable[[str], None]
) -> Served:
    """Ask the index until it serves all `wheels`, or `timeout` seconds have passed; with 0 it is asked once.

    The downloads are put into the empty folder `folder`; `show` is called before each pause with the reason for it.
    IndexUnreachable if the index was silent for a minute, or the whole time.
    """
    project, version = wheels[0].project, str(wheels[0].version)
    downloads: dict[str, FileFacts] = {}
    begin = heard = time.monotonic()
    pause = _FIRST_PAUSE
    while True:
        now = time.monotonic()
        try:
            indexed = read_indexed_release(project, version, settings)
        except IndexUnreachable as error:
            if now - heard >= min(timeout, _SILENCE):
                raise
            reason = f"{error.message}; trying again"
        else:
            heard = now
            waiting = [wheel for wheel in wheels if wheel.text not in downloads]
            missing = _download(waiting, indexed, settings, folder, downloads)
            if not missing or now - begin >= timeout:
                return Served(indexed, downloads, missing)
            reason = _why_wait(missing, indexed)
        show(reason)
        left = timeout - (time.monotonic() - begin)
        time.sleep(max(0.0, min(pause, left)))
        pause = min(1.5 * pause, _LONGEST_PAUSE)


def _download(
    waiting: Iterable[WheelFilename],
    indexed: IndexedRelease,
    settings: PipSettings,
    folder: Path,
    downloads: dict[str, FileFacts],
) -> dict[str, str]:
    """Add to `downloads` the waiting files that the index serves now; return why each of the others is missing."""
    missing = {}
    for wheel in waiting:
        if indexed.file(wheel.text) is None:
            missing[wheel.text] = "the index does not show it"
            continue
        try:
            # pip may reach another copy of the index, which is late.
            file = download(wheel, settings, Path(tempfile.mkdtemp(dir=folder)))
            downloads[wheel.text] = file_facts(file)
        except PipFailed as error:
            missing[wheel.text] = f"the index shows it, but pip cannot download it: {error}"
    return missing


def _why_wait(missing: Mapping[str, str], indexed: IndexedRelease) -> str:
    if not indexed.files:
        what = f"file of {indexed.project} {indexed.version}" if indexed.versions else f"project {indexed.project}"
        return f"the index has no {what} yet (press Ctrl-C if it was never published)"
    name, reason = next(iter(missing.items()))
    more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    return f"{name}{more}: {reason} yet"


def compare(built: Sequence[FileFacts], served: Served) -> Iterator[Finding]:
    """Find every difference between the built and the served files."""
    for file in built:
        if file.name in served.missing:
            yield FILE_ON_INDEX.finding(served.missing[file.name], file.name)
        else:
            yield from _difference(file, served.downloads[file.name])
    names = {file.name for file in built}
    for there in served.indexed.files:
        if there.name not in names:
            yield NOTHING_ELSE.finding("is on the index, but was not built", there.name)
        if there.yanked is not None:
            reason = f": {there.yanked}" if there.yanked else ", without a reason"
            yield NOT_YANKED.finding(f"is yanked{reason}", there.name)


def _difference(built: FileFacts, got: FileFacts) -> Iterator[Finding]:
    if got.name != built.name:
        yield SAME_BYTES.finding(
            Problem(
                f"for its platform pip takes {got.name} instead (SHA-256 {got.sha256})",
                hint="pip prefers another file of the index; delete it there, or yank the version and raise it",
            ),
            built.name,
        )
    elif got.sha256 != built.sha256:
        yield SAME_BYTES.finding(
            f"the index serves SHA-256 {got.sha256} ({got.size} bytes), but the built file that passed the gate has "
            f"SHA-256 {built.sha256} ({built.size} bytes)",
            built.name,
        )
